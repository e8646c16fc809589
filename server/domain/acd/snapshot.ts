// What the floor shows of its queues. Built anew on each asking; it must not change anything.
import type { Time } from '../../protocol/words.ts';
import type { Entry } from './entry.ts';
import type { ExpectedWait, QueueLoad, QueueState, Waiting } from './messages.ts';
import type { Hall } from './hall.ts';
import type { Station } from './station.ts';

export function loadOf(hall: Hall, station: Station, at: Time): QueueLoad {
  const seats = { signedIn: 0, ready: 0, available: station.pool.size, talking: 0, wrapUp: 0 };
  for (const id of station.members) {
    const seat = hall.seats.get(id);
    if (!seat || seat.status === 'offline') continue;
    seats.signedIn += 1;
    if (seat.status === 'ready') seats.ready += 1;
    if (seat.state === 'talking') seats.talking += 1;
    if (seat.state === 'wrap-up') seats.wrapUp += 1;
  }
  const oldest = station.line.oldest();
  return {
    id: station.rules.id,
    platform: station.rules.platform,
    name: station.rules.name,
    waiting: station.line.size,
    oldest,
    seats,
    today: station.figures.today(at),
    expected: station.figures.expected(station.line.size + 1, at, oldest ?? at),
  };
}

export const stateOf = (hall: Hall, station: Station, at: Time, limit: number): QueueState => ({
  ...loadOf(hall, station, at),
  calls: station.line.front(limit).map((entry, n) => waitingOf(entry, n + 1)),
});

const waitingOf = (entry: Entry, place: number): Waiting => ({
  request: entry.id,
  call: entry.call,
  since: entry.since,
  place,
  class: entry.class,
  head: entry.head,
});

export function whereIs(
  hall: Hall,
  request: string,
): (Waiting & { readonly expected: ExpectedWait | null }) | undefined {
  const entry = hall.entries.get(request);
  const station = entry && hall.stationOf(entry);
  if (!station || !entry.waiting) return undefined;
  const place = station.line.place(entry);
  return { ...waitingOf(entry, place), expected: station.figures.expected(place, hall.now, entry.enteredAt) };
}
