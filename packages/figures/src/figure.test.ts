import { initialTheta } from '@metaplast/plasticity';
import { resolveSpec } from '@metaplast/protocol';
import type { InnerCurves } from '@metaplast/training';
import { describe, expect, it } from 'vitest';
import { spread } from './axes.js';
import { EXTENT, type FigureData, GRID, gridPoints, mapTasks } from './data.js';
import { figureSvg } from './figure.js';
import { frontierSvg } from './frontier.js';
import { innerTrainingSvg } from './inner.js';
import { meanCurve, metaTrainingSvg } from './meta-training.js';
import { decisionMapsSvg, paperFigureSvg } from './paper.js';
import { renderPng } from './png.js';
import { ruleResponseSvg } from './rule.js';
import { HAND_WRITTEN, ruleResponse, SLICE } from './rule-data.js';
import { element, text } from './svg.js';
import { csv, innerRows, innerTrainingVega, metaRows, metaTrainingVega } from './vega.js';

const score = (accuracy: number, crossEntropy: number) => ({ accuracy, se: 0.01, crossEntropy, trainCrossEntropy: 0.1 });
const spec = resolveSpec({ network: { hidden: [8] }, inner: { steps: 5 }, outer: { generations: 20 } });
const learner = { kind: 'sgd', learningRate: 0.5 } as const;
const data: FigureData = {
  spec,
  generation: 20,
  metrics: Array.from({ length: 20 }, (_, generation) => ({ generation, meanLoss: 0.7 - generation / 40 })),
  heldOut: [0, 10, 20].map((generation) => ({ generation, ...score(0.7 + generation / 100, 0.6 - generation / 50) })),
  baselines: { sgd: { ...score(0.866, 0.43), learningRate: 0.5 }, adam: { ...score(0.86, 0.9), learningRate: 0.02 } },
  tasks: mapTasks(spec, initialTheta(spec), learner),
};

/** Every element is closed, in order: what an XML reader would check first. */
function isWellFormed(svg: string): boolean {
  const open: string[] = [];
  for (const [, close, name, selfClosing] of svg.matchAll(/<(\/?)([a-zA-Z]+)[^<>]*?(\/?)>/g)) {
    if (close) {
      if (open.pop() !== name) return false;
    } else if (!selfClosing) open.push(name!);
  }
  return open.length === 0;
}

describe('maps', () => {
  it('sample the middles of cells, from the lower left, one beyond each edge', () => {
    const grid = gridPoints();
    const cell = (2 * EXTENT) / (GRID - 2);
    expect(grid.length).toBe(2 * GRID * GRID);
    expect([grid[0], grid[1]]).toEqual([Math.fround(-EXTENT - cell / 2), Math.fround(-EXTENT - cell / 2)]);
    expect(grid[2]! - grid[0]!).toBeCloseTo(cell, 5);
    expect([grid.at(-2), grid.at(-1)]).toEqual([Math.fround(EXTENT + cell / 2), Math.fround(EXTENT + cell / 2)]);
  });

  it('show the same four tasks every time, with both learners’ answers', { timeout: 30_000 }, () => {
    expect(data.tasks).toHaveLength(4);
    expect(mapTasks(spec, initialTheta(spec), learner)).toEqual(data.tasks);
    for (const { rule, backprop } of data.tasks) {
      for (const { probabilities, accuracy } of [rule, backprop]) {
        expect(probabilities.length).toBe(2 * GRID * GRID);
        for (let i = 0; i < probabilities.length; i += 2) expect(probabilities[i]! + probabilities[i + 1]!).toBeCloseTo(1, 4);
        expect(accuracy).toBeGreaterThan(0);
        expect(accuracy).toBeLessThanOrEqual(1);
      }
    }
  });

  it('agree with the accuracy on the test points next to them', () => {
    const { data: task, backprop } = data.tasks[0]!;
    const cell = (2 * EXTENT) / (GRID - 2);
    const index = (v: number): number => Math.round((v + EXTENT) / cell + 0.5);
    const hits = [...task.test.labels].filter((label, i) => {
      const point = index(task.test.points[2 * i + 1]!) * GRID + index(task.test.points[2 * i]!);
      return backprop.probabilities[2 * point + label]! > 0.5;
    });
    expect(Math.abs(hits.length / task.test.labels.length - backprop.accuracy)).toBeLessThan(0.05);
  });

  it('are left out where tasks have other than two dimensions', () => {
    const blobs = resolveSpec({
      tasks: [{ family: 'blobs', dimensions: 3 }],
      evaluation: { families: [{ family: 'blobs', dimensions: 3 }] },
    });
    expect(mapTasks(blobs, initialTheta(blobs), learner)).toEqual([]);
  });
});

