// Lets so many in at a time, the others wait in line.

export class Gate {
  #free: number;
  #closed = false;
  readonly #waiting: ((entered: boolean) => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** True once there is a place, which leave() gives back; false when the gate is closed. */
  enter(): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next) next(true);
    else this.#free++;
  }

  /** Sends those who wait away. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting(false);
  }
}
