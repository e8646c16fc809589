// Who meets whom: after every input the floor offers pairs until no available seat and waiting request suit each other.
// It must not look at anything but the one order (order.ts): the request whose turn it is, then its best seat (OF2).
//
// Since no such pair is left at rest, only what changed can make one: a fresh request, a freed seat, or a station that
// was stirred (borrowed seats, a wait grown long enough). So a decision looks at a few heads of lists, never at all.
import type { Seat } from '../seat/seat.ts';
import type { Entry } from './entry.ts';
import type { Hall } from './hall.ts';
import type { Slot } from './pool.ts';
import { byTurn } from './order.ts';

export function settle(hall: Hall): void {
  if (!hall.open) return;
  const at = hall.now;
  // A relaxation whose timer is late by a grain counts from its true moment.
  for (const station of hall.stations.values())
    if (station.reachAt !== null && station.reachAt <= at) hall.stirred.add(station);
  for (;;) {
    const entry = nextEntry(hall);
    const slot = entry && seatFor(hall, entry);
    const seat = slot && hall.seats.get(slot.seat);
    if (!entry || !seat) break;
    makeOffer(hall, entry, seat);
  }
  for (const station of hall.stirred) hall.dirty.add(station);
  for (const station of hall.dirty) {
    const { pool, line } = station;
    const reachAt = pool.size === 0 || line.size === 0 ? null : line.nextReach(pool.profiles(), at);
    if (reachAt === station.reachAt) continue;
    station.reachAt = reachAt;
    if (reachAt === null) hall.untimer(`relax:${station.rules.id}`);
    else hall.timer(`relax:${station.rules.id}`, reachAt);
  }
}

function nextEntry(hall: Hall): Entry | undefined {
  let best: Entry | undefined;
  const consider = (entry: Entry | undefined) => {
    if (entry && (!best || byTurn(entry, best) < 0)) best = entry;
  };
  for (const entry of hall.fresh) if (seatFor(hall, entry)) consider(entry);
  for (const seat of hall.freed)
    for (const [station, { profile }] of hall.slotsOf(seat))
      consider(station.line.best(profile, hall.now, seat));
  for (const station of hall.stirred) consider(station.candidate(hall.now));
  return best;
}

const seatFor = (hall: Hall, entry: Entry): Slot | undefined =>
  hall.stationOf(entry)?.pool.best(entry, hall.now);

/** Reserves the seat and tells the call. A request for all keeps its place and goes on to further seats (TR14). */
export function makeOffer(hall: Hall, entry: Entry, seat: Seat): void {
  hall.seatStep(seat, { type: 'reserve', call: entry.call, request: entry.id });
  entry.offers.add(seat.id);
  if (!entry.all) hall.stepOut(entry);
  entry.told = null;
  const { endpoint, platform } = seat;
  hall.tell(entry, { type: 'offered', request: entry.id, seat: seat.id, endpoint, platform });
}
