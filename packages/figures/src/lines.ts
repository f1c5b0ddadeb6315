// What curves are drawn with: lines, bands around them, dashed references, and names at their ends.

import { area, line as path } from 'd3-shape';
import { type Panel, spread } from './axes.js';
import { HEADING, SIZE } from './style.js';
import { element, line, text } from './svg.js';

export type Point = readonly [x: number, y: number];

/** A line's end with its name and value beside the plot. */
export interface Ending {
  y: number;
  label: string;
  colour: string;
}

/** A panel's heading. */
export const heading = (content: string): string => text(0, -14, content, HEADING);

/** A dashed line at a value. */
export const reference = ({ width, y }: Panel, value: number, stroke: string): string =>
  line(0, y(value), width, y(value), { stroke, 'stroke-width': '1.6', 'stroke-dasharray': '5 4' });

export function polyline({ x, y }: Panel, points: readonly Point[], attributes: Record<string, string>): string {
  const draw = path<Point>(
    (p) => x(p[0]),
    (p) => y(p[1]),
  ).digits(1);
  return element('path', { d: draw(points) ?? '', fill: 'none', 'stroke-linejoin': 'round', ...attributes });
}

/** A line with a dot at each point. */
export function curve(plot: Panel, points: readonly Point[], colour: string): string {
  const dots = points.map(([x, y]) => element('circle', { cx: plot.x(x), cy: plot.y(y), r: 2.6, fill: colour }));
  return polyline(plot, points, { stroke: colour, 'stroke-width': '2.4' }) + dots.join('');
}

/** Lines' names at their ends, moved apart where they would overlap. */
export function endings({ width, height, y }: Panel, list: readonly Ending[]): string {
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

/** A band of ± `half` around a line. */
export function band({ x, y }: Panel, points: readonly Point[], half: readonly number[], fill: string): string {
  const draw = area<Point>(
    (p) => x(p[0]),
    (p, i) => y(p[1] - half[i]!),
    (p, i) => y(p[1] + half[i]!),
  ).digits(1);
  return element('path', { d: draw(points) ?? '', fill, 'fill-opacity': '0.18' });
}
