// A run's metrics by generation, as columns: grown live, and thinned out so that memory stays flat however long a run is.

export type Column = (number | null)[];

/** Metrics of one generation. */
export type Point = { generation: number } & Record<string, unknown>;

/** More points than any screen has pixels are of no use. */
const LIMIT = 4000;

export class Series {
  readonly generations: number[] = [];
  readonly #columns = new Map<string, Column>();
  /** At least every n-th generation is here. */
  #stride = 1;

  get stride(): number {
    return this.#stride;
  }

  /** The newest generation, or -1. */
  get last(): number {
    return this.generations.at(-1) ?? -1;
  }

  /** Values of a metric, null where a generation has none. */
  column(name: string): Column {
    return this.#columns.get(name) ?? this.generations.map(() => null);
  }

  /** Adds points in order; what is already there stays as it is. `stride`: of the points, if they were thinned out before. */
  add(points: readonly Point[], stride = 1): void {
    this.#stride = Math.max(this.#stride, stride);
    for (const point of points) {
      if (point.generation <= this.last) continue;
      const { length } = this.generations;
      this.generations.push(point.generation);
      for (const name in point) {
        const value = point[name];
        if (name === 'generation' || typeof value !== 'number') continue;
        const column = this.#columns.get(name);
        if (column) column.push(value);
        else this.#columns.set(name, [...new Array<null>(length).fill(null), value]);
      }
      for (const column of this.#columns.values()) if (column.length <= length) column.push(null);
      if (this.generations.length > LIMIT) this.#thin();
    }
  }

  /** Keeps multiples of twice the stride, and the newest. */
  #thin(): void {
    const { last } = this;
    while (this.generations.length > LIMIT / 2) {
      this.#stride *= 2;
      const kept = this.generations.map((generation) => generation % this.#stride === 0 || generation === last);
      keep(this.generations, kept);
      for (const column of this.#columns.values()) keep(column, kept);
    }
  }
}

function keep<T>(list: T[], kept: readonly boolean[]): void {
  let n = 0;
  list.forEach((value, i) => {
    if (kept[i]) list[n++] = value;
  });
  list.length = n;
}

/** Exponentially weighted mean over about 1 / (1 - weight) points, without a bias towards the start. */
export function smooth(values: Column, weight: number): Column {
  if (weight === 0) return values;
  let sum = 0;
  let total = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    total = weight * total + (1 - weight);
    return sum / total;
  });
}
