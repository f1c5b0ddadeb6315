// POST /v1/runs/:id/{cancel,pause,resume}: answered when it has happened.

import { Problem, Run } from '@metaplast/protocol';
import type { App, Context } from '../types.js';
import { ConditionHeaders, checkCondition, RunParams } from './parts.js';
import { replyRun } from './runs.js';

export function addSteer(app: App, context: Context): void {
  const { store, scheduler } = context;
  const actions = {
    cancel: { summary: 'Stop a run; what is committed stays, and resume goes on with it', act: (id: string) => scheduler.cancel(id) },
    pause: { summary: 'Stop a run until it is resumed', act: (id: string) => scheduler.pause(id) },
    resume: { summary: 'Go on with a paused, failed or cancelled run', act: (id: string) => scheduler.resume(id) },
  };
  for (const [name, { summary, act }] of Object.entries(actions)) {
    app.post(
      `/v1/runs/:id/${name}`,
      {
        schema: {
          summary,
          operationId: `${name}Run`,
          tags: ['runs'],
          params: RunParams,
          headers: ConditionHeaders,
          response: { 200: Run, default: Problem },
        },
      },
      async ({ params, headers }, reply) => {
        checkCondition(headers['if-match'], store.catalogue.run(params.id));
        await act(params.id);
        return replyRun(context, reply, params.id);
      },
    );
  }
}
