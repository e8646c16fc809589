// The effort to bring a seat or an outside number to a call: through a queue, to one seat, or over a trunk.
// Arrival, transfer and three-way all use it; it must not know which of them it serves beyond the purpose it is told.
//
//   waiting (queue) ──offered──► attempt: dialling ─► ringing ─► answered [─► confirming ─► confirmed]
//        ▲                            └── failed: next seat of the queue | next number | the reach has failed
import type { SeatId, Target } from '../../protocol/words.ts';
import { dialNumber, dialSeat, dropAttempt, failureOf, offerResults, overResult } from './attempt.ts';
import type { CallInput } from './inputs.ts';
import type { Attempt, Failure, Leg, Reach, Route } from './state.ts';
import type { Step } from './step.ts';

export interface ReachWish extends Partial<Reach['wish']> {
  readonly to: Target;
  readonly route: Route;
  readonly purpose: Reach['purpose'];
}

/** What became of a reach in one step; `ignored`: the input was not its. */
export type Progress =
  | { readonly kind: 'ignored' }
  | {
      readonly kind: 'pending';
      readonly reach: Reach;
      readonly news: 'offered' | 'placed' | 'ringing' | 'next' | null;
      /** Which attempt rings now; with that news only. */
      readonly ringing: Attempt | null;
    }
  | { readonly kind: 'answered'; readonly reach: Reach; readonly leg: Leg; readonly ringMs: number }
  | { readonly kind: 'failed'; readonly reach: Reach; readonly failure: Failure };

const ignored: Progress = { kind: 'ignored' };
type Pending = Extract<Progress, { kind: 'pending' }>;
const pending = (reach: Reach, news: Pending['news'] = null, ringing: Attempt | null = null): Progress => ({
  kind: 'pending',
  reach,
  news,
  ringing,
});

export function beginReach(step: Step, wish: ReachWish): Reach {
  const {
    to,
    route,
    purpose,
    since = step.at,
    head = false,
    all = false,
    except = [],
    resume = false,
    until,
  } = wish;
  const reach: Reach = {
    id: `${step.call.id}.r${step.next()}`,
    to,
    route,
    purpose,
    place: null,
    attempts: [],
    untried: [],
    tried: 0,
    startedAt: step.at,
    rangSince: null,
    lastFailure: null,
    wish: { since, head, all, except, resume, ...(until === undefined ? {} : { until }) },
  };
  if (route.kind !== 'trunk') {
    askFloor(step, reach);
    return reach;
  }
  if (route.together) return route.numbers.reduce((begun, number) => dialNumber(step, begun, number), reach);
  const [first = '', ...untried] = route.numbers;
  return dialNumber(step, { ...reach, untried }, first);
}

const isGeneral = ({ call }: Step): boolean => !call.danger && (call.tag?.class ?? 'general') === 'general';

/** Asks for a seat. Told again (after a restart), the same id is the same request. */
export function askFloor(step: Step, reach: Reach): void {
  const { route, wish } = reach;
  if (route.kind === 'trunk') return;
  step.tell({
    type: 'request',
    request: reach.id,
    call: step.call.id,
    purpose: reach.purpose,
    wanted: route.kind === 'queue' ? { queue: route.queue } : { seat: route.seat },
    class: step.call.tag?.class ?? 'general',
    since: wish.since,
    head: wish.head,
    all: wish.all,
    callerNumber: step.call.caller.number,
    except: wish.except,
    ...(route.kind === 'queue' && route.skills ? { skills: route.skills } : {}),
    ...(wish.resume ? { resume: true } : {}),
    // R26: last among the general ones of its own platform; what is grave, and any other platform, takes it as it takes anybody.
    ...(step.call.nuisance && isGeneral(step) && route.platform === step.call.platform
      ? { nuisance: true }
      : {}),
    ...(wish.until === undefined ? {} : { until: wish.until }),
  });
}

export function stepReach(step: Step, reach: Reach, input: CallInput): Progress {
  switch (input.type) {
    case 'offered':
      return input.request === reach.id ? offered(step, reach, input) : ignored;
    case 'placed': {
      if (input.request !== reach.id) return ignored;
      if (reach.attempts.length > 0) return pending(reach);
      // TR6: nobody is left to try after a failed attempt, so the cause stands; arrivals and danger go on waiting.
      const goesOn = reach.purpose === 'arrival' || reach.wish.all;
      if (!goesOn && reach.lastFailure !== null) return giveUp(step, reach, reach.lastFailure);
      return pending({ ...reach, place: input.place }, 'placed');
    }
    case 'offer-recalled':
      return input.request === reach.id ? recalled(step, reach, input.seat) : ignored;
    case 'refused':
      if (input.request !== reach.id) return ignored;
      if (reach.attempts.length > 0) return pending(reach);
      return { kind: 'failed', reach, failure: reach.lastFailure ?? { reason: 'no-seat' } };
    case 'leg-ringing':
      return rings(step, reach, input.leg);
    case 'leg-answered':
      return answered(step, reach, input.leg);
    case 'leg-confirmed':
      return confirmed(step, reach, input.leg, input.by);
    case 'digit':
      return confirmed(step, reach, input.leg, 'key');
    case 'leg-ended':
      return failAttempt(step, reach, input.leg, failureOf(input), true);
    case 'timer': {
      const leg = input.name.startsWith('attempt:') ? input.name.slice('attempt:'.length) : null;
      const attempt = reach.attempts.find((candidate) => candidate.leg === leg);
      if (!attempt) return ignored;
      const reason = attempt.state === 'confirming' ? 'not-confirmed' : 'no-answer';
      return failAttempt(step, reach, attempt.leg, { reason }, false);
    }
    default:
      return ignored;
  }
}

