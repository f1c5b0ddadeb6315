// The figure: meta-training on the left, what rule and backprop learn on the right.

import { generationTrainings } from '@metaplast/protocol';
import { curves } from './curves.js';
import type { FigureData } from './data.js';
import { BODY_Y, MARGIN, svgDocument } from './document.js';
import { maps, mapsWidth } from './maps.js';
import { innerTraining } from './style.js';
import { at } from './svg.js';

const HEIGHT = 612;
const CURVES_X = 74;
const MAPS_X = 560;

/** A stand-alone SVG document. */
export function figureSvg(data: FigureData): string {
  const width = data.tasks.length > 0 ? MAPS_X + mapsWidth(data.tasks.length) + MARGIN : MAPS_X;
  const body = [at(CURVES_X, BODY_Y, curves(data))];
  if (data.tasks.length > 0) body.push(at(MAPS_X, BODY_Y, maps(data)));
  return svgDocument(width, HEIGHT, title(data), subtitle(data), ...body);
}

const title = ({ spec }: FigureData): string => `A learned plasticity rule on ${spec.evaluation.families[0]!.family}`;

function subtitle({ spec, generation }: FigureData): string {
  const trainings = generationTrainings(spec) * generation;
  return [innerTraining(spec), `meta-trained on ${trainings.toLocaleString('en-GB')} inner trainings`, `seed ${spec.seed}`].join(' · ');
}
