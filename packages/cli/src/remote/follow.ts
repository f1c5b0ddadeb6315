// A run on a server, followed to its end: its progress as lines, and its end as this process's.

import type { Client, RunEvent } from '@metaplast/client';
import { etaSeconds, type Run } from '@metaplast/protocol';
import { percent } from '@metaplast/training/numbers';
import { printable } from '../printable.js';
import { Interrupted, interruptSignal } from '../run/interrupt.js';
import { type Progress, ProgressDisplay } from '../run/progress.js';
import { command, printJson, type RemoteOptions } from './connect.js';
import { awayNotice, patiently } from './patience.js';

/** The run failed on the server: exit code 1. */
export class RunFailed extends Error {
  override readonly name = 'RunFailed';
}

export interface FollowOptions extends RemoteOptions {
  /** From this generation on; by default from the next. */
  since?: number;
}

/** Shows progress until the run's end. Throws RunFailed, and Interrupted for a run that was cancelled and for Ctrl-C, which leaves it going on. */
export async function waitForRun(client: Client, run: Run, options: FollowOptions): Promise<void> {
  const display = new Progression(run, client);
  const ended = await follow(client, run.id, options, (event) => (options.json ? undefined : display.take(event))).finally(() =>
    display.end(),
  );
  if (options.json) printJson(ended);
  else process.stdout.write(`${ending(ended, options)}\n`);
  settle(ended);
}

/** All events as JSON, one a line, to the run's end; throws as waitForRun(). */
export async function printEvents(client: Client, run: Run, options: FollowOptions): Promise<void> {
  settle(await follow(client, run.id, options, (event) => void process.stdout.write(`${JSON.stringify(event)}\n`)));
}

/** Takes all events, through restarts of the server, and returns the run as it ended. */
async function follow(client: Client, id: string, options: FollowOptions, take: (event: RunEvent) => unknown): Promise<Run> {
  const signal = interruptSignal(`the run goes on; follow it again with: ${command(`watch ${id}`, options)}`, () => {});
  const away = awayNotice(options);
  const since = options.since === undefined ? {} : { since: options.since };
  for await (const event of client.events(id, { signal, ...away, ...since })) await take(event);
  return await patiently(() => client.run(id), away, signal);
}

function settle({ id, name, state, reason }: Run): void {
  if (state === 'failed') throw new RunFailed(`run ${id} "${name}" failed: ${reason ?? 'no reason was given'}`);
  if (state === 'cancelled') throw new Interrupted(`run ${id} "${name}" was cancelled`);
}

function ending({ id, state, generation, generations, heldOut, baseline, thetaSha256 }: Run, options: RemoteOptions): string {
  const accuracy = heldOut
    ? `, held-out ${percent(heldOut.accuracy)} %${baseline ? ` (backprop ${percent(baseline.accuracy)} %)` : ''}`
    : '';
  const lines = [`${state} at generation ${generation}/${generations}${accuracy}`];
  if (thetaSha256 !== null) lines.push(`θ sha256 ${thetaSha256}; fetch it with: ${command(`download ${id}`, options)}`);
  return lines.join('\n');
}

/** Turns events into what a local run shows. */
class Progression {
  readonly #run: Run;
  readonly #client: Client;
  readonly #display = new ProgressDisplay();
  #heldOut: Progress['heldOut'];
  #baseline: number | undefined;
  /** Running mean of the inner trainings a second. */
  #rate = 0;

  constructor(run: Run, client: Client) {
    this.#run = run;
    this.#client = client;
    this.#heldOut = run.heldOut ?? undefined;
    this.#baseline = run.baseline?.accuracy;
  }

  async take(event: RunEvent): Promise<void> {
    if (event.event === 'state') {
      const { state, detail, at } = event.data;
      this.#display.say(`${at}  ${state}${detail ? `: ${printable(detail)}` : ''}`);
    } else if (event.event === 'held-out') {
      this.#heldOut = event.data;
      this.#baseline ??= (await this.#client.run(this.#run.id).catch(() => undefined))?.baseline?.accuracy;
    } else if (event.event === 'generation') {
      const { generation, meanLoss, trainingsPerSecond, utilisation } = event.data;
      const { generations } = this.#run;
      this.#rate = this.#rate === 0 ? trainingsPerSecond : 0.9 * this.#rate + 0.1 * trainingsPerSecond;
      const progress = { generation: generation + 1, generations, metrics: { meanLoss }, heldOut: this.#heldOut };
      const speed = { trainingsPerSecond: this.#rate, utilisation, etaSeconds: etaSeconds(this.#run.spec, generation + 1, this.#rate) };
      this.#display.update({ ...progress, ...speed }, this.#baseline);
    }
  }

  end(): void {
    this.#display.end();
  }
}
