// Everything the floor holds: seats, stations, live requests; and what the running step has gathered to answer.
// It must not decide: requests.ts says what an input means, matching.ts who meets whom.
import type { Actor, CallId, QueueId, SeatId, Time } from '../../protocol/words.ts';
import type { NewFact } from '../decision.ts';
import type { SeatDecision } from '../seat/change.ts';
import type { SeatInput } from '../seat/decide.ts';
import { decideSeat } from '../seat/decide.ts';
import type { Seat } from '../seat/seat.ts';
import { available } from '../seat/seat.ts';
import type { Entry } from './entry.ts';
import { rankOf } from './entry.ts';
import { Lent } from './lent.ts';
import type { FloorEffect, FloorTimer, LoanTerms, TellCall } from './messages.ts';
import type { Profile } from './needs.ts';
import { profileOf } from './needs.ts';
import { LastSeats } from './last-seats.ts';
import type { Slot } from './pool.ts';
import type { FloorRules } from './rules.ts';
import { Station } from './station.ts';

/** How many ended requests are remembered, so that a late message does not bring one back. */
const endedMost = 4096;

export class Hall {
  readonly rules: FloorRules;
  readonly seats = new Map<SeatId, Seat>();
  readonly stations = new Map<QueueId, Station>();
  readonly entries = new Map<string, Entry>();
  /** Offers known before their request, from adoption. */
  readonly strays = new Map<string, Set<SeatId>>();
  /** Requests that wait for one seat's phone to come back. */
  readonly awaited = new Map<SeatId, Entry>();
  /** Requests that are kept for one seat. */
  readonly held = new Map<SeatId, Set<Entry>>();
  readonly lastSeats: LastSeats;
  readonly deadlines = new Map<FloorTimer, Time>();
  /** Nothing is matched until adoption is over. */
  open: boolean;
  now: Time = 0;

  readonly fresh = new Set<Entry>();
  readonly freed = new Set<SeatId>();
  /** Stations where more than one thing may have changed. */
  readonly stirred = new Set<Station>();
  readonly dirty = new Set<Station>();
  readonly changed = new Set<SeatId>();
  readonly #byCall = new Map<CallId, Set<Entry>>();
  readonly #ended = new Set<string>();
  readonly #slots = new Map<SeatId, readonly (readonly [Station, Slot])[]>();
  readonly #lent = new Map<string, Lent>();
  readonly #served = new Map<SeatId, readonly (readonly [Station, Profile])[]>();
  readonly #profiles = new Map<string, Profile>();
  #effects: FloorEffect[] = [];
  #facts: NewFact[] = [];

  constructor(rules: FloorRules, open: boolean) {
    this.rules = rules;
    this.open = open;
    this.lastSeats = new LastSeats(rules.personalSeconds);
    for (const queue of rules.queues) this.stations.set(queue.id, new Station(rules, queue));
  }

  begin(at: Time): void {
    this.now = at;
    this.fresh.clear();
    this.freed.clear();
    this.stirred.clear();
    this.dirty.clear();
    this.changed.clear();
    this.#effects = [];
    this.#facts = [];
  }

