// Runs of a server from the command line: what it prints, and how it exits.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DryRun, type Evaluation, type Run, resolveSpec, runTrainings } from '@metaplast/protocol';
import { decodeTheta, thetaSha256 } from '@metaplast/training';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { Outcome } from './cli.js';
import { remote, spec } from './remote-rig.js';
import type { Witnessed } from './witnessed.js';

/** Takes longer than any test. */
const ENDLESS = ['--set', 'outer.generations=100000', '--set', 'outer.pairs=64'];

const rig = remote();
const { cwd, port, start, run, submit, until } = rig;

describe('a submission', () => {
  it('says what it would cost, and makes nothing', async () => {
    const { exitCode, out } = await run(['submit', '--spec', 'spec.json', '--set', 'outer.pairs=20', '--dry-run', '--json']);
    expect(exitCode).toBe(0);
    const estimate = JSON.parse(out) as DryRun;
    const resolved = resolveSpec({ ...spec, outer: { ...spec.outer, pairs: 20 } });
    expect(estimate.spec).toEqual(resolved);
    expect(estimate.cost.innerTrainings).toBe(runTrainings(resolved));
    expect((await rig.client.list()).runs).toEqual([]);
  });

  it('prints its id alone, and makes one run under one key', async () => {
    const labels = ['--name', 'keyed', '--tag', 'a/b', '--tag', 'c', '--notes', 'of a test', '--priority', '2'];
    const args = ['submit', '--spec', 'spec.json', ...labels, '--idempotency-key', 'key-1'];
    const first = await run(args);
    expect(first).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^[0-9a-f]{16}\n$/) });
    const id = first.out.trim();
    expect(first.err).toMatch(new RegExp(`^metaplast: "keyed" is \\w+; follow it with: npx metaplast watch ${id}\n$`));
    expect((await run(args)).out).toBe(first.out);
    expect(await rig.client.run(id)).toMatchObject({
      name: 'keyed',
      tags: ['a/b', 'c'],
      notes: 'of a test',
      priority: 2,
      spec: resolveSpec(spec),
    });
    const other = await run([...args, '--set', 'seed=32']);
    expect([other.exitCode, other.err]).toEqual([2, 'metaplast: the Idempotency-Key was used for a submission with another body\n']);
    await until(id, ({ state }) => state === 'succeeded');
  });

  it('is followed to its end, and θ is the one of the command line', async () => {
    const local = await run(['train', '--spec', 'spec.json', '--out', 'local', '--threads', '1']);
    expect(local.exitCode).toBe(0);
    const expected = (JSON.parse(readFileSync(join(cwd, 'local/report.json'), 'utf8')) as { thetaSha256: string }).thetaSha256;
    const { exitCode, out, err } = await run(['submit', '--spec', 'spec.json', '--name', 'followed', '--wait']);
    expect(exitCode).toBe(0);
    const id = /^metaplast: run ([0-9a-f]{16}) "followed"\n$/.exec(err)![1]!;
    expect(out).toMatch(/Z {2}queued\n.*Z {2}starting\n/);
    expect(out).toMatch(
      /^gen 30\/30 {2}ETA 0:00 {2}meta-loss \d\.\d{3} {2}held-out \d+\.\d % \(backprop .*\) {2}\d+ trainings\/s {2}\d+ % busy$/m,
    );
    expect(out).toContain(`succeeded at generation 30/30, held-out`);
    expect(out).toContain(`θ sha256 ${expected}; fetch it with: npx metaplast download ${id}\n`);

    expect(await run(['download', 'followed', '--to', 'theta.npz'])).toMatchObject({
      exitCode: 0,
      out: 'Wrote θ of generation 30 to theta.npz\n',
    });
    expect(thetaSha256(decodeTheta(readFileSync(join(cwd, 'theta.npz'))).theta)).toBe(expected);
    const early = await run(['download', id, '--generation', '10', '--to', 'ten.json', '--json']);
    expect(JSON.parse(early.out)).toMatchObject({ run: id, path: 'ten.json', generation: 10 });
    const again = await run(['download', id, '--to', 'theta.npz']);
    expect([again.exitCode, again.err]).toEqual([2, 'metaplast: theta.npz exists; --force overwrites it\n']);
    expect((await run(['download', id, '--to', 'theta.exe'])).err).toContain('its name must end in .npz, .safetensors, .json');
    expect(existsSync(join(cwd, 'theta.exe'))).toBe(false);

    const shown = await run(['show', id.slice(0, 12)]);
    for (const line of [`id           ${id}`, 'state        succeeded', 'generation   30/30', `θ sha256     ${expected}`]) {
      expect(shown.out.replaceAll(/ +/g, ' ')).toContain(line.replaceAll(/ +/g, ' '));
    }
    const list = await run(['ls', '--name', 'follow', '--state', 'succeeded', '--json']);
    expect((JSON.parse(list.out) as Run[]).map((one) => one.id)).toEqual([id]);
    expect((await run(['ls'])).out).toMatch(new RegExp(`^${id} {3}followed +succeeded +30/30 `, 'm'));
  });
});

