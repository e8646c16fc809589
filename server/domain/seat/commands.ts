// What a person may ask of a seat, and what a supervisor may force. Refusals come from here.
// It must not check who may: the api's rules do; nor touch the call: force-release of a call is the call's part.
import type { Actor, Time } from '../../protocol/words.ts';
import type { SeatCommand } from '../../protocol/commands.ts';
import { refuse } from '../decision.ts';
import type { SeatChange, SeatDecision } from './change.ts';
import { andThen, changed, forgiven, seatFact, takeStatus, unchanged } from './change.ts';
import type { Seat, SeatRules } from './seat.ts';
import { endWrapUp, extend, finish } from './wrap-up.ts';

export function command(
  seat: Seat,
  at: Time,
  rules: SeatRules,
  actor: Actor,
  asked: SeatCommand,
): SeatDecision {
  const user = actor.user;
  if (asked.name === 'sign-in') return signIn(seat, user, asked.body.phone);
  if (seat.status === 'offline') return refuse('not-signed-in');
  switch (asked.name) {
    case 'sign-out':
      return signOut(seat, at, user);
    case 'status':
      return status(seat, at, user, asked.body.status, asked.body.reason ?? null);
    case 'help':
      return changed({ ...seat, helpAsked: true }, [], [seatFact('seat.help-asked', seat, user)]);
    case 'wrap-up-extend':
      return extend(seat, rules, user);
    case 'wrap-up-finish':
      return finish(seat, at, user);
    case 'force':
      return force(seat, at, user, asked.body.action, asked.body.reason);
  }
}

/** Signing in leads to a break: the person says when it is ready. */
function signIn(seat: Seat, user: string, phone: 'browser' | 'desk'): SeatDecision {
  if (seat.status !== 'offline') return refuse('already-signed-in');
  return andThen(forgiven(seat), (clean) =>
    changed(
      { ...clean, status: 'break', reason: null, next: null, crashes: 0, device: phone },
      [],
      [seatFact('seat.signed-in', seat, user, { phone })],
    ),
  );
}

function signOut(seat: Seat, at: Time, user: string): SeatDecision {
  if (seat.state === 'wrap-up' && seat.owesTag) return refuse('tag-required');
  if (seat.state !== 'idle' && seat.state !== 'wrap-up') return refuse('seat-busy');
  return settle(seat, at, user, 'offline', null);
}

function status(
  seat: Seat,
  at: Time,
  user: string,
  wish: 'ready' | 'break',
  reason: string | null,
): SeatDecision {
  // Ready out of a wrap-up is its finish; a break may be booked while the tag is still owed (WR1).
  if (wish === 'ready' && seat.state === 'wrap-up' && seat.owesTag) return refuse('tag-required');
  return settle(seat, at, user, wish, wish === 'ready' ? null : reason);
}

/** Takes the status now where nothing holds the seat; otherwise books it for the end of the call or wrap-up. */
function settle(seat: Seat, at: Time, user: string, wish: Seat['status'], reason: string | null): SeatChange {
  if (seat.state === 'wrap-up' && !seat.owesTag)
    return andThen(endWrapUp({ ...seat, next: null }, at, user), (free) =>
      settle(free, at, user, wish, reason),
    );
  const same = seat.status === wish && seat.reason === reason;
  if (seat.state !== 'idle') {
    const next = same ? null : { status: wish, reason };
    const booked = seat.next?.status === next?.status && seat.next?.reason === next?.reason;
    return booked ? unchanged(seat) : changed({ ...seat, next });
  }
  const clean =
    !seat.notResponding && seat.misses === 0 && seat.coolDownUntil === null && seat.phone !== 'unreachable';
  return same && (clean || wish !== 'ready') ? unchanged(seat) : takeStatus(seat, at, user, wish, reason);
}

/** A supervisor's hand: wrap-up ends even when a tag is owed, then listed as untagged (WR1); all of it is a fact. */
function force(
  seat: Seat,
  at: Time,
  user: string,
  action: 'release' | 'ready' | 'break' | 'sign-out',
  reason: string,
): SeatDecision {
  if (action === 'release' && seat.state === 'idle') return refuse('already-so');
  // Marked even where nothing else changes here: the version grows and the fact is kept.
  const marked = changed({ ...seat }, [], [seatFact('seat.forced', seat, user, { action, reason })]);
  const freed =
    seat.state === 'wrap-up'
      ? andThen(marked, (held) => endWrapUp({ ...held, next: null }, at, user))
      : marked;
  if (action === 'release') return freed;
  const wish = action === 'sign-out' ? 'offline' : action;
  return andThen(freed, (free) => settle(free, at, user, wish, action === 'break' ? reason : null));
}
