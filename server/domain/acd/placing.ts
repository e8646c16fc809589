// Who is told its place. Ten thousand callers must not be told ten thousand places for every one served, so:
//   – a request is told its place when it starts waiting, and again each time it comes back from a failed offer;
//   – those in the first 20 are told whenever their place changes;
//   – one pushed out of the first 20 is told once, then not again until it is back among them.
// It must not change the order.
import type { Entry } from './entry.ts';
import type { Hall } from './hall.ts';
import type { Station } from './station.ts';

const frontMost = 20;

export function tellPlaces(hall: Hall): void {
  for (const entry of hall.fresh) {
    const station = hall.stationOf(entry);
    if (!station || !entry.waiting || entry.told !== null || entry.offers.size > 0) continue;
    const place = station.line.place(entry);
    if (!entry.waited) entry.expected = station.figures.estimate(place, hall.now, hall.now);
    entry.waited = true;
    tell(hall, entry, place);
  }
  for (const station of hall.dirty) tellFront(hall, station);
}

function tellFront(hall: Hall, station: Station): void {
  const front = station.line.front(frontMost);
  front.forEach((entry, n) => tell(hall, entry, n + 1));
  for (const entry of station.front) {
    if (!entry.waiting || entry.told === null || entry.told > frontMost) continue;
    const place = station.line.place(entry);
    if (place > frontMost) tell(hall, entry, place);
  }
  station.front = front;
}

/** A request for all that rings somewhere is not waiting in its caller's ears. */
function tell(hall: Hall, entry: Entry, place: number): void {
  if (entry.told === place || entry.offers.size > 0) return;
  entry.told = place;
  hall.tell(entry, { type: 'placed', request: entry.id, place });
}
