// The right half: for each task what the rule (above) and backprop (below) would answer everywhere, as filled maps of
// certainty, with the points they learned from.

import type { TaskData } from '@metaplast/kernel';
import { percent } from '@metaplast/training/numbers';
import { contours } from 'd3-contour';
import { scaleLinear } from 'd3-scale';
import { symbol } from 'd3-shape';
import { EXTENT, type FigureData, GRID, type ProbabilityMap } from './data.js';
import { classStyle, familyName, HEADING, INK, LINES, SIZE } from './style.js';
import { at, element, line, round, text } from './svg.js';

const SIDE = 186;
const GAP = 14;
/** From one row of maps to the next; the first has room for its accuracies below the heading. */
const ROW = SIDE + 36;
const TOP = 20;
/** Room for the names of the rows. */
const NAMES_WIDTH = 30;
/** How much more probable a class is than the next one: from where on each shade is filled. */
const MARGINS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98] as const;
const LABELLED_AREA = 74;

export const mapsWidth = (tasks: number): number => NAMES_WIDTH + tasks * (SIDE + GAP) - GAP;

/** Its origin is the upper left corner of the names of the rows. */
export function maps({ tasks }: Pick<FigureData, 'tasks'>): string {
  const parts = [
    element('defs', {}, element('clipPath', { id: 'map' }, element('rect', { width: SIDE, height: SIDE }))),
    text(NAMES_WIDTH, -14, `What is learned on ${tasks.length} fresh tasks, and its accuracy`, HEADING),
    rowName(TOP, 'learned rule', LINES.rule),
    rowName(TOP + ROW, 'backprop (SGD)', LINES.sgd),
  ];
  const families = new Set(tasks.map((task) => task.family)).size;
  tasks.forEach(({ family, data, rule, backprop }, i) => {
    const x = NAMES_WIDTH + i * (SIDE + GAP);
    const name = families > 1 ? `${familyName(family)} ` : '';
    parts.push(at(x, TOP, taskMap(rule, data, name)), at(x, TOP + ROW, taskMap(backprop, data)));
  });
  const classes = 1 + tasks.reduce((most, { data }) => Math.max(most, ...data.test.labels), 1);
  parts.push(at(NAMES_WIDTH, TOP + ROW + SIDE + 26, legend(classes)));
  return element('g', {}, ...parts);
}

function rowName(y: number, name: string, fill: string): string {
  const transform = `translate(14,${round(y + SIDE / 2)}) rotate(-90)`;
  return element('text', { transform, 'text-anchor': 'middle', 'font-size': SIZE.heading, 'font-weight': '600', fill }, name);
}

function taskMap({ probabilities, accuracy }: ProbabilityMap, data: TaskData, name = ''): string {
  const classes = probabilities.length / GRID ** 2;
  return element(
    'g',
    {},
    text(SIDE / 2, -8, `${name}${percent(accuracy)} %`, { 'text-anchor': 'middle', 'font-size': SIZE.label, fill: INK.text }),
    element('g', { 'clip-path': 'url(#map)' }, ...areas(probabilities, classes), unlabelled(data), labelled(data)),
    element('rect', { width: SIDE, height: SIDE, fill: 'none', stroke: INK.axis, 'stroke-width': '0.8' }),
  );
}

/** Certainty in steps of MARGINS, a class's colour getting stronger; a line where two classes are equally probable. */
function areas(probabilities: Float32Array, classes: number): string[] {
  const trace = contours().size([GRID, GRID]);
  return Array.from({ length: classes }, (_, k) => {
    const field = marginOf(k, probabilities, classes);
    const shade = scaleLinear<string>()
      .domain([-0.15, 1])
      .range([INK.paper, classStyle(k).area]);
    const shades = MARGINS.map((margin) => element('path', { d: outline(trace.contour(field, margin).coordinates), fill: shade(margin) }));
    const boundary = element('path', {
      d: outline(trace.contour(field, 0).coordinates),
      fill: 'none',
      stroke: INK.text,
      'stroke-width': '1.1',
    });
    return shades.join('') + (k > 0 ? boundary : '');
  });
}

/** Probability of a class minus the highest of the others, [GRID · GRID] from above, as contours are drawn. */
function marginOf(k: number, probabilities: Float32Array, classes: number): number[] {
  return Array.from({ length: GRID * GRID }, (_, cell) => {
    const row = GRID - 1 - Math.floor(cell / GRID);
    const point = (row * GRID + (cell % GRID)) * classes;
    let other = 0;
    for (let c = 0; c < classes; c++) if (c !== k) other = Math.max(other, probabilities[point + c]!);
    return probabilities[point + k]! - other;
  });
}

/** Grid coordinates to a map's; the first and last cells lie beyond its edges. */
function outline(polygons: number[][][][]): string {
  const place = (v: number): string => round(((v - 1) * SIDE) / (GRID - 2));
  return polygons
    .flat()
    .map((ring) => `M${ring.map(([x, y]) => `${place(x!)},${place(y!)}`).join('L')}Z`)
    .join('');
}

const x = scaleLinear().domain([-EXTENT, EXTENT]).range([0, SIDE]);
const y = scaleLinear().domain([-EXTENT, EXTENT]).range([SIDE, 0]);

const places = (points: Float32Array): (readonly [number, number])[] =>
  Array.from({ length: points.length / 2 }, (_, i) => [x(points[2 * i]!), y(points[2 * i + 1]!)]);

/** All batches' points as dots: strokes of no length with round ends. */
function unlabelled({ unlabelled }: TaskData): string {
  const d = places(unlabelled.points)
    .map(([px, py]) => `M${round(px)},${round(py)}h0`)
    .join('');
  return element('path', { d, stroke: INK.text, 'stroke-opacity': '0.3', 'stroke-width': '2.2', 'stroke-linecap': 'round' });
}

function labelled({ labelled }: TaskData): string {
  return places(labelled.points)
    .map(([px, py], i) => mark(px, py, labelled.labels[i]!))
    .join('');
}

function mark(px: number, py: number, k: number): string {
  const { point, symbol: shape } = classStyle(k);
  const d = symbol(shape, LABELLED_AREA).digits(1)() ?? '';
  const transform = `translate(${round(px)},${round(py)})`;
  return element('path', { d, transform, fill: point, stroke: INK.paper, 'stroke-width': '1.6' });
}

function legend(classes: number): string {
  const entry = { 'font-size': SIZE.tick, fill: INK.text };
  const parts: string[] = [];
  let place = 6;
  const add = (width: number, ...marks: string[]): void => {
    parts.push(at(place, 0, ...marks));
    place += width;
  };
  for (let k = 0; k < classes; k++) add(16, mark(0, 0, k));
  add(112, text(0, 4, 'labelled points', entry));
  const dots = 'M0,-3h0M5,2h0M10,-2h0M15,3h0';
  add(
    158,
    element('path', { d: dots, stroke: INK.text, 'stroke-opacity': '0.35', 'stroke-width': '2.4', 'stroke-linecap': 'round' }),
    text(24, 4, 'unlabelled points', entry),
  );
  add(150, line(0, 0, 22, 0, { stroke: INK.text, 'stroke-width': '1.4' }), text(30, 4, 'decision boundary', entry));
  return parts.join('');
}