describe('figureSvg', () => {
  const svg = figureSvg(data);

  it('is well-formed, small, and has all parts', () => {
    expect(isWellFormed(svg)).toBe(true);
    expect(svg.length).toBeLessThan(1e6);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    for (const words of [
      'two-moons',
      'learned rule',
      'backprop (SGD)',
      'SGD 86.6 %',
      'Adam 86.0 %',
      'rule 90.0 %',
      'rule 0.20',
      'generation',
    ]) {
      expect(svg).toContain(words);
    }
    expect(svg.match(/clip-path="url\(#map\)"/g)).toHaveLength(8);
    expect(figureSvg(data)).toBe(svg);
  });

  it('does without maps, and without any generation', () => {
    const bare = figureSvg({ ...data, generation: 0, metrics: [], heldOut: [], tasks: [] });
    expect(isWellFormed(bare)).toBe(true);
    expect(bare).not.toMatch(/NaN|undefined|Infinity|url\(#map\)/);
  });

  it('draws any number of classes', () => {
    const blobs = { family: 'blobs', classes: 5 } as const;
    const many = resolveSpec({ inner: { steps: 5 }, tasks: [blobs], evaluation: { families: [blobs] } });
    const drawn = figureSvg({ ...data, spec: many, tasks: mapTasks(many, initialTheta(many), learner) });
    expect(isWellFormed(drawn)).toBe(true);
    expect(drawn).not.toMatch(/NaN|undefined|Infinity/);
  });
});

const curve = (last: number) => ({
  accuracy: [0.5, 0.7, last],
  accuracySe: [0.01, 0.02, 0.01],
  trainLoss: [0.7, 0.3, 0.1],
  trainLossSe: [0.02, 0.01, 0.01],
});
const inner: InnerCurves = {
  family: 'two-gaussians:generic',
  trials: 100,
  steps: [0, 1, 2],
  labelledSeen: [0, 10, 20],
  rule: curve(0.973),
  backprop: curve(0.861),
};

describe('the paper’s figure', () => {
  it('has both learners’ ends, bands, and maps of two families by name', () => {
    const moved = data.tasks.slice(0, 1).map((task) => ({ ...task, family: 'two-gaussians:generic' }));
    const svg = paperFigureSvg({ spec, generation: 20, families: [inner, inner], tasks: [...data.tasks.slice(0, 1), ...moved] });
    expect(isWellFormed(svg)).toBe(true);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    for (const words of [
      'rule 97.3 %',
      'backprop 86.1 %',
      'labelled examples seen',
      'over 100 fresh tasks',
      '>two moons ',
      '>generic Gaussians ',
    ]) {
      expect(svg).toContain(words);
    }
    expect(svg.match(/fill-opacity="0.18"/g)).toHaveLength(8);
    expect(isWellFormed(innerTrainingSvg({ spec, generation: 20, families: [inner] }))).toBe(true);
    expect(isWellFormed(decisionMapsSvg({ spec, tasks: data.tasks }))).toBe(true);
  });

  it('has its data as CSV and Vega-Lite', () => {
    const rows = innerRows([inner]);
    expect(rows).toHaveLength(6);
    expect(rows[2]).toMatchObject({ learner: 'rule', step: 2, labelledSeen: 20, accuracy: 0.973, trainLoss: 0.1 });
    const [head, first, ...rest] = csv(rows).trimEnd().split('\n');
    expect(head).toBe('family,learner,step,labelledSeen,accuracy,accuracySe,trainLoss,trainLossSe');
    expect(first).toBe('two-gaussians:generic,rule,0,0,0.5,0.01,0.7,0.02');
    expect(rest).toHaveLength(5);
    expect(innerTrainingVega([inner])).toMatchObject({ $schema: expect.stringContaining('vega-lite'), data: { values: rows } });
  });
});

describe('the meta-training figure', () => {
  const runs = [0, 0.02].map((shift, i) => ({
    seed: i + 1,
    heldOut: data.heldOut.map((h) => ({ ...h, accuracy: h.accuracy + shift })).slice(0, 3 - i),
    baselines: data.baselines,
  }));

  it('averages generations that all seeds have, with the standard error over seeds', () => {
    const { generation, mean, se } = meanCurve({ runs }, 'accuracy');
    expect(generation).toEqual([0, 10]);
    expect(mean.map((m) => m.toFixed(6))).toEqual(['0.710000', '0.810000']);
    for (const e of se) expect(e).toBeCloseTo(0.01, 9);
    expect(metaRows({ runs }).map((row) => row.seed)).toEqual([1, 1, 1, 2, 2, 'mean', 'mean']);
    expect(metaTrainingVega({ runs })).toMatchObject({ data: { values: metaRows({ runs }) } });
  });

  it('is well-formed with one seed or several', () => {
    for (const some of [runs, runs.slice(0, 1)]) {
      const svg = metaTrainingSvg({ spec, runs: some });
      expect(isWellFormed(svg)).toBe(true);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expect(svg).toContain('SGD 86.6 %');
    }
  });
});

describe('the frontier', () => {
  const families = ['two-moons', 'two-gaussians:isotropic'];
  const way = [
    { generation: 1, differences: [0.1, -0.02] },
    { generation: 2, differences: [0.05, 0.01] },
  ];

  it('has a panel a family that was not trained on, with each run’s end in points', () => {
    const svg = frontierSvg({ title: 't', subtitle: 's', families, runs: [{ name: '7', checkpoints: way }] });
    expect(isWellFormed(svg)).toBe(true);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    // Moons from 0 to 10 points over 400 units, the Gaussians from −2 to 1 over 240.
    expect(svg).toMatch(/<circle cx="400" cy="240" r="1.8"[^>]*\/><circle cx="200" cy="0" r="8"/);
    expect(svg.match(/isotropic Gaussians/g)).toHaveLength(1);
    expect(svg).toContain('points over the baseline on two moons');
  });
});

describe('the rule’s figure', () => {
  it('of a rule without lateral weights shows nothing of the signal that it never gets', () => {
    const theta = initialTheta(resolveSpec({})).map((_, i) => (((i * 37) % 11) - 5) / 5);
    const [without, whole] = [false, true].map((lateral) => ruleResponse(resolveSpec({ rule: { lateral } }), theta));
    expect(without!.map(({ answer }) => answer)).toEqual(['delta', 'postW', 'preW', 'postV', 'preV']);
    without!.forEach(({ labelled, unlabelled }, i) => {
      expect([labelled.fit.s, unlabelled.fit.s, labelled.s]).toEqual([0, 0, undefined]);
      expect(labelled.r).toEqual(whole![i]!.labelled.r); // there s is 0
      // What s explains of a whole rule's answer is not lost on this one's.
      expect([labelled.fit.r2, whole![i]!.labelled.fit.s]).not.toEqual([whole![i]!.labelled.fit.r2, 0]);
    });
    const svg = ruleResponseSvg({ title: 't', subtitle: 's', answers: without! });
    expect(isWellFormed(svg)).toBe(true);
    expect(svg).not.toMatch(/NaN|undefined|Infinity|s ↑|post M|neighbours/);
  });

  it('of θ whose last layer is 0 shows the prior alone: feedback alignment, exactly linear', () => {
    const theta = initialTheta(resolveSpec({ rule: { initialOutputScale: 0 } }));
    const answers = ruleResponse(resolveSpec({}), theta);
    const fit = (answer: string) => answers.find((a) => a.answer === answer)!.labelled.fit;
    for (const [answer, signal] of Object.entries(HAND_WRITTEN['feedback alignment'])) {
      const rest = { constant: 0, z: 0, r: 0, s: 0 };
      for (const [name, value] of Object.entries({ ...rest, [signal]: 1, r2: 1 })) {
        expect(fit(answer)[name as 'z'], `${answer} ${name}`).toBeCloseTo(value, 9);
      }
    }
    const [delta] = answers;
    // From below left: z = −1 and r = −1, to the right z = 1; the last row has r = 1.
    expect([delta!.labelled.r[0], delta!.labelled.r[SLICE - 1], delta!.unlabelled.r.at(-1)]).toEqual([-1, -1, 1]);
    expect(delta!.labelled.s!.every((x) => x === 0)).toBe(true);
    const svg = ruleResponseSvg({ title: 't', subtitle: 's', answers });
    expect(isWellFormed(svg)).toBe(true);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg).toContain('+1.0 r (R² 1.00)');
  });

  it('tells labelled from unlabelled examples', () => {
    const [delta] = ruleResponse(spec, initialTheta(spec));
    expect(delta!.labelled.fit).not.toEqual(delta!.unlabelled.fit);
  });
});

describe('renderPng', () => {
  const size = (png: Uint8Array): number[] => {
    const view = new DataView(png.buffer, png.byteOffset);
    return [view.getUint32(16), view.getUint32(20)];
  };

  it('renders at twice the size, under a megabyte', { timeout: 30_000 }, () => {
    const png = renderPng(figureSvg(data));
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect(png.length).toBeLessThan(1e6);
    const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(figureSvg(data))!;
    expect(size(png)).toEqual([2 * Number(width), 2 * Number(height)]);
  });

  it('draws text with the bundled font', () => {
    const svg = (content: string): string =>
      element('svg', { xmlns: 'http://www.w3.org/2000/svg', width: 100, height: 40, 'font-family': 'Inter' }, text(5, 25, content));
    expect(renderPng(svg('θ = 1'))).not.toEqual(renderPng(svg('')));
  });
});

describe('small parts', () => {
  it('escape what has a meaning in XML', () => {
    expect(text(0, 0.04, '<a & "b">', { fill: 'x"y' })).toBe('<text x="0" y="0" fill="x&quot;y">&lt;a &amp; &quot;b&quot;&gt;</text>');
  });

  it('move labels apart and keep them inside and in order', () => {
    expect(spread([10, 50, 90], 16, 100)).toEqual([10, 50, 90]);
    expect(spread([50, 52, 48], 16, 100)).toEqual([64, 80, 48]);
    expect(spread([99, 100], 16, 100)).toEqual([84, 100]);
  });
});