  /** Seats first, so that screens know of an offer before the call dials (OF3). */
  answer(): {
    readonly ok: true;
    readonly effects: readonly FloorEffect[];
    readonly facts: readonly NewFact[];
  } {
    const seats = Array.from(this.changed, (seat): FloorEffect => ({ type: 'seat-changed', seat }));
    const queues = Array.from(this.dirty, ({ rules }): FloorEffect => ({
      type: 'queue-changed',
      queue: rules.id,
    }));
    return { ok: true, effects: [...seats, ...queues, ...this.#effects], facts: this.#facts };
  }

  fact(type: string, data: Readonly<Record<string, unknown>>, actor?: Actor): void {
    this.#facts.push({ type, actor: actor?.user ?? 'system:engine', data });
  }

  tell(entry: Entry, input: TellCall): void {
    this.#effects.push({ type: 'tell-call', call: entry.call, input });
  }

  timer(name: FloorTimer, at: Time): void {
    this.deadlines.set(name, at);
    this.#effects.push({ type: 'timer-start', name, at });
  }

  untimer(name: FloorTimer): void {
    if (this.deadlines.delete(name)) this.#effects.push({ type: 'timer-stop', name });
  }

  /** One seat's step; its queues' pools and views follow. */
  seatStep(seat: Seat, input: SeatInput): SeatDecision {
    const decision = decideSeat(seat, input, this.now, this.rules);
    if (!decision.ok) return decision;
    for (const effect of decision.effects) {
      if (effect.type === 'timer-start') this.timer(effect.name, effect.at);
      else this.untimer(effect.name);
    }
    this.#facts.push(...decision.facts);
    if (decision.state !== seat) this.put(decision.state);
    return decision;
  }

  put(seat: Seat): void {
    const before = this.seats.get(seat.id);
    this.seats.set(seat.id, seat);
    this.changed.add(seat.id);
    for (const [station] of this.served(seat)) this.dirty.add(station);
    this.#account(seat);
    if (available(seat) && before && available(before) && before.idleSince === seat.idleSince) return;
    this.seatOut(seat.id);
    this.seatIn(seat);
  }

  seatOut(id: SeatId): void {
    for (const [station, slot] of this.#slots.get(id) ?? []) station.pool.remove(slot);
    this.#slots.delete(id);
  }

  seatIn(seat: Seat): void {
    const served = this.served(seat);
    if (!available(seat) || served.length === 0) return;
    if (this.#lent.get(seat.group)?.exhausted) return;
    const slots = served.map(([station, profile]): readonly [Station, Slot] => {
      const slot: Slot = { seat: seat.id, idleSince: seat.idleSince, profile };
      station.pool.add(slot);
      return [station, slot];
    });
    this.#slots.set(seat.id, slots);
    this.freed.add(seat.id);
  }

  slotsOf(seat: SeatId): readonly (readonly [Station, Slot])[] {
    return this.#slots.get(seat) ?? [];
  }

  /** Where a seat takes calls when available, and as what. */
  served(seat: Seat): readonly (readonly [Station, Profile])[] {
    const known = this.#served.get(seat.id);
    if (known) return known;
    const found: (readonly [Station, Profile])[] = [];
    for (const station of this.stations.values()) {
      const preference = station.borrowed.indexOf(seat.group);
      if (seat.remote ? preference < 0 : !seat.queues.includes(station.rules.id)) continue;
      // OV3: local seats first, then the borrowed groups in order of preference.
      const tier = seat.remote ? 1 + preference : (seat.tiers?.[station.rules.id] ?? 0);
      const fresh = profileOf(seat.skills, tier);
      const profile = this.#profiles.get(fresh.key) ?? fresh;
      this.#profiles.set(profile.key, profile);
      found.push([station, profile]);
      station.members.add(seat.id);
    }
    this.#served.set(seat.id, found);
    return found;
  }

  /** A lender's terms, for all queues that borrow the group; null: it gives all it has. */
  lend(group: string, terms: LoanTerms | null): void {
    if (terms === null) this.#lent.delete(group);
    else {
      const lent = new Lent(terms);
      for (const seat of this.seats.values()) if (seat.remote && seat.group === group) lent.account(seat);
      this.#lent.set(group, lent);
    }
  }

  /** OV3: where its lender's floor is reached no seat of the group is offered, until one is free again. */
  #account(seat: Seat): void {
    const lent = seat.remote ? this.#lent.get(seat.group) : undefined;
    if (!lent) return;
    const before = lent.exhausted;
    lent.account(seat);
    if (lent.exhausted === before) return;
    for (const id of lent.seats) {
      const other = this.seats.get(id);
      if (!other || id === seat.id) continue;
      this.seatOut(id);
      this.seatIn(other);
    }
  }

  /** The queues a seat serves have changed. */
  reassign(seat: Seat): void {
    this.seatOut(seat.id);
    for (const [station] of this.served(seat)) station.members.delete(seat.id);
    this.#served.delete(seat.id);
    this.seatIn(seat);
  }

  keep(entry: Entry): void {
    this.entries.set(entry.id, entry);
    const ofCall = this.#byCall.get(entry.call);
    if (ofCall) ofCall.add(entry);
    else this.#byCall.set(entry.call, new Set([entry]));
  }

  entriesOf(call: CallId): readonly Entry[] {
    return Array.from(this.#byCall.get(call) ?? []);
  }

  stationOf(entry: Entry): Station | undefined {
    return entry.queue === null ? undefined : this.stations.get(entry.queue);
  }

  /** Into its line, at the place its first arrival gives it (OF6). */
  lineUp(entry: Entry): void {
    const station = this.stationOf(entry);
    if (!station || entry.waiting) return;
    entry.waiting = true;
    entry.parked = false;
    station.line.add(entry);
    this.fresh.add(entry);
    this.dirty.add(station);
  }

  stepOut(entry: Entry): void {
    const station = this.stationOf(entry);
    if (!station || !entry.waiting) return;
    entry.waiting = false;
    entry.told = null;
    station.line.remove(entry);
    this.fresh.delete(entry);
    this.dirty.add(station);
  }

  /** Class or head changed: the place with it; nobody becomes free by it, so nothing is matched. */
  rerank(entry: Entry, change: Partial<Pick<Entry, 'class' | 'head' | 'since'>>): void {
    const station = this.stationOf(entry);
    if (station && entry.waiting) station.line.remove(entry);
    Object.assign(entry, change);
    entry.rank = rankOf(entry, this.rules);
    if (!station || !entry.waiting) return;
    station.line.add(entry);
    this.dirty.add(station);
  }

  /** It is kept for nobody any more. */
  letGo(entry: Entry): void {
    if (!entry.hold) return;
    const held = this.held.get(entry.hold.seat);
    held?.delete(entry);
    if (held?.size === 0) this.held.delete(entry.hold.seat);
  }

  /** Changes what its line goes by; who may take it now is looked at anew. */
  line(entry: Entry, change: () => void): void {
    const station = this.stationOf(entry);
    if (station && entry.waiting) station.line.remove(entry);
    change();
    if (!station || !entry.waiting) return;
    station.line.add(entry);
    this.fresh.add(entry);
    this.dirty.add(station);
  }

  /** Over, for good: a late message of it finds nothing. */
  end(entry: Entry): void {
    this.stepOut(entry);
    this.letGo(entry);
    this.untimer(`return:${entry.id}`);
    this.entries.delete(entry.id);
    if (entry.seat !== null && this.awaited.get(entry.seat) === entry) this.awaited.delete(entry.seat);
    const ofCall = this.#byCall.get(entry.call);
    ofCall?.delete(entry);
    if (ofCall?.size === 0) this.#byCall.delete(entry.call);
    this.#ended.add(entry.id);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= endedMost) break;
      this.#ended.delete(oldest);
    }
  }

  hasEnded(request: string): boolean {
    return this.#ended.has(request);
  }
}
