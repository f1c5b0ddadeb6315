// The left half: held-out accuracy and cross-entropy by generation, beside the tuned baselines on the same tasks.

import { line as path } from 'd3-shape';
import { axes, type Panel, panel, spread } from './axes.js';
import type { FigureData } from './data.js';
import { HEADING, LINES, SIZE } from './style.js';
import { at, element, line, text } from './svg.js';

type Point = readonly [x: number, y: number];

/** A line's end with its name and value beside the plot. */
interface Ending {
  y: number;
  label: string;
  colour: string;
}

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
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  return element(
    'g',
    {},
    heading('Accuracy on held-out tasks'),
    axes(plot, format),
    ...KINDS.map((kind) => baseline(plot, baselines[kind].accuracy, LINES[kind])),
    curve(plot, points, LINES.rule),
    endings(plot, [
      ...points.slice(-1).map(([, y]) => ({ y, label: `rule ${percent(y)}`, colour: LINES.rule })),
      ...KINDS.map((kind) => ({
        y: baselines[kind].accuracy,
        label: `${NAMES[kind]} ${percent(baselines[kind].accuracy)}`,
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
    ...KINDS.map((kind) => baseline(plot, baselines[kind].crossEntropy, LINES[kind])),
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

const heading = (content: string): string => text(0, -14, content, HEADING);

const baseline = ({ width, y }: Panel, value: number, stroke: string): string =>
  line(0, y(value), width, y(value), { stroke, 'stroke-width': '1.6', 'stroke-dasharray': '5 4' });

function polyline({ x, y }: Panel, points: readonly Point[], attributes: Record<string, string>): string {
  const draw = path<Point>(
    (p) => x(p[0]),
    (p) => y(p[1]),
  ).digits(1);
  return element('path', { d: draw(points) ?? '', fill: 'none', 'stroke-linejoin': 'round', ...attributes });
}

/** A line with a dot at each point. */
function curve(plot: Panel, points: readonly Point[], colour: string): string {
  const dots = points.map(([x, y]) => element('circle', { cx: plot.x(x), cy: plot.y(y), r: 2.6, fill: colour }));
  return polyline(plot, points, { stroke: colour, 'stroke-width': '2.4' }) + dots.join('');
}

function endings({ width, height, y }: Panel, list: readonly Ending[]): string {
  const places = spread(
    list.map((ending) => y(ending.y)),
    16,
    height,
  );
  const labels = list.map(({ label, colour }, i) =>
    text(width + 8, places[i]! + 4, label, { 'font-size': SIZE.tick, 'font-weight': '600', fill: colour }),
  );
  return labels.join('');
}
