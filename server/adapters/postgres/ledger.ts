// The ledger as the engine knows it: takes entries at once, and reads what was stored together with what is not yet.
// It must not make a call wait for the database: writing is the pump's.
import type {
  CallFilter,
  CallRow,
  Ledger,
  LedgerEntry,
  VolumeAsked,
  VolumeSlot,
} from '../../engine/ports.ts';
import type { Fact } from '../../protocol/facts.ts';
import type { CallView } from '../../protocol/views.ts';
import { entryText } from './entry-text.ts';
import { recordsAway, shortly } from './failures.ts';
import { cursorOf, History, newestFirst, placeOf, readCursor } from './history.ts';
import { Pump } from './pump.ts';
import type { PumpParts } from './pump.ts';
import { Spool } from './spool.ts';
import { Tail } from './tail.ts';

/**
 * Opens the spool in `folder` (made when missing, its owner's alone) and mends its end. PostgreSQL is first asked for by
 * `lastSequence`, which needs the lease (`fence`) to be held. Close the ledger before the lease is released.
 */
export async function openLedger(parts: PumpParts): Promise<Ledger> {
  const tail = new Tail();
  let before = 0;
  const spool = await Spool.open(parts.folder, parts.log, (entry) => {
    before = entry.facts.at(-1)?.sequence ?? before;
    tail.add(entry, before);
  });
  return new PostgresLedger(parts, spool, tail);
}

class PostgresLedger implements Ledger {
  readonly #parts: PumpParts;
  readonly #pump: Pump;
  readonly #history: History;
  readonly #spool: Spool;
  readonly #tail: Tail;
  #last = 0;

  constructor(parts: PumpParts, spool: Spool, tail: Tail) {
    this.#parts = parts;
    this.#pump = new Pump(parts, spool, (last) => tail.committed(last));
    this.#history = new History(parts.database);
    this.#spool = spool;
    this.#tail = tail;
  }

  async lastSequence(): Promise<number> {
    this.#last = Math.max(this.#last, await this.#pump.start());
    return this.#last;
  }

