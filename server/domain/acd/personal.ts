// The seat that had a citizen before: asked first when the same number calls again soon, waited for a moment where it is busy, then
// anybody (OF9). It must not pass anyone: whose turn it is stays as it was, only who takes it changes.
import type { Seat } from '../seat/seat.ts';
import type { Entry, Request } from './entry.ts';
import type { Hall } from './hall.ts';
import type { Station } from './station.ts';

/** It will be free by itself: nobody waits for a seat on its break or without a phone. */
const mayTakeSoon = (seat: Seat): boolean =>
  seat.status === 'ready' && seat.phone === 'registered' && !seat.notResponding && seat.next === null;

/** Only a caller that has just come, of no urgency, is kept for somebody. */
export function holdFor(hall: Hall, station: Station, entry: Entry, message: Request): void {
  if (message.purpose !== 'arrival' || entry.kept || entry.head || entry.all) return;
  const id = hall.lastSeats.of(message.callerNumber, station.rules.platform, hall.now);
  const seat = id === null || entry.except.has(id) ? undefined : hall.seats.get(id);
  if (!seat || seat.remote || !mayTakeSoon(seat) || !seat.queues.includes(station.rules.id)) return;
  const waits = entry.class === 'general' && !entry.nuisance ? (station.rules.personalWaitSeconds ?? 0) : 0;
  entry.hold = { seat: seat.id, until: hall.now + waits * 1000 };
  const held = hall.held.get(seat.id);
  if (held) held.add(entry);
  else hall.held.set(seat.id, new Set([entry]));
  hall.fact('queue.asked-first', {
    queue: station.rules.id,
    platform: station.rules.platform,
    call: entry.call,
    seat: seat.id,
    until: new Date(entry.hold.until).toISOString(),
  });
}

/** A seat that will not be free after all keeps nobody waiting. */
export function lookForBroken(hall: Hall): void {
  for (const [id, entries] of hall.held) {
    const seat = hall.changed.has(id) ? hall.seats.get(id) : undefined;
    if (!seat || mayTakeSoon(seat)) continue;
    for (const entry of [...entries]) {
      hall.letGo(entry);
      hall.line(entry, () => (entry.hold = null));
    }
  }
}
