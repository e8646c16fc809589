// Who accepts what a three-way was about (R4, TW5): proposed by each platform's seat, decided once.
// It must not move legs; the accepting platform's seat becomes the owner, nothing else.
import type { Platform } from '../../protocol/words.ts';
import type { Refused } from '../decision.ts';
import { refuse } from '../decision.ts';
import type { Outcome } from './state.ts';
import type { Step } from './step.ts';

export const openOutcome: Outcome = {
  proposals: {},
  acceptedBy: null,
  by: null,
  danger: false,
  deadline: null,
};
/** Danger to life, property or public safety: the police dispatch first (R4). */
export const DANGER_PLATFORM = '110';

const outcomeOf = (step: Step): Outcome | null =>
  step.call.phase.name === 'three-way' ? step.call.phase.outcome : step.call.outcome;

function put(step: Step, outcome: Outcome): void {
  step.set({ outcome });
  if (step.call.phase.name === 'three-way') step.become({ ...step.call.phase, outcome });
}

export function decide(step: Step, acceptedBy: string, by: NonNullable<Outcome['by']>, note?: string): void {
  const before = outcomeOf(step) ?? openOutcome;
  put(step, { ...before, acceptedBy, by, deadline: null });
  step.untimer('outcome');
  step.fact('outcome.decided', {
    acceptedBy,
    by,
    firstReceiver: step.call.firstReceiver,
    proposals: before.proposals,
    ...(note === undefined ? {} : { note }),
  });
  // TW6: the accepting platform's seat owns the call.
  const owner = step.call.legs.find(
    (leg) => leg.platform === acceptedBy && leg.seat !== null && leg.state === 'up',
  );
  if (owner) step.set({ owner: owner.seat });
}

/** No agreement (time over, seat gone, call over): the platform that first got the caller accepts (R4). */
export function decideByDefault(step: Step, why: string): void {
  const outcome = outcomeOf(step);
  if (!outcome || outcome.acceptedBy !== null || step.call.firstReceiver === null) return;
  if (step.call.phase.name === 'three-way' && !step.call.phase.joined) return;
  decide(step, step.call.firstReceiver, 'first-receiver', why);
}

export function decideDanger(step: Step, note?: string): void {
  const before = outcomeOf(step) ?? openOutcome;
  step.set({ danger: true });
  put(step, { ...before, danger: true });
  decide(step, DANGER_PLATFORM, 'danger', note);
}

export function propose(step: Step, platform: Platform, acceptedBy: string, note?: string): Refused | null {
  const outcome = outcomeOf(step);
  if (!outcome || step.call.phase.name !== 'three-way') return refuse('wrong-phase');
  if (outcome.acceptedBy !== null) return refuse('outcome-decided');
  if (acceptedBy !== 'both' && !step.rules.platform(acceptedBy)) return refuse('invalid-field', 'acceptedBy');
  const proposals = { ...outcome.proposals, [platform]: acceptedBy };
  const first = outcome.deadline === null;
  const deadline = outcome.deadline ?? step.at + step.rules.timers.outcomeSeconds * 1000;
  put(step, { ...outcome, proposals, deadline });
  step.fact('outcome.proposed', { platform, acceptedBy, ...(note === undefined ? {} : { note }) });
  if (first) step.timer('outcome', step.rules.timers.outcomeSeconds);
  const voters = new Set(
    step.call.legs
      .filter((leg) => leg.seat !== null && leg.state === 'up' && leg.platform !== null)
      .map((leg) => leg.platform ?? ''),
  );
  const votes = [...voters].map((voter) => proposals[voter]);
  // One platform alone on the call (a line outside, a colleague) decides by itself; two decide by saying the same.
  if (votes.every((vote) => vote === acceptedBy)) decide(step, acceptedBy, 'agreement', note);
  return null;
}
