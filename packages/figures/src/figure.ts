// The figure: meta-training on the left, what rule and backprop learn on the right.

import { runTrainings } from '@metaplast/protocol';
import { curves } from './curves.js';
import type { FigureData } from './data.js';
import { maps, mapsWidth } from './maps.js';
import { FONT_FAMILY, INK, SIZE } from './style.js';
import { at, element, text } from './svg.js';

const HEIGHT = 612;
const MARGIN = 28;
const CURVES = { x: 74, y: 116 } as const;
const MAPS_X = 560;

/** A stand-alone SVG document. */
export function figureSvg(data: FigureData): string {
  const width = data.tasks.length > 0 ? MAPS_X + mapsWidth(data.tasks.length) + MARGIN : MAPS_X;
  const body = [
    element('rect', { width, height: HEIGHT, fill: INK.paper }),
    text(MARGIN, 38, title(data), { 'font-size': SIZE.title, 'font-weight': '600', fill: INK.text }),
    text(MARGIN, 62, subtitle(data), { 'font-size': SIZE.label, fill: INK.faint }),
    at(CURVES.x, CURVES.y, curves(data)),
  ];
  if (data.tasks.length > 0) body.push(at(MAPS_X, CURVES.y, maps(data)));
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height: HEIGHT,
    viewBox: `0 0 ${width} ${HEIGHT}`,
    'font-family': FONT_FAMILY,
  };
  return `${element('svg', root, element('title', {}, title(data)), ...body)}\n`;
}

const title = ({ spec }: FigureData): string => `A learned plasticity rule on ${spec.evaluation.families[0]!.family}`;

function subtitle({ spec, generation }: FigureData): string {
  const { labelled, unlabelled, steps } = spec.inner;
  const labels = typeof labelled === 'number' ? labelled : labelled.choice.join(' or ');
  const trainings = (runTrainings(spec) / spec.outer.generations) * generation;
  return [
    `${labels} labelled points, ${unlabelled} unlabelled ones a step, ${steps} steps`,
    `meta-trained on ${trainings.toLocaleString('en-GB')} inner trainings`,
    `seed ${spec.seed}`,
  ].join(' · ');
}
