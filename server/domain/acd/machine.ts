// The floor's step: one input, one synchronous answer. It must not hold rules of its own: seats decide in domain/seat,
// requests in requests.ts, pairs in matching.ts.
import type { QueueId } from '../../protocol/words.ts';
import { refuse } from '../decision.ts';
import type { Refused } from '../decision.ts';
import type { Seat } from '../seat/seat.ts';
import { Hall } from './hall.ts';
import type { TalkBefore } from './last-seats.ts';
import { settle } from './matching.ts';
import type { Floor, FloorAnswer, FloorInput, FloorTimer, LoanTerms } from './messages.ts';
import { lookForBroken } from './personal.ts';
import { tellPlaces } from './placing.ts';
import { callGone, dropOffer, hear, lookForReturned, offerWanted } from './requests.ts';
import type { FloorRules } from './rules.ts';
import { loadOf, stateOf, whereIs } from './snapshot.ts';

/** How many command ids are remembered for each seat and queue (repeats are answered, not done again). */
const seenMost = 32;

/**
 * @param seats as provisioned or as last kept. Offers and calls they seem to be in are forgotten: `seat-adopted` tells the true ones.
 * @param options.held after a restart: nothing is offered until `open`, when every call has been adopted (SV4).
 */
export function createFloor(
  rules: FloorRules,
  seats: readonly Seat[],
  options: { readonly held?: boolean } = {},
): Floor {
  const hall = new Hall(rules, options.held !== true);
  for (const seat of seats) {
    const inCall = seat.state === 'reserved' || seat.state === 'ringing' || seat.state === 'talking';
    hall.put(inCall ? { ...seat, state: 'idle', call: null, request: null } : seat);
    if (seat.coolDownUntil !== null) hall.deadlines.set(`cool-down:${seat.id}`, seat.coolDownUntil);
    if (seat.wrapUpUntil !== null) hall.deadlines.set(`wrap-up:${seat.id}`, seat.wrapUpUntil);
  }
  const seen = new Map<string, string[]>();
  return {
    step: (input) => step(hall, seen, input),
    seat: (id) => hall.seats.get(id),
    seats: () => Array.from(hall.seats.values()),
    queue: (id, limit = Infinity, at = hall.now) => {
      const station = hall.stations.get(id);
      return station && stateOf(hall, station, at, limit);
    },
    queues: (limit = Infinity) =>
      Array.from(hall.stations.values(), (station) => stateOf(hall, station, hall.now, limit)),
    load: (id, at = hall.now) => {
      const station = hall.stations.get(id);
      return station && loadOf(hall, station, at);
    },
    waiting: (request) => whereIs(hall, request),
  };
}

function step(hall: Hall, seen: Map<string, string[]>, input: FloorInput): FloorAnswer {
  hall.begin(input.at);
  let repeated = false;
  if (input.type === 'command' || input.type === 'prioritise') {
    const whose = input.type === 'command' ? `seat ${input.seat}` : `queue ${input.queue}`;
    const ids = seen.get(whose) ?? [];
    if (ids.includes(input.id)) return { ok: true, effects: [], facts: [], repeated: true };
    const refused = input.type === 'command' ? command(hall, input) : prioritise(hall, input);
    if (refused) return refused;
    seen.set(whose, [...ids.slice(1 - seenMost), input.id]);
  } else repeated = take(hall, input);
  lookForReturned(hall);
  lookForBroken(hall);
  settle(hall);
  tellPlaces(hall);
  return repeated ? { ...hall.answer(), repeated } : hall.answer();
}

/** True when a message had been taken before. */
function take(hall: Hall, input: Exclude<FloorInput, { type: 'command' | 'prioritise' }>): boolean {
  switch (input.type) {
    case 'message':
      return hear(hall, input.message);
    case 'phone': {
      const seat = hall.seats.get(input.seat);
      if (seat) hall.seatStep(seat, { type: 'phone', registered: input.registered });
      return false;
    }
    case 'timer':
      timer(hall, input.name);
      return false;
    case 'borrowed':
      borrow(hall, input.queue, input.groups, input.terms ?? {});
      for (const group of input.recalled ?? []) takeBack(hall, input.queue, group);
      return false;
    case 'call-gone':
      callGone(hall, input.call);
      return false;
    case 'talked-before':
      talkedBefore(hall, input.talks);
      return false;
    case 'open':
      open(hall);
      return false;
  }
}

