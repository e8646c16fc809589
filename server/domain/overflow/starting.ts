// How an overflow begins and ends: suggested by the marks, armed or started by a person, started by rule, drained, ended.
// It must not look at single calls: those in progress are never touched (OV6).
import type { QueueId } from '../../protocol/words.ts';
import type { StartBody } from '../../protocol/overflow.ts';
import { refuse } from '../decision.ts';
import type { Refused } from '../decision.ts';
import { addLoans, drainLoan, loanOf, registrationOf } from './loans.ts';
import { passed, restGauge } from './marks.ts';
import type { Reading } from './marks.ts';
import type { GroupRules } from './rules.ts';
import { liveOf } from './state.ts';
import type { Loan, Overflow } from './state.ts';
import { ENGINE } from './step.ts';
import type { Step } from './step.ts';

const nothing: Reading = {
  waiting: 0,
  oldestSeconds: 0,
  expectedSeconds: null,
  ready: 0,
  localFree: 0,
  borrowedBusy: 0,
};

function newOverflow(step: Step, queue: QueueId, change: Partial<Overflow>): Overflow {
  const about = step.rules.queues.find(({ id }) => id === queue);
  const reading = step.readings.queues[queue] ?? nothing;
  const high = step.policy(queue)?.high;
  // One a millisecond at most: whatever begins one is a person or a dwell.
  const id = `ov-${queue}-${step.at.toString(36)}`;
  return step.put({
    id: step.overflow(id) ? `${id}.2` : id,
    queue,
    platform: about?.platform ?? '',
    state: 'suggested',
    how: null,
    by: null,
    reason: '',
    passed: high ? passed(reading, high) : [],
    reading,
    planned: [],
    suggestedAt: null,
    startedAt: null,
    drainingAt: null,
    endedAt: null,
    endedBy: null,
    endReason: null,
    endSuggested: false,
    regionSuggested: false,
    loans: [],
    region: null,
    peak: { waiting: reading.waiting, oldestSeconds: reading.oldestSeconds },
    ...change,
  });
}

/** OV1: with the reason in numbers. */
export function suggest(step: Step, queue: QueueId): Overflow {
  const begun = newOverflow(step, queue, { state: 'suggested', suggestedAt: step.at });
  const overflow = step.change(begun, { reason: begun.passed.join('; ') });
  step.fact('suggested', overflow, ENGINE, { passed: overflow.passed, reading: overflow.reading });
  return overflow;
}

/** Groups that may be asked now: of the queue's platform, first level, registered. */
export function candidates(
  step: Step,
  overflow: Pick<Overflow, 'platform' | 'planned'>,
): readonly GroupRules[] {
  return step.rules.groups.filter(
    (group) =>
      group.platform === overflow.platform &&
      (overflow.planned.length === 0 ? group.level === 1 : overflow.planned.includes(group.id)) &&
      registrationOf(step.state, group, step.at) !== undefined,
  );
}

const loansOf = (step: Step, groups: readonly GroupRules[]): Loan[] =>
  groups.flatMap((group) => {
    const registration = registrationOf(step.state, group, step.at);
    return registration ? [loanOf(group, registration, false, step.at)] : [];
  });

/** OV2: active groups serve the queue with this very step. */
export function run(
  step: Step,
  overflow: Overflow,
  how: 'hand' | 'rule' | 'plan',
  by: string,
  reason: string,
): Overflow {
  const reading = step.readings.queues[overflow.queue] ?? overflow.reading;
  const begun = step.change(overflow, { state: 'running', how, by, reason, reading, startedAt: step.at });
  step.fact('started', begun, by, { how, reason, passed: begun.passed, reading });
  return addLoans(step, begun, loansOf(step, candidates(step, begun)), by);
}

export function start(step: Step, actor: string, body: StartBody): Refused | Overflow {
  const queue = step.rules.queues.find(({ id }) => id === body.queue);
  if (!queue) return refuse('unknown-target', 'queue');
  const live = liveOf(step.state, queue.id);
  if (live?.state === 'running' || (live?.state === 'armed' && body.when === 'saturated'))
    return refuse('overflow-running');
  for (const [n, id] of body.groups.entries()) {
    const group = step.group(id);
    if (group?.platform !== queue.platform) return refuse('unknown-group', `groups.${n}`);
    if (group.level === 2) return refuse('region-first', `groups.${n}`);
    if (!registrationOf(step.state, group, step.at)) return refuse('registration-expired', `groups.${n}`);
  }
  const planned = { planned: body.groups, platform: queue.platform };
  if (candidates(step, planned).length === 0) return refuse('no-group-registered');
  const overflow = live ? step.change(live, planned) : newOverflow(step, queue.id, planned);
  if (body.when === 'now') return run(step, overflow, 'hand', actor, body.reason);
  const armed = step.change(overflow, { state: 'armed', by: actor, reason: body.reason });
  step.fact('armed', armed, actor, { reason: body.reason, groups: body.groups });
  return armed;
}

/** Groups that registered (again) while it runs join, unless their lender said no. */
export function join(step: Step, overflow: Overflow): Overflow {
  const fresh = candidates(step, overflow).filter(({ id }) => {
    const loan = overflow.loans.find(({ group }) => group === id);
    return !loan || loan.why === 'registration-expired' || loan.why === 'recalled';
  });
  return fresh.length === 0 ? overflow : addLoans(step, overflow, loansOf(step, fresh), ENGINE);
}

/** OV6: running drains, what had not begun is over at once. A person's no holds for this saturation. */
export function stop(step: Step, overflow: Overflow, actor: string, why: string): Overflow {
  if (actor !== ENGINE) {
    const { gauges } = step.state;
    const gauge = gauges[overflow.queue] ?? restGauge;
    step.set({ gauges: { ...gauges, [overflow.queue]: { ...gauge, declined: gauge.overSince !== null } } });
  }
  if (overflow.state !== 'running') return finish(step, overflow, actor, why, 'withdrawn');
  let now = step.change(overflow, {
    state: 'draining',
    drainingAt: step.at,
    endedBy: actor,
    endReason: why,
    endSuggested: false,
  });
  step.fact('draining', now, actor, { why, reading: step.readings.queues[now.queue] });
  for (const loan of now.loans) now = drainLoan(step, now, loan.group, 'ended', actor);
  return now;
}

/** Statistics closed, for both sides. */
export function finish(
  step: Step,
  overflow: Overflow,
  actor: string,
  why: string,
  type: 'ended' | 'withdrawn',
): Overflow {
  const now = step.change(overflow, {
    state: 'ended',
    endedAt: step.at,
    endedBy: overflow.endedBy ?? actor,
    endReason: overflow.endReason ?? why,
  });
  const sum = (what: 'offered' | 'answered' | 'missed' | 'talkSeconds') =>
    now.loans.reduce((total, { tally }) => total + tally[what], 0);
  step.fact(
    type,
    now,
    actor,
    type === 'withdrawn'
      ? { why }
      : {
          why: now.endReason,
          statistics: {
            seconds: now.startedAt === null ? 0 : (step.at - now.startedAt) / 1000,
            peak: now.peak,
            borrower: {
              offered: sum('offered'),
              answered: sum('answered'),
              missed: sum('missed'),
              talkSeconds: sum('talkSeconds'),
            },
            lenders: now.loans.map(({ group, lender, level, state, tally }) => ({
              group,
              lender,
              level,
              state,
              ...tally,
            })),
          },
        },
  );
  return now;
}
