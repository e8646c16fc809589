// How many transactions on tickets run at once: a burst waits here in line, not in the pool, where waiting too long counts
// as "the database is away" and where sessions and calls are read, too. It must not drop anybody.

export class Gate {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(slots: number) {
    this.#free = slots;
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resume) => this.#waiting.push(resume));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The slot is handed on: who comes meanwhile must not overtake who waits.
      if (next) next();
      else this.#free += 1;
    }
  }
}
