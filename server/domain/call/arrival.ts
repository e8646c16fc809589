// From the caller's arrival to the first words with a seat: arriving, queued, offering; and back to waiting after a loss.
// It must not decide which seat: the floor does (domain/acd).
import type { CallInput } from './inputs.ts';
import { cancelReach, stepReach } from './reach.ts';
import type { Progress } from './reach.ts';
import type { CallRules } from './rules.ts';
import type { Call, Leg, Reach } from './state.ts';
import { rearmShare } from './always.ts';
import { arrivalReach, becomeRequeued, becomeTalking } from './becoming.ts';
import { answerCaller } from './party.ts';
import { say } from './saying.ts';
import { Step } from './step.ts';

type Arrived = Extract<CallInput, { type: 'arrived' }>;

/** A caller is here: one call, one id, from now on (CL1). Returns null for a number that is no platform's. */
export function becomeArriving(rules: CallRules, input: Arrived): Step | null {
  const platform = rules.platformOfNumber(input.dialled);
  if (!platform) return null;
  const caller: Leg = {
    id: input.leg,
    role: 'caller',
    endpoint: '',
    seat: null,
    line: null,
    platform: null,
    state: input.up ? 'up' : 'waiting',
    held: false,
    muted: false,
    consulting: false,
    leaving: false,
    since: input.at,
  };
  const blank: Omit<Call, 'phase'> = {
    schema: 1,
    id: input.call,
    version: 0,
    platform: platform.id,
    dialled: input.dialled,
    caller: { number: input.number, name: input.name },
    queue: platform.queue,
    waitingSound: platform.answerWaiting,
    arrivedAt: Math.min(input.since ?? input.at, input.at),
    answeredAt: null,
    firstReceiver: null,
    owner: null,
    tag: null,
    disposition: null,
    danger: false,
    legs: [caller],
    seats: [],
    handovers: [],
    lastTransfer: null,
    outcome: null,
    // The dialplan has sent 180 already and armed the dead-man; one found after a restart has less of it left.
    placed: input.up
      ? {}
      : { [input.leg]: { hearing: 'ringing', muted: false, armed: input.recovered !== true } },
    bridges: [],
    doubtful: [],
    timers: {},
    failures: 0,
    sheltered: false,
    counter: 0,
    mended: [],
    owed: false,
    seen: [],
    survivals: input.survivals,
    recovered: false,
    ...(input.callBackOf === undefined ? {} : { callBackOf: input.callBackOf }),
    ...(input.nuisance ? { nuisance: true } : {}),
  };
  const step = new Step(
    rules,
    { ...blank, phase: { name: 'ending', reason: 'unborn', at: input.at } },
    input.at,
  );
  if (input.recovered === true) step.leap();
  step.fact('call.arrived', {
    number: input.number,
    name: input.name,
    dialled: input.dialled,
    queue: platform.queue,
    ...(input.survivals > 0 ? { survivals: input.survivals } : {}),
    ...(input.callBackOf === undefined ? {} : { callBackOf: input.callBackOf }),
    ...(input.nuisance ? { nuisance: true } : {}),
  });
  // SV3: back from the survival queue, a caller is ahead of those who came later.
  const reach = arrivalReach(step, input.survivals > 0 || input.callBackOf !== undefined);
  step.become({ name: 'arriving', reach });
  step.timer('ringing-answer', platform.ringingAnswerSeconds);
  step.timer('waiting', rules.waitingSeconds);
  step.timer('dead-man', rules.timers.deadManSeconds * rearmShare);
  if (input.callBackOf !== undefined && platform.waiting) say(step, [rules.prompts.callBackHello]);
  return step;
}

export function stepArrival(step: Step, reach: Reach, input: CallInput): void {
  if (input.type === 'timer' && input.name === 'waiting') {
    stillWaiting(step, reach);
    return;
  }
  follow(step, stepReach(step, reach, input));
}

function follow(step: Step, progress: Progress): void {
  switch (progress.kind) {
    case 'ignored':
      return;
    case 'pending': {
      const { reach, news } = progress;
      if (reach.attempts.length > 0) {
        step.become({ name: 'offering', reach });
        return;
      }
      if (news === 'placed') {
        if (step.call.phase.name !== 'queued' || step.call.phase.reach.place === null)
          step.fact('call.queued', { ...reach.to, place: reach.place });
        // OF7: 12345 answers and plays music at once; 110 leaves the network ringing until `ringing-answer`.
        if (step.call.waitingSound === 'music') answerCaller(step);
      }
      step.become({ name: 'queued', reach });
      return;
    }
    case 'answered': {
      becomeTalking(step, progress.leg, 'arrival');
      return;
    }
    case 'failed': {
      unserved(step, progress.reach, progress.failure.reason);
      return;
    }
  }
}

/** One certain seat was asked and does not take it: the queue's head. No queue takes it: somebody is told, and it is asked again. */
function unserved(step: Step, reach: Reach, reason: string): void {
  if (reach.route.kind === 'seat') {
    if (reach.wish.until !== undefined) {
      becomeRequeued(step, 'seat-lost', reach.route.platform);
      return;
    }
    step.fact('transfer.escalated', { rung: 'source-queue', platform: reach.route.platform });
    becomeRequeued(step, `seat-${reason}`, reach.route.platform);
    return;
  }
  step.fact('alarm.queue-refused', { ...reach.to, reason });
  answerCaller(step);
  step.become({ name: 'queued', reach: { ...reach, place: null, lastFailure: { reason: 'no-seat' } } });
}

/** CL3: a wait has no end of its own, but it is never unseen. One that had a seat already is the supervisor's (TR10). */
function stillWaiting(step: Step, reach: Reach): void {
  const data = { ...reach.to, place: reach.place, waitMs: step.at - step.call.arrivedAt };
  if (step.call.owed) step.fact('alarm.caller-unserved', { ...data, rung: 'supervisor' });
  else step.fact('call.waiting-long', data);
  step.timer('waiting', step.rules.waitingSeconds);
  if (reach.attempts.length > 0 || reach.place !== null) return;
  // Refused, or an answer of the floor that never came.
  cancelReach(step, reach, 'cancelled');
  step.become({ name: 'queued', reach: arrivalReach(step, reach.wish.head, platformOf(reach)) });
}

const platformOf = ({ route }: Reach) => (route.kind === 'trunk' ? null : route.platform);
