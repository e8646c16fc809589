// A call-taker's phone that falls silent in mid-call, or is known to be gone: the caller has music meanwhile, the phone its time
// to come back (RC1, RC2). It must not judge a phone that was never heard: mendOrMove() does (CL9).
import type { CallInput } from './inputs.ts';
import { isParty, legOf } from './state.ts';
import type { Leg } from './state.ts';
import type { Step } from './step.ts';

const awayPrefix = 'away:';

/** A call-taker in conversation, or on its way there. */
const present = (leg: Leg | undefined): leg is Leg =>
  leg !== undefined && leg.seat !== null && leg.state === 'up' && isParty(leg) && !leg.leaving;

/** A call-taker's phone that is being rung. */
const rung = (leg: Leg | undefined): boolean =>
  leg !== undefined &&
  leg.seat !== null &&
  (leg.state === 'dialling' || leg.state === 'ringing') &&
  isParty(leg) &&
  !leg.leaving;

export function away(step: Step, id: string, on: boolean): void {
  const leg = legOf(step.call, id);
  if (!present(leg) || (leg.away !== undefined) === on) return;
  if (on) {
    step.changeLeg(id, { away: step.at });
    step.timer(`${awayPrefix}${leg.id}`, step.rules.timers.resumeSeconds);
    step.fact('call.seat-silent', { party: id, seat: leg.seat });
    return;
  }
  heard(step, leg);
  step.fact('call.seat-heard', { party: id, seat: leg.seat, silentMs: step.at - (leg.away ?? step.at) });
}

function heard(step: Step, leg: Leg): void {
  step.untimer(`${awayPrefix}${leg.id}`);
  const back: { -readonly [K in keyof Leg]: Leg[K] } = { ...leg };
  delete back.away;
  step.set({ legs: step.call.legs.map((each) => (each.id === leg.id ? back : each)) });
}

/** A phone that is gone, or stayed away too long, is the end of its leg like any other; null: there is nothing left to end. */
export function asEnd(step: Step, input: CallInput): CallInput | null {
  let id: string;
  if (input.type === 'leg-lost') id = input.leg;
  else if (input.type === 'timer' && input.name.startsWith(awayPrefix)) {
    if (step.call.timers[input.name] === undefined) return null;
    step.timerOver(input.name);
    id = input.name.slice(awayPrefix.length);
  } else return input;
  const leg = legOf(step.call, id);
  if (step.call.phase.name === 'ending') return null;
  // F21: nobody will answer there; the caller does not wait for the ringing to end.
  if (input.type === 'leg-lost' && rung(leg)) {
    step.hangUp(id);
    return { type: 'leg-ended', leg: id, cause: 0, how: 'unreachable', at: input.at };
  }
  if (!present(leg)) return null;
  step.hangUp(id);
  return { type: 'leg-ended', leg: id, cause: 0, how: 'dropped', at: input.at };
}
