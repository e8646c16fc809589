// Those who wait until a sequence is on disk. It must not know which disk.

interface Waiter {
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Waiters {
  #stored = 0;
  #waiting: Waiter[] = [];

  /** Somebody's answer depends on the next batch. */
  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  until(sequence: number): Promise<void> {
    if (sequence <= this.#stored) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ sequence, resolve, reject });
    });
  }

  stored(upTo: number): void {
    this.#stored = Math.max(this.#stored, upTo);
    const [done, still] = [this.#waiting, [] as Waiter[]];
    for (const waiter of done) {
      if (waiter.sequence <= this.#stored) waiter.resolve();
      else still.push(waiter);
    }
    this.#waiting = still;
  }

  fail(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) waiter.reject(error);
  }
}
