// A seat leaves, puts somebody else out, or ends the call: what it may, and what it owes first (CL4, TW4).
// It must not end a call whose caller still has somebody to talk with.
import { refuse } from '../decision.ts';
import type { Refused } from '../decision.ts';
import { becomeEnding } from './ending.ts';
import { outcomeOpen, partyLeft } from './parting.ts';
import { becomeAfterTalk } from './rating.ts';
import { callerOf, talkers } from './state.ts';
import type { Leg } from './state.ts';
import type { Step } from './step.ts';
import { cancelInvites } from './three-way.ts';

type Result = Refused | null;

export function leave(step: Step, leg: Leg | undefined, disposition: string | undefined): Result {
  const { phase } = step.call;
  if (!leg) return refuse('not-a-party');
  if (phase.name === 'transferring') return refuse('transfer-in-progress');
  if (owesOutcome(step, leg, disposition)) return refuse('outcome-required');
  const others = talkers(step.call).filter((other) => other.id !== leg.id);
  const asked = phase.name === 'three-way' && phase.invites.length > 0;
  if (disposition !== undefined) step.set({ disposition });
  if (others.length === 0 && !asked) becomeAfterTalk(step, 'ended-by-seat', leg);
  else {
    step.hangUp(leg.id);
    partyLeft(step, leg, 'left');
  }
  return null;
}

/** TW4: the last seat of a three-way says first who accepts, or what became of the matter. */
function owesOutcome(step: Step, leg: Leg | undefined, disposition: string | undefined): boolean {
  const otherSeats = talkers(step.call).some((other) => other.seat !== null && other.id !== leg?.id);
  return outcomeOpen(step) && !otherSeats && disposition === undefined && step.call.disposition === null;
}

interface HangUp {
  readonly disposition?: string | undefined;
  readonly party?: string | undefined;
}

export function hangUp(step: Step, leg: Leg | undefined, body: HangUp): Result {
  const { phase } = step.call;
  const caller = callerOf(step.call);
  if (phase.name === 'transferring') return refuse('transfer-in-progress');
  if (body.party !== undefined && body.party !== 'caller' && body.party !== caller?.id) {
    if (phase.name === 'three-way' && cancelInvites(step, phase, body.party)) return null;
    const other = talkers(step.call).find((candidate) => candidate.id === body.party);
    if (!other) return refuse('no-such-party', 'party');
    if (other.id !== leg?.id) return drop(step, other);
  }
  // CL4: a caller that waits is nobody's to hang up.
  if (phase.name !== 'talking' && phase.name !== 'three-way') return refuse('wrong-phase');
  if (leg && talkers(step.call).length > 1) return leave(step, leg, body.disposition);
  if (owesOutcome(step, leg, body.disposition)) return refuse('outcome-required');
  if (body.disposition !== undefined) step.set({ disposition: body.disposition });
  if (leg) becomeAfterTalk(step, 'ended-by-seat', leg);
  else becomeEnding(step, 'released-by-supervisor');
  return null;
}

function drop(step: Step, other: Leg): Result {
  step.hangUp(other.id);
  step.fact('call.party-dropped', { party: other.id, seat: other.seat, line: other.line });
  partyLeft(step, other, 'dropped');
  return null;
}
