// What the calls' messages mean to the floor: a request's life from its coming to its end.
// Every message may come twice, late or in another order; then nothing is done again. It must not match: settle() does.
import type { CallId } from '../../protocol/words.ts';
import type { FloorMessage } from '../call/effects.ts';
import type { Entry, Request } from './entry.ts';
import { entryOf } from './entry.ts';
import type { Hall } from './hall.ts';
import { makeOffer } from './matching.ts';
import { holdFor } from './personal.ts';
import { available, mayReturn, resumes } from '../seat/seat.ts';

type Message<T extends FloorMessage['type']> = Extract<FloorMessage, { type: T }>;

/** True when the message was one already taken. */
export function hear(hall: Hall, message: FloorMessage): boolean {
  switch (message.type) {
    case 'request':
      return request(hall, message);
    case 'withdraw':
      return withdraw(hall, message);
    case 'where': {
      const entry = hall.entries.get(message.request);
      const station = entry && hall.stationOf(entry);
      if (!station || !entry.waiting) return false;
      const place = station.line.place(entry);
      const expected = station.figures.expected(place, hall.now, entry.enteredAt);
      hall.tell(entry, {
        type: 'stands',
        request: entry.id,
        place,
        expectedSeconds: expected === null ? null : expected.seconds,
      });
      return false;
    }
    case 'place-kept':
      for (const entry of hall.entriesOf(message.call))
        if (message.since < entry.since) hall.rerank(entry, { since: message.since });
      return false;
    case 'offer-ringing': {
      const seat = hall.seats.get(message.seat);
      if (seat) hall.seatStep(seat, { type: 'ringing', request: message.request });
      return false;
    }
    case 'offer-ended':
      return offerEnded(hall, message);
    case 'seat-released': {
      const seat = hall.seats.get(message.seat);
      if (!seat) return false;
      const { call, talked, tagged, lost = false } = message;
      if (talked) hall.lastSeats.left(call, seat, hall.now);
      // Released while its offer still stands: the offer is over too, as if the call had cancelled it.
      const entry = seat.request !== null && seat.call === call ? hall.entries.get(seat.request) : undefined;
      if (entry?.offers.delete(seat.id) === true) park(hall, entry);
      hall.seatStep(seat, { type: 'released', call, talked, tagged, lost });
      return false;
    }
    case 'seat-adopted':
      adopt(hall, message);
      return false;
    case 'tagged':
      for (const id of message.seats) {
        const seat = hall.seats.get(id);
        if (seat) hall.seatStep(seat, { type: 'tagged', call: message.call });
      }
      // WR2: a class takes effect when set.
      for (const entry of hall.entriesOf(message.call))
        if (entry.class !== message.class) hall.rerank(entry, { class: message.class });
      return false;
  }
}

function request(hall: Hall, message: Request): boolean {
  if (hall.entries.has(message.request) || hall.hasEnded(message.request)) return true;
  const at = hall.now;
  const { wanted } = message;
  const station = 'queue' in wanted ? hall.stations.get(wanted.queue) : undefined;
  const kept =
    message.purpose === 'arrival' ? (station?.redials.take(message.callerNumber, at) ?? null) : null;
  const entry = entryOf(message, Math.min(message.since, kept ?? message.since), at, hall.rules);
  hall.keep(entry);
  if (!entry.kept) station?.figures.entered(at);
  if (kept !== null && station)
    hall.fact('queue.place-kept', {
      queue: station.rules.id,
      platform: station.rules.platform,
      call: entry.call,
      since: new Date(entry.since).toISOString(),
    });
  if (station) holdFor(hall, station, entry, message);
  for (const seat of hall.strays.get(entry.id) ?? []) entry.offers.add(seat);
  hall.strays.delete(entry.id);
  if (station) {
    if (entry.offers.size === 0 || entry.all) hall.lineUp(entry);
  } else if ('queue' in wanted) refuse(hall, entry, 'no-such-queue');
  else if (entry.offers.size === 0 && hall.open) offerWanted(hall, entry);
  return false;
}

/** One seat is wanted: it, now, or nobody. */
export function offerWanted(hall: Hall, entry: Entry): void {
  const seat = entry.seat === null || entry.except.has(entry.seat) ? undefined : hall.seats.get(entry.seat);
  if (seat && (available(seat) || (entry.resume && resumes(seat, entry.call)))) {
    entry.parked = false;
    hall.awaited.delete(seat.id);
    makeOffer(hall, entry, seat);
  } else if (seat && entry.until !== null && hall.now < entry.until && mayReturn(seat, entry.call)) {
    entry.parked = true;
    hall.awaited.set(seat.id, entry);
    hall.timer(`return:${entry.id}`, entry.until);
  } else refuse(hall, entry, 'seat-unavailable');
}

/** RC1: a seat whose phone is back has its caller before anybody else; one that went for good lets it go. */
export function lookForReturned(hall: Hall): void {
  if (!hall.open) return;
  for (const [seat, entry] of hall.awaited)
    if (hall.changed.has(seat) && entry.offers.size === 0) offerWanted(hall, entry);
}

