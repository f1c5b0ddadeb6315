// metaplast figure: draws a run's figure again, at whatever generation it is.

import { join } from 'node:path';
import type { Command } from 'commander';
import { makeFolder } from '../artifacts/files.js';
import { FIGURE_FILES, openRun } from '../run/folder.js';
import { writeFigure } from '../run/outputs.js';

export function addFigure(program: Command): void {
  program
    .command('figure')
    .description('draw figure.svg and figure.png of a run, finished or not')
    .argument('<run>', 'folder of the run')
    .option('--out <dir>', 'folder to write to (default: the run’s)')
    .action(async (folder: string, { out = folder }: { out?: string }) => {
      const { store } = openRun(folder);
      try {
        makeFolder(out);
        await writeFigure(out, store, FIGURE_FILES);
      } finally {
        store.close();
      }
      process.stdout.write(`Wrote ${FIGURE_FILES.map((file) => join(out, file)).join(', ')}\n`);
    });
}
