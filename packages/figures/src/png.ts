// PNG of an SVG, with the font that comes along, so that it looks the same on every machine.

import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);
const font = (weight: string): string => require.resolve(`@expo-google-fonts/inter/${weight}/Inter_${weight}.ttf`);

/** Pixels a unit of the SVG. */
const ZOOM = 2;

export function renderPng(svg: string): Uint8Array {
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: ZOOM },
    font: { loadSystemFonts: false, fontFiles: [font('400Regular'), font('600SemiBold')], defaultFontFamily: 'Inter' },
  });
  return resvg.render().asPng();
}
