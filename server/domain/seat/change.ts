// The shape of every change of one seat, and the ways back to idle that several changes share.
// It must not decide whether a change is allowed: offer.ts, wrap-up.ts and commands.ts do.
import type { Time } from '../../protocol/words.ts';
import type { Accepted, Decision, NewFact } from '../decision.ts';
import type { Seat } from './seat.ts';

export type SeatTimer = `cool-down:${string}` | `wrap-up:${string}` | `offer:${string}`;
export type SeatEffect =
  | { readonly type: 'timer-start'; readonly name: SeatTimer; readonly at: Time }
  | { readonly type: 'timer-stop'; readonly name: SeatTimer };
export type SeatDecision = Decision<Seat, SeatEffect>;
export type SeatChange = Accepted<Seat, SeatEffect>;

export const engine = 'system:engine';

export const unchanged = (seat: Seat): SeatChange => ({ ok: true, state: seat, effects: [], facts: [] });

export const changed = (
  seat: Seat,
  effects: readonly SeatEffect[] = [],
  facts: readonly NewFact[] = [],
): SeatChange => ({ ok: true, state: seat, effects, facts });

/** The second change on top of the first, effects and facts of both in order. */
export function andThen(first: SeatChange, second: (seat: Seat) => SeatChange): SeatChange {
  const then = second(first.state);
  return changed(then.state, [...first.effects, ...then.effects], [...first.facts, ...then.facts]);
}

export const seatFact = (
  type: string,
  seat: Seat,
  actor: string,
  data: Readonly<Record<string, unknown>> = {},
): NewFact => ({
  type,
  actor,
  data: {
    seat: seat.id,
    platform: seat.platform,
    ...(seat.call === null ? {} : { call: seat.call }),
    ...data,
  },
});

/** The person acted: nothing held against the seat remains (OF4: any answer, status change or sign-in). */
export const forgiven = (seat: Seat): SeatChange =>
  changed(
    { ...seat, misses: 0, notResponding: false, coolDownUntil: null },
    seat.coolDownUntil === null ? [] : [{ type: 'timer-stop', name: `cool-down:${seat.id}` }],
  );

/** Takes a status now; the seat must be idle. Coming (back) to ready starts a new idle time. */
export function takeStatus(
  seat: Seat,
  at: Time,
  actor: string,
  status: Seat['status'],
  reason: string | null,
): SeatChange {
  const wasAway = seat.status !== 'ready' || seat.notResponding;
  const type = { ready: 'seat.ready', break: 'seat.on-break', offline: 'seat.signed-out' }[status];
  return andThen(forgiven(seat), (clean) =>
    changed(
      {
        ...clean,
        status,
        reason,
        next: null,
        crashes: 0,
        helpAsked: false,
        // The person vouches for the phone; if it is wrong the next offer fails at once and raises the alarm again (OF5).
        phone: status === 'ready' && clean.phone === 'unreachable' ? 'registered' : clean.phone,
        idleSince: status === 'ready' && wasAway ? at : clean.idleSince,
      },
      [],
      [seatFact(type, seat, actor, reason === null ? {} : { reason })],
    ),
  );
}

/** Free of the call or offer it had; a status chosen meanwhile is taken now. `idleSince` is the caller's to set. */
export function toIdle(seat: Seat, at: Time): SeatChange {
  const idle: Seat = { ...seat, state: 'idle', call: null, request: null };
  return idle.next === null
    ? changed(idle)
    : takeStatus(idle, at, engine, idle.next.status, idle.next.reason);
}
