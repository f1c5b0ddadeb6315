// metaplast download: θ of a run, or a figure of it, as a file.

import { basename, dirname, extname } from 'node:path';
import type { CheckpointFormat } from '@metaplast/client';
import { FIGURE_FORMATS, FIGURE_NAMES, type FigureFormat, type FigureName } from '@metaplast/protocol';
import { type Command, Option } from 'commander';
import { requireNew, writeFiles } from '../artifacts/files.js';
import { InputError } from '../errors.js';
import { addRemoteOptions, printJson, type RemoteOptions, withServer } from '../remote/connect.js';
import { findRun } from '../remote/find.js';
import { parseGeneration } from './options.js';

interface Options extends RemoteOptions {
  to?: string;
  generation?: number;
  figure?: FigureName;
  force?: boolean;
}

const THETA_FORMATS: readonly CheckpointFormat[] = ['npz', 'safetensors', 'json'];

export function addDownload(program: Command): void {
  addRemoteOptions(program.command('download'))
    .description('fetch θ of a run as a file, or a figure of it')
    .argument('<run>', 'id, the beginning of it, or name')
    .option(
      '--to <file>',
      `file to write; θ as ${THETA_FORMATS.join(', ')}, a figure as ${FIGURE_FORMATS.join(', ')} (default: theta-ID.npz)`,
    )
    .option('--generation <n>', 'checkpoint (default: the newest)', parseGeneration)
    .addOption(new Option('--figure <name>', 'a figure in place of θ').choices([...FIGURE_NAMES]))
    .option('--force', 'overwrite the file if it exists')
    .action(download);
}

async function download(word: string, { to, generation = undefined, figure, force, ...options }: Options): Promise<void> {
  await withServer(options, async (client) => {
    const id = await findRun(client, word);
    const path = to ?? (figure === undefined ? `theta-${id}.npz` : `${figure}-${id}.svg`);
    const formats: readonly string[] = figure === undefined ? THETA_FORMATS : FIGURE_FORMATS;
    const format = extname(path).slice(1);
    if (!formats.includes(format))
      throw new InputError(`cannot write ${path}: its name must end in ${formats.map((f) => `.${f}`).join(', ')}`);
    requireNew(path, force);
    const bytes =
      figure === undefined
        ? await client.download(id, format as CheckpointFormat, generation ?? 'latest')
        : await client.figure(id, figure, format as FigureFormat, generation === undefined ? {} : { generation });
    const theta = figure === undefined ? await checked(bytes, format as CheckpointFormat) : undefined;
    writeFiles(dirname(path), { [basename(path)]: bytes });
    if (options.json) printJson({ run: id, path, ...theta });
    else process.stdout.write(`Wrote ${theta ? `θ of generation ${theta.generation}` : figure} to ${path}\n`);
  });
}

/** What a θ file says of itself, once its checksums were found to be right. */
async function checked(bytes: Uint8Array, format: CheckpointFormat): Promise<{ generation: number; thetaSha256: string }> {
  const { decodeTheta, FormatError, thetaSha256 } = await import('@metaplast/training');
  if (format !== 'json') {
    try {
      const { generation, theta } = decodeTheta(bytes);
      return { generation, thetaSha256: thetaSha256(theta) };
    } catch (error) {
      if (error instanceof FormatError) throw new InputError(`the θ that came ${error.message}`, { cause: error });
      throw error;
    }
  }
  const { generation, theta, sha256 } = JSON.parse(new TextDecoder().decode(bytes)) as {
    generation: number;
    theta: number[];
    sha256: string;
  };
  if (thetaSha256(Float32Array.from(theta)) !== sha256) throw new InputError('θ was changed on the way: its checksum does not match');
  return { generation, thetaSha256: sha256 };
}
