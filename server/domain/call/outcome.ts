// Who accepts what a three-way was about (R4, TW5): proposed by each platform's seat, decided once.
// It must not move legs; the accepting platform's seat becomes the owner, nothing else.
import type { Platform } from '../../protocol/words.ts';
import type { Refused } from '../decision.ts';
import { refuse } from '../decision.ts';
import { talkers } from './state.ts';
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
  const owner = talkers(step.call).find((leg) => leg.platform === acceptedBy && leg.seat !== null);
  if (owner) step.set({ owner: owner.seat });
}

/** No agreement (time over, seat gone, call over): the platform that first got the caller accepts (R4). */
export function decideByDefault(step: Step, why: string): void {
  const { phase, firstReceiver } = step.call;
  if (phase.name !== 'three-way' || !phase.joined || phase.outcome.acceptedBy !== null) return;
  if (firstReceiver !== null) decide(step, firstReceiver, 'first-receiver', why);
}

/** Danger outranks what was decided before; pressed again it changes nothing. */
export function decideDanger(step: Step, note?: string): void {
  const before = outcomeOf(step) ?? openOutcome;
  step.set({ danger: true });
  if (before.by === 'danger') return;
  put(step, { ...before, danger: true });
  decide(step, DANGER_PLATFORM, 'danger', note);
}

export function propose(step: Step, platform: Platform, acceptedBy: string, note?: string): Refused | null {
  const { phase } = step.call;
  const outcome = outcomeOf(step);
  if (outcome && outcome.acceptedBy !== null) return refuse('outcome-decided');
  if (!outcome || phase.name !== 'three-way' || !phase.joined) return refuse('wrong-phase');
  if (acceptedBy !== 'both' && !step.rules.platform(acceptedBy)) return refuse('invalid-field', 'acceptedBy');
  const proposals = { ...outcome.proposals, [platform]: acceptedBy };
  const deadline = outcome.deadline ?? step.at + step.rules.timers.outcomeSeconds * 1000;
  put(step, { ...outcome, proposals, deadline });
  step.fact('outcome.proposed', { platform, acceptedBy, ...(note === undefined ? {} : { note }) });
  if (outcome.deadline === null) step.timer('outcome', step.rules.timers.outcomeSeconds);
  // Who is here must say so, and who left after speaking has spoken; a platform that never spoke and left has no say.
  const here = talkers(step.call).flatMap((leg) =>
    leg.seat === null || leg.platform === null ? [] : [leg.platform],
  );
  const voters = new Set([...here, ...Object.keys(proposals)]);
  // One platform alone on the call (a line outside, a colleague) decides by itself; two decide by saying the same.
  if ([...voters].every((voter) => proposals[voter] === acceptedBy))
    decide(step, acceptedBy, 'agreement', note);
  return null;
}
