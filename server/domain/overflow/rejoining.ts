// State read back from the facts after the start, because the database was away then: laid under what has happened since.
// It must not undo what people did meanwhile; of two overflows of one queue the earlier goes on (OV2).
import { noTally } from './state.ts';
import type { Overflow, OverflowState } from './state.ts';
import { ENGINE } from './step.ts';
import type { Step } from './step.ts';

const isLive = ({ state }: Overflow): boolean => state !== 'draining' && state !== 'ended';

export function rejoin(step: Step, read: OverflowState): void {
  const { state } = step;
  const known = new Map(state.overflows.map((overflow) => [overflow.id, overflow]));
  const overflows = [
    ...read.overflows.filter(({ id }) => !known.has(id)),
    // What this process did is in the facts, too, but newer here.
    ...state.overflows,
  ];
  step.set({
    registrations: { ...read.registrations, ...state.registrations },
    policies: { ...read.policies, ...state.policies },
    overflows,
  });
  for (const queue of new Set(overflows.map((overflow) => overflow.queue))) {
    const live = overflows.filter((overflow) => overflow.queue === queue && isLive(overflow));
    const goesOn = live.find((overflow) => overflow.state === 'running') ?? live[0];
    for (const other of live) if (other !== goesOn) foldInto(step, other, goesOn);
  }
}

/** Its groups go on under the earlier one; nobody's seats are given back for a restart. */
function foldInto(step: Step, other: Overflow, goesOn: Overflow | undefined): void {
  const into = goesOn && step.overflow(goesOn.id);
  if (into?.state === 'running') {
    const fresh = other.loans.filter(
      (loan) =>
        loan.state === 'active' &&
        !into.loans.some(({ group, state }) => group === loan.group && state === 'active'),
    );
    const kept = into.loans.filter((loan) => !fresh.some(({ group }) => group === loan.group));
    if (fresh.length > 0)
      step.fact(
        'rejoined',
        step.change(into, { loans: [...kept, ...fresh.map((loan) => ({ ...loan, tally: noTally }))] }),
        ENGINE,
        { from: other.id },
      );
  }
  const loans = other.loans.map((loan) =>
    loan.state === 'active' || loan.state === 'offered' || loan.state === 'draining'
      ? { ...loan, state: 'returned' as const, why: 'rejoined', since: step.at }
      : loan,
  );
  const ended = step.change(other, {
    state: 'ended',
    loans,
    endedAt: step.at,
    endedBy: ENGINE,
    endReason: 'an earlier one was read back',
  });
  step.fact('ended', ended, ENGINE, { why: ended.endReason, into: goesOn?.id ?? null });
}
