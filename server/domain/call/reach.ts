// The effort to bring a seat or an outside number to a call: through a queue, to one seat, or over a trunk.
// Arrival, transfer and three-way all use it; it must not know which of them it serves beyond the purpose it is told.
//
//   waiting (queue) ──offered──► attempt: dialling ─► ringing ─► answered [─► confirming ─► confirmed]
//        ▲                            └── failed: next seat of the queue | next number | the reach has failed
import type { Platform, SeatId, Target, Time } from '../../protocol/words.ts';
import type { FloorMessage } from './effects.ts';
import type { CallInput } from './inputs.ts';
import type { Attempt, Failure, Leg, LegRole, Reach, Route } from './state.ts';
import type { Step } from './step.ts';

type Request = Extract<FloorMessage, { type: 'request' }>;

export interface ReachWish {
  readonly to: Target;
  readonly route: Route;
  readonly purpose: Request['purpose'];
  readonly since: Time;
  readonly head: boolean;
  readonly all: boolean;
  readonly except: readonly SeatId[];
}

/** What became of a reach in one step; `ignored`: the input was not its. */
export type Progress =
  | { readonly kind: 'ignored' }
  | {
      readonly kind: 'pending';
      readonly reach: Reach;
      readonly news: 'offered' | 'placed' | 'ringing' | 'attempt-failed' | null;
    }
  | { readonly kind: 'answered'; readonly reach: Reach; readonly leg: Leg; readonly ringMs: number }
  | { readonly kind: 'failed'; readonly reach: Reach; readonly failure: Failure };

const roles: Record<Request['purpose'], LegRole> = {
  arrival: 'owner',
  transfer: 'target',
  'three-way': 'consulted',
};

export function beginReach(step: Step, wish: ReachWish): Reach {
  const { route } = wish;
  const id = `${step.call.id}.r${step.next()}`;
  const reach: Reach = {
    id,
    to: wish.to,
    route,
    purpose: wish.purpose,
    place: null,
    attempts: [],
    untried: [],
    tried: 0,
    startedAt: step.at,
    rangSince: null,
    lastFailure: null,
  };
  if (route.kind !== 'trunk') {
    step.tell({
      type: 'request',
      request: id,
      call: step.call.id,
      purpose: wish.purpose,
      wanted: route.kind === 'queue' ? { queue: route.queue } : { seat: route.seat },
      class: step.call.tag?.class ?? 'general',
      since: wish.since,
      head: wish.head,
      all: wish.all,
      callerNumber: step.call.caller.number,
      except: wish.except,
    });
    return reach;
  }
  const [first, ...rest] = route.numbers;
  const now = route.together ? route.numbers : [first ?? ''];
  let begun: Reach = { ...reach, untried: route.together ? [] : rest };
  for (const number of now) begun = dialNumber(step, begun, number);
  return begun;
}

