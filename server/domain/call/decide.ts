// One input, one synchronous step: the call as it becomes, orders to the world, facts. Pure: same call, same input, same answer.
// It must not know phases' rules; it dispatches, guards repeats, and lets the media follow.
import { refuse } from '../decision.ts';
import type { Decision } from '../decision.ts';
import { becomeArriving, stepArrival } from './arrival.ts';
import { answerCaller } from './party.ts';
import type { CallEffect } from './effects.ts';
import { finish, stepEnding } from './ending.ts';
import type { CallInput } from './inputs.ts';
import { obey } from './commands.ts';
import { followMedia, rearm } from './media.ts';
import type { CallRules } from './rules.ts';
import type { Call } from './state.ts';
import { Step } from './step.ts';
import { stepTalking } from './talking.ts';
import { stepThreeWay } from './three-way.ts';
import { stepTransferring } from './transferring.ts';

/** How many command ids a call remembers (TR1). */
const seenMost = 32;
const mendAfterSeconds = 0.1;

export function decideCall(
  rules: CallRules,
  call: Call | null,
  input: CallInput,
): Decision<Call, CallEffect> {
  if (call === null) {
    if (input.type !== 'arrived') return refuse('call-ended');
    const step = becomeArriving(rules, input);
    return step ? done(step, null) : refuse('unknown-target');
  }
  const step = new Step(rules, call, Math.max(input.at, call.arrivedAt));
  if (input.type === 'command') {
    const before = call.seen.find(({ id }) => id === input.id);
    if (before) return { ok: true, state: call, effects: [], facts: [], repeated: true };
    step.actor = input.actor.user;
    const refused = obey(step, input.actor, input.command);
    if (refused) return refused;
    step.set({ seen: [...call.seen.slice(1 - seenMost), { id: input.id, version: call.version + 1 }] });
    return done(step, call);
  }
  if (!everyPhase(step, input)) byPhase(step, input);
  return done(step, call);
}

/** Inputs that mean the same in every phase. True when nothing more is to be done with them. */
function everyPhase(step: Step, input: CallInput): boolean {
  const ending = step.call.phase.name === 'ending';
  switch (input.type) {
    case 'timer':
      if (input.name === 'dead-man') {
        if (ending) return true;
        rearm(step);
        step.timer('dead-man', step.rules.timers.deadManSeconds * 0.4);
        return true;
      }
      // A sound that could not be ordered is ordered again by followMedia, now that `placed` has no entry.
      if (input.name === 'mend') return true;
      if (input.name === 'ringing-answer' && !ending) {
        answerCaller(step);
        return true;
      }
      return false;
    case 'effect-failed':
      return effectFailed(step, input);
    case 'leg-held':
      if (ending || !step.call.legs.some((leg) => leg.id === input.leg)) return true;
      step.fact(input.on ? 'call.phone-held' : 'call.phone-resumed', { party: input.leg });
      return true;
    case 'adopted':
      step.set({ recovered: true });
      step.fact('call.recovered', { phase: step.call.phase.name, epoch: input.epoch });
      if (!ending) step.timer('dead-man', step.rules.timers.deadManSeconds * 0.4);
      return true;
    case 'leg-answered': {
      // An answer that lost its race: whatever still comes up without a place in this call is hung up (OF8).
      if (!step.call.legs.some((leg) => leg.id === input.leg)) {
        step.hangUp(input.leg);
        return true;
      }
      return false;
    }
    default:
      return false;
  }
}

/** The world did not follow: forget where those legs were put and order it again shortly. */
function effectFailed(step: Step, input: Extract<CallInput, { type: 'effect-failed' }>): boolean {
  if (step.call.phase.name === 'ending') return true;
  const concerned = (leg: string) =>
    input.leg !== null ? leg === input.leg : step.call.placed[leg]?.hearing.startsWith('bridge:') === true;
  const entries = Object.entries(step.call.placed);
  step.set({ placed: Object.fromEntries(entries.filter(([leg]) => !concerned(leg))) });
  if (input.effect === 'bridge-make') step.set({ bridges: [] });
  step.fact('alarm.order-failed', { order: input.effect, leg: input.leg, status: input.status });
  step.timer('mend', mendAfterSeconds);
  return true;
}

function byPhase(step: Step, input: CallInput): void {
  const { phase } = step.call;
  switch (phase.name) {
    case 'arriving':
    case 'queued':
    case 'offering':
      return stepArrival(step, phase.reach, input);
    case 'talking':
      return stepTalking(step, input);
    case 'transferring':
      return stepTransferring(step, phase.transfer, phase.reach, input);
    case 'three-way':
      return stepThreeWay(step, phase, input);
    case 'ending':
      return stepEnding(step, input);
  }
}

function done(step: Step, before: Call | null): Decision<Call, CallEffect> {
  // A failed order waits for its `mend` timer; anything else is followed at once.
  const waiting = step.effects.some((effect) => effect.type === 'timer-start' && effect.name === 'mend');
  if (!waiting) followMedia(step);
  if (step.call.phase.name === 'ending' && before?.phase.name !== 'ending') finish(step);
  if (step.call !== before) step.set({ version: (before?.version ?? 0) + 1 });
  return { ok: true, state: step.call, effects: step.effects, facts: step.facts };
}
