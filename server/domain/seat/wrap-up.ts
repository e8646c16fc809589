// The work after a call: a tag is owed, a deadline runs, one extension may be asked, then the seat is ready untagged (WR1).
// It must not look at tickets: it is told when nothing is owed any more.
//
//   talking ──released, talked──► wrap-up ──finish (nothing owed) | deadline (untagged: fact)──► idle
//      └──────released, never talked──► idle, idle time kept
import type { CallId, Time } from '../../protocol/words.ts';
import { refuse } from '../decision.ts';
import type { SeatChange, SeatDecision, SeatEffect } from './change.ts';
import { andThen, changed, engine, seatFact, toIdle, unchanged } from './change.ts';
import { crashed } from './offer.ts';
import type { Seat, SeatRules } from './seat.ts';

const timer = (seat: Seat, until: Time): SeatEffect => ({
  type: 'timer-start',
  name: `wrap-up:${seat.id}`,
  at: until,
});

/** The seat is off the call. Told twice, or of a call it is not in: unchanged. */
export function release(
  seat: Seat,
  at: Time,
  rules: SeatRules,
  call: CallId,
  talked: boolean,
  tagged: boolean,
  lost: boolean,
): SeatChange {
  if (seat.call !== call || seat.state === 'idle' || seat.state === 'wrap-up') return unchanged(seat);
  const stops: SeatEffect[] =
    seat.state === 'talking' ? [] : [{ type: 'timer-stop', name: `offer:${seat.id}` }];
  const off: Seat = { ...seat, helpAsked: false, crashes: talked && !lost ? 0 : seat.crashes };
  if (!talked) return andThen(changed(off, stops), (free) => toIdle(free, at));
  // The other city's seat wraps up there; what it leaves untagged here is on the supervisor's list at once (WR1).
  if (seat.unattended)
    return andThen(
      changed({ ...off, idleSince: at }, stops, tagged ? [] : [seatFact('call.left-untagged', seat, engine)]),
      (free) => toIdle(free, at),
    );
  const until = at + rules.wrapUpSeconds * 1000;
  const wrapUp = changed(
    { ...off, state: 'wrap-up', request: null, wrapUpUntil: until, wrapUpExtended: false, owesTag: !tagged },
    [...stops, timer(seat, until)],
    [seatFact('seat.wrap-up-started', seat, engine, { owesTag: !tagged })],
  );
  return lost ? andThen(wrapUp, (away) => crashed(away, rules)) : wrapUp;
}

export const tag = (seat: Seat, call: CallId): SeatChange =>
  seat.state === 'wrap-up' && seat.call === call && seat.owesTag
    ? changed({ ...seat, owesTag: false })
    : unchanged(seat);

/** Ends it whatever is owed; what is owed goes to the supervisor's list as a fact. */
export function endWrapUp(seat: Seat, at: Time, actor: string): SeatChange {
  const facts = seat.owesTag ? [seatFact('call.left-untagged', seat, actor)] : [];
  const over = seatFact('seat.wrap-up-ended', seat, actor, { untagged: seat.owesTag });
  const free: Seat = { ...seat, wrapUpUntil: null, wrapUpExtended: false, owesTag: false, idleSince: at };
  return andThen(
    changed(free, [{ type: 'timer-stop', name: `wrap-up:${seat.id}` }], [...facts, over]),
    (done) => toIdle(done, at),
  );
}

export function finish(seat: Seat, at: Time, actor: string): SeatDecision {
  if (seat.state !== 'wrap-up') return refuse('not-in-wrap-up');
  return seat.owesTag ? refuse('tag-required') : endWrapUp(seat, at, actor);
}

export function extend(seat: Seat, rules: SeatRules, actor: string): SeatDecision {
  if (seat.state !== 'wrap-up' || seat.wrapUpUntil === null) return refuse('not-in-wrap-up');
  if (seat.wrapUpExtended) return refuse('already-so');
  const until = seat.wrapUpUntil + rules.wrapUpExtensionSeconds * 1000;
  return changed(
    { ...seat, wrapUpUntil: until, wrapUpExtended: true },
    [timer(seat, until)],
    [seatFact('seat.wrap-up-extended', seat, actor, { seconds: rules.wrapUpExtensionSeconds })],
  );
}

/** The deadline's timer. One that was overtaken by an extension, or comes early, is set again. */
export function wrapUpOver(seat: Seat, at: Time): SeatChange {
  if (seat.state !== 'wrap-up' || seat.wrapUpUntil === null) return unchanged(seat);
  if (at < seat.wrapUpUntil) return changed(seat, [timer(seat, seat.wrapUpUntil)]);
  return endWrapUp(seat, at, engine);
}
