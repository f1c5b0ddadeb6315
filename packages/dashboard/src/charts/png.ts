// A chart as a picture: what is on the screen, with title and legend.

import type uPlot from 'uplot';
import { colour } from '../state/theme.js';
import type { Line } from './chart.js';

/** Baselines of the title and of the legend's rows, and the distance between those, px. */
const [TITLE, FIRST, ROW] = [18, 35, 16];
const PAD = 12;
/** A swatch: where its parts begin and how wide they are, px. */
const [WHOLE, DASHES] = [
  [[0, 14]],
  [
    [0, 6],
    [8, 6],
  ],
] as const;
const FONT = '11px Inter, system-ui, sans-serif';

export async function picture(u: uPlot, title: string, lines: readonly Line[]): Promise<Blob> {
  const { canvas } = u.ctx;
  const scale = devicePixelRatio;
  const out = document.createElement('canvas');
  const ctx = out.getContext('2d')!;
  ctx.font = FONT;
  const entries = placed(ctx, canvas.width / scale, lines);
  const head = FIRST + ROW * (entries.at(-1)?.row ?? 0) + 9;
  out.width = canvas.width + 2 * PAD * scale;
  out.height = canvas.height + (head + PAD) * scale;
  ctx.fillStyle = colour('panel');
  ctx.fillRect(0, 0, out.width, out.height);
  ctx.drawImage(canvas, PAD * scale, head * scale);
  ctx.scale(scale, scale);
  ctx.font = '600 13px Inter, system-ui, sans-serif';
  ctx.fillStyle = colour('text');
  ctx.fillText(title, PAD, TITLE);
  ctx.font = FONT;
  for (const { name, label, dash, left, row } of entries) {
    const y = FIRST + ROW * row;
    ctx.fillStyle = colour(name);
    for (const [from, width] of dash ? DASHES : WHOLE) ctx.fillRect(PAD + left + from, y - 5, width, 3);
    ctx.fillStyle = colour('muted');
    ctx.fillText(label, PAD + left + 19, y);
  }
  return new Promise((resolve) => out.toBlob((blob) => resolve(blob!), 'image/png'));
}

/** Where each line's entry in the legend stands, in rows of this width, px. */
function placed(ctx: CanvasRenderingContext2D, width: number, lines: readonly Line[]) {
  let [left, row] = [0, 0];
  return lines.flatMap(({ label, colour: name, dash }) => {
    if (label === undefined) return [];
    const size = 19 + ctx.measureText(label).width;
    if (left > 0 && left + size > width) [left, row] = [0, row + 1];
    const entry = { name, label, dash, left, row };
    left += size + 14;
    return [entry];
  });
}
