// Who wants to know when something changed in the store: one listener an event stream.

export class Changes {
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Calls `listener` after each change of the run; returns how to stop that. */
  listen(run: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(run) ?? new Set();
    this.#listeners.set(run, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(run);
    };
  }

  changed(run: string): void {
    for (const listener of this.#listeners.get(run) ?? []) listener();
  }
}