  append(entry: LedgerEntry): void {
    const text = entryText(entry, this.#parts.fence.epoch, this.#last);
    this.#pump.push(text);
    this.#last = text.last;
    this.#tail.add(entry, text.last);
    this.#parts.meter.count('hotline_ledger_facts_total', {}, text.facts);
  }

  /** Rejects with `not-stored`, or with `not-active` when the lease was lost. */
  durable(sequence: number): Promise<void> {
    return this.#pump.durable(sequence);
  }

  /** Rejects with `records-away` rather than leave facts out. */
  async facts(after: number, limit: number): Promise<readonly Fact[]> {
    const first = this.#tail.first;
    if (first !== null && after + 1 >= first) return this.#tail.after(after, limit);
    if (after >= this.#last) return [];
    // What is local is read first: a fact committed in between is then found twice, never missed.
    const local = await this.#localFacts((fact) => fact.sequence > after, limit);
    if (this.#pump.up === false && local[0]?.sequence === after + 1) return local.slice(0, limit);
    const stored = await this.#past(() => this.#history.facts(after, limit));
    return merge(stored, local).slice(0, limit);
  }

  /** While PostgreSQL is away: what memory and spool hold. The same is true of `seats` and `openCalls`. */
  async timeline(call: string): Promise<readonly Fact[]> {
    const local = await this.#localFacts((fact) => fact.call === call, Infinity);
    const stored = await this.#orNone('a timeline', () => this.#history.timeline(call));
    return merge(stored, local);
  }

  /** While PostgreSQL is away: what memory and spool hold, and the word that this is not the whole. */
  async newestAbout(family: string) {
    const local = await this.#localFacts(
      ({ type, data }) => type.startsWith(`${family}.`) && typeof data['about'] === 'string',
      Infinity,
    );
    let whole = true;
    const stored = await this.#orNone(
      `the state of ${family}`,
      () => this.#history.newestAbout(family),
      () => {
        whole = false;
      },
    );
    const newest = new Map(merge(stored, local).map((fact) => [fact.data['about'], fact]));
    return { facts: [...newest.values()], whole };
  }

  async call(id: string): Promise<CallView | null> {
    return this.#tail.call(id)?.view ?? (await this.#past(() => this.#history.call(id)));
  }

  async openCalls(): Promise<readonly CallView[]> {
    const local = this.#tail.calls;
    const stored = await this.#orNone('open calls', () => this.#history.openCalls());
    const byId = new Map(stored.map((view) => [view.id, view]));
    for (const { view, ended } of local) {
      if (ended) byId.delete(view.id);
      else byId.set(view.id, view);
    }
    return [...byId.values()];
  }

  /** Rejects with `invalid-field` for a cursor that is not ours, with `records-away` while PostgreSQL is away. */
  async calls(
    filter: CallFilter,
  ): Promise<{ readonly items: readonly CallView[]; readonly next: string | null }> {
    const after = filter.cursor === undefined ? null : readCursor(filter.cursor);
    const wanted = ({ view }: CallRow): boolean =>
      (filter.platform === undefined || view.platform === filter.platform) &&
      (filter.number === undefined || view.caller.number === filter.number) &&
      (filter.from === undefined || Date.parse(view.arrivedAt) >= Date.parse(filter.from)) &&
      (filter.to === undefined || Date.parse(view.arrivedAt) < Date.parse(filter.to)) &&
      (after === null || newestFirst(after, placeOf(view)) < 0);
    const local = this.#tail.calls.filter(wanted).map((row) => row.view);
    const stored = await this.#past(() => this.#history.calls(filter, after, filter.limit + 1));
    const byId = new Map([...stored, ...local].map((view) => [view.id, view]));
    const sorted = [...byId.values()].sort((a, b) => newestFirst(placeOf(a), placeOf(b)));
    const items = sorted.slice(0, filter.limit);
    const last = items.at(-1);
    return { items, next: sorted.length > filter.limit && last ? cursorOf(placeOf(last)) : null };
  }

  async seats() {
    const local = this.#tail.seats;
    const stored = await this.#orNone('seats', () => this.#history.seats());
    return [...new Map([...stored, ...local].map((seat) => [seat.id, seat])).values()];
  }

  async talks(since: number) {
    await this.#pump.durable(this.#last);
    if (this.#spool.entries > 0) throw recordsAway();
    return this.#past(() => this.#history.talks(since));
  }

  volume(asked: VolumeAsked): Promise<readonly VolumeSlot[]> {
    return this.#past(() => this.#history.volume(asked));
  }

  callBacks() {
    return this.#past(() => this.#history.callBacks());
  }
  doneCallBack(id: number, at: number) {
    return this.#past(() => this.#history.doneCallBack(id, at));
  }

  state() {
    return { database: this.#pump.up === true ? 'up' : 'down', spooled: this.#spool.entries } as const;
  }

  async close(): Promise<void> {
    try {
      await this.#pump.close();
    } finally {
      await this.#spool.close();
    }
  }

  /** Facts in memory, and those of the spool that memory no longer holds. */
  async #localFacts(wanted: (fact: Fact) => boolean, limit: number): Promise<readonly Fact[]> {
    const found: Fact[] = [];
    let covered = false;
    for (let at = 0; at < this.#spool.size && found.length < limit && !covered;) {
      const { lines, next } = await this.#spool.read(at);
      for (const line of lines) {
        covered = line.last >= (this.#tail.first ?? Infinity);
        if (covered) break;
        found.push(...(JSON.parse(line.json) as LedgerEntry).facts.filter(wanted));
      }
      at = next;
    }
    return merge(found, this.#tail.after(0, Infinity).filter(wanted));
  }

  /** For what is better read in part than not at all while PostgreSQL is away. */
  async #orNone<T>(
    what: string,
    read: () => Promise<readonly T[]>,
    away: () => void = () => undefined,
  ): Promise<readonly T[]> {
    return this.#past(read).catch((error: unknown) => {
      away();
      this.#parts.log.warn({ what, reason: shortly(error) }, 'read from memory and spool alone');
      return [];
    });
  }

  async #past<T>(read: () => Promise<T>): Promise<T> {
    if (this.#pump.up === false) throw recordsAway();
    try {
      return await read();
    } catch (error) {
      throw recordsAway(error);
    }
  }
}

/** Both in order; facts of the same number once. */
function merge(stored: readonly Fact[], local: readonly Fact[]): readonly Fact[] {
  const lastStored = stored.at(-1)?.sequence ?? 0;
  const firstLocal = local[0]?.sequence ?? Infinity;
  if (firstLocal > lastStored) return [...stored, ...local];
  const byNumber = new Map([...stored, ...local].map((fact) => [fact.sequence, fact]));
  return [...byNumber.values()].sort((a, b) => a.sequence - b.sequence);
}
