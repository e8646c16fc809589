// Puts overflow together again after a restart, from the newest fact about each overflow, loan, group and queue.
// The facts are the only record: there is no second table that could tell another story. It must not trust their shape.
import type { Fact } from '../../protocol/facts.ts';
import { changedMarks, crossing } from '../../protocol/overflow.ts';
import type { OverflowRules, Policy } from './rules.ts';
import { emptyState } from './state.ts';
import type { Overflow, OverflowState, Registration, Tally } from './state.ts';

/** Ended longer ago than this: no longer shown. */
const shownMs = 7 * 86_400_000;

/** @param facts the newest about each subject (`data.about`), in any order. */
export function restoreOverflow(rules: OverflowRules, facts: readonly Fact[], at: number): OverflowState {
  const sorted = [...facts].sort((a, b) => a.sequence - b.sequence);
  const overflows = new Map<string, Overflow>();
  const registrations: Record<string, Registration> = {};
  const policies: Record<string, Policy> = {};
  for (const { data } of sorted) {
    const overflow = data['state'];
    if (isOverflow(overflow)) overflows.set(overflow.id, overflow);
    const registration = data['registration'];
    if (isRegistration(registration)) registrations[registration.group] = registration;
    const policy = data['policy'];
    const site = rules.queues.find(({ id }) => id === data['queue'])?.policy;
    if (site && isPolicy(policy)) {
      // Marks that came later than this fact have the site's values; a pair that now crosses has none of it.
      const high = changedMarks(site.high, policy.high);
      const low = changedMarks(site.low, policy.low);
      if (crossing(high, low) === null) policies[String(data['queue'])] = { ...site, ...policy, high, low };
    }
  }
  for (const { data } of sorted) {
    const overflow = overflows.get(String(data['id']));
    const tally = data['tally'];
    if (!overflow || !isTally(tally) || !String(data['about']).startsWith('loan:')) continue;
    const loans = overflow.loans.map((loan) =>
      loan.group === data['group'] && loan.tally.answered < tally.answered ? { ...loan, tally } : loan,
    );
    overflows.set(overflow.id, { ...overflow, loans });
  }
  const shown = [...overflows.values()].filter(
    ({ state, endedAt, queue }) =>
      rules.queues.some(({ id }) => id === queue) && (state !== 'ended' || at - (endedAt ?? 0) < shownMs),
  );
  return { ...emptyState, registrations, policies, overflows: shown };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const isOverflow = (value: unknown): value is Overflow =>
  isRecord(value) &&
  typeof value['id'] === 'string' &&
  Array.isArray(value['loans']) &&
  isRecord(value['peak']);
const isRegistration = (value: unknown): value is Registration =>
  isRecord(value) && typeof value['group'] === 'string' && typeof value['expires'] === 'number';
const isPolicy = (value: unknown): value is Policy =>
  isRecord(value) && isRecord(value['high']) && isRecord(value['low']);
const isTally = (value: unknown): value is Tally =>
  isRecord(value) && typeof value['answered'] === 'number' && typeof value['offered'] === 'number';
