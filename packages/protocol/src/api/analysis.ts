// What the HTTP API makes of runs: figures, comparisons; and the presets that runs can be made from.

import Type, { type Static } from 'typebox';
import { RunSpec } from '../spec.js';
import { nullable, object, oneOf } from './common.js';
import { BaselineScore, MetricsPoint } from './metrics.js';
import { HeldOutScore, RunSummary } from './runs.js';

export const FIGURE_NAMES = ['meta-training', 'decision-maps', 'inner-training', 'rule-response'] as const;
export type FigureName = (typeof FIGURE_NAMES)[number];
/** svg, png, or a Vega-Lite specification with its data (json). */
export const FIGURE_FORMATS = ['svg', 'png', 'json'] as const;
export type FigureFormat = (typeof FIGURE_FORMATS)[number];
export const FigureName = oneOf(FIGURE_NAMES, 'meta-training: curves; the others show the rule of a checkpoint');
export const FigureFormat = oneOf(FIGURE_FORMATS, 'json is a Vega-Lite specification');

const Ids = Type.String({ pattern: '^[0-9a-f]{16}(,[0-9a-f]{16}){0,15}$', description: 'ids of 1 to 16 runs, with commas' });
export const CompareQuery = object(
  {
    ids: Ids,
    points: Type.Integer({ minimum: 2, maximum: 2000, default: 300, description: 'at most so many points a curve' }),
  },
  'Which runs',
);

const Compared = object(
  {
    run: RunSummary,
    stride: Type.Integer(),
    points: Type.Array(MetricsPoint),
    heldOut: Type.Array(HeldOutScore),
    baselines: nullable(Type.Array(BaselineScore)),
  },
  'A run with its curves',
);

export const Comparison = object(
  {
    runs: Type.Array(Compared, { description: 'in the order asked for' }),
    differences: Type.Array(
      object(
        {
          pointer: Type.String({ description: 'JSON pointer into the spec' }),
          values: Type.Array(Type.Unknown(), { description: 'a run; null where the spec has no such field' }),
        },
        'a field that is not the same in all specs',
      ),
    ),
  },
  'Runs side by side',
);
export type Comparison = Static<typeof Comparison>;

const preset = {
  name: Type.String(),
  description: Type.String(),
  innerTrainings: Type.Number(),
  coreHours: Type.Number({
    description: 'at ten billion multiply-adds a second and core, as the WebAssembly kernel does them: a rough guide',
  }),
};
export const Presets = object({ presets: Type.Array(object(preset, 'A preset in a list')) }, 'What runs can be made from');
export type Presets = Static<typeof Presets>;
export const Preset = object({ ...preset, spec: RunSpec }, 'A preset with its resolved spec');
export type Preset = Static<typeof Preset>;
