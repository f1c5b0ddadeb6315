// Who wants to know when something changed in the store: one listener an event stream.

type Listener = () => void;

export class Changes {
  readonly #of = new Map<string, Set<Listener>>();
  readonly #ofAny = new Set<Listener>();
  #version = 0;

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  /** Calls `listener` after each change of the run or evaluation `id`; returns how to stop that. */
  listen(id: string, listener: Listener): () => void {
    const listeners = this.#of.get(id) ?? new Set();
    this.#of.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#of.delete(id);
    };
  }

  /** As listen(), for whatever changes. */
  listenToAll(listener: Listener): () => void {
    this.#ofAny.add(listener);
    return () => this.#ofAny.delete(listener);
  }

  changed(id: string): void {
    this.#version++;
    for (const listener of this.#of.get(id) ?? []) listener();
    for (const listener of this.#ofAny) listener();
  }
}