function refuse(hall: Hall, entry: Entry, reason: 'no-such-queue' | 'seat-unavailable'): void {
  hall.end(entry);
  hall.tell(entry, { type: 'refused', request: entry.id, reason });
}

function withdraw(hall: Hall, message: Message<'withdraw'>): boolean {
  const entry = hall.entries.get(message.request);
  if (!entry) return hall.hasEnded(message.request);
  const station = hall.stationOf(entry);
  if (message.reason === 'answered') station?.figures.answered(entry, hall.now);
  else station?.figures.left(entry, hall.now, message.reason === 'abandoned');
  if (message.reason === 'abandoned') station?.redials.gaveUp(entry.number, entry.since, hall.now);
  leave(hall, entry);
  return false;
}

/** The request is gone. Seats it was offered to are freed by the ends of their offers, or soon without them. */
function leave(hall: Hall, entry: Entry): void {
  hall.end(entry);
  for (const seat of entry.offers) {
    if (hall.seats.get(seat)?.request !== entry.id) continue;
    hall.timer(`offer:${seat}`, hall.now + hall.rules.withdrawGraceSeconds * 1000);
  }
}

function offerEnded(hall: Hall, message: Message<'offer-ended'>): boolean {
  const seat = hall.seats.get(message.seat);
  const entry = hall.entries.get(message.request);
  hall.strays.get(message.request)?.delete(message.seat);
  const before = seat?.state;
  if (seat) hall.seatStep(seat, { type: 'ended', request: message.request, result: message.result });
  if (!entry) return before === hall.seats.get(message.seat)?.state;
  if (message.result === 'accepted') {
    // An answer after the floor had given the offer up: the person is talking all the same (OF8).
    if (seat?.state === 'idle')
      hall.seatStep(seat, { type: 'adopted', call: entry.call, state: 'talking', request: null });
    entry.offers.delete(message.seat);
    if (seat) hall.lastSeats.took(entry.number, entry.call, seat, hall.now);
    hall.stationOf(entry)?.figures.answered(entry, hall.now);
    leave(hall, entry);
    return false;
  }
  if (!entry.offers.delete(message.seat)) return true;
  if (message.result === 'cancelled') {
    park(hall, entry);
    return false;
  }
  if (message.result !== 'recalled') entry.failed.add(message.seat);
  // RC1: its phone had gone before the floor knew.
  if (entry.seat !== null && entry.until !== null && message.result === 'unreachable')
    offerWanted(hall, entry);
  else if (entry.seat !== null) refuse(hall, entry, 'seat-unavailable');
  else if (!entry.parked) {
    hall.lineUp(entry);
    const station = hall.stationOf(entry);
    if (station) hall.dirty.add(station);
  }
  return false;
}

/**
 * The call ended an offer by itself; most likely its request's withdrawal is the next message. Matching it at once would
 * ring another phone for nothing, forgetting it might lose a caller: it waits aside a moment, then takes its place.
 */
function park(hall: Hall, entry: Entry): void {
  hall.stepOut(entry);
  entry.parked = true;
  hall.timer(`return:${entry.id}`, hall.now + hall.rules.withdrawGraceSeconds * 1000);
}

/** An offer ended without its call's word: the request takes its place again. */
export function dropOffer(hall: Hall, request: string, seat: string): void {
  const entry = hall.entries.get(request);
  if (!entry?.offers.delete(seat)) return;
  entry.failed.add(seat);
  if (entry.parked) return;
  if (entry.seat !== null) refuse(hall, entry, 'seat-unavailable');
  else hall.lineUp(entry);
}

function adopt(hall: Hall, message: Message<'seat-adopted'>): void {
  const seat = hall.seats.get(message.seat);
  if (!seat) return;
  hall.seatStep(seat, {
    type: 'adopted',
    call: message.call,
    state: message.state,
    request: message.request,
  });
  if (message.number !== undefined) hall.lastSeats.took(message.number, message.call, seat, hall.now);
  if (message.state !== 'ringing' || message.request === null) return;
  const entry = hall.entries.get(message.request);
  if (entry) {
    entry.offers.add(message.seat);
    if (!entry.all) hall.stepOut(entry);
  } else if (!hall.hasEnded(message.request)) {
    const held = hall.strays.get(message.request) ?? new Set();
    hall.strays.set(message.request, held.add(message.seat));
  }
}

export function callGone(hall: Hall, call: CallId): void {
  hall.lastSeats.gone(call);
  for (const entry of hall.entriesOf(call)) {
    hall.stationOf(entry)?.figures.left(entry, hall.now, false);
    hall.end(entry);
  }
  for (const seat of hall.seats.values()) {
    if (seat.call !== call) continue;
    hall.seatStep(seat, { type: 'released', call, talked: seat.state === 'talking', tagged: true });
  }
}
