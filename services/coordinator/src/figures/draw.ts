// Draws a figure. Loaded by piscina in a thread of its own: maps and curves train networks first, and PNGs take their time.

import { type Dispatcher, itemCount } from '@metaplast/dispatch';
import { WasmEngine } from '@metaplast/engine';
import {
  decisionMapsSvg,
  innerTrainingSvg,
  innerTrainingVega,
  mapTasks,
  metaTrainingSvg,
  metaTrainingVega,
  ruleResponse,
  ruleResponseSvg,
} from '@metaplast/figures';
import type { Work } from '@metaplast/protocol';
import { innerCurves } from '@metaplast/training';
import type { FigureRequest } from './request.js';

/** Fresh tasks that curves are means over, as in the paper. */
const TRIALS = 100;

/** SVG or JSON text, or PNG bytes. */
export default async function draw(request: FigureRequest): Promise<string | Uint8Array> {
  const { name, format, spec, heldOut, theta, generation } = request;
  if (name === 'rule-response') {
    const subtitle = `θ after ${generation} generations, seed ${spec.seed}`;
    return finish(ruleResponseSvg({ title: 'What the rule answers', subtitle, answers: ruleResponse(spec, theta) }), format);
  }
  const baselines = request.baselines!;
  if (name === 'meta-training') {
    const figure = { spec, runs: [{ seed: spec.seed, heldOut, baselines }] };
    return format === 'json' ? JSON.stringify(metaTrainingVega(figure)) : finish(metaTrainingSvg(figure), format);
  }
  const { learningRate } = baselines.sgd;
  if (name === 'decision-maps') {
    return finish(decisionMapsSvg({ spec, tasks: mapTasks(spec, theta, { kind: 'sgd', learningRate }) }), format);
  }
  const families = [await innerCurves({ spec, dispatcher: here() }, 0, { theta, learningRate, trials: TRIALS })];
  return format === 'json' ? JSON.stringify(innerTrainingVega(families)) : finish(innerTrainingSvg({ spec, generation, families }), format);
}

async function finish(svg: string, format: FigureRequest['format']): Promise<string | Uint8Array> {
  if (format === 'svg') return svg;
  const { renderPng } = await import('@metaplast/figures/png');
  return renderPng(svg);
}

/** Computes in this thread. */
function here(): Dispatcher {
  const engine = new WasmEngine();
  const evaluate = async (work: Work) => {
    return { values: engine.evaluate({ work, first: 0, count: itemCount(work) }), busyMs: 0, engines: [engine.name] };
  };
  return { slots: 1, busyMs: 0, evaluate, close: async () => {} };
}
