// One input, one synchronous step: the call as it becomes, orders to the world, facts. Pure: same call, same input, same answer.
// It must not know phases' rules; it dispatches, guards repeats, and lets the media follow.
import { refuse } from '../decision.ts';
import type { Decision } from '../decision.ts';
import { asEnd } from './absence.ts';
import { everyPhase } from './always.ts';
import { becomeArriving, stepArrival } from './arrival.ts';
import type { CallEffect } from './effects.ts';
import { finish, stepEnding } from './ending.ts';
import type { CallInput } from './inputs.ts';
import { obey } from './commands.ts';
import { followMedia, liftAgain } from './media.ts';
import type { CallRules } from './rules.ts';
import type { Call } from './state.ts';
import { Step } from './step.ts';
import { stepRating } from './rating.ts';
import { followRecording } from './recording.ts';
import { followSaying } from './saying.ts';
import { followSupervision } from './supervision.ts';
import { stepTalking } from './talking.ts';
import { stepThreeWay } from './three-way.ts';
import { stepTransferring } from './transferring.ts';

/** How many command ids a call remembers (TR1). */
const seenMost = 32;

/** The same state object comes back when the input changed nothing; otherwise its version is one higher. */
export function decideCall(
  rules: CallRules,
  call: Call | null,
  input: CallInput,
): Decision<Call, CallEffect> {
  if (call === null) {
    if (input.type !== 'arrived') return refuse('call-ended');
    const born = becomeArriving(rules, input);
    return born ? done(born, null) : refuse('unknown-target');
  }
  const step = new Step(rules, call, Math.max(input.at, call.arrivedAt));
  if (input.type === 'command') {
    if (call.seen.some(({ id }) => id === input.id))
      return { ok: true, state: call, effects: [], facts: [], repeated: true };
    step.actor = input.actor.user;
    const refused = obey(step, input.actor, input.command);
    if (refused) return refused;
    step.set({ seen: [...call.seen.slice(1 - seenMost), { id: input.id, version: call.version + 1 }] });
    return done(step, call);
  }
  // Over and forgotten: whatever still comes is an echo.
  if (call.phase.name === 'ending' && call.legs.length === 0)
    return { ok: true, state: call, effects: [], facts: [] };
  if ('recovered' in input && input.recovered) {
    step.recovered = true;
    step.leap();
  }
  const meant = asEnd(step, input);
  if (meant && !everyPhase(step, meant)) byPhase(step, meant);
  return done(step, call, input.type);
}

function byPhase(step: Step, input: CallInput): void {
  const { phase } = step.call;
  switch (phase.name) {
    case 'arriving':
    case 'queued':
    case 'offering': {
      stepArrival(step, phase.reach, input);
      return;
    }
    case 'talking': {
      stepTalking(step, input);
      return;
    }
    case 'transferring': {
      stepTransferring(step, phase.transfer, phase.reach, input);
      return;
    }
    case 'three-way': {
      stepThreeWay(step, phase, input);
      return;
    }
    case 'rating': {
      stepRating(step, input);
      return;
    }
    case 'ending': {
      stepEnding(step, input);
      return;
    }
  }
}

function done(step: Step, before: Call | null, what?: CallInput['type']): Decision<Call, CallEffect> {
  // What failed just now waits for its `mend` timer; anything else is followed at once.
  const justFailed = before !== null && step.call.failures > before.failures;
  followSupervision(step);
  followRecording(step);
  followSaying(step);
  // What a comparison finds out is followed when it is over (`adopted`): till then the saved state may lag behind what
  // Asterisk was told, and who is thought to hear ringing hears music.
  const comparing = step.recovered && before !== null;
  if (!comparing && (!justFailed || step.call.sheltered)) followMedia(step);
  if (!comparing && what === 'leg-ended') liftAgain(step, before);
  if (step.call.phase.name === 'ending' && before?.phase.name !== 'ending') finish(step);
  if (step.call !== before) step.set({ version: (before?.version ?? 0) + 1 });
  return { ok: true, state: step.call, effects: step.effects, facts: step.facts };
}
