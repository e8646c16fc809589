// Counts failed sign-ins per user name, known or not alike, and says until when the name is locked (6.3.1, 6.3.8).
// It must not tell the two kinds apart, nor forget a name it was told of by the database.
import type { Limits } from '../limits.ts';

interface Failures {
  readonly count: number;
  readonly last: number;
}
const namesRemembered = 20_000;

export class Lockout {
  readonly #limits: Limits;
  readonly #names = new Map<string, Failures>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Milliseconds the name is still locked; 0 when it may try. 5 failures lock 60 s, each one more doubles it. */
  lockedFor(user: string, now: number): number {
    const failures = this.#names.get(user);
    if (!failures || failures.count < this.#limits.failuresBeforeLock) return 0;
    const doublings = Math.min(20, failures.count - this.#limits.failuresBeforeLock);
    const length = Math.min(this.#limits.lockMostMs, this.#limits.lockMs * 2 ** doublings);
    return Math.max(0, failures.last + length - now);
  }

  failed(user: string, now: number): void {
    this.#keep(user, { count: (this.#names.get(user)?.count ?? 0) + 1, last: now });
  }

  /** What the database remembers from before this process. */
  recall(user: string, count: number, last: number | null): void {
    if (last !== null && count > (this.#names.get(user)?.count ?? 0)) this.#keep(user, { count, last });
  }

  cleared(user: string): void {
    this.#names.delete(user);
  }

  #keep(user: string, failures: Failures): void {
    this.#names.delete(user);
    this.#names.set(user, failures);
    if (this.#names.size > namesRemembered) this.#names.delete(this.#names.keys().next().value ?? '');
  }
}