function dialNumber(step: Step, reach: Reach, number: string): Reach {
  if (reach.route.kind !== 'trunk') return reach;
  const endpoint = `PJSIP/${number}@trunk-${reach.route.trunk}`;
  return dial(step, reach, {
    endpoint,
    seat: null,
    number,
    line: reach.route.line,
    platform: null,
    seconds: step.rules.timers.transferLineSeconds,
  });
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

export function stepReach(step: Step, reach: Reach, input: CallInput): Progress {
  switch (input.type) {
    case 'offered': {
      if (input.request !== reach.id) return { kind: 'ignored' };
      const next = dial(step, reach, {
        endpoint: input.endpoint,
        seat: input.seat,
        number: null,
        line: null,
        platform: input.platform,
        seconds: step.rules.timers.offerSeconds,
      });
      step.fact('offer.made', {
        seat: input.seat,
        request: reach.id,
        purpose: reach.purpose,
        attempt: next.tried,
      });
      return { kind: 'pending', reach: next, news: 'offered' };
    }
    case 'placed':
      if (input.request !== reach.id) return { kind: 'ignored' };
      // TR6: nobody is left to try after a failed attempt, so the cause stands; an arrival goes on waiting.
      if (reach.purpose !== 'arrival' && reach.lastFailure !== null && reach.attempts.length === 0)
        return giveUp(step, reach, reach.lastFailure);
      return { kind: 'pending', reach: { ...reach, place: input.place }, news: 'placed' };
    case 'refused':
      if (input.request !== reach.id) return { kind: 'ignored' };
      return { kind: 'failed', reach, failure: reach.lastFailure ?? { reason: 'no-seat' } };
    case 'leg-ringing': {
      const attempt = reach.attempts.find(({ leg }) => leg === input.leg);
      if (attempt?.state !== 'dialling')
        return attempt ? { kind: 'pending', reach, news: null } : { kind: 'ignored' };
      step.changeLeg(input.leg, { state: 'ringing', since: step.at });
      if (attempt.seat !== null) step.tell({ type: 'offer-ringing', request: reach.id, seat: attempt.seat });
      const rung = {
        ...changed(reach, input.leg, { state: 'ringing', since: step.at }),
        rangSince: reach.rangSince ?? step.at,
      };
      return { kind: 'pending', reach: rung, news: 'ringing' };
    }
    case 'leg-answered':
      return answered(step, reach, input.leg);
    case 'leg-confirmed': {
      const attempt = reach.attempts.find(({ leg }) => leg === input.leg);
      return attempt?.state === 'confirming' ? accept(step, reach, attempt) : { kind: 'ignored' };
    }
    case 'leg-ended':
      return failAttempt(step, reach, input.leg, failureOf(input), true);
    case 'timer': {
      if (!input.name.startsWith('attempt:')) return { kind: 'ignored' };
      const leg = input.name.slice('attempt:'.length);
      const attempt = reach.attempts.find((candidate) => candidate.leg === leg);
      return failAttempt(
        step,
        reach,
        leg,
        { reason: attempt?.state === 'confirming' ? 'not-confirmed' : 'no-answer' },
        false,
      );
    }
    default:
      return { kind: 'ignored' };
  }
}

const changed = (reach: Reach, leg: string, change: Partial<Attempt>): Reach => ({
  ...reach,
  attempts: reach.attempts.map((attempt) => (attempt.leg === leg ? { ...attempt, ...change } : attempt)),
});

function answered(step: Step, reach: Reach, leg: string): Progress {
  const attempt = reach.attempts.find((candidate) => candidate.leg === leg);
  if (!attempt) return { kind: 'ignored' };
  step.changeLeg(leg, { state: 'up', since: step.at });
  // TR4: a foreign number counts only by its trunk's rule; a seat's 200 OK is a person pressing answer.
  const rule = reach.route.kind === 'trunk' ? reach.route.acceptance : 'answer';
  if (rule === 'answer') return accept(step, reach, attempt);
  step.order({ type: 'beep', leg });
  return { kind: 'pending', reach: changed(reach, leg, { state: 'confirming' }), news: null };
}

/** One attempt won: the others stop ringing, the floor is told (OF8: exactly one of them gets the caller). */
function accept(step: Step, reach: Reach, won: Attempt): Progress {
  step.untimer(`attempt:${won.leg}`);
  for (const other of reach.attempts) if (other.leg !== won.leg) dropAttempt(step, reach, other, 'cancelled');
  if (won.seat !== null) {
    step.tell({ type: 'offer-ended', request: reach.id, seat: won.seat, result: 'accepted' });
    const ringMs = step.at - won.since;
    step.fact('offer.accepted', { seat: won.seat, request: reach.id, purpose: reach.purpose, ringMs });
  }
  const leg = step.call.legs.find((candidate) => candidate.id === won.leg);
  if (!leg) return { kind: 'ignored' };
  return {
    kind: 'answered',
    reach: { ...reach, attempts: [], place: null },
    leg,
    ringMs: step.at - (reach.rangSince ?? reach.startedAt),
  };
}

type OfferResult = Extract<FloorMessage, { type: 'offer-ended' }>['result'];

function dropAttempt(step: Step, reach: Reach, attempt: Attempt, result: OfferResult): void {
  step.untimer(`attempt:${attempt.leg}`);
  if (step.call.legs.some((leg) => leg.id === attempt.leg)) {
    step.hangUp(attempt.leg, result === 'timed-out' ? 'no-answer' : 'normal');
    step.dropLeg(attempt.leg);
  }
  if (attempt.seat !== null) {
    step.fact(`offer.${result}`, { seat: attempt.seat, request: reach.id, purpose: reach.purpose });
    step.tell({ type: 'offer-ended', request: reach.id, seat: attempt.seat, result });
  }
}

const offerResults: Record<Failure['reason'], OfferResult> = {
  busy: 'busy',
  rejected: 'rejected',
  'no-answer': 'timed-out',
  unreachable: 'unreachable',
  'no-seat': 'unreachable',
  'target-gone': 'unreachable',
  'media-fault': 'unreachable',
  'not-confirmed': 'timed-out',
};

function failAttempt(step: Step, reach: Reach, leg: string, failure: Failure, gone: boolean): Progress {
  const attempt = reach.attempts.find((candidate) => candidate.leg === leg);
  if (!attempt) return { kind: 'ignored' };
  if (gone) step.dropLeg(leg);
  dropAttempt(step, reach, attempt, offerResults[failure.reason]);
  const left: Reach = {
    ...reach,
    attempts: reach.attempts.filter((candidate) => candidate.leg !== leg),
    lastFailure: failure,
  };
  if (left.attempts.length > 0) return { kind: 'pending', reach: left, news: 'attempt-failed' };
  const [next, ...untried] = left.untried;
  if (next !== undefined)
    return { kind: 'pending', reach: dialNumber(step, { ...left, untried }, next), news: 'attempt-failed' };
  // The floor answers offer-ended at once with the next seat or a place in the queue.
  if (reach.route.kind === 'queue') return { kind: 'pending', reach: left, news: 'attempt-failed' };
  return giveUp(step, left, failure);
}

function giveUp(step: Step, reach: Reach, failure: Failure): Progress {
  cancelReach(step, reach, 'timed-out');
  return { kind: 'failed', reach: { ...reach, attempts: [] }, failure };
}

/** Stops every phone it rings and leaves the queue. Idempotent. */
export function cancelReach(step: Step, reach: Reach, reason: 'abandoned' | 'cancelled' | 'timed-out'): void {
  for (const attempt of reach.attempts)
    dropAttempt(step, reach, attempt, reason === 'timed-out' ? 'timed-out' : 'cancelled');
  if (reach.route.kind !== 'trunk') step.tell({ type: 'withdraw', request: reach.id, reason });
}

/** Q.850 causes and SIP statuses to our words (notes: the single truth of a failed leg is its end). */
export function failureOf(ended: Extract<CallInput, { type: 'leg-ended' }>): Failure {
  const detail = {
    cause: ended.cause,
    ...(ended.sipStatus === undefined ? {} : { sipStatus: ended.sipStatus }),
  };
  if (ended.how !== undefined) return { reason: 'unreachable', ...detail };
  if (
    ended.sipStatus === 486 ||
    ended.sipStatus === 600 ||
    (ended.sipStatus === undefined && ended.cause === 17)
  )
    return { reason: 'busy', ...detail };
  if (ended.sipStatus === 603 || ended.cause === 21) return { reason: 'rejected', ...detail };
  if (ended.cause === 19 || ended.sipStatus === 480 || ended.sipStatus === 408 || ended.sipStatus === 487)
    return { reason: 'no-answer', ...detail };
  if (ended.cause === 16 || ended.cause === 0) return { reason: 'rejected', ...detail };
  return { reason: 'unreachable', ...detail };
}
