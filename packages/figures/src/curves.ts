// The left half: held-out accuracy and cross-entropy by generation, beside the tuned baselines on the same tasks.

import { percent } from '@metaplast/training/numbers';
import { axes, panel } from './axes.js';
import type { FigureData } from './data.js';
import { curve, endings, heading, type Point, polyline, reference } from './lines.js';
import { LINES } from './style.js';
import { at, element } from './svg.js';

const WIDTH = 372;
const HEIGHT = 196;
const LOSS_TOP = HEIGHT + 58;
const NAMES = { sgd: 'SGD', adam: 'Adam' } as const;
const KINDS = ['sgd', 'adam'] as const;

/** Accuracy above, cross-entropy below. Its origin is the upper plot's corner. */
export function curves(data: FigureData): string {
  return element('g', {}, accuracy(data), at(0, LOSS_TOP, crossEntropy(data)));
}

function accuracy({ heldOut, baselines, spec }: FigureData): string {
  const values = [...heldOut.map((h) => h.accuracy), ...KINDS.map((k) => baselines[k].accuracy)];
  const low = Math.floor(20 * Math.min(...values, 0.95) - 0.2) / 20;
  const plot = panel(WIDTH, HEIGHT, [0, spec.outer.generations], [low, 1]);
  const points = heldOut.map((h): Point => [h.generation, h.accuracy]);
  const format = (value: number): string => `${Math.round(100 * value)} %`;
  return element(
    'g',
    {},
    heading('Accuracy on held-out tasks'),
    axes(plot, format),
    ...KINDS.map((kind) => reference(plot, baselines[kind].accuracy, LINES[kind])),
    curve(plot, points, LINES.rule),
    endings(plot, [
      ...points.slice(-1).map(([, y]) => ({ y, label: `rule ${percent(y)} %`, colour: LINES.rule })),
      ...KINDS.map((kind) => ({
        y: baselines[kind].accuracy,
        label: `${NAMES[kind]} ${percent(baselines[kind].accuracy)} %`,
        colour: LINES[kind],
      })),
    ]),
  );
}

function crossEntropy({ metrics, heldOut, baselines, spec }: FigureData): string {
  const values = [...heldOut.map((h) => h.crossEntropy), ...KINDS.map((k) => baselines[k].crossEntropy), ...metrics.map((m) => m.meanLoss)];
  const plot = panel(WIDTH, HEIGHT, [0, spec.outer.generations], [0, 1.05 * Math.max(...values, 0.1)]);
  const points = heldOut.map((h): Point => [h.generation, h.crossEntropy]);
  const training = metrics.map((m): Point => [m.generation, m.meanLoss]);
  return element(
    'g',
    {},
    heading('Meta-loss: cross-entropy after the last inner step, nats'),
    axes(plot, (value) => String(value), 'generation'),
    ...KINDS.map((kind) => reference(plot, baselines[kind].crossEntropy, LINES[kind])),
    polyline(plot, training, { stroke: LINES.rule, 'stroke-width': '1', 'stroke-opacity': '0.4' }),
    curve(plot, points, LINES.rule),
    endings(plot, [
      ...points.slice(-1).map(([, y]) => ({ y, label: `rule ${y.toFixed(2)}`, colour: LINES.rule })),
      ...KINDS.map((kind) => ({
        y: baselines[kind].crossEntropy,
        label: `${NAMES[kind]} ${baselines[kind].crossEntropy.toFixed(2)}`,
        colour: LINES[kind],
      })),
    ]),
  );
}
