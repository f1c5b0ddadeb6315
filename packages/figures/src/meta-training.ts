// Meta-training of several seeds: held-out accuracy and meta-loss by generation, a thin line a seed, their mean with a band of a
// standard error over seeds, and the tuned baselines on the same kind of tasks.

import type { RunSpec } from '@metaplast/protocol';
import { type HeldOut, meanAndError, type PerBaseline, type Score } from '@metaplast/training';
import { percent } from '@metaplast/training/numbers';
import { axes, panel } from './axes.js';
import { BODY_Y, svgDocument } from './document.js';
import { band, endings, heading, type Point, polyline, reference } from './lines.js';
import { familyName, LINES } from './style.js';
import { at, element } from './svg.js';

export interface MetaTrainingFigure {
  /** Of any of the runs: they differ by their seeds. */
  spec: RunSpec;
  runs: readonly { seed: number; heldOut: readonly HeldOut[]; baselines: PerBaseline<Score> }[];
}

/** Mean and standard error over the seeds at generations that all of them have. */
export interface MeanCurve {
  generation: number[];
  mean: number[];
  se: number[];
}

export type HeldOutValue = 'accuracy' | 'crossEntropy';

export function meanCurve({ runs }: Pick<MetaTrainingFigure, 'runs'>, key: HeldOutValue): MeanCurve {
  const at = (run: (typeof runs)[number], generation: number) => run.heldOut.find((h) => h.generation === generation)?.[key];
  const generation = runs[0]!.heldOut.map((h) => h.generation).filter((g) => runs.every((run) => at(run, g) !== undefined));
  const all = generation.map((g) => meanAndError(runs.map((run) => at(run, g)!)));
  return { generation, mean: all.map(({ mean }) => mean), se: all.map(({ se }) => (runs.length > 1 ? se : 0)) };
}

const WIDTH = 430;
const HEIGHT = 230;
const X = 74;
const COLUMN = WIDTH + 170;

/** A stand-alone SVG document. */
export function metaTrainingSvg(figure: MetaTrainingFigure): string {
  const { spec, runs } = figure;
  const seeds = runs.map((run) => run.seed);
  const title = `Meta-training on ${[...new Set(spec.tasks.map((task) => familyName(task.family)))].join(', ')}`;
  const subtitle = [
    `${seeds.length > 1 ? 'seeds' : 'seed'} ${seeds.join(', ')}`,
    `held out: ${spec.evaluation.trials} tasks of ${familyName(spec.evaluation.families[0]!.family)}`,
    ...(seeds.length > 1 ? ['thick: mean, band: its standard error over seeds'] : []),
    'dashed: tuned backprop',
  ].join(' · ');
  const body = [
    part(figure, 'accuracy', 'Accuracy on held-out tasks', (v) => `${percent(v)} %`),
    at(
      COLUMN,
      0,
      part(figure, 'crossEntropy', 'Meta-loss: cross-entropy after the last inner step, nats', (v) => v.toFixed(2)),
    ),
  ];
  return svgDocument(X + 2 * COLUMN - 30, BODY_Y + HEIGHT + 70, title, subtitle, at(X, BODY_Y, ...body));
}

function part(figure: MetaTrainingFigure, key: HeldOutValue, name: string, format: (value: number) => string): string {
  const { spec, runs } = figure;
  const { generation, mean, se } = meanCurve(figure, key);
  const sgd = meanAndError(runs.map((run) => run.baselines.sgd[key])).mean;
  const values = [...runs.flatMap((run) => run.heldOut.map((h) => h[key])), sgd];
  const domain = key === 'accuracy' ? [Math.floor(20 * Math.min(...values) - 0.2) / 20, 1] : [0, 1.05 * Math.max(...values)];
  const plot = panel(WIDTH, HEIGHT, [0, spec.outer.generations], domain as [number, number]);
  const points = generation.map((g, i): Point => [g, mean[i]!]);
  const seeds = runs.map(({ heldOut }) =>
    polyline(
      plot,
      heldOut.map((h): Point => [h.generation, h[key]]),
      { stroke: LINES.rule, 'stroke-width': '1', 'stroke-opacity': '0.45' },
    ),
  );
  const last = mean.at(-1);
  return element(
    'g',
    {},
    heading(name),
    axes(plot, key === 'accuracy' ? (value) => `${Math.round(100 * value)} %` : String, 'generation'),
    reference(plot, sgd, LINES.sgd),
    band(plot, points, se, LINES.rule),
    ...seeds,
    polyline(plot, points, { stroke: LINES.rule, 'stroke-width': '2.4' }),
    endings(plot, [
      ...(last === undefined ? [] : [{ y: last, label: `rule ${format(last)}`, colour: LINES.rule }]),
      { y: sgd, label: `SGD ${format(sgd)}`, colour: LINES.sgd },
    ]),
  );
}
