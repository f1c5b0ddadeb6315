// How long pretended chunks take, and how long they would all take if messages took no time: what `scale` is measured against.

import { createHash } from 'node:crypto';

const SPREAD = 0.3;
const STRAGGLERS = 0.01;

/** A chunk's time, ms: log-normal with σ 0.3 about the mean, 10 times as long once in a hundred. The same at every call. */
export function sleepMs(seed: number, generation: number, chunk: number, meanMs: number): number {
  const bits = createHash('sha256').update(`${seed} ${generation} ${chunk}`).digest();
  const [u, v, straggles] = [0, 4, 8].map((at) => (bits.readUInt32LE(at) + 0.5) / 2 ** 32) as [number, number, number];
  const gaussian = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  return (straggles < STRAGGLERS ? 10 : 1) * meanMs * Math.exp(SPREAD * gaussian - SPREAD ** 2 / 2);
}

/** Wall time, ms, of runs whose generations are barriers, on slots that take the next chunk of the runs in turn as soon as they are free. */
export function idealWallMs(slots: number, runs: number, generations: number, chunks: number, meanMs: number): number {
  const state = Array.from({ length: runs }, (_, i) => ({ seed: i + 1, generation: 0, next: 0, done: 0 }));
  const running: { run: (typeof state)[number]; endsAt: number }[] = [];
  let now = 0;
  let turn = 0;
  for (;;) {
    for (let passed = 0; running.length < slots && passed < runs; turn++) {
      const run = state[turn % runs]!;
      if (run.generation === generations || run.next === chunks) {
        passed++;
        continue;
      }
      passed = 0;
      running.push({ run, endsAt: now + sleepMs(run.seed, run.generation, run.next++, meanMs) });
    }
    if (running.length === 0) return now;
    running.sort((a, b) => a.endsAt - b.endsAt);
    const { run, endsAt } = running.shift()!;
    now = endsAt;
    if (++run.done === chunks) Object.assign(run, { generation: run.generation + 1, next: 0, done: 0 });
  }
}
