// Names of lines on the chart itself: what one compares with is to be seen without looking for it in the legend.

import type uPlot from 'uplot';
import { colour } from '../state/theme.js';
import type { Line } from './chart.js';

const SIZE_PX = 11;
/** Between two names, and between a name and its line. */
const GAP_PX = 3;

/** A name stands over its line's right end, or under it where another name is in the way. */
export function nameLines({ ctx, bbox, valToPos }: uPlot, lines: readonly Line[]): void {
  const scale = devicePixelRatio;
  const at = (value: number): number => valToPos(value, 'y', true);
  const named = lines.flatMap(({ label, named: isNamed, colour: name, values }) => {
    const value = values.at(-1) ?? null;
    return label === undefined || !isNamed || value === null ? [] : [{ label, name, y: at(value) }];
  });
  if (named.length === 0) return;
  ctx.save();
  ctx.font = `600 ${SIZE_PX * scale}px Inter, system-ui, sans-serif`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'alphabetic';
  ctx.lineJoin = 'round';
  ctx.lineWidth = 3 * scale;
  ctx.strokeStyle = colour('panel');
  let lowest = bbox.top;
  for (const { label, name, y } of named.sort((a, b) => a.y - b.y)) {
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    const above = y - GAP_PX * scale;
    const baseline = above - SIZE_PX * scale >= lowest ? above : Math.max(y, lowest) + (SIZE_PX + GAP_PX) * scale;
    const x = bbox.left + bbox.width - GAP_PX * scale;
    ctx.fillStyle = colour(name);
    ctx.strokeText(label, x, baseline);
    ctx.fillText(label, x, baseline);
    lowest = baseline + GAP_PX * scale;
  }
  ctx.restore();
}
