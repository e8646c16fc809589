// The loans of an overflow: which group may take calls now, who is asked, whose time is over, who has given all back.
// It must not start or end an overflow.
import type { Time } from '../../protocol/words.ts';
import { keptShare } from './rules.ts';
import type { GroupRules } from './rules.ts';
import { noTally } from './state.ts';
import type { Loan, Overflow, OverflowState, Registration } from './state.ts';
import { ENGINE } from './step.ts';
import type { Step } from './step.ts';
import type { LoanTerms } from '../acd/messages.ts';

const forEver = Number.MAX_SAFE_INTEGER;

/** The registration of a group that counts now; one by the site never ends. Undefined: none, or it has expired. */
export function registrationOf(state: OverflowState, group: GroupRules, at: Time): Registration | undefined {
  const known = state.registrations[group.id];
  // One that was recalled or has run out stands in the way of the site's own.
  if (known) return known.expires > at ? known : undefined;
  if (!group.standing) return undefined;
  const { id, seats, preference } = group;
  return { group: id, capacity: seats, preference, expires: forEver, consent: 'given', by: 'site' };
}

/** A loan as it begins: active where the consent is given, otherwise offered to its lender. */
export function loanOf(group: GroupRules, registration: Registration, granted: boolean, at: Time): Loan {
  return {
    group: group.id,
    lender: group.lender,
    level: group.level,
    preference: registration.preference,
    state: registration.consent === 'given' || granted ? 'active' : 'offered',
    why: null,
    since: at,
    tally: noTally,
  };
}

export function addLoans(step: Step, overflow: Overflow, loans: readonly Loan[], actor: string): Overflow {
  let now = overflow;
  for (const loan of loans) {
    const others = now.loans.filter(({ group }) => group !== loan.group);
    const before = now.loans.find(({ group }) => group === loan.group);
    now = step.change(now, { loans: [...others, { ...loan, tally: before?.tally ?? loan.tally }] });
    step.fact(loan.state === 'active' ? 'group-active' : 'group-offered', now, actor, {
      group: loan.group,
      lender: loan.lender,
      ...(loan.state === 'active' ? {} : { deadline: iso(step.at + step.rules.consentSeconds * 1000) }),
    });
  }
  return now;
}

/** No new offers from now on; calls in progress go on (OV6, OV7). */
export function drainLoan(
  step: Step,
  overflow: Overflow,
  group: string,
  why: string,
  actor: string,
): Overflow {
  const loan = overflow.loans.find((each) => each.group === group);
  if (!loan || (loan.state !== 'active' && loan.state !== 'offered')) return overflow;
  const state = loan.state === 'active' ? 'draining' : 'returned';
  const now = step.changeLoan(overflow, group, { state, why, since: step.at });
  step.fact(state === 'draining' ? 'group-draining' : 'group-returned', now, actor, {
    group,
    lender: loan.lender,
    why,
    ...(state === 'returned' ? { tally: loan.tally } : {}),
  });
  return now;
}

/** What time alone does to the loans: an unanswered offer, an expired registration, the last call given back. */
export function tickLoans(step: Step, overflow: Overflow): Overflow {
  let now = overflow;
  for (const loan of overflow.loans) {
    if (loan.state === 'offered' && step.at - loan.since >= step.rules.consentSeconds * 1000) {
      now = step.changeLoan(now, loan.group, { state: 'unanswered', why: 'no-answer', since: step.at });
      step.fact('group-unanswered', now, ENGINE, { group: loan.group, lender: loan.lender });
    } else if (loan.state === 'active') {
      const group = step.group(loan.group);
      if (!group || !registrationOf(step.state, group, step.at))
        now = drainLoan(step, now, loan.group, 'registration-expired', ENGINE);
    } else if (loan.state === 'draining' && isBack(step, now, loan)) {
      now = step.changeLoan(now, loan.group, { state: 'returned', since: step.at });
      step.fact('group-returned', now, ENGINE, {
        group: loan.group,
        lender: loan.lender,
        why: loan.why,
        tally: loan.tally,
      });
    }
  }
  return now;
}

/** Its last call is over; seats that another overflow borrows meanwhile are that one's. */
function isBack(step: Step, overflow: Overflow, loan: Loan): boolean {
  const elsewhere = step.state.overflows.some(
    (each) =>
      each.id !== overflow.id &&
      each.loans.some((other) => other.group === loan.group && other.state === 'active'),
  );
  return elsewhere || (step.readings.groups[loan.group]?.calls.length ?? 0) === 0;
}

export interface Lending {
  readonly groups: readonly string[];
  readonly terms: Readonly<Record<string, LoanTerms>>;
}

/** What the floor may use for a queue now, preferred first: own level before the region's, then preference, then name. */
export function lendingOf(step: Step, overflow: Overflow | undefined): Lending {
  const active = (overflow?.state === 'running' ? overflow.loans : []).filter(
    ({ state }) => state === 'active',
  );
  const sorted = [...active].sort(
    (a, b) => a.level - b.level || a.preference - b.preference || (a.group < b.group ? -1 : 1),
  );
  const terms: Record<string, LoanTerms> = {};
  for (const { group } of sorted) {
    const about = step.group(group);
    if (about)
      terms[group] = {
        keep: keptShare(step.rules, about),
        most: registrationOf(step.state, about, step.at)?.capacity ?? 0,
      };
  }
  return { groups: sorted.map(({ group }) => group), terms };
}

export const iso = (time: Time): string => new Date(time).toISOString();
