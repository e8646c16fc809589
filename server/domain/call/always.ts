// Inputs that mean the same in every phase: echoes of what is over, the caller's own end, stale timers, failed orders.
// It must not know what a phase makes of anything else.
import { away } from './absence.ts';
import { adopt } from './adoption.ts';
import { arrivalReach } from './becoming.ts';
import { answerCaller, callerGone, dropParty } from './party.ts';
import type { CallInput } from './inputs.ts';
import { rearm } from './media.ts';
import { failed, mend } from './mending.ts';
import { cancelReach } from './reach.ts';
import { anchor, recordingInput } from './recording.ts';
import { quiet, sayingInput } from './saying.ts';
import { silenceInput } from './silence.ts';
import { attemptOf, callerOf, legOf, reachesOf } from './state.ts';
import type { Step } from './step.ts';
import { listensIn, unanswered } from './supervision.ts';

export const rearmShare = 0.4;

/** True when nothing more is to be done with the input. */
export function everyPhase(step: Step, input: CallInput): boolean {
  const { call } = step;
  const ending = call.phase.name === 'ending';
  if (recordingInput(step, input)) return true;
  if (!ending && (silenceInput(step, input) || sayingInput(step, input) || listensIn(step, input)))
    return true;
  switch (input.type) {
    case 'arrived':
      if (!ending && input.leg === call.legs[0]?.id) cameBack(step, input);
      return true;
    case 'timer':
      return timer(step, input.name);
    case 'effect-failed':
      if (!ending) failed(step, input);
      return true;
    case 'leg-held':
      if (!ending && legOf(call, input.leg))
        step.fact(input.on ? 'call.phone-held' : 'call.phone-resumed', { party: input.leg });
      // A phone that comes back may number its packets anew.
      if (!ending && !input.on) anchor(step);
      return true;
    case 'leg-away':
      if (!ending) away(step, input.leg, input.on);
      return true;
    case 'adopted':
      adopt(step, input);
      return true;
    case 'leg-answered':
      // An answer that lost its race: whatever still comes up without a place in this call is hung up (OF8).
      if (legOf(call, input.leg) && !(ending && input.leg !== callerOf(call)?.id)) return false;
      step.hangUp(input.leg);
      return true;
    case 'leg-ended': {
      const leg = legOf(call, input.leg);
      if (!leg) return true;
      if (leg.role === 'caller' && !ending) {
        callerGone(step, leg, input);
        return true;
      }
      if (!leg.leaving) return false;
      step.untimer(`leave:${leg.id}`);
      dropParty(step, leg);
      return false;
    }
    case 'offered':
      // Crossed with our withdrawal, or a second seat for one caller: it is let go at once (OF1, OF8).
      if (reachesOf(call).some((reach) => reach.id === input.request)) return false;
      step.tell({ type: 'offer-ended', request: input.request, seat: input.seat, result: 'cancelled' });
      return true;
    default:
      return false;
  }
}

function timer(step: Step, name: Extract<CallInput, { type: 'timer' }>['name']): boolean {
  const { call } = step;
  // One that was stopped, or that another step has moved on from, is stale.
  if (call.timers[name] === undefined) return true;
  step.timerOver(name);
  if (name === 'dead-man') {
    if (call.timers.mend === undefined && call.failures > 0) step.set({ failures: 0 });
    rearm(step);
    step.timer('dead-man', step.rules.timers.deadManSeconds * rearmShare);
    return true;
  }
  if (name === 'mend') {
    mend(step);
    return true;
  }
  if (name === 'ringing-answer') {
    answerCaller(step);
    return true;
  }
  if (name.startsWith('leave:')) {
    const leg = legOf(call, name.slice('leave:'.length));
    if (!leg) return true;
    step.hangUp(leg.id);
    dropParty(step, leg);
    return true;
  }
  if (name.startsWith('supervisor:')) {
    unanswered(step, name.slice('supervisor:'.length));
    return true;
  }
  // The time of an attempt that is over.
  return name.startsWith('attempt:') && !attemptOf(call, name.slice('attempt:'.length));
}

/** The dead-man sent the caller through the survival queue while we hung (SV2, SV3): what it hears is anybody's guess. */
function cameBack(step: Step, input: Extract<CallInput, { type: 'arrived' }>): void {
  if (input.survivals <= step.call.survivals) return;
  if (input.up) step.changeLeg(input.leg, { state: 'up' });
  quiet(step);
  step.set({
    survivals: input.survivals,
    placed: { ...step.call.placed, [input.leg]: { hearing: 'unknown', muted: false, armed: true } },
  });
  step.fact('call.came-back', { survivals: input.survivals });
  const { phase } = step.call;
  if (phase.name !== 'arriving' && phase.name !== 'queued' && phase.name !== 'offering') return;
  // SV3: asked anew, ahead of those who came later; the floor may have forgotten the request before.
  const { route } = phase.reach;
  cancelReach(step, phase.reach, 'cancelled');
  const platform = route.kind === 'trunk' ? null : route.platform;
  step.become({ name: 'queued', reach: arrivalReach(step, true, platform) });
}
