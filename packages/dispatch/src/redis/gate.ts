// Lets so many in at a time, the others wait in line.

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

  /** True once there are so many places, which leave() gives back; false when the gate is closed. */
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

  /** Sends those who wait away. */
  close(): void {
    this.#closed = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve(false);
  }

  /** In the order of coming: who wants many places is not passed by those who want few. */
  #admit(): void {
    for (let next = this.#waiting[0]; next && next.places <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.places;
      next.resolve(true);
    }
  }
}

/** What one has of a gate: nothing, a place, or all places. */
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

  /** Lets others go first that wait, then keeps all out. */
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
