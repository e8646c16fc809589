// What is done to one party of a call: the caller answered, a seat noted, a party gone. Used by every phase.
// It must not change the phase.
import type { CallInput } from './inputs.ts';
import { callerOf } from './state.ts';
import type { Leg } from './state.ts';
import type { Step } from './step.ts';

export function answerCaller(step: Step): void {
  const caller = callerOf(step.call);
  if (caller?.state !== 'waiting') return;
  step.untimer('ringing-answer');
  step.order({ type: 'answer', leg: caller.id });
  step.changeLeg(caller.id, { state: 'up', since: step.at });
  // The 180 ends by itself with the answer: what the leg hears is ordered afresh.
  const { [caller.id]: _ringing, ...placed } = step.call.placed;
  step.set({ placed });
}

/** Remembers who has taken the call; more than the site's limit brings in a supervisor (TR13). */
export function noteSeat(step: Step, leg: Leg): void {
  if (leg.seat === null || step.call.seats.includes(leg.seat)) return;
  step.set({ seats: [...step.call.seats, leg.seat] });
  if (step.call.seats.length > step.rules.maxSeats)
    step.fact('alarm.many-handovers', { seats: step.call.seats });
}

/**
 * A phone's BYE (Q.850 16) ends the talk as the seat's own act; anything else is a lost connection, and so is a party gone
 * within seconds of its answer (F18): the caller is not to pay for either.
 */
export function wasLost(step: Step, leg: Leg, input: Extract<CallInput, { type: 'leg-ended' }>): boolean {
  if (input.how !== undefined || (input.cause !== 16 && input.cause !== 0)) return true;
  return step.at - leg.since < step.rules.tooShortSeconds * 1000;
}

/** The party's channel is gone: its seat goes to wrap-up. */
export function dropParty(step: Step, leg: Leg): void {
  step.dropLeg(leg.id);
  if (leg.seat !== null && leg.role !== 'supervisor') step.release(leg.seat, leg.state === 'up');
}