function offered(step: Step, reach: Reach, input: Extract<CallInput, { type: 'offered' }>): Progress {
  // OF1: one seat at a time, and no seat twice at once.
  if (reach.attempts.some((attempt) => attempt.seat === input.seat)) return pending(reach);
  if (reach.attempts.length > 0 && !reach.wish.all) {
    step.tell({ type: 'offer-ended', request: reach.id, seat: input.seat, result: 'cancelled' });
    return pending(reach);
  }
  return pending(dialSeat(step, reach, input), 'offered');
}

function rings(step: Step, reach: Reach, leg: string): Progress {
  const attempt = reach.attempts.find((candidate) => candidate.leg === leg);
  if (!attempt) return ignored;
  if (attempt.state !== 'dialling') return pending(reach);
  step.changeLeg(leg, { state: 'ringing', since: step.at });
  if (attempt.seat !== null) step.tell({ type: 'offer-ringing', request: reach.id, seat: attempt.seat });
  const rung = changed(reach, leg, { state: 'ringing', since: step.at });
  return pending({ ...rung, rangSince: reach.rangSince ?? step.at }, 'ringing', attempt);
}

const changed = (reach: Reach, leg: string, change: Partial<Attempt>): Reach => ({
  ...reach,
  attempts: reach.attempts.map((attempt) => (attempt.leg === leg ? { ...attempt, ...change } : attempt)),
});

function answered(step: Step, reach: Reach, leg: string): Progress {
  const attempt = reach.attempts.find((candidate) => candidate.leg === leg);
  if (!attempt) return ignored;
  if (attempt.state === 'confirming') return pending(reach);
  step.changeLeg(leg, { state: 'up', since: step.at });
  // TR4: a foreign number counts only by its trunk's rule; a seat's 200 OK is a person pressing answer.
  const rule = reach.route.kind === 'trunk' ? reach.route.acceptance : 'answer';
  if (rule === 'answer') return accept(step, reach, attempt);
  step.order({ type: 'beep', leg });
  return pending(changed(reach, leg, { state: 'confirming' }));
}

function confirmed(step: Step, reach: Reach, leg: string, by: 'key' | 'talk'): Progress {
  const attempt = reach.attempts.find((candidate) => candidate.leg === leg);
  if (attempt?.state !== 'confirming') return attempt ? pending(reach) : ignored;
  return reach.route.kind === 'trunk' && reach.route.acceptance === by
    ? accept(step, reach, attempt)
    : pending(reach);
}

/** One attempt won: the floor is told, the others stop ringing (OF8: exactly one of them gets the caller). */
function accept(step: Step, reach: Reach, won: Attempt): Progress {
  const leg = step.call.legs.find((candidate) => candidate.id === won.leg);
  if (!leg) return ignored;
  step.untimer(`attempt:${won.leg}`);
  if (won.seat !== null) {
    // Before the others are let go, or the floor would offer them this very request again.
    step.tell({ type: 'offer-ended', request: reach.id, seat: won.seat, result: 'accepted' });
    const ringMs = step.at - won.since;
    step.fact('offer.accepted', { seat: won.seat, request: reach.id, purpose: reach.purpose, ringMs });
  }
  for (const other of reach.attempts) if (other.leg !== won.leg) dropAttempt(step, reach, other, 'cancelled');
  return {
    kind: 'answered',
    reach: { ...reach, attempts: [], place: null },
    leg,
    ringMs: step.at - (reach.rangSince ?? reach.startedAt),
  };
}

function failAttempt(step: Step, reach: Reach, leg: string, failure: Failure, gone: boolean): Progress {
  const attempt = reach.attempts.find((candidate) => candidate.leg === leg);
  if (!attempt) return ignored;
  if (gone) step.dropLeg(leg);
  const attempts = reach.attempts.filter((candidate) => candidate.leg !== leg);
  const left: Reach = { ...reach, attempts, lastFailure: failure };
  dropAttempt(step, reach, attempt, offerResults[failure.reason]);
  if (attempts.length > 0) return pending(left, 'next');
  const [next, ...untried] = left.untried;
  if (next !== undefined) return pending(dialNumber(step, { ...left, untried }, next), 'next');
  // The floor answers offer-ended at once with the next seat, a place in the queue, or that the seat is waited for no more.
  const floorSays = reach.route.kind === 'queue' || reach.wish.until !== undefined;
  return floorSays ? pending(left) : giveUp(step, left, failure);
}

/** OV7: the lender has its seat back at once, though it rings; the caller keeps its place. */
function recalled(step: Step, reach: Reach, seat: SeatId): Progress {
  const attempt = reach.attempts.find((candidate) => candidate.seat === seat);
  if (!attempt) return pending(reach);
  const attempts = reach.attempts.filter((candidate) => candidate !== attempt);
  dropAttempt(step, reach, attempt, 'recalled');
  return pending({ ...reach, attempts }, attempts.length > 0 ? 'next' : null);
}

function giveUp(step: Step, reach: Reach, failure: Failure): Progress {
  cancelReach(step, reach, 'timed-out');
  return { kind: 'failed', reach: { ...reach, attempts: [] }, failure };
}

/** Stops every phone it rings and leaves the queue. */
export function cancelReach(step: Step, reach: Reach, reason: 'abandoned' | 'cancelled' | 'timed-out'): void {
  for (const attempt of reach.attempts)
    dropAttempt(step, reach, attempt, reason === 'timed-out' ? overResult(step, attempt) : 'cancelled');
  if (reach.route.kind !== 'trunk') step.tell({ type: 'withdraw', request: reach.id, reason });
}

/** Why a reach failed whose time is over. */
export const timeOver = (reach: Reach): Failure =>
  reach.lastFailure ?? { reason: reach.rangSince === null ? 'no-seat' : 'no-answer' };
