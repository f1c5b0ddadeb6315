// A counting semaphore: permits ("places") are given in the order in which they were asked for.

interface Waiting {
  places: number;
  resolve(entered: boolean): void;
}

export class Gate {
  readonly places: number;
  #free: number;
  #closed = false;
  readonly #waiting: Waiting[] = [];

  constructor(places: number) {
    this.places = places;
    this.#free = places;
  }

  /** Resolves with true when so many places are taken, which leave() gives back; with false when the gate is closed. */
  enter(places = 1): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#waiting.push({ places, resolve });
      this.#admit();
    });
  }

  leave(places = 1): void {
    this.#free += places;
    this.#admit();
  }

  /** Whoever waits, or comes later, gets false. */
  close(): void {
    this.#closed = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve(false);
  }

  /** First come, first served: whoever wants many places is not overtaken by those who want few. */
  #admit(): void {
    for (let next = this.#waiting[0]; next && next.places <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.places;
      next.resolve(true);
    }
  }
}

/** What one job holds of a gate: nothing, one place, or all of them. */
export class Turn {
  readonly #gate: Gate;
  #taken = 0;

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  /** False when the gate is closed. */
  take(): Promise<boolean> {
    return this.#enter(1);
  }

  /** Gives its own place back, waits in line, and then holds every place. */
  takeAll(): Promise<boolean> {
    return this.#enter(this.#gate.places);
  }

  end(): void {
    if (this.#taken > 0) this.#gate.leave(this.#taken);
    this.#taken = 0;
  }

  async #enter(places: number): Promise<boolean> {
    this.end();
    const entered = await this.#gate.enter(places);
    if (entered) this.#taken = places;
    return entered;
  }
}
