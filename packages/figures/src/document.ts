// A stand-alone SVG document: paper, title, subtitle, and what is drawn.

import { FONT_FAMILY, INK, SIZE } from './style.js';
import { element, escaped, text } from './svg.js';

/** Outer margin; the body begins below BODY_Y. */
export const MARGIN = 28;
export const BODY_Y = 116;

export function svgDocument(width: number, height: number, title: string, subtitle: string, ...body: string[]): string {
  const root = { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, 'font-family': FONT_FAMILY };
  return `${element(
    'svg',
    root,
    element('title', {}, escaped(title)),
    element('rect', { width, height, fill: INK.paper }),
    text(MARGIN, 38, title, { 'font-size': SIZE.title, 'font-weight': '600', fill: INK.text }),
    text(MARGIN, 62, subtitle, { 'font-size': SIZE.label, fill: INK.faint }),
    ...body,
  )}\n`;
}
