// After the talk: the seat is gone and free for its wrap-up, the caller alone is asked one question, answers by one digit or not, and
// the call ends (R14). It must not hold a seat, be asked of 110, or of anybody in danger.
import { becomeEnding } from './ending.ts';
import type { CallInput } from './inputs.ts';
import { dropParty } from './party.ts';
import { say } from './saying.ts';
import { callerOf } from './state.ts';
import type { Leg } from './state.ts';
import type { Step } from './step.ts';
import { endSupervisions } from './supervised.ts';

const thanksSeconds = 5;

/** The last seat has ended its talk on purpose: the question where there is one, else the end. */
export function becomeAfterTalk(step: Step, reason: string, last: Leg | undefined): void {
  const { call } = step;
  const asked = step.rules.platform(call.platform)?.satisfaction;
  const grave = call.danger || call.tag?.class === 'urgent' || call.tag?.class === 'major';
  if (
    !asked ||
    grave ||
    call.phase.name !== 'talking' ||
    call.disposition === 'nuisance' ||
    call.mutePrompts ||
    last?.platform !== call.platform ||
    callerOf(call)?.state !== 'up'
  ) {
    becomeEnding(step, reason);
    return;
  }
  endSupervisions(step, true);
  for (const leg of step.call.legs) {
    if (leg.role === 'caller' || leg.role === 'recorder' || leg.role === 'anchor') continue;
    step.untimer(`leave:${leg.id}`);
    step.hangUp(leg.id);
    dropParty(step, leg);
  }
  step.changeLegs(({ role }) => role === 'caller', { held: false, muted: false, consulting: false });
  for (const name of ['transfer', 'outcome', 'waiting'] as const) step.untimer(name);
  step.set({ owner: null });
  step.become({ name: 'rating', reason, seat: last.seat, platform: call.platform, score: null });
  step.timer('rating', asked.seconds);
  say(step, [step.rules.prompts.satisfaction]);
}

export function stepRating(step: Step, input: CallInput): void {
  const { phase } = step.call;
  if (phase.name !== 'rating') return;
  const asked = step.rules.platform(phase.platform)?.satisfaction;
  switch (input.type) {
    case 'digit': {
      const score = Number(input.digit);
      const counts = /^\d$/.test(input.digit) && asked && score >= asked.least && score <= asked.most;
      if (!counts || phase.score !== null || callerOf(step.call)?.id !== input.leg) return;
      step.become({ ...phase, score });
      step.fact('call.rated', { score, most: asked.most, seat: phase.seat, platform: phase.platform });
      say(step, [step.rules.prompts.thanks]);
      step.timer('rating', thanksSeconds);
      return;
    }
    case 'said':
      if (phase.score !== null || step.call.mutePrompts) becomeEnding(step, phase.reason);
      return;
    case 'timer':
      if (input.name !== 'rating') return;
      step.timerOver('rating');
      becomeEnding(step, phase.reason);
      return;
    case 'leg-ended': {
      const leg = step.call.legs.find((each) => each.id === input.leg);
      if (leg) dropParty(step, leg);
      return;
    }
    default:
  }
}
