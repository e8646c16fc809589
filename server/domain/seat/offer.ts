// A seat from reservation to talking, or back: misses, cool-down, not responding, unreachable (OF4, OF5).
// It must not choose seats or tell calls: the floor does. Every message may come twice or late; then nothing changes.
//
//   idle ──reserve──► reserved ──ringing──► ringing ──accepted──► talking
//     ▲                   └─────────┬──────────┘
//     └─ cancelled (idle time kept) │ timed-out: miss │ rejected, busy: short cool-down │ unreachable: phone out
import type { CallId, Time } from '../../protocol/words.ts';
import type { FloorMessage } from '../call/effects.ts';
import type { SeatChange, SeatEffect } from './change.ts';
import { andThen, changed, engine, forgiven, seatFact, toIdle, unchanged } from './change.ts';
import type { Seat, SeatRules } from './seat.ts';
import { available, resumes } from './seat.ts';

export type OfferResult = Extract<FloorMessage, { type: 'offer-ended' }>['result'];

const guardOff = (seat: Seat): SeatEffect => ({ type: 'timer-stop', name: `offer:${seat.id}` });
const holds = (seat: Seat, request: string): boolean =>
  seat.request === request && (seat.state === 'reserved' || seat.state === 'ringing');

/** A seat that is not available is never reserved, whoever asks (OF1). */
export function reserve(seat: Seat, at: Time, rules: SeatRules, call: CallId, request: string): SeatChange {
  const guard: SeatEffect = {
    type: 'timer-start',
    name: `offer:${seat.id}`,
    at: at + rules.offerGuardSeconds * 1000,
  };
  if (available(seat)) return changed({ ...seat, state: 'reserved', call, request }, [guard]);
  if (!resumes(seat, call)) return unchanged(seat);
  // What the wrap-up owed is owed by the call that goes on.
  const back: Seat = {
    ...seat,
    state: 'reserved',
    request,
    wrapUpUntil: null,
    wrapUpExtended: false,
    owesTag: false,
  };
  return changed(back, [{ type: 'timer-stop', name: `wrap-up:${seat.id}` }, guard]);
}

export const ring = (seat: Seat, request: string): SeatChange =>
  holds(seat, request) && seat.state === 'reserved'
    ? changed({ ...seat, state: 'ringing' })
    : unchanged(seat);

/** An end of an offer the seat does not hold (any more) is late or a repeat: unchanged. */
export function endOffer(
  seat: Seat,
  at: Time,
  rules: SeatRules,
  request: string,
  result: OfferResult,
): SeatChange {
  if (!holds(seat, request)) return unchanged(seat);
  if (result === 'accepted')
    return andThen(forgiven({ ...seat, state: 'talking', request: null }), (up) =>
      changed(up, [guardOff(seat)]),
    );
  return andThen(changed(seat, [guardOff(seat)]), (held) =>
    andThen(failed(held, at, rules, result), (tried) => toIdle(tried, at)),
  );
}

function failed(
  seat: Seat,
  at: Time,
  rules: SeatRules,
  result: Exclude<OfferResult, 'accepted'>,
): SeatChange {
  switch (result) {
    case 'cancelled':
    case 'recalled':
      return unchanged(seat);
    case 'timed-out':
      return missed(seat, at, rules);
    case 'rejected':
    case 'busy':
      return coolDown(seat, at + rules.rejectSeconds * 1000);
    case 'unreachable':
      return andThen(
        changed({ ...seat, phone: 'unreachable' }, [], [seatFact('alarm.seat-unreachable', seat, engine)]),
        (away) => crashed(away, rules),
      );
  }
}

const coolDown = (seat: Seat, until: Time): SeatChange =>
  changed({ ...seat, coolDownUntil: until }, [
    { type: 'timer-start', name: `cool-down:${seat.id}`, at: until },
  ]);

function missed(seat: Seat, at: Time, rules: SeatRules): SeatChange {
  // Nobody is there whom two misses could call to order.
  if (seat.unattended) return coolDown(seat, at + rules.coolDownSeconds * 1000);
  const misses = seat.misses + 1;
  const counted = changed({ ...seat, misses }, [], [seatFact('seat.missed', seat, engine, { misses })]);
  if (misses < rules.missesAllowed)
    return andThen(counted, (once) => coolDown(once, at + rules.coolDownSeconds * 1000));
  return andThen(counted, (again) =>
    changed(
      { ...again, notResponding: true },
      [],
      [seatFact('seat.not-responding', seat, engine, { misses })],
    ),
  );
}

/**
 * F21: a page that goes down with each call it is given comes back by itself and would be given the next. It is parked instead, until
 * a person has looked at it and says ready; loading it anew is no word of a person.
 */
export function crashed(seat: Seat, rules: SeatRules): SeatChange {
  if (seat.unattended) return unchanged(seat);
  const crashes = seat.crashes + 1;
  const counted = changed({ ...seat, crashes });
  if (crashes < rules.crashesAllowed || seat.notResponding) return counted;
  return andThen(counted, (again) =>
    changed(
      { ...again, notResponding: true },
      [],
      [seatFact('alarm.seat-parked', seat, engine, { crashes })],
    ),
  );
}

/** A timer may come early by a clock's grain: it is set again rather than lost, or the seat would never come back. */
export function coolDownOver(seat: Seat, at: Time): SeatChange {
  if (seat.coolDownUntil === null) return unchanged(seat);
  if (at < seat.coolDownUntil)
    return changed(seat, [{ type: 'timer-start', name: `cool-down:${seat.id}`, at: seat.coolDownUntil }]);
  return changed({ ...seat, coolDownUntil: null });
}

/** Nobody told how the offer ended: the seat must not stay reserved for ever (a known fault of such systems). */
export const giveUpOffer = (seat: Seat, at: Time): SeatChange =>
  seat.state === 'reserved' || seat.state === 'ringing'
    ? andThen(changed(seat, [], [seatFact('alarm.offer-stuck', seat, engine)]), (stuck) => toIdle(stuck, at))
    : unchanged(seat);

/**
 * The seat is in this call though no offer led there: after a restart, or a call it made itself.
 * What it was reserved for ends by its own call's telling; a second call never displaces a talking one (OF1).
 */
export function adopt(
  seat: Seat,
  at: Time,
  rules: SeatRules,
  call: CallId,
  state: 'ringing' | 'talking',
  request: string | null,
): SeatChange {
  if (seat.state === 'talking' || (seat.call === call && seat.state === state)) return unchanged(seat);
  const facts = seat.owesTag && seat.call !== call ? [seatFact('call.left-untagged', seat, engine)] : [];
  const effects: SeatEffect[] =
    state === 'ringing'
      ? [{ type: 'timer-start', name: `offer:${seat.id}`, at: at + rules.offerGuardSeconds * 1000 }]
      : [guardOff(seat)];
  if (seat.state === 'wrap-up') effects.push({ type: 'timer-stop', name: `wrap-up:${seat.id}` });
  return changed(
    {
      ...seat,
      state,
      call,
      request: state === 'ringing' ? request : null,
      wrapUpUntil: null,
      wrapUpExtended: false,
      owesTag: false,
    },
    effects,
    facts,
  );
}

/** A phone that vanishes takes the seat out of its queues but never out of a call. */
export function phone(seat: Seat, registered: boolean): SeatChange {
  const now = registered ? 'registered' : 'none';
  return seat.phone === now ? unchanged(seat) : changed({ ...seat, phone: now });
}
