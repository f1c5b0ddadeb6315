// GET /v1/presets: specs that runs can be made from.

import { Preset, Presets, Problem, resolveSpec } from '@metaplast/protocol';
import { findPreset, presetNames } from '@metaplast/training';
import Type from 'typebox';
import { ApiError } from '../plugins/problems.js';
import type { App } from '../types.js';
import { costOf } from './submit.js';

const Params = Type.Object(
  { name: Type.String({ pattern: '^[\\w-]{1,60}$', description: 'name of a preset' }) },
  { additionalProperties: false },
);
const tags = ['presets'];

export function addPresets(app: App): void {
  app.get(
    '/v1/presets',
    { schema: { summary: 'List presets', operationId: 'listPresets', tags, response: { 200: Presets, default: Problem } } },
    async () => ({ presets: presetNames().map((name) => summaryOf(presetOf(name))) }),
  );

  app.get(
    '/v1/presets/:name',
    {
      schema: { summary: 'Show a preset', operationId: 'getPreset', tags, params: Params, response: { 200: Preset, default: Problem } },
    },
    async ({ params: { name } }) => presetOf(name),
  );
}

function presetOf(name: string): Preset {
  const preset = findPreset(name);
  if (preset === undefined) throw new ApiError('not-found', `there is no preset ${name}; there are ${presetNames().join(', ')}`);
  const spec = resolveSpec(preset.spec);
  const { innerTrainings, coreHours } = costOf(spec);
  return { name, description: preset.description, innerTrainings, coreHours, spec };
}

const summaryOf = ({ spec: _, ...summary }: Preset): Presets['presets'][number] => summary;
