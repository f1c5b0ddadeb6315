// A panel with axes: grid lines, ticks and labels around a plot whose origin is its upper left corner.

import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { INK, SIZE } from './style.js';
import { element, line, text } from './svg.js';

export interface Panel {
  width: number;
  height: number;
  x: ScaleLinear<number, number>;
  y: ScaleLinear<number, number>;
}

export function panel(width: number, height: number, xDomain: readonly [number, number], yDomain: readonly [number, number]): Panel {
  return {
    width,
    height,
    x: scaleLinear().domain(xDomain).range([0, width]),
    y: scaleLinear().domain(yDomain).range([height, 0]).clamp(true),
  };
}

/** Grid and ticks; the x axis has its numbers only where there is a label for it. */
export function axes({ width, height, x, y }: Panel, yFormat: (value: number) => string, xLabel?: string): string {
  const tick = { 'font-size': SIZE.tick, fill: INK.faint };
  const parts = y
    .ticks(5)
    .flatMap((value) => [
      line(0, y(value), width, y(value), { stroke: INK.grid }),
      text(-8, y(value) + 4, yFormat(value), { ...tick, 'text-anchor': 'end' }),
    ]);
  parts.push(line(0, height, width, height, { stroke: INK.axis }));
  for (const value of x.ticks(5)) {
    parts.push(line(x(value), height, x(value), height + 4, { stroke: INK.axis }));
    if (xLabel) parts.push(text(x(value), height + 18, String(value), { ...tick, 'text-anchor': 'middle' }));
  }
  if (xLabel) parts.push(text(width / 2, height + 38, xLabel, { 'text-anchor': 'middle', 'font-size': SIZE.label, fill: INK.text }));
  return element('g', {}, ...parts);
}

/** Moves labels apart that are closer than `gap`, as little as that takes, inside [0, height]; keeps their order. */
export function spread(wanted: readonly number[], gap: number, height: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const placed = [...wanted];
  let lowest = 0;
  for (const i of order) {
    placed[i] = Math.max(placed[i]!, lowest);
    lowest = placed[i]! + gap;
  }
  let highest = height;
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i]!, highest);
    highest = placed[i]! - gap;
  }
  return placed;
}
