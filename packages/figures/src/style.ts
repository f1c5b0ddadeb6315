// Colours, type and words of the figures. The class colours stay apart for colour-blind readers, and classes differ by symbol as well.

import type { RunSpec } from '@metaplast/protocol';
import { type SymbolType, symbolCircle, symbolDiamond, symbolSquare, symbolTriangle } from 'd3-shape';

export const INK = { text: '#1f2430', faint: '#6b7280', axis: '#9aa1ad', grid: '#eceef2', paper: '#ffffff' } as const;

export const LINES = { rule: '#0b7a75', sgd: '#c2410c', adam: '#a07a12' } as const;

/** The bundled font first; what else looks like it where an SVG viewer does not have it. */
export const FONT_FAMILY = "Inter, 'Helvetica Neue', Arial, sans-serif";
export const SIZE = { title: 19, heading: 14, label: 12.5, tick: 11.5 } as const;
/** A panel's heading. */
export const HEADING = { 'font-size': SIZE.label, 'font-weight': '600', fill: INK.text } as const;

/** Of a class: the colour of certainty in maps, the stronger one of labelled points, and their symbol. */
export interface ClassStyle {
  area: string;
  point: string;
  symbol: SymbolType;
}

const CLASSES: readonly ClassStyle[] = [
  { area: '#6fa3d8', point: '#174a8b', symbol: symbolCircle },
  { area: '#f0a868', point: '#a8440a', symbol: symbolSquare },
  { area: '#86bf83', point: '#22692a', symbol: symbolTriangle },
  { area: '#b79bd0', point: '#5b3183', symbol: symbolDiamond },
];

/** Colours come round after four classes. */
export const classStyle = (k: number): ClassStyle => CLASSES[k % CLASSES.length]!;

/** What an inner training is given, for subtitles. */
export function innerTraining({ inner: { labelled, unlabelled, steps } }: RunSpec): string {
  const labels = typeof labelled === 'number' ? labelled : labelled.choice.join(' or ');
  return `${labels} labelled points, ${unlabelled} unlabelled ones a step, ${steps} steps`;
}

/** A family's name for readers: 'two-gaussians:generic' → 'generic Gaussians'. */
export function familyName(family: string): string {
  const [kind, variant] = family.split(':');
  return kind === 'two-gaussians' ? `${variant} Gaussians` : kind!.replaceAll('-', ' ');
}
