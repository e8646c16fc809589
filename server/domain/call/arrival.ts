// From the caller's arrival to the first words with a seat: arriving, queued, offering; and back to waiting after a loss.
// It must not decide which seat: the floor does (domain/acd).
import type { CallInput } from './inputs.ts';
import { cancelReach, stepReach } from './reach.ts';
import type { Progress } from './reach.ts';
import type { CallRules } from './rules.ts';
import { callerOf } from './state.ts';
import type { Call, Leg, Reach } from './state.ts';
import { becomeEnding } from './ending.ts';
import { arrivalReach, becomeTalking } from './becoming.ts';
import { answerCaller } from './party.ts';
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
    arrivedAt: input.at,
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
    placed: {},
    bridges: [],
    counter: 0,
    mended: [],
    owed: false,
    seen: [],
    survivals: input.survivals,
    recovered: false,
  };
  const step = new Step(
    rules,
    { ...blank, phase: { name: 'ending', reason: 'unborn', at: input.at } },
    input.at,
  );
  step.fact('call.arrived', {
    number: input.number,
    name: input.name,
    dialled: input.dialled,
    queue: platform.queue,
    ...(input.survivals > 0 ? { survivals: input.survivals } : {}),
  });
  // SV3: back from the survival queue, a caller is ahead of those who came later.
  const reach = arrivalReach(step, input.survivals > 0);
  step.become({ name: 'arriving', reach });
  step.timer('ringing-answer', platform.ringingAnswerSeconds);
  step.timer('dead-man', rules.timers.deadManSeconds * 0.4);
  return step;
}

export function stepArrival(step: Step, reach: Reach, input: CallInput): void {
  if (input.type === 'timer' && input.name === 'ringing-answer') return answerCaller(step);
  if (input.type === 'leg-ended' && input.leg === callerOf(step.call)?.id) {
    cancelReach(step, reach, 'abandoned');
    return becomeEnding(step, step.call.owed ? 'gave-up-after-loss' : 'abandoned');
  }
  follow(step, stepReach(step, reach, input));
}

function follow(step: Step, progress: Progress): void {
  switch (progress.kind) {
    case 'ignored':
      return;
    case 'pending': {
      const waiting = progress.reach.attempts.length === 0;
      if (!waiting) return step.become({ name: 'offering', reach: progress.reach });
      if (progress.news === 'placed') {
        if (step.call.phase.name !== 'queued' || step.call.phase.reach.place === null)
          step.fact('call.queued', { queue: step.call.queue, place: progress.reach.place });
        // OF7: 12345 answers and plays music at once; 110 leaves the network ringing until `ringing-answer`.
        if (step.call.waitingSound === 'music') answerCaller(step);
      }
      return step.become({ name: 'queued', reach: progress.reach });
    }
    case 'answered':
      return becomeTalking(step, progress.leg, 'arrival');
    case 'failed':
      // The floor knows no such queue any more: the caller still waits, and somebody is told.
      step.fact('alarm.queue-refused', { queue: step.call.queue, reason: progress.failure.reason });
      answerCaller(step);
      return step.become({ name: 'queued', reach: { ...progress.reach, place: null } });
  }
}
