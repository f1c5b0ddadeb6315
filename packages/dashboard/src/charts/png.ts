// A chart as a picture: what is on the screen, with title and legend.

import type uPlot from 'uplot';
import { colour } from '../state/theme.js';
import type { Line } from './chart.js';

const HEAD = 44;
const PAD = 12;

export async function picture(u: uPlot, title: string, lines: readonly Line[]): Promise<Blob> {
  const { canvas } = u.ctx;
  const scale = devicePixelRatio;
  const out = document.createElement('canvas');
  out.width = canvas.width + 2 * PAD * scale;
  out.height = canvas.height + (HEAD + PAD) * scale;
  const ctx = out.getContext('2d')!;
  ctx.fillStyle = colour('panel');
  ctx.fillRect(0, 0, out.width, out.height);
  ctx.drawImage(canvas, PAD * scale, HEAD * scale);
  ctx.scale(scale, scale);
  ctx.font = '600 13px Inter, system-ui, sans-serif';
  ctx.fillStyle = colour('text');
  ctx.fillText(title, PAD, 18);
  ctx.font = '11px Inter, system-ui, sans-serif';
  let left = PAD;
  for (const { label, colour: name } of lines) {
    if (label === undefined) continue;
    ctx.fillStyle = colour(name);
    ctx.fillRect(left, 30, 14, 3);
    ctx.fillStyle = colour('muted');
    ctx.fillText(label, left + 19, 35);
    left += 19 + ctx.measureText(label).width + 14;
  }
  return new Promise((resolve) => out.toBlob((blob) => resolve(blob!), 'image/png'));
}
