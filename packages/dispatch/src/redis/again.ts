// Runs tasks once or periodically. An error is logged, and the next run makes up for it.

import { isBug } from './errors.js';
import type { Log } from './log.js';

/** Tries at once, or every so often until stop(). Errors are Redis's: out of memory, gone in the middle of a command. */
export class Again {
  readonly #trouble: Log;
  readonly #timers: NodeJS.Timeout[] = [];
  #stopped = false;

  constructor(trouble: Log) {
    this.#trouble = trouble;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Runs something; an error is said and forgotten, because the next time makes up for it. */
  async attempt(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      if (isBug(error)) this.#trouble('error', `unexpected: ${(error as Error).stack}; trying again`);
      else if (!this.#stopped) this.#trouble('warn', `Redis: ${(error as Error).message}; trying again`);
    }
  }

  /** Runs something again and again, but never twice at the same time. */
  every(ms: number, body: () => Promise<void>): void {
    let running = false;
    const timer = setInterval(() => {
      if (running || this.#stopped) return;
      running = true;
      void this.attempt(body).finally(() => {
        running = false;
      });
    }, ms);
    this.#timers.push(timer);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
  }
}
