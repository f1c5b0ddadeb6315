import type { Client, RunEvent } from '@metaplast/client';
import { type Run, resolveSpec } from '@metaplast/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { waitForRun } from './follow.js';

const spec = resolveSpec({
  outer: { generations: 10, pairs: 3 },
  stages: [{ generations: 2, network: { hidden: [1] } }],
});
const run = {
  id: '0'.repeat(16),
  name: 'n',
  state: 'succeeded',
  generation: 10,
  generations: 10,
  spec,
  heldOut: null,
  baseline: null,
} as Run;

/** What is printed of a run with these events. */
async function printed(...events: object[]): Promise<string> {
  const client = {
    async *events() {
      yield* events as RunEvent[];
    },
    run: async () => ({ ...run, thetaSha256: null }),
  } as unknown as Client;
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await waitForRun(client, run, { url: 'http://127.0.0.1:8420' });
  return write.mock.calls.map(([text]) => text).join('');
}

afterEach(() => vi.restoreAllMocks());

describe('waitForRun', () => {
  it('lets nobody else command the terminal', async () => {
    const out = await printed({ event: 'state', data: { at: 'now', state: 'failed', detail: '\u001b[31mred' } });
    expect(out).toContain('now  failed: \uFFFD[31mred\n');
  });

  it('says how long stages take that are another inner problem', async () => {
    // A generation a second while networks are tiny.
    const data = { generation: 0, meanLoss: 0.5, trainingsPerSecond: 6, utilisation: 1 };
    const [, minutes, seconds] = /ETA (\d+):(\d+) /.exec(await printed({ event: 'generation', data }))!;
    expect(60 * Number(minutes) + Number(seconds)).toBeGreaterThan(2 * 9);
  });
});
