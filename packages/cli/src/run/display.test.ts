import type { TrainingProgress } from '@metaplast/training';
import { describe, expect, it } from 'vitest';
import { thisCommand } from './interrupt.js';
import { duration, ProgressDisplay, progressLine } from './progress.js';
import { reportTable } from './table.js';

const score = { accuracy: 0.9126, se: 0.002, crossEntropy: 0.2, trainCrossEntropy: 0.1 };
const progress = (generation: number, heldOut?: number): TrainingProgress => ({
  generation,
  generations: 480,
  metrics: { meanLoss: 0.2314 } as TrainingProgress['metrics'],
  heldOut: heldOut === undefined ? undefined : { generation: heldOut, ...score },
  trainingsPerSecond: 1450.4,
  utilisation: 0.957,
  etaSeconds: 112,
});

/** An output that keeps what is written to it. */
const record = (isTTY: boolean, columns?: number) => {
  const written: string[] = [];
  return { written, output: { isTTY, ...(columns === undefined ? {} : { columns }), write: (text: string) => written.push(text) } };
};

describe('progress', () => {
  it('says where the run is, how good and how fast', () => {
    expect(progressLine(progress(20, 20), 0.866)).toBe(
      'gen  20/480  ETA 1:52  meta-loss 0.231  held-out 91.3 % (backprop 86.6 %)  1450 trainings/s  96 % busy',
    );
    expect(progressLine(progress(1), 0.866)).toContain('held-out – (backprop');
  });

  it('prints plain lines for new evaluations, after a while, and at the end', () => {
    const { written, output } = record(false);
    let now = 0;
    const display = new ProgressDisplay(output, () => now);
    for (let generation = 1; generation <= 480; generation++) {
      now += 500;
      if (generation <= 40 || generation === 480) display.update(progress(generation, Math.floor(generation / 20) * 20), 0.866);
    }
    expect(written.map((line) => Number(/\d+/.exec(line)?.[0]))).toEqual([1, 20, 40, 480]);
    expect(written.every((line) => line.endsWith('\n') && !line.includes('\x1b'))).toBe(true);
  });

  it('rewrites one line on a terminal, no wider than it, and ends it before other text', () => {
    const { written, output } = record(true, 40);
    let now = 0;
    const display = new ProgressDisplay(output, () => now);
    display.update(progress(1), 0.866);
    now = 50;
    display.update(progress(2), 0.866); // too soon
    now = 200;
    display.update(progress(3), 0.866);
    display.say('done');
    expect(written).toHaveLength(4);
    expect(written[0]).toBe('\r\x1b[Kgen   1/480  ETA 1:52  meta-loss 0.231 ');
    expect(written.slice(2)).toEqual(['\n', 'done\n']);
  });

  it('writes durations', () => {
    expect([0, 3.6, 59.7, 3723].map(duration)).toEqual(['0:00', '0:04', '1:00', '1:02:03']);
  });
});

describe('table', () => {
  it('has a row a family, in columns', () => {
    const baseline = { ...score, accuracy: 0.866, learningRate: 0.5 };
    const row = { trials: 1000, rule: score, baselines: { sgd: baseline, adam: baseline } };
    const lines = reportTable([
      { family: 'two-moons', ...row, paired: { sgd: { difference: 0.0466, se: 0.0014 }, adam: { difference: -0.01, se: 0.002 } } },
      { family: 'circles', ...row, paired: { sgd: { difference: -0.0003, se: 0 }, adam: { difference: 0, se: 0 } } },
    ]).split('\n');
    expect(lines).toHaveLength(3);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[1]!.split(/ {3,}/)).toEqual([
      'two-moons (1000)',
      '91.3 ± 0.2 %',
      '86.6 ± 0.2 %',
      '86.6 ± 0.2 %',
      '+4.7 ± 0.1',
      '−1.0 ± 0.2',
    ]);
    expect(lines[2]).toMatch(/\+0\.0 ± 0\.0 +\+0\.0 ± 0\.0$/);
  });
});

describe('thisCommand', () => {
  it('is what to type again', () => {
    expect(thisCommand(['train', '--set', "a='b c'"], undefined)).toBe(`npx metaplast train --set 'a='\\''b c'\\'''`);
    expect(thisCommand(['quickstart'], 'quickstart')).toBe('npm run quickstart');
    expect(thisCommand(['quickstart', '--threads', '2'], 'quickstart')).toBe('npm run quickstart -- --threads 2');
    expect(thisCommand(['quickstart'], 'test')).toBe('npx metaplast quickstart');
  });
});
