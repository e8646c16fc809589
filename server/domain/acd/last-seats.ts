// Which seat had which number last, so that it can be asked first when the same number calls again (OF9).
// It must not keep a number longer than it is of use.
import type { Seat } from '../seat/seat.ts';
import type { CallId, Platform, SeatId, Time } from '../../protocol/words.ts';
import { namesSomebody } from '../caller-number.ts';

/** A talk of before a restart: its end, its caller, and the seat that had it. */
export interface TalkBefore {
  readonly number: string;
  readonly seat: SeatId;
  readonly at: Time;
}

interface Had {
  readonly seat: SeatId;
  readonly at: Time;
}

/** By platform and number. */
export class LastSeats {
  readonly #withinMs: number;
  readonly #byNumber = new Map<string, Had>();
  /** Of calls in conversation: their number, and how many seats talk in them. */
  readonly #calls = new Map<CallId, { readonly number: string; seats: number }>();

  constructor(withinSeconds: number) {
    this.#withinMs = withinSeconds * 1000;
  }

  took(number: string, call: CallId, { id, platform }: Seat, at: Time): void {
    if (this.#withinMs === 0 || !namesSomebody(number)) return;
    const known = this.#calls.get(call);
    if (known) known.seats += 1;
    else this.#calls.set(call, { number, seats: 1 });
    this.#had(number, platform, id, at);
  }

  /** The time counts from the end of its talk. */
  left(call: CallId, { id, platform }: Seat, at: Time): void {
    const known = this.#calls.get(call);
    if (!known) return;
    known.seats -= 1;
    if (known.seats <= 0) this.#calls.delete(call);
    this.#had(known.number, platform, id, at);
  }

  gone(call: CallId): void {
    this.#calls.delete(call);
  }

  /** What is known since is newer and stands. */
  before(talks: readonly (TalkBefore & Pick<Seat, 'platform'>)[], at: Time): void {
    const had = talks
      .filter(({ number }) => namesSomebody(number))
      .map(({ number, platform, seat, at }): [string, Had] => [`${platform} ${number}`, { seat, at }]);
    const all = [...had, ...this.#byNumber].sort(([, a], [, b]) => a.at - b.at);
    this.#byNumber.clear();
    for (const [key, { seat, at }] of all) this.#keep(key, seat, at);
    this.#forget(at);
  }

  of(number: string, platform: Platform, at: Time): SeatId | null {
    this.#forget(at);
    return this.#byNumber.get(`${platform} ${number}`)?.seat ?? null;
  }

  #had(number: string, platform: Platform, seat: SeatId, at: Time): void {
    this.#keep(`${platform} ${number}`, seat, at);
    this.#forget(at);
  }

  #keep(key: string, seat: SeatId, at: Time): void {
    this.#byNumber.delete(key);
    this.#byNumber.set(key, { seat, at });
  }

  /** In order of time, so the stale ones are in front. */
  #forget(at: Time): void {
    for (const [key, had] of this.#byNumber) {
      if (at - had.at <= this.#withinMs) return;
      this.#byNumber.delete(key);
    }
  }
}