describe('a figure', () => {
  it('is fetched as a file, of the newest checkpoint or another', async () => {
    const id = await submit('--name', 'drawn');
    await until(id, ({ state, baseline }) => state === 'succeeded' && baseline !== null);
    const drawn = await run(['download', 'drawn', '--figure', 'meta-training']);
    expect(drawn).toMatchObject({ exitCode: 0, out: `Wrote meta-training to meta-training-${id}.svg\n`, err: '' });
    const svg = readFileSync(join(cwd, `meta-training-${id}.svg`), 'utf8');
    expect(svg).toMatch(/^<svg .*Meta-training on two moons.*seed 31.*<\/svg>\s*$/s);

    const png = await run(['download', id, '--figure', 'rule-response', '--generation', '10', '--to', 'rule.png', '--json']);
    expect(JSON.parse(png.out)).toEqual({ run: id, path: 'rule.png' });
    const bytes = readFileSync(join(cwd, 'rule.png'));
    expect(bytes.toString('latin1', 0, 8)).toBe('\x89PNG\r\n\x1a\n');
    const size = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
    expect(Math.min(...size)).toBeGreaterThan(300);
    expect(bytes.toString('latin1', bytes.length - 8, bytes.length - 4)).toBe('IEND');
    const earlier = await run(['download', id, '--figure', 'rule-response', '--generation', '10', '--to', 'rule.svg']);
    expect(earlier.exitCode).toBe(0);
    expect(readFileSync(join(cwd, 'rule.svg'), 'utf8')).toContain('after 10 generations');

    const { exitCode } = await run(['download', id, '--figure', 'meta-training', '--to', 'curves.json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, 'curves.json'), 'utf8')).$schema).toContain('vega-lite');
  });

  it('that there is not is refused, and no file is written', async () => {
    const id = await submit('--name', 'undrawn');
    await until(id, ({ state }) => state === 'succeeded');
    for (const [args, message] of [
      [['--figure', 'rule-response', '--to', 'no.json'], 'rule-response'],
      [['--figure', 'rule-response', '--to', 'no.svg', '--generation', '3'], 'no checkpoint 3'],
      [['--figure', 'rule-response', '--to', 'no.npz'], 'its name must end in .svg, .png, .json'],
      [['--figure', 'nothing'], 'meta-training, decision-maps, inner-training, rule-response'],
    ] as const) {
      const { exitCode, err } = await run(['download', id, ...args]);
      expect([args, exitCode]).toEqual([args, 2]);
      expect(err).toContain(message);
    }
    for (const file of ['no.json', 'no.svg', 'no.npz']) expect(existsSync(join(cwd, file))).toBe(false);
  });
});

describe('a run that goes on', () => {
  it('is left going by Ctrl-C, paused, resumed, and cancelled under somebody who waits', async () => {
    let told = 0;
    const stopped = await run(['submit', '--spec', 'spec.json', ...ENDLESS, '--name', 'long', '--wait'], {
      onOutput: (out, child) => {
        if (/^gen /m.test(out) && told++ === 0) child.kill('SIGINT');
      },
    });
    const id = /run ([0-9a-f]{16})/.exec(stopped.err)![1]!;
    expect(stopped.exitCode).toBe(130);
    expect(stopped.err).toContain(`metaplast: the run goes on; follow it again with: npx metaplast watch ${id}\n`);
    expect((await rig.client.run(id)).state).toBe('running');

    expect((await run(['pause', 'long'])).out).toMatch(new RegExp(`^${id} {2}"long" is paused at generation \\d+/100000\n$`));
    expect((await rig.client.run(id)).state).toBe('paused');
    const resumed = await run(['resume', id.slice(0, 10), '--json']);
    expect(JSON.parse(resumed.out)).toMatchObject([{ id, name: 'long' }]);
    await until(id, ({ state }) => state === 'running');

    let cancelled: Promise<Outcome> | undefined;
    const waiting = await run(['watch', id], {
      onOutput: (out) => {
        if (/^gen /m.test(out)) cancelled ??= run(['cancel', id]);
      },
    });
    expect((await cancelled!).out).toMatch(/"long" is cancelled at/);
    expect([waiting.exitCode, waiting.err]).toEqual([130, `metaplast: run ${id} "long" was cancelled\n`]);
    expect(waiting.out).toMatch(/^cancelled at generation \d+\/100000/m);
    const refused = await run(['pause', id]);
    expect([refused.exitCode, refused.err]).toEqual([2, expect.stringMatching(/is cancelled/)]);
  });

  it('is paused beside one that cannot be, which is said', async () => {
    const ids = [await submit(...ENDLESS, '--name', 'gone'), await submit(...ENDLESS, '--name', 'going')];
    await rig.client.cancel(ids[0]!);
    await until(ids[1]!, ({ state }) => state === 'running');
    const { exitCode, out, err } = await run(['pause', ...ids, '--json']);
    expect([exitCode, err]).toEqual([2, expect.stringMatching(new RegExp(`^metaplast: run ${ids[0]} is cancelled[^\n]*\n$`))]);
    expect((JSON.parse(out) as Run[]).map(({ id }) => id)).toEqual([ids[1]]);
    expect((await rig.client.cancel(ids[1]!)).state).toBe('cancelled');
    const list = await run(['ls', '--limit', '1', '--json']);
    expect([JSON.parse(list.out).length, list.err]).toEqual([1, 'There are more than 1; --limit shows them.\n']);
  });

  it('ends watch with 1 when it fails, with the reason', async () => {
    const id = await submit(...ENDLESS, '--name', 'fails');
    await until(id, ({ generation }) => generation > 2);
    await rig.client.pause(id);
    // As if the server had been replaced by one whose arithmetic is another.
    const db = new Database(join(cwd, 'data/metaplast.sqlite'));
    db.prepare('UPDATE runs SET kernel = ? WHERE id = ?').run('0'.repeat(64), id);
    db.close();
    await rig.client.resume(id);
    const { exitCode, err, out } = await run(['watch', id]);
    expect([exitCode, err]).toEqual([1, expect.stringMatching(new RegExp(`^metaplast: run ${id} "fails" failed: .*kernel`))]);
    expect(out).toContain('failed at generation');
  });

  it('is watched through a kill -9 of the server, with nothing missing or twice', async () => {
    const generations = 1500;
    // Long enough that a fast machine, too, is at work on it when the server is killed.
    const id = await submit('--set', `outer.generations=${generations}`, '--name', 'survivor');
    let restarted: Promise<Witnessed> | undefined;
    const { exitCode, out, err } = await run(['watch', 'survivor', '--since', '0', '--json'], {
      onOutput: (text) => {
        if (!/"event":"generation"/.test(text)) return;
        restarted ??= rig.server.end('SIGKILL').then(start);
      },
    });
    rig.server = await restarted!;
    expect([exitCode, err]).toEqual([0, expect.any(String)]);
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; data: { generation: number; state: string } });
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { state: 'succeeded' } });
    const seen = events.filter(({ event }) => event === 'generation').map(({ data }) => data.generation);
    expect(seen).toEqual(Array.from({ length: generations }, (_, i) => i));
    expect(err).toContain(`metaplast: the connection to http://127.0.0.1:${port} is lost; trying again until it is back\n`);
    expect(err).toContain(`metaplast: connected to http://127.0.0.1:${port} again\n`);
    expect(await rig.client.run(id)).toMatchObject({ attempt: 2, generation: generations });
  });
});

