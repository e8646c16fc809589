// The requests waiting in one queue: in order for places, and in lanes for matching.
// It must not know seats beyond their profile, nor tell anybody anything.
import type { SeatId, Time } from '../../protocol/words.ts';
import type { Entry } from './entry.ts';
import type { Needs, Profile } from './needs.ts';
import { waitMs } from './needs.ts';
import { byTurn } from './order.ts';
import { heldFrom } from './hold.ts';
import type { FloorRules } from './rules.ts';
import { Sorted } from './sorted.ts';

/**
 * Requests of one bonus and one set of needs: in a lane the order of turns is the order of first arrival, so the
 * first is the one that waited longest and a seat that may not take it yet may take none behind it.
 */
interface Lane {
  readonly needs: Needs;
  readonly entries: Sorted<Entry>;
}

const laneKey = (entry: Entry): string => `${entry.since - entry.rank} ${entry.needs.key}`;

export class Line {
  readonly #rules: FloorRules;
  readonly #order = new Sorted<Entry>(byTurn);
  readonly #lanes = new Map<string, Lane>();
  readonly #held = new Set<Entry>();

  constructor(rules: FloorRules) {
    this.#rules = rules;
  }

  get size(): number {
    return this.#order.size;
  }

  add(entry: Entry): void {
    this.#order.add(entry);
    const key = laneKey(entry);
    let lane = this.#lanes.get(key);
    if (!lane) this.#lanes.set(key, (lane = { needs: entry.needs, entries: new Sorted<Entry>(byTurn) }));
    lane.entries.add(entry);
    if (entry.hold) this.#held.add(entry);
  }

  remove(entry: Entry): void {
    this.#order.remove(entry);
    this.#held.delete(entry);
    const key = laneKey(entry);
    const lane = this.#lanes.get(key);
    lane?.entries.remove(entry);
    if (lane?.entries.size === 0) this.#lanes.delete(key);
  }

  /** 1 = next. */
  place(entry: Entry): number {
    return this.#order.place(entry) + 1;
  }

  /** The first `most` in order. */
  front(most: number): Entry[] {
    const front: Entry[] = [];
    if (most <= 0) return front;
    for (const entry of this.#order) {
      front.push(entry);
      if (front.length >= most) break;
    }
    return front;
  }

  /** First arrival of whoever arrived first, whatever its turn. */
  oldest(): Time | null {
    let oldest: Time | null = null;
    for (const { entries } of this.#lanes.values()) {
      const since = entries.first?.since;
      if (since !== undefined && (oldest === null || since < oldest)) oldest = since;
    }
    return oldest;
  }

  /** Whose turn it is for a seat of this profile; `seat` names one that some request may exclude. */
  best(profile: Profile, at: Time, seat: SeatId | null): Entry | undefined {
    let best: Entry | undefined;
    for (const { needs, entries } of this.#lanes.values()) {
      const wait = waitMs(profile, needs, this.#rules);
      if (wait === Infinity) continue;
      for (const entry of entries) {
        if (wait > 0 && at - entry.since < wait) break;
        if (seat !== null && (entry.except.has(seat) || (heldFrom(entry, at) ?? seat) !== seat)) continue;
        if (!best || byTurn(entry, best) < 0) best = entry;
        break;
      }
    }
    return best;
  }

  /** When the next request comes within reach of one of these profiles by waiting alone; null: never. */
  nextReach(profiles: Iterable<Profile>, at: Time): Time | null {
    let next: Time | null = null;
    for (const { hold } of this.#held)
      if (hold && hold.until > at && (next === null || hold.until < next)) next = hold.until;
    for (const profile of profiles)
      for (const { needs, entries } of this.#lanes.values()) {
        const wait = waitMs(profile, needs, this.#rules);
        if (wait === 0 || wait === Infinity) continue;
        const entry = entries.firstWhere(({ since }) => at - since < wait);
        if (entry && (next === null || entry.since + wait < next)) next = entry.since + wait;
      }
    return next;
  }
}
