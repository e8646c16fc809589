// The second level: the region is asked to send other cities' seats, with a deadline, and what it answers and by whom (OV5).
// It must not wait: the deadline is a time in the state, and the answer an ordinary command.
import type { EscalateBody, GrantBody } from '../../protocol/overflow.ts';
import { refuse } from '../decision.ts';
import type { Refused } from '../decision.ts';
import { addLoans, iso, loanOf, registrationOf } from './loans.ts';
import type { Overflow } from './state.ts';
import { ENGINE } from './step.ts';
import type { Step } from './step.ts';

/** A group the region grants that had not registered counts as registered for so long. */
const grantedHours = 24;

export function escalate(
  step: Step,
  overflow: Overflow,
  actor: string,
  body: EscalateBody,
): Refused | Overflow {
  if (overflow.state !== 'running') return refuse('no-overflow');
  // Refused or unanswered, it may be asked again.
  if (overflow.region?.state === 'asked') return refuse('already-so');
  const deadline = step.at + (body.deadlineSeconds ?? step.rules.regionDeadlineSeconds) * 1000;
  const now = step.change(overflow, {
    region: {
      state: 'asked',
      askedBy: actor,
      askedAt: step.at,
      reason: body.reason,
      seats: body.seats ?? null,
      deadline,
      answeredBy: null,
      enteredBy: null,
      channel: null,
      answeredAt: null,
      groups: [],
      note: null,
    },
  });
  step.fact('region-asked', now, actor, {
    reason: body.reason,
    ...(body.seats === undefined ? {} : { seats: body.seats }),
    deadline: iso(deadline),
    reading: step.readings.queues[now.queue],
  });
  return now;
}

/** By the region's own system, by its operator, or noted by hand after a telephone call. A late answer is still one. */
export function grant(step: Step, overflow: Overflow, actor: string, body: GrantBody): Refused | Overflow {
  if (overflow.state !== 'running') return refuse('no-overflow');
  const { region } = overflow;
  if (!region) return refuse('no-escalation');
  if (region.state === 'granted' || region.state === 'refused') return refuse('already-so');
  if (body.answer === 'granted' && body.groups.length === 0) return refuse('invalid-field', 'groups');
  const groups = body.answer === 'granted' ? body.groups : [];
  for (const [n, id] of groups.entries())
    if (step.group(id)?.platform !== overflow.platform) return refuse('unknown-group', `groups.${n}`);
  const now = step.change(overflow, {
    region: {
      ...region,
      state: body.answer,
      answeredBy: body.by,
      enteredBy: actor,
      channel: body.channel,
      answeredAt: step.at,
      groups,
      note: body.note ?? null,
    },
  });
  step.fact(`region-${body.answer}`, now, actor, {
    by: body.by,
    channel: body.channel,
    groups,
    ...(body.note === undefined ? {} : { note: body.note }),
    late: region.state === 'none',
  });
  return addLoans(
    step,
    now,
    groups.flatMap((id) => {
      const group = step.group(id);
      if (!group) return [];
      const known = registrationOf(step.state, group, step.at);
      const registration = known ?? {
        group: id,
        capacity: group.seats,
        preference: group.preference,
        expires: step.at + grantedHours * 3_600_000,
        consent: 'given' as const,
        by: body.by,
      };
      if (!known) step.set({ registrations: { ...step.state.registrations, [id]: registration } });
      if (!known) step.registration(registration, group.platform, 'group-registered', actor);
      return [loanOf(group, registration, true, step.at)];
    }),
    actor,
  );
}

/** The deadline passed, or the wait has not come down and the region should be asked. */
export function tickRegion(step: Step, overflow: Overflow): Overflow {
  const { region } = overflow;
  if (region?.state === 'asked' && step.at >= region.deadline) {
    const now = step.change(overflow, { region: { ...region, state: 'none' } });
    step.fact('region-unanswered', now, ENGINE, { askedAt: iso(region.askedAt) });
    return now;
  }
  const reading = step.readings.queues[overflow.queue];
  const { regionAfterSeconds, regionWaitSeconds } = step.rules;
  if (region || overflow.regionSuggested || !reading || overflow.startedAt === null) return overflow;
  if (step.at - overflow.startedAt < regionAfterSeconds * 1000) return overflow;
  const wait = Math.max(reading.oldestSeconds, reading.expectedSeconds ?? 0);
  if (wait <= regionWaitSeconds) return overflow;
  const now = step.change(overflow, { regionSuggested: true });
  const reason = `${Math.round((step.at - overflow.startedAt) / 1000)} s after the start the wait is still ${Math.round(wait)} s (> ${regionWaitSeconds} s)`;
  step.fact('region-suggested', now, ENGINE, { reason, reading });
  if (step.rules.region === 'hand') return now;
  const asked = escalate(step, now, ENGINE, { reason });
  return 'ok' in asked ? now : asked;
}
