// One group of remote seats as its lender lends it: how many are ready, how many of those are in use, and whether what
// the lender keeps for itself is reached (OV3). It must not know queues: the terms hold for all that borrow the group.
import type { SeatId } from '../../protocol/words.ts';
import type { Seat } from '../seat/seat.ts';
import type { LoanTerms } from './messages.ts';

export class Lent {
  readonly #terms: LoanTerms;
  readonly #ready = new Set<SeatId>();
  readonly #busy = new Set<SeatId>();
  readonly seats = new Set<SeatId>();

  constructor(terms: LoanTerms) {
    this.#terms = terms;
  }

  /** As the seat is now; told again it changes nothing. */
  account(seat: Seat): void {
    const ready = seat.status === 'ready' && !seat.notResponding && seat.phone === 'registered';
    this.seats.add(seat.id);
    put(this.#ready, seat.id, ready);
    put(this.#busy, seat.id, ready && seat.state !== 'idle');
  }

  /** One more call would take what is kept. */
  get exhausted(): boolean {
    return this.#busy.size >= lendable(this.#ready.size, this.#terms);
  }
}

/** How many of so many ready seats may be in borrowed calls at once. */
export const lendable = (ready: number, terms: LoanTerms): number =>
  Math.min(terms.most ?? Infinity, ready - Math.ceil(ready * terms.keep));

function put(set: Set<SeatId>, seat: SeatId, inside: boolean): void {
  if (inside) set.add(seat);
  else set.delete(seat);
}
