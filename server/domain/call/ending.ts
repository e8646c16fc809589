// The end of a call: every leg hung up, every seat freed, every bridge ended; then the call is forgotten (CL5, CL6).
// It must not be entered but for a reason that is written down.
import type { CallInput } from './inputs.ts';
import { cancelReach } from './reach.ts';
import { decideByDefault } from './outcome.ts';
import { dropParty } from './party.ts';
import type { Step } from './step.ts';

/** How long a channel may take to go before it is hung up again; then the comparison with Asterisk sweeps it. */
const againSeconds = 2;
const mostTries = 3;

export function becomeEnding(step: Step, reason: string): void {
  const { phase } = step.call;
  if (phase.name === 'ending') return;
  // TW4: a three-way never ends without an outcome; with nobody left to agree, the first receiver has it.
  if (phase.name === 'three-way') {
    decideByDefault(step, 'ended');
    for (const invite of phase.invites) cancelReach(step, invite.reach, 'cancelled');
  }
  if (phase.name === 'transferring') {
    cancelReach(step, phase.reach, reason === 'caller-left' ? 'abandoned' : 'cancelled');
    const { transfer } = phase;
    step.fact('transfer.failed', { transfer: transfer.id, reason });
    step.set({ lastTransfer: { transfer, state: 'failed', failure: { reason: 'target-gone' } } });
  }
  const { call } = step;
  if (call.owed && call.owner === null)
    step.fact('call.call-back-owed', {
      number: call.caller.number,
      class: call.tag?.class ?? 'general',
      reason,
    });
  step.fact('call.ended', {
    reason,
    number: call.caller.number,
    waitMs: (call.answeredAt ?? step.at) - call.arrivedAt,
    talkMs: call.answeredAt === null ? 0 : step.at - call.answeredAt,
    answered: call.answeredAt !== null,
    tagged: call.tag !== null,
  });
  for (const name of ['transfer', 'outcome', 'dead-man', 'ringing-answer', 'mend'] as const)
    step.untimer(name);
  step.become({ name: 'ending', reason, at: step.at });
  for (const leg of call.legs) step.hangUp(leg.id);
  step.timer('ending', againSeconds);
}

/** Also takes the caller's own end, which leads here from every phase. */
export function stepEnding(step: Step, input: CallInput): void {
  if (input.type === 'leg-ended') {
    const leg = step.call.legs.find((candidate) => candidate.id === input.leg);
    if (leg) dropParty(step, leg);
  } else if (input.type === 'leg-answered') {
    step.hangUp(input.leg);
  } else if (input.type === 'timer' && input.name === 'ending' && step.call.phase.name === 'ending') {
    const over = step.at - step.call.phase.at >= againSeconds * 1000 * mostTries;
    for (const leg of step.call.legs) {
      if (over) dropParty(step, leg);
      else step.hangUp(leg.id);
    }
    if (!over) step.timer('ending', againSeconds);
    else step.fact('alarm.leg-stuck', { legs: step.call.legs.length });
  }
  finish(step);
}

/** With the last leg gone nothing of the call is left in Asterisk. */
export function finish(step: Step): void {
  if (step.call.legs.length > 0) return;
  step.untimer('ending');
  for (const bridge of step.call.bridges) step.order({ type: 'bridge-end', bridge });
  step.set({ bridges: [] });
  step.order({ type: 'forget' });
}
