// What the bench compares: a process a contender, which speaks a JSON object a line. peers/peer.py says which; ours are own.ts.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a contender is set up with. */
export interface Setup {
  /** Flat: inputs, classes, hidden, rule, prior, lateral, steps, labelled, unlabelled, test, lossCap. */
  config: Record<string, unknown>;
  /** The same as a spec, for ours. */
  spec: unknown;
  theta: number[];
  sigma: number;
}

/** How a contender is started. */
export interface Recipe {
  name: string;
  command: readonly string[];
  /** It computes many pairs at a time: the best of these numbers is found first. */
  batches?: readonly number[];
  /** A line on how to get it, for when it cannot be started. */
  install: string;
}

/** A running contender. */
export class Contender {
  readonly recipe: Recipe;
  /** Pairs at a time, and pairs a timing. */
  batch = 1;
  pairs = 1;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  private constructor(recipe: Recipe, child: ChildProcess) {
    this.recipe = recipe;
    this.#child = child;
    this.#answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  }

  /** Starts it on one core (where there is taskset); undefined when it cannot be had here. `name` is what it calls itself. */
  static async start(recipe: Recipe, core: number, pin: boolean): Promise<{ contender: Contender; title: string } | undefined> {
    const command = pin ? ['taskset', '-c', String(core), ...recipe.command] : [...recipe.command];
    // One thread a library; and no setting of this shell that makes OpenBLAS take kernels for another processor.
    const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
    const child = spawn(command[0]!, command.slice(1), {
      stdio: ['pipe', 'pipe', process.env.METAPLAST_DEBUG ? 'inherit' : 'ignore'],
      env: { ...env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
    });
    child.on('error', () => {});
    child.stdin!.on('error', () => {});
    const contender = new Contender(recipe, child);
    const first = await contender.#answers.next();
    if (first.done) return undefined;
    return { contender, title: (JSON.parse(first.value) as { name: string }).name };
  }

  async ask<T>(request: object): Promise<T> {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const answer = await this.#answers.next();
    if (answer.done) throw new Error(`${this.recipe.name} ended (METAPLAST_DEBUG=1 shows why)`);
    return JSON.parse(answer.value) as T;
  }

  /** Seconds that `pairs` pairs take. */
  async time(pairs = this.pairs): Promise<number> {
    return (await this.ask<{ seconds: number }>({ pairs, batch: this.batch })).seconds;
  }

  /** Finds the best batch, and how many pairs last about `seconds`. */
  async calibrate(seconds: number): Promise<void> {
    let best = Number.POSITIVE_INFINITY;
    for (const batch of this.recipe.batches ?? [1]) {
      const before = this.batch;
      this.batch = batch;
      await this.time(batch); // the first is slow
      const each = Math.min(await this.time(batch), await this.time(batch)) / batch;
      // A batch that is far worse than the best will not be beaten by a larger one.
      if (each < best) best = each;
      else this.batch = before;
      if (each > 1.5 * best) break;
    }
    this.pairs = Math.max(1, Math.round(seconds / best / this.batch)) * this.batch;
  }

  end(): void {
    this.#child.kill();
  }
}
