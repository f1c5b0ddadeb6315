// Along the inner training: accuracy above, loss on the labelled points below, rule and backprop with bands of a standard error.

import { generationTrainings, type RunSpec } from '@metaplast/protocol';
import type { InnerCurve, InnerCurves } from '@metaplast/training';
import { percent } from '@metaplast/training/numbers';
import { axes, type Panel, panel } from './axes.js';
import { BODY_Y, svgDocument } from './document.js';
import { band, endings, heading, type Point, polyline } from './lines.js';
import { familyName, LINES } from './style.js';
import { at, element } from './svg.js';

const WIDTH = 286;
const HEIGHT = 196;
const LOSS_TOP = HEIGHT + 58;
/** From one family's panels to the next: room for names at the ends and for the axis's numbers. */
const COLUMN = WIDTH + 148;
export const INNER_X = 74;

export const innerWidth = (families: number): number => families * COLUMN;

/** A column a family. Its origin is the first upper plot's corner. */
export function innerPanels(families: readonly InnerCurves[]): string {
  return element('g', {}, ...families.map((curves, i) => at(i * COLUMN, 0, accuracy(curves), at(0, LOSS_TOP, trainLoss(curves)))));
}

export interface InnerFigure {
  spec: RunSpec;
  /** Updates of θ. */
  generation: number;
  families: readonly InnerCurves[];
}

/** A stand-alone SVG document. */
export function innerTrainingSvg({ spec, generation, families }: InnerFigure): string {
  const width = INNER_X + innerWidth(families.length);
  const trainings = generationTrainings(spec) * generation;
  // No longer than one family is wide.
  const subtitle = `mean ± s.e. of ${families[0]!.trials} fresh tasks · after ${trainings.toLocaleString('en-GB')} inner trainings, seed ${spec.seed}`;
  return svgDocument(width, 612, 'Along the inner training', subtitle, at(INNER_X, BODY_Y, innerPanels(families)));
}

function accuracy(curves: InnerCurves): string {
  const { rule, backprop, labelledSeen } = curves;
  const lowest = Math.min(...rule.accuracy, ...backprop.accuracy);
  const plot = panel(WIDTH, HEIGHT, [0, labelledSeen.at(-1)!], [Math.floor(10 * lowest) / 10, 1]);
  return element(
    'g',
    {},
    heading(`Test accuracy, ${familyName(curves.family)}`),
    axes(plot, (value) => `${Math.round(100 * value)} %`),
    lines(plot, labelledSeen, [rule.accuracy, rule.accuracySe], [backprop.accuracy, backprop.accuracySe], (y) => `${percent(y)} %`),
  );
}

function trainLoss(curves: InnerCurves): string {
  const { rule, backprop, labelledSeen } = curves;
  const top = Math.max(...[rule, backprop].flatMap(({ trainLoss, trainLossSe }) => trainLoss.map((loss, i) => loss + trainLossSe[i]!)));
  const plot = panel(WIDTH, HEIGHT, [0, labelledSeen.at(-1)!], [0, 1.05 * top]);
  return element(
    'g',
    {},
    heading('Loss on the labelled points, nats'),
    axes(plot, (value) => String(value), 'labelled examples seen'),
    lines(plot, labelledSeen, [rule.trainLoss, rule.trainLossSe], [backprop.trainLoss, backprop.trainLossSe], (value) => value.toFixed(2)),
  );
}

type Series = readonly [values: InnerCurve['accuracy'], se: InnerCurve['accuracySe']];

function lines(plot: Panel, x: readonly number[], rule: Series, backprop: Series, format: (value: number) => string): string {
  const drawn = [
    { name: 'backprop', series: backprop, colour: LINES.sgd },
    { name: 'rule', series: rule, colour: LINES.rule },
  ].map(({ name, series: [values, se], colour }) => {
    const points = values.map((y, i): Point => [x[i]!, y]);
    return {
      shapes: band(plot, points, se, colour) + polyline(plot, points, { stroke: colour, 'stroke-width': '2.2' }),
      ending: { y: values.at(-1)!, label: `${name} ${format(values.at(-1)!)}`, colour },
    };
  });
  const ends = endings(
    plot,
    drawn.map(({ ending }) => ending),
  );
  return drawn.map(({ shapes }) => shapes).join('') + ends;
}