describe('what follows a run', () => {
  it('is forked, compared and evaluated', async () => {
    const origin = await submit('--name', 'origin');
    await until(origin, ({ state }) => state === 'succeeded');
    const { out } = await run(['fork', 'origin', '--generation', '10', '--set', 'outer.generations=40', '--name', 'fork']);
    const fork = out.trim();
    await until(fork, ({ state }) => state === 'succeeded');
    const forked = await rig.client.run(fork);
    expect(forked.spec).toEqual({ ...resolveSpec(spec), outer: { ...resolveSpec(spec).outer, generations: 40 } });
    expect(forked).toMatchObject({ name: 'fork', generation: 40, forkedFrom: { run: origin, generation: 10 } });

    const compared = await run(['compare', 'origin', 'fork']);
    expect(compared.out).toMatch(new RegExp(`^${origin} {3}origin +succeeded +30/30 .*\n${fork} {3}fork +succeeded +40/40 `, 'm'));
    expect(compared.out.replaceAll(/ +/g, ' ')).toContain('\n/outer/generations 30 40');

    const there = await run(['evaluate', 'origin', '--trials', '24', '--json']);
    expect(there.exitCode).toBe(0);
    const evaluation = JSON.parse(there.out) as Evaluation;
    const { thetaSha256: sha256 } = await rig.client.run(origin);
    expect(evaluation).toMatchObject({ state: 'succeeded', run: origin, generation: 30, trials: 24, thetaSha256: sha256 });
    // The same θ from its file, on the same tasks: the same numbers.
    expect((await run(['download', 'origin', '--to', 'origin.npz'])).exitCode).toBe(0);
    const file = await run(['evaluate', '--theta', 'origin.npz', '--url', rig.server.url, '--trials', '24', '--json']);
    const tuned = await run(['evaluate', 'origin', '--trials', '24', '--tuned-on', 'first']);
    expect(tuned.out).toMatch(/\n\nThe baselines are tuned on validation tasks of two-moons alone\.\n$/);
    expect((JSON.parse(file.out) as Evaluation).results).toEqual(evaluation.results);
    const listed = async (...args: string[]): Promise<string[]> =>
      (JSON.parse((await run(['ls', '--json', '--evaluations', ...args])).out) as Evaluation[]).map(({ id }) => id);
    expect(await listed('origin')).toEqual([expect.any(String), evaluation.id]);
    expect(await listed('--limit', '2')).toHaveLength(2);
    expect(await listed('--state', 'failed')).toEqual([]);
    const table = await run(['show', evaluation.id]);
    const { rule } = evaluation.results[0]!;
    expect(table.out).toContain(`two-moons (24)   ${(100 * rule.accuracy).toFixed(1)} ± ${(100 * rule.se).toFixed(1)} %`);
  });
});

it('lists who computes', async () => {
  const { exitCode, out } = await run(['workers']);
  expect([exitCode, out.replaceAll(/ +/g, ' ')]).toEqual([
    0,
    expect.stringMatching(/^in the server's process: 1 threads\nid name state threads trainings\/s heard of version\n\S+ \S+ ready 1 /),
  ]);
  expect(JSON.parse((await run(['workers', '--json'])).out)).toEqual(await rig.client.workers());
});
