// Progress of a run: one line that is rewritten on a terminal, else a plain line a held-out evaluation or every few seconds.

import type { TrainingProgress } from '@metaplast/training';
import { percent } from '@metaplast/training/numbers';

/** What a line shows of a run, here or on a server. */
export type Progress = Omit<TrainingProgress, 'metrics' | 'heldOut'> & {
  metrics: { meanLoss: number };
  heldOut: { generation: number; accuracy: number } | undefined;
};

/** Without a terminal there is a line at least this often, ms. */
const PLAIN_EVERY = 15_000;
/** A terminal's line changes at most this often, ms. */
const LIVE_EVERY = 100;

/** What is written to; process.stdout is one. */
export interface Output {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** One line: where the run is, how good it is and how fast. `baseline`: a tuned baseline's accuracy on the same tasks, when it is known. */
export function progressLine(
  { generation, generations, metrics, heldOut, trainingsPerSecond, utilisation, etaSeconds }: Progress,
  baseline: number | undefined,
): string {
  const width = String(generations).length;
  // What a narrow terminal cuts off stands last.
  return [
    `gen ${String(generation).padStart(width)}/${generations}`,
    `ETA ${duration(etaSeconds)}`,
    `meta-loss ${metrics.meanLoss.toFixed(3)}`,
    `held-out ${heldOut ? `${percent(heldOut.accuracy)} %` : '–'} (backprop ${baseline === undefined ? '–' : `${percent(baseline)} %`})`,
    `${Math.round(trainingsPerSecond)} trainings/s`,
    `${Math.round(100 * utilisation)} % busy`,
  ].join('  ');
}

/** 3.2 → '0:03', 3723 → '1:02:03' */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (x: number): string => String(x).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Shows progress on an output. Lines that stay go through say(). */
export class ProgressDisplay {
  readonly #output: Output;
  readonly #clock: () => number;
  #live = false;
  #shownAt = Number.NEGATIVE_INFINITY;
  #shownHeldOut = -1;

  constructor(output: Output = process.stdout, clock: () => number = () => performance.now()) {
    this.#output = output;
    this.#clock = clock;
  }

  /** A line of its own. */
  say(line: string): void {
    this.end();
    this.#output.write(`${line}\n`);
  }

  update(progress: Progress, baseline: number | undefined): void {
    const line = progressLine(progress, baseline);
    const last = progress.generation === progress.generations;
    const waited = this.#clock() - this.#shownAt;
    const heldOut = progress.heldOut?.generation ?? -1;
    if (this.#output.isTTY) {
      if (waited < LIVE_EVERY && !last) return;
      this.#output.write(`\r\x1b[K${line.slice(0, (this.#output.columns ?? 80) - 1)}`);
      this.#live = true;
    } else {
      if (heldOut === this.#shownHeldOut && waited < PLAIN_EVERY && !last) return;
      this.#output.write(`${line}\n`);
    }
    this.#shownHeldOut = heldOut;
    this.#shownAt = this.#clock();
  }

  /** Leaves the live line as it is; what follows is on the next. */
  end(): void {
    if (this.#live) this.#output.write('\n');
    this.#live = false;
  }
}
