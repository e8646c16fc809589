// Overflow's state → what clients see (protocol/overflow.ts). It must not invent: everything shown is in the state.
import { registrationOf } from '../domain/overflow/loans.ts';
import { perReadySeat } from '../domain/overflow/marks.ts';
import type { Reading } from '../domain/overflow/marks.ts';
import type { Readings } from '../domain/overflow/reading.ts';
import { keptShare } from '../domain/overflow/rules.ts';
import type { GroupRules, OverflowRules } from '../domain/overflow/rules.ts';
import type { Loan, Overflow, OverflowState, Region } from '../domain/overflow/state.ts';
import type { GroupView, OverflowBoard, OverflowView, SaturationView } from '../protocol/overflow.ts';
import type { QueueId, Time } from '../protocol/words.ts';

const iso = (time: Time): string => new Date(time).toISOString();
/** A registration by the site has no end to show. */
const farAway = 4_102_444_800_000;

export function overflowView(overflow: Overflow): OverflowView {
  const { how, by, suggestedAt, startedAt, drainingAt, endedAt, endedBy, endReason, region } = overflow;
  return {
    id: overflow.id,
    queue: overflow.queue,
    platform: overflow.platform,
    state: overflow.state,
    ...(how === null ? {} : { how }),
    ...(by === null ? {} : { by }),
    reason: overflow.reason,
    passed: [...overflow.passed],
    reading: readingView(overflow.reading),
    ...(suggestedAt === null ? {} : { suggestedAt: iso(suggestedAt) }),
    ...(startedAt === null ? {} : { startedAt: iso(startedAt) }),
    ...(drainingAt === null ? {} : { drainingAt: iso(drainingAt) }),
    ...(endedAt === null ? {} : { endedAt: iso(endedAt) }),
    ...(endedBy === null ? {} : { endedBy }),
    ...(endReason === null ? {} : { endReason }),
    endSuggested: overflow.endSuggested,
    groups: overflow.loans.map(loanView),
    ...(region === null ? {} : { region: regionView(region) }),
    peak: overflow.peak,
  };
}

const loanView = ({ group, lender, level, state, why, since, tally }: Loan) => ({
  group,
  lender,
  level,
  state,
  ...(why === null ? {} : { why }),
  since: iso(since),
  tally,
});

const regionView = (region: Region) => ({
  state: region.state,
  askedBy: region.askedBy,
  askedAt: iso(region.askedAt),
  reason: region.reason,
  ...(region.seats === null ? {} : { seats: region.seats }),
  deadline: iso(region.deadline),
  ...(region.answeredBy === null ? {} : { answeredBy: region.answeredBy }),
  ...(region.enteredBy === null ? {} : { enteredBy: region.enteredBy }),
  ...(region.channel === null ? {} : { channel: region.channel }),
  ...(region.answeredAt === null ? {} : { answeredAt: iso(region.answeredAt) }),
  groups: [...region.groups],
  ...(region.note === null ? {} : { note: region.note }),
});

const readingView = (reading: Reading): OverflowView['reading'] => {
  const ratio = perReadySeat(reading);
  return { ...reading, perReadySeat: Number.isFinite(ratio) ? ratio : null };
};

export function groupView(
  rules: OverflowRules,
  group: GroupRules,
  state: OverflowState,
  readings: Readings,
  at: Time,
): GroupView {
  const registration = registrationOf(state, group, at);
  const reading = readings.groups[group.id];
  return {
    id: group.id,
    platform: group.platform,
    lender: group.lender,
    kind: group.kind,
    level: group.level,
    seats: group.seats,
    ready: reading?.ready ?? 0,
    busy: reading?.busy ?? 0,
    kept: Math.ceil((reading?.ready ?? 0) * keptShare(rules, group)),
    registered: registration !== undefined,
    ...(registration
      ? {
          capacity: registration.capacity,
          preference: registration.preference,
          consent: registration.consent,
          registeredBy: registration.by,
          ...(registration.expires < farAway ? { expires: iso(registration.expires) } : {}),
        }
      : {}),
  };
}

export function saturationView(
  rules: OverflowRules,
  state: OverflowState,
  readings: Readings,
  queue: QueueId,
): SaturationView | null {
  const about = rules.queues.find(({ id }) => id === queue);
  if (!about) return null;
  const { high, low, start, end } = state.policies[queue] ?? about.policy;
  const gauge = state.gauges[queue];
  const reading = readings.queues[queue];
  return {
    queue,
    platform: about.platform,
    high,
    low,
    start,
    end,
    ...(reading ? { reading: readingView(reading) } : {}),
    ...(gauge?.overSince == null ? {} : { overSince: iso(gauge.overSince) }),
    ...(gauge?.underSince == null ? {} : { underSince: iso(gauge.underSince) }),
  };
}

export const boardView = (
  rules: OverflowRules,
  state: OverflowState,
  readings: Readings,
  at: Time,
): OverflowBoard => ({
  items: state.overflows.map(overflowView).reverse(),
  groups: rules.groups.map((group) => groupView(rules, group, state, readings, at)),
  queues: rules.queues.flatMap(({ id }) => saturationView(rules, state, readings, id) ?? []),
});
