// "See the rule": a row an answer, its value over slices (z, r) and (z, s) for labelled and unlabelled examples, what is linear in
// it, and the hand-written rules that it can be held against.

import { contours } from 'd3-contour';
import { scaleLinear } from 'd3-scale';
import { BODY_Y, MARGIN, svgDocument } from './document.js';
import { type Answer, type AnswerData, HAND_WRITTEN, type HandWritten, type LinearFit, RANGE, type Response, SLICE } from './rule-data.js';
import { HEADING, INK, SIZE } from './style.js';
import { at, element, line, round, text } from './svg.js';

const SIDE = 84;
const ROW = SIDE + 20;
const NAMES = 92;
const STEP = SIDE + 14;
const TOP = 34;

/** Left edges of the columns, in groups; and where all ends. */
type Places = ReturnType<typeof placesOf>;

/** `slices`: those of an answer to one kind of examples, 1 or 2. */
function placesOf(slices: number) {
  const group = Math.max(slices * STEP, 130) + 22;
  const hands = NAMES + 2 * group;
  const hebb = hands + STEP + 14;
  const fits = hebb + STEP + 26;
  return { labelled: NAMES, unlabelled: NAMES + group, hands, hebb, fits, end: fits + 270 };
}

const SYMBOLS: Record<Answer, readonly [name: string, role: string]> = {
  delta: ['δ', 'error sent down'],
  postW: ['post W', 'forward weights'],
  preW: ['pre W', 'forward weights'],
  postV: ['post V', 'feedback weights'],
  preV: ['pre V', 'feedback weights'],
  postM: ['post M', 'lateral weights'],
  preM: ['pre M', 'lateral weights'],
};

export interface RuleFigure {
  title: string;
  subtitle: string;
  answers: readonly AnswerData[];
}

/** A stand-alone SVG document. */
export function ruleResponseSvg({ title, subtitle, answers }: RuleFigure): string {
  const height = BODY_Y + TOP + answers.length * ROW + 64;
  const lateral = answers.some(({ labelled }) => labelled.s !== undefined);
  const places = placesOf(lateral ? 2 : 1);
  const heads = [
    ['labelled examples', places.labelled],
    ['unlabelled examples', places.unlabelled],
    ['hand-written rules', places.hands],
    ['nearest linear rule', places.fits],
  ].map(([name, x]) => text(x as number, -14, name as string, HEADING));
  const sliced = (x: number) => [['z →   r ↑', x], ...(lateral ? [['z →   s ↑', x + STEP]] : [])];
  const columns = [
    ...sliced(places.labelled),
    ...sliced(places.unlabelled),
    ['feedback alignment', places.hands],
    ['Hebb', places.hebb],
  ].map(([name, x]) =>
    text((x as number) + SIDE / 2, 16, name as string, { 'text-anchor': 'middle', 'font-size': SIZE.tick, fill: INK.faint }),
  );
  const rows = answers.map((answer, i) => at(0, TOP + i * ROW, row(answer, places)));
  const key = at(NAMES, TOP + answers.length * ROW + 8, legend(lateral));
  return svgDocument(places.end + 2 * MARGIN, height, title, subtitle, at(MARGIN, BODY_Y, ...heads, ...columns, ...rows, key));
}

/** One beside the other. */
const slices = ({ r, s }: Response) => (s === undefined ? [r] : [r, s]);

function row({ answer, labelled, unlabelled }: AnswerData, places: Places): string {
  const largest = Math.max(...[labelled, unlabelled].flatMap(slices).flatMap((slice) => [...slice].map(Math.abs)));
  const scale = largest > 0 ? largest : 1;
  const [name, role] = SYMBOLS[answer];
  return [
    text(0, SIDE / 2 - 6, name, { 'font-size': SIZE.heading, 'font-weight': '600', fill: INK.text }),
    text(0, SIDE / 2 + 10, role, { 'font-size': 10, fill: INK.faint }),
    text(0, SIDE / 2 + 26, `± ${scale.toPrecision(2)}`, { 'font-size': 10, fill: INK.faint }),
    ...slices(labelled).map((slice, i) => at(places.labelled + i * STEP, 0, tile(slice, scale))),
    ...slices(unlabelled).map((slice, i) => at(places.unlabelled + i * STEP, 0, tile(slice, scale))),
    at(places.hands, 0, hand('feedback alignment', answer)),
    at(places.hebb, 0, hand('Hebb', answer)),
    at(
      places.fits,
      0,
      text(0, SIDE / 2 - 6, formula(labelled.fit), FIT),
      text(0, SIDE / 2 + 16, formula(unlabelled.fit), { ...FIT, fill: INK.faint }),
    ),
  ].join('');
}

