// Curves as Vega-Lite documents with their data inside: for who wants to draw them otherwise, or in a page.

import type { InnerCurves } from '@metaplast/training';
import { type HeldOutValue, type MetaTrainingFigure, meanCurve } from './meta-training.js';
import { LINES } from './style.js';

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v5.json';

/** A line with a band of ± se, a colour a learner. */
function lineWithBand(x: string, y: string, xTitle: string, yTitle: string): object {
  const colour = { field: 'learner', type: 'nominal', scale: { domain: ['rule', 'backprop'], range: [LINES.rule, LINES.sgd] } };
  const axis = { field: x, type: 'quantitative', title: xTitle };
  return {
    layer: [
      {
        transform: [
          { calculate: `datum.${y} - datum.${y}Se`, as: 'low' },
          { calculate: `datum.${y} + datum.${y}Se`, as: 'high' },
        ],
        mark: { type: 'area', opacity: 0.18 },
        encoding: {
          x: axis,
          y: { field: 'low', type: 'quantitative', title: yTitle, scale: { zero: false } },
          y2: { field: 'high' },
          color: colour,
        },
      },
      { mark: 'line', encoding: { x: axis, y: { field: y, type: 'quantitative', title: yTitle, scale: { zero: false } }, color: colour } },
    ],
  };
}

/** A row of the curves' data, as in the CSV. */
export interface InnerRow {
  family: string;
  learner: 'rule' | 'backprop';
  step: number;
  labelledSeen: number;
  accuracy: number;
  accuracySe: number;
  trainLoss: number;
  trainLossSe: number;
}

export function innerRows(families: readonly InnerCurves[]): InnerRow[] {
  return families.flatMap((curves) =>
    (['rule', 'backprop'] as const).flatMap((learner) =>
      curves.steps.map((step, i) => ({
        family: curves.family,
        learner,
        step,
        labelledSeen: curves.labelledSeen[i]!,
        accuracy: curves[learner].accuracy[i]!,
        accuracySe: curves[learner].accuracySe[i]!,
        trainLoss: curves[learner].trainLoss[i]!,
        trainLossSe: curves[learner].trainLossSe[i]!,
      })),
    ),
  );
}

export function innerTrainingVega(families: readonly InnerCurves[]): object {
  return {
    $schema: SCHEMA,
    title: 'Along the inner training',
    data: { values: innerRows(families) },
    facet: { column: { field: 'family', type: 'nominal', title: null } },
    spec: {
      vconcat: [
        lineWithBand('labelledSeen', 'accuracy', 'labelled examples seen', 'test accuracy'),
        lineWithBand('labelledSeen', 'trainLoss', 'labelled examples seen', 'loss on the labelled points, nats'),
      ],
    },
  };
}

/** A row of the meta-training's data: a seed's held-out evaluation, or the mean over seeds with its standard error. */
export interface MetaRow {
  seed: number | 'mean';
  generation: number;
  accuracy: number;
  /** null where there is none to tell, as in the three below. */
  accuracySe: number | null;
  crossEntropy: number;
  crossEntropySe: number | null;
}

/** A seed's own standard error over tasks is known for the accuracy only. */
export function metaRows(figure: Pick<MetaTrainingFigure, 'runs'>): MetaRow[] {
  const seeds = figure.runs.flatMap(({ seed, heldOut }) =>
    heldOut.map(({ generation, accuracy, se, crossEntropy }) => ({
      seed,
      generation,
      accuracy,
      accuracySe: se,
      crossEntropy,
      crossEntropySe: null,
    })),
  );
  const [accuracy, crossEntropy] = (['accuracy', 'crossEntropy'] as const).map((key: HeldOutValue) => meanCurve(figure, key));
  const one = figure.runs.length === 1;
  const mean = accuracy!.generation.map((generation, i) => ({
    seed: 'mean' as const,
    generation,
    accuracy: accuracy!.mean[i]!,
    accuracySe: one ? null : accuracy!.se[i]!,
    crossEntropy: crossEntropy!.mean[i]!,
    crossEntropySe: one ? null : crossEntropy!.se[i]!,
  }));
  return [...seeds, ...mean];
}

export function metaTrainingVega(figure: Pick<MetaTrainingFigure, 'runs'>): object {
  const line = (y: string, title: string): object => ({
    mark: 'line',
    encoding: {
      x: { field: 'generation', type: 'quantitative' },
      y: { field: y, type: 'quantitative', title, scale: { zero: false } },
      color: { field: 'seed', type: 'nominal' },
      size: { condition: { test: "datum.seed === 'mean'", value: 3 }, value: 1 },
    },
  });
  return {
    $schema: SCHEMA,
    title: 'Meta-training',
    data: { values: metaRows(figure) },
    hconcat: [line('accuracy', 'accuracy on held-out tasks'), line('crossEntropy', 'meta-loss, nats')],
  };
}

/** Rows as CSV (RFC 4180): no cell of ours needs quotes. */
export function csv(rows: readonly object[]): string {
  const names = Object.keys(rows[0] ?? {});
  return [names.join(','), ...rows.map((row) => names.map((name) => String((row as Record<string, unknown>)[name] ?? '')).join(','))]
    .join('\n')
    .concat('\n');
}
