// The paper's figure 2: what happens along the inner training, and what is learned on some tasks.

import type { MappedTask } from './data.js';
import { BODY_Y, MARGIN, svgDocument } from './document.js';
import { INNER_X, type InnerFigure, innerPanels, innerWidth } from './inner.js';
import { maps, mapsWidth } from './maps.js';
import { innerTraining } from './style.js';
import { at } from './svg.js';

export interface PaperFigure extends InnerFigure {
  tasks: readonly MappedTask[];
}

/** A stand-alone SVG document. */
export function paperFigureSvg({ spec, families, tasks }: PaperFigure): string {
  const mapsX = INNER_X + innerWidth(families.length) - 22;
  const subtitle = [
    innerTraining(spec),
    `curves: mean and standard error over ${families[0]!.trials} fresh tasks`,
    `meta-training seed ${spec.seed}`,
  ].join(' · ');
  const width = tasks.length > 0 ? mapsX + mapsWidth(tasks.length) + MARGIN : mapsX;
  const body = [at(INNER_X, BODY_Y, innerPanels(families))];
  if (tasks.length > 0) body.push(at(mapsX, BODY_Y, maps({ tasks })));
  return svgDocument(width, 612, 'A learned plasticity rule beside backprop', subtitle, ...body);
}

/** A stand-alone SVG document of the maps alone. */
export function decisionMapsSvg({ spec, tasks }: Pick<PaperFigure, 'spec' | 'tasks'>): string {
  const title = 'What the rule and backprop make of the same labelled points';
  return svgDocument(mapsWidth(tasks.length) + 2 * MARGIN, 612, title, `seed ${spec.seed}`, at(MARGIN, BODY_Y, maps({ tasks })));
}
