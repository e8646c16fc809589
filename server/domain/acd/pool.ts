// The seats available to one queue, longest idle first, grouped by profile so that one look finds the best of many.
// It must not know why a seat is available: seat/seat.ts says so.
import type { SeatId, Time } from '../../protocol/words.ts';
import type { Entry } from './entry.ts';
import type { Profile } from './needs.ts';
import { waitMs } from './needs.ts';
import { byIdle } from './order.ts';
import { heldFrom } from './hold.ts';
import type { FloorRules } from './rules.ts';
import { Sorted } from './sorted.ts';

export interface Slot {
  readonly seat: SeatId;
  readonly idleSince: Time;
  readonly profile: Profile;
}
interface Group {
  readonly profile: Profile;
  readonly slots: Sorted<Slot>;
}

export class Pool {
  readonly #rules: FloorRules;
  readonly #groups = new Map<string, Group>();
  readonly #bySeat = new Map<SeatId, Slot>();
  #size = 0;

  constructor(rules: FloorRules) {
    this.#rules = rules;
  }

  get size(): number {
    return this.#size;
  }

  add(slot: Slot): void {
    let group = this.#groups.get(slot.profile.key);
    if (!group) {
      group = { profile: slot.profile, slots: new Sorted<Slot>(byIdle) };
      this.#groups.set(slot.profile.key, group);
    }
    group.slots.add(slot);
    this.#bySeat.set(slot.seat, slot);
    this.#size += 1;
  }

  remove(slot: Slot): void {
    const group = this.#groups.get(slot.profile.key);
    if (group?.slots.remove(slot) !== true) return;
    this.#bySeat.delete(slot.seat);
    this.#size -= 1;
    if (group.slots.size === 0) this.#groups.delete(slot.profile.key);
  }

  *profiles(): Generator<Profile, undefined> {
    for (const { profile } of this.#groups.values()) yield profile;
    return undefined;
  }

  /** The seats of one profile, longest idle first. */
  slots(profile: Profile): Iterable<Slot> {
    return this.#groups.get(profile.key)?.slots ?? [];
  }

  /** The seat for this request now: one that has not failed it before one that has, lower tier first, then longest idle. */
  best(entry: Entry, at: Time): Slot | undefined {
    const own = entry.hold && this.#bySeat.get(entry.hold.seat);
    if (
      own &&
      !entry.failed.has(own.seat) &&
      at - entry.since >= waitMs(own.profile, entry.needs, this.#rules)
    )
      return own;
    if (heldFrom(entry, at) !== null) return undefined;
    let best: Slot | undefined;
    for (const { profile, slots } of this.#groups.values()) {
      const wait = waitMs(profile, entry.needs, this.#rules);
      if (wait > 0 && at - entry.since < wait) continue;
      const slot = firstFor(entry, slots);
      if (slot && (!best || prefer(entry, slot, best) < 0)) best = slot;
    }
    return best;
  }
}

function firstFor(entry: Entry, slots: Sorted<Slot>): Slot | undefined {
  let second: Slot | undefined;
  for (const slot of slots) {
    if (entry.except.has(slot.seat)) continue;
    if (!entry.failed.has(slot.seat)) return slot;
    second ??= slot;
  }
  return second;
}

const prefer = (entry: Entry, a: Slot, b: Slot): number =>
  Number(entry.failed.has(a.seat)) - Number(entry.failed.has(b.seat)) ||
  a.profile.tier - b.profile.tier ||
  byIdle(a, b);