const FIT = { 'font-size': SIZE.tick, fill: INK.text } as const;

/** '+0.91 r −0.20 z (R² 0.93)': terms that weigh at least a twentieth of the largest, over their ranges. */
function formula({ constant, z, r, s, r2 }: LinearFit): string {
  const terms = [
    { name: '', value: constant, weight: Math.abs(constant) },
    { name: ' z', value: z, weight: Math.abs(z) * RANGE.z },
    { name: ' r', value: r, weight: Math.abs(r) * RANGE.r },
    { name: ' s', value: s, weight: Math.abs(s) * RANGE.s },
  ].sort((a, b) => b.weight - a.weight);
  const kept = terms.filter(({ weight }) => weight > 0 && weight >= terms[0]!.weight / 20);
  const sum = kept.map(({ name, value }) => `${value < 0 ? '−' : '+'}${Math.abs(value).toPrecision(2)}${name}`).join(' ');
  return `${sum || '0'} (R² ${r2.toFixed(2)})`;
}

/** What a hand-written rule answers, or a dash. */
function hand(rule: HandWritten, answer: Answer): string {
  const signal = (HAND_WRITTEN[rule] as Partial<Record<Answer, 'z' | 'r'>>)[answer];
  if (signal === undefined) return text(SIDE / 2, SIDE / 2 + 4, '–', { 'text-anchor': 'middle', fill: INK.axis });
  const values = Float64Array.from(
    { length: SLICE * SLICE },
    (_, e) => (2 * (signal === 'z' ? e % SLICE : Math.floor(e / SLICE))) / (SLICE - 1) - 1,
  );
  return tile(values, 1);
}

const LEVELS = 20;
const COLOURS = scaleLinear<string>().domain([-1, -0.5, 0, 0.5, 1]).range(['#174a8b', '#8db4dc', '#fbfaf8', '#f0b27f', '#a8440a']);

/** A slice as filled contours, zero as a line. */
function tile(values: ArrayLike<number>, scale: number): string {
  // Rows from above, as contours are drawn; the first and the last twice, so that areas reach the edges.
  const n = SLICE + 2;
  const inside = (i: number): number => Math.max(0, Math.min(SLICE - 1, i - 1));
  const field = Array.from({ length: n * n }, (_, e) => values[inside(n - 1 - Math.floor(e / n)) * SLICE + inside(e % n)]! / scale);
  const trace = contours().size([n, n]);
  const place = (v: number): string => round(Math.max(0, Math.min(SIDE, ((v - 1.5) * SIDE) / (SLICE - 1))));
  const outline = (level: number): string =>
    trace
      .contour(field, level)
      .coordinates.flat()
      .map((ring) => `M${ring.map(([x, y]) => `${place(x!)},${place(y!)}`).join('L')}Z`)
      .join('');
  const areas = Array.from({ length: LEVELS }, (_, i) => {
    const level = (2 * i) / LEVELS - 1;
    const d = i === 0 ? `M0,0H${SIDE}V${SIDE}H0Z` : outline(level);
    return d === '' ? '' : element('path', { d, fill: COLOURS(level + 1 / LEVELS) });
  });
  return [
    ...areas,
    element('rect', { width: SIDE, height: SIDE, fill: 'none', stroke: INK.axis, 'stroke-width': '0.8' }),
    line(SIDE / 2, 0, SIDE / 2, SIDE, { stroke: INK.text, 'stroke-opacity': '0.15' }),
    line(0, SIDE / 2, SIDE, SIDE / 2, { stroke: INK.text, 'stroke-opacity': '0.15' }),
  ].join('');
}

function legend(lateral: boolean): string {
  const width = 180;
  const steps = LEVELS;
  const bars = Array.from({ length: steps }, (_, i) =>
    element('rect', { x: (i * width) / steps, y: 0, width: width / steps + 0.2, height: 10, fill: COLOURS((2 * i + 1) / steps - 1) }),
  );
  const note = { 'font-size': SIZE.tick, fill: INK.faint } as const;
  return [
    ...bars,
    text(0, 26, 'negative', note),
    text(width, 26, 'positive', { ...note, 'text-anchor': 'end' }),
    ...[
      `z: activation, r: signal from above${lateral ? ', s: signal from the neighbours' : ''}. A weight changes by post × pre.`,
      `z and r from −${RANGE.z} to ${RANGE.z}${lateral ? `, s from −${RANGE.s} to ${RANGE.s}; the signal that is not shown is 0` : ''}. A row has one scale, beside its name.`,
      `Nearest linear rule: least squares over ${lateral ? 'all three' : 'both'} signals, labelled examples above, unlabelled ones in grey.`,
    ].map((line, i) => text(width + 24, 8 + 17 * i, line, note)),
  ].join('');
}