function command(hall: Hall, input: Extract<FloorInput, { type: 'command' }>): Refused | null {
  const seat = hall.seats.get(input.seat);
  if (!seat) return refuse('not-found');
  const decision = hall.seatStep(seat, { type: 'command', actor: input.actor, command: input.command });
  return decision.ok ? null : decision;
}

function prioritise(hall: Hall, input: Extract<FloorInput, { type: 'prioritise' }>): Refused | null {
  const station = hall.stations.get(input.queue);
  if (!station) return refuse('not-found');
  const entry = hall.entriesOf(input.call).find(({ queue, waiting }) => queue === input.queue && waiting);
  if (!entry) return refuse('not-waiting');
  if (entry.head === input.head) return refuse('already-so');
  hall.rerank(entry, { head: input.head });
  hall.fact(
    'queue.prioritised',
    {
      queue: input.queue,
      platform: station.rules.platform,
      call: input.call,
      head: input.head,
      place: station.line.place(entry),
    },
    input.actor,
  );
  return null;
}

/** One that was stopped or moved meanwhile is stale; one that comes early is set again. */
function timer(hall: Hall, name: FloorTimer): void {
  const deadline = hall.deadlines.get(name);
  if (deadline === undefined) return;
  if (hall.now < deadline) {
    hall.timer(name, deadline);
    return;
  }
  hall.deadlines.delete(name);
  const [kind, id] = [name.slice(0, name.indexOf(':')), name.slice(name.indexOf(':') + 1)];
  if (kind === 'return') {
    const entry = hall.entries.get(id);
    if (!entry?.parked) return;
    if (entry.seat !== null) offerWanted(hall, entry);
    else if (entry.offers.size === 0 || entry.all) hall.lineUp(entry);
    return;
  }
  // Late by a grain or on time: settle() looks at every reach that is due.
  if (kind === 'relax') return;
  const seat = hall.seats.get(id);
  if (!seat) return;
  if (kind === 'cool-down') hall.seatStep(seat, { type: 'cool-down-over' });
  else if (kind === 'wrap-up') hall.seatStep(seat, { type: 'wrap-up-over' });
  else offerOverdue(hall, seat);
}

/** An offer nobody ended. Of a request that is gone it is a leftover; of a living one it is a fault, and alarmed. */
function offerOverdue(hall: Hall, seat: Seat): void {
  const { request } = seat;
  if (request !== null && hall.entries.has(request)) {
    hall.seatStep(seat, { type: 'offer-overdue' });
    dropOffer(hall, request, seat.id);
  } else if (request !== null) hall.seatStep(seat, { type: 'ended', request, result: 'cancelled' });
}

function borrow(
  hall: Hall,
  queue: QueueId,
  groups: readonly string[],
  terms: Readonly<Record<string, LoanTerms>>,
): void {
  const station = hall.stations.get(queue);
  if (!station) return;
  const concerned = new Set([...station.borrowed, ...groups]);
  station.borrowed = [...groups];
  for (const group of groups) hall.lend(group, terms[group] ?? null);
  for (const seat of hall.seats.values()) if (seat.remote && concerned.has(seat.group)) hall.reassign(seat);
  hall.dirty.add(station);
}

/** OV7: the calls are told, and end the offers themselves; their callers keep their places. */
function takeBack(hall: Hall, queue: QueueId, group: string): void {
  for (const seat of hall.seats.values()) {
    if (!seat.remote || seat.group !== group || seat.request === null) continue;
    const entry = hall.entries.get(seat.request);
    if (entry?.queue === queue && entry.offers.has(seat.id))
      hall.tell(entry, { type: 'offer-recalled', request: entry.id, seat: seat.id });
  }
}

function talkedBefore(hall: Hall, talks: readonly TalkBefore[]): void {
  const known = talks.flatMap((talk) => {
    const seat = hall.seats.get(talk.seat);
    return seat ? [{ ...talk, platform: seat.platform }] : [];
  });
  hall.lastSeats.before(known, hall.now);
}

/** Told again after a later reconnection it does no harm: timers are set to the moments they had. */
function open(hall: Hall): void {
  hall.open = true;
  for (const [name, at] of hall.deadlines) hall.timer(name, at);
  for (const entry of hall.entries.values())
    if (entry.seat !== null && entry.offers.size === 0 && !entry.parked) offerWanted(hall, entry);
  for (const station of hall.stations.values()) {
    hall.dirty.add(station);
    hall.stirred.add(station);
  }
}
