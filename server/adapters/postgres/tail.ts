// The latest facts and views in memory: what streams ask for most, and all that is not in PostgreSQL yet.
// It must not grow without end: what does not fit is in the spool.
import type { CallRow, LedgerEntry } from '../../engine/ports.ts';
import type { Fact } from '../../protocol/facts.ts';
import type { SeatView } from '../../protocol/views.ts';

const mostFacts = 5_000;
const mostCalls = 20_000;

export class Tail {
  #facts: Fact[] = [];
  /** Views newer than PostgreSQL's, oldest change first, with the sequence they came with. */
  readonly #calls = new Map<string, { row: CallRow; last: number }>();
  readonly #seats = new Map<string, { view: SeatView; last: number }>();

  add(entry: LedgerEntry, last: number): void {
    for (const fact of entry.facts) this.#facts.push(fact);
    // Trimmed by halves, so that the cost of moving the rest is spread thin.
    if (this.#facts.length > mostFacts * 2) this.#facts = this.#facts.slice(-mostFacts);
    if (entry.call) {
      this.#calls.delete(entry.call.view.id);
      this.#calls.set(entry.call.view.id, { row: entry.call, last });
      if (this.#calls.size > mostCalls) dropFirst(this.#calls);
    }
    if (entry.seat) {
      this.#seats.delete(entry.seat.id);
      this.#seats.set(entry.seat.id, { view: entry.seat, last });
    }
  }

  /** PostgreSQL has everything up to here. */
  committed(last: number): void {
    forgetUpTo(this.#calls, last);
    forgetUpTo(this.#seats, last);
  }

  /** Lowest sequence held, or null when none is. */
  get first(): number | null {
    return this.#facts[0]?.sequence ?? null;
  }

  after(sequence: number, limit: number): readonly Fact[] {
    let low = 0;
    let high = this.#facts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#facts[middle]?.sequence ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return this.#facts.slice(low, low + limit);
  }

  of(call: string): readonly Fact[] {
    return this.#facts.filter((fact) => fact.call === call);
  }

  call(id: string): CallRow | null {
    return this.#calls.get(id)?.row ?? null;
  }
  get calls(): readonly CallRow[] {
    return [...this.#calls.values()].map((held) => held.row);
  }
  get seats(): readonly SeatView[] {
    return [...this.#seats.values()].map((held) => held.view);
  }
}

function forgetUpTo(held: Map<string, { last: number }>, last: number): void {
  for (const [id, one] of held) {
    if (one.last > last) return;
    held.delete(id);
  }
}

function dropFirst(held: Map<string, unknown>): void {
  for (const id of held.keys()) {
    held.delete(id);
    return;
  }
}
