// Callers who gave up lately: whoever dials again in time has its old place (design §4).
// It must not keep a number longer than that.
import type { Time } from '../../protocol/words.ts';
import { namesSomebody } from '../caller-number.ts';

interface GivenUp {
  readonly since: Time;
  readonly at: Time;
}

export class Redials {
  readonly #withinMs: number;
  readonly #byNumber = new Map<string, GivenUp>();

  constructor(withinSeconds: number) {
    this.#withinMs = withinSeconds * 1000;
  }

  gaveUp(number: string, since: Time, at: Time): void {
    this.#forget(at);
    if (!namesSomebody(number)) return;
    this.#byNumber.delete(number);
    this.#byNumber.set(number, { since, at });
  }

  /** First arrival of this caller's call that was given up; taken once. */
  take(number: string, at: Time): Time | null {
    this.#forget(at);
    const found = this.#byNumber.get(number);
    this.#byNumber.delete(number);
    return found?.since ?? null;
  }

  /** In order of giving up, so the stale ones are in front. */
  #forget(at: Time): void {
    for (const [number, gaveUp] of this.#byNumber) {
      if (at - gaveUp.at <= this.#withinMs) return;
      this.#byNumber.delete(number);
    }
  }
}
