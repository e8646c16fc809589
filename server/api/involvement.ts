// Which seats and platforms have had a part in which call, as its views went by: rights to a call outlive the leg (WR1).
// It must not decide anything; scope.ts does, and asks the ledger where this process has not seen the call.
import type { EngineFace } from '../engine/face.ts';
import type { CallView } from '../protocol/views.ts';
import type { CallId, Platform, SeatId } from '../protocol/words.ts';

interface Part {
  now: ReadonlySet<SeatId>;
  readonly seats: Set<SeatId>;
  readonly platforms: Set<Platform>;
}
const mostCalls = 5_000;
const nobody: ReadonlySet<never> = new Set();

export class Involvement {
  readonly #parts = new Map<CallId, Part>();

  constructor(engine: EngineFace) {
    for (const view of engine.liveCalls()) this.observe(view);
  }

  /** Adds who is on a call without counting it as news: calls adopted after a restart may have had no change yet (SV4). */
  learn(view: CallView): void {
    const part = this.#parts.get(view.id);
    if (!part) {
      this.observe(view);
      return;
    }
    for (const seat of seatsOn(view)) part.seats.add(seat);
    for (const platform of platformsOf(view)) part.platforms.add(platform);
  }

  /** Takes the newest view of a call; gives the seats that were on it until now and are not any more. */
  observe(view: CallView): ReadonlySet<SeatId> {
    const part = this.#parts.get(view.id) ?? { now: nobody, seats: new Set(), platforms: new Set() };
    const now = seatsOn(view);
    const left = new Set([...part.now].filter((seat) => !now.has(seat)));
    part.now = now;
    for (const seat of now) part.seats.add(seat);
    for (const platform of platformsOf(view)) part.platforms.add(platform);
    this.#parts.delete(view.id);
    this.#parts.set(view.id, part);
    if (this.#parts.size > mostCalls) this.#parts.delete(this.#parts.keys().next().value ?? '');
    return left;
  }

  seat(call: CallId, seat: SeatId): boolean {
    return this.#parts.get(call)?.seats.has(seat) ?? false;
  }

  platform(call: CallId, platform: Platform): boolean {
    return this.#parts.get(call)?.platforms.has(platform) ?? false;
  }
}

/** Seats with a leg on the call, ringing ones too: their screen has the context before the ring (OF3, TR3). */
export function seatsOn(view: CallView): ReadonlySet<SeatId> {
  if (view.phase === 'ended') return nobody;
  return new Set(
    view.parties.flatMap(({ seat, role }) => (seat !== undefined && role !== 'supervisor' ? [seat] : [])),
  );
}

/** Platforms a call concerns now: its own, the first receiver's, those of its parties. */
export function platformsOf(view: CallView): ReadonlySet<Platform> {
  const parties = view.parties.flatMap(({ platform }) => (platform === undefined ? [] : [platform]));
  return new Set([
    view.platform,
    ...(view.firstReceiver === undefined ? [] : [view.firstReceiver]),
    ...parties,
  ]);
}
