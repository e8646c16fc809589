// One attempt of a reach: a phone made to ring, and stopped; and why it failed, in our words.
// It must not choose whom to ring next; reach.ts does.
import type { Platform, SeatId } from '../../protocol/words.ts';
import type { FloorMessage } from './effects.ts';
import type { CallInput } from './inputs.ts';
import type { CallRules } from './rules.ts';
import type { Attempt, Failure, LegRole, Reach, Route } from './state.ts';
import type { Step } from './step.ts';

const roles: Record<Reach['purpose'], LegRole> = {
  arrival: 'owner',
  transfer: 'target',
  'three-way': 'consulted',
};

/** How long a reach may take in all: a seat, or a line with all its numbers (TR6). An arrival's goes on. */
export function reachSeconds(rules: CallRules, route: Route): number {
  const { transferSeatSeconds, transferLineSeconds } = rules.timers;
  if (route.kind === 'seat') return transferSeatSeconds;
  if (route.kind === 'queue' || route.together) return transferLineSeconds;
  return Math.max(transferLineSeconds, rules.leastRingSeconds * route.numbers.length);
}

interface Dialled {
  readonly endpoint: string;
  readonly seat: SeatId | null;
  readonly number: string | null;
  readonly line: string | null;
  readonly platform: Platform | null;
  readonly seconds: number;
}

function dial(step: Step, reach: Reach, to: Dialled): Reach {
  const { call } = step;
  const role = roles[reach.purpose];
  // Minted before the act, and parseable: whoever finds the channel after a crash sees whose it is.
  const leg = `${call.id}.${to.seat ?? to.line ?? 'leg'}.${step.next()}`;
  step.addLeg({
    id: leg,
    role,
    endpoint: to.endpoint,
    seat: to.seat,
    line: to.line,
    platform: to.platform,
    state: 'dialling',
    held: false,
    muted: false,
    consulting: false,
    leaving: false,
    since: step.at,
  });
  step.order({
    type: 'dial',
    leg,
    endpoint: to.endpoint,
    caller: call.legs[0]?.id ?? null,
    callerNumber: call.caller.number,
    ringSeconds: to.seconds,
    call: call.id,
    role,
    toSeat: to.seat !== null,
    acceptance: reach.route.kind === 'trunk' ? reach.route.acceptance : 'answer',
  });
  step.timer(`attempt:${leg}`, to.seconds);
  const attempt: Attempt = { leg, seat: to.seat, number: to.number, state: 'dialling', since: step.at };
  return { ...reach, place: null, attempts: [...reach.attempts, attempt], tried: reach.tried + 1 };
}

export function dialSeat(step: Step, reach: Reach, offer: Extract<CallInput, { type: 'offered' }>): Reach {
  const { offerSeconds, transferSeatSeconds } = step.rules.timers;
  const whole = reach.route.kind === 'seat' && reach.purpose !== 'arrival';
  const begun = dial(step, reach, {
    endpoint: offer.endpoint,
    seat: offer.seat,
    number: null,
    line: null,
    platform: offer.platform,
    seconds: whole ? transferSeatSeconds : offerSeconds,
  });
  step.fact('offer.made', {
    seat: offer.seat,
    request: reach.id,
    purpose: reach.purpose,
    attempt: begun.tried,
  });
  return begun;
}

/** TR7: numbers tried in order share what is left of the line's time. */
export function dialNumber(step: Step, reach: Reach, number: string): Reach {
  const { route } = reach;
  if (route.kind !== 'trunk') return reach;
  const left = reachSeconds(step.rules, route) - (step.at - reach.startedAt) / 1000;
  const share = route.together ? left : left / (reach.untried.length + 1);
  return dial(step, reach, {
    endpoint: `PJSIP/${number}@trunk-${route.trunk}`,
    seat: null,
    number,
    line: route.line,
    platform: null,
    seconds: Math.max(step.rules.leastRingSeconds, Math.round(share)),
  });
}

type OfferResult = Extract<FloorMessage, { type: 'offer-ended' }>['result'];

export const offerResults: Record<Failure['reason'], OfferResult> = {
  busy: 'busy',
  rejected: 'rejected',
  'no-answer': 'timed-out',
  unreachable: 'unreachable',
  'no-seat': 'unreachable',
  'target-gone': 'unreachable',
  'media-fault': 'unreachable',
  'not-confirmed': 'timed-out',
};

/** Stops it where it still rings, and tells the floor. */
export function dropAttempt(step: Step, reach: Reach, attempt: Attempt, result: OfferResult): void {
  step.untimer(`attempt:${attempt.leg}`);
  if (step.call.legs.some((leg) => leg.id === attempt.leg)) {
    step.hangUp(attempt.leg, result === 'timed-out' ? 'no-answer' : 'normal');
    step.dropLeg(attempt.leg);
  }
  if (attempt.seat === null) return;
  step.fact(`offer.${result}`, { seat: attempt.seat, request: reach.id, purpose: reach.purpose });
  step.tell({ type: 'offer-ended', request: reach.id, seat: attempt.seat, result });
}

/** A reach whose time is over: only a seat that rang a whole offer's time has missed it (OF4). */
export const overResult = (step: Step, attempt: Attempt): OfferResult =>
  step.at - attempt.since >= step.rules.timers.offerSeconds * 1000 ? 'timed-out' : 'cancelled';

/** Q.850 causes and SIP statuses to our words (notes: the single truth of a failed leg is its end). */
export function failureOf(ended: Extract<CallInput, { type: 'leg-ended' }>): Failure {
  const { cause, sipStatus } = ended;
  const detail = { cause, ...(sipStatus === undefined ? {} : { sipStatus }) };
  if (ended.how !== undefined) return { reason: 'unreachable', ...detail };
  if (sipStatus === 486 || sipStatus === 600 || (sipStatus === undefined && cause === 17))
    return { reason: 'busy', ...detail };
  if (sipStatus === 603 || cause === 21) return { reason: 'rejected', ...detail };
  if (cause === 19 || sipStatus === 480 || sipStatus === 408 || sipStatus === 487)
    return { reason: 'no-answer', ...detail };
  if (cause === 16 || cause === 0) return { reason: 'rejected', ...detail };
  return { reason: 'unreachable', ...detail };
}
