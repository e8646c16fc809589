// What people, lenders and the region ask of overflow: each command checked and carried out, or refused with a code.
// It must not know who may ask: the api's rules and scope do.
import type { OverflowCommand } from '../../protocol/overflow.ts';
import { changedMarks, crossing } from '../../protocol/overflow.ts';
import { refuse } from '../decision.ts';
import type { Refused } from '../decision.ts';
import { drainLoan, loanOf, registrationOf } from './loans.ts';
import { escalate, grant } from './region.ts';
import { join, start, stop } from './starting.ts';
import type { Overflow } from './state.ts';
import type { Step } from './step.ts';

/** Null: done. */
export function command(step: Step, actor: string, asked: OverflowCommand): Refused | null {
  if (asked.name === 'start') return refusal(start(step, actor, asked.body));
  if (asked.name === 'register') return register(step, actor, asked);
  if (asked.name === 'recall') return recall(step, actor, asked);
  if (asked.name === 'policy') return policy(step, actor, asked);
  const overflow = step.overflow(asked.overflow);
  if (!overflow || overflow.state === 'ended') return refuse('no-overflow');
  switch (asked.name) {
    case 'end':
      if (overflow.state === 'draining') return refuse('no-overflow');
      stop(step, overflow, actor, asked.body.reason ?? 'ended by hand');
      return null;
    case 'escalate':
      return refusal(escalate(step, overflow, actor, asked.body));
    case 'grant':
      return refusal(grant(step, overflow, actor, asked.body));
    case 'consent':
      return consent(step, overflow, actor, asked.body);
  }
}

const refusal = (answer: Refused | Overflow): Refused | null => ('ok' in answer ? answer : null);

type Asked<N extends OverflowCommand['name']> = Extract<OverflowCommand, { name: N }>;

function consent(
  step: Step,
  overflow: Overflow,
  actor: string,
  body: Asked<'consent'>['body'],
): Refused | null {
  const loan = overflow.loans.find(({ group }) => group === body.group);
  const group = step.group(body.group);
  if (!loan || !group) return refuse('unknown-group', 'group');
  if (loan.state !== 'offered' || overflow.state !== 'running') return refuse('already-so');
  const registration = registrationOf(step.state, group, step.at);
  if (body.consent && !registration) return refuse('registration-expired', 'group');
  const state = body.consent && registration ? loanOf(group, registration, true, step.at).state : 'refused';
  const why = body.consent ? null : (body.reason ?? 'refused');
  const now = step.changeLoan(overflow, group.id, { state, why, since: step.at });
  step.fact(state === 'active' ? 'group-active' : 'group-refused', now, actor, {
    group: group.id,
    lender: loan.lender,
    ...(why === null ? {} : { why }),
  });
  return null;
}

function register(step: Step, actor: string, { group: id, body }: Asked<'register'>): Refused | null {
  const group = step.group(id);
  if (!group) return refuse('unknown-group');
  if (body.capacity > group.seats) return refuse('invalid-field', 'capacity');
  const expires = Date.parse(body.expires);
  if (expires <= step.at) return refuse('registration-expired', 'expires');
  const { capacity, preference } = body;
  const registration = { group: id, capacity, preference, expires, consent: body.consent, by: actor };
  step.set({ registrations: { ...step.state.registrations, [id]: registration } });
  step.registration(registration, group.platform, 'group-registered', actor);
  for (const overflow of step.state.overflows) if (overflow.state === 'running') join(step, overflow);
  return null;
}

/** OV7: at once, wherever it is lent. */
function recall(step: Step, actor: string, { group: id, body }: Asked<'recall'>): Refused | null {
  const group = step.group(id);
  if (!group) return refuse('unknown-group');
  const known = registrationOf(step.state, group, step.at);
  if (!known) return refuse('registration-expired');
  const registration = { ...known, expires: step.at, by: actor };
  step.set({ registrations: { ...step.state.registrations, [id]: registration } });
  step.registration(registration, group.platform, 'group-recalled', actor, body.reason);
  for (const overflow of step.state.overflows)
    if (overflow.state === 'running') drainLoan(step, overflow, id, 'recalled', actor);
  return null;
}

function policy(step: Step, actor: string, { queue, body }: Asked<'policy'>): Refused | null {
  const about = step.rules.queues.find(({ id }) => id === queue);
  const before = step.policy(queue);
  if (!about || !before) return refuse('not-found');
  const after = {
    high: changedMarks(before.high, body.high),
    low: changedMarks(before.low, body.low),
    start: body.start ?? before.start,
    end: body.end ?? before.end,
  };
  const crossed = crossing(after.high, after.low);
  if (crossed !== null) return refuse('marks-cross', `low.${crossed}`);
  step.set({ policies: { ...step.state.policies, [queue]: after } });
  step.facts.push({
    type: 'overflow.marks-changed',
    actor,
    data: { about: `queue:${queue}`, queue, platform: about.platform, before, policy: after },
  });
  return null;
}
