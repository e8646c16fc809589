// Which figures each report shows and what it may be ordered by (R11, R14, R25); and quarters of the year.
// It must not count: the store does, from facts alone.
import type { ReportBy, ReportName } from '../../protocol/reports.ts';

export interface ReportRule {
  /** The first is the usual one. */
  readonly by: readonly [ReportBy, ...ReportBy[]];
  /** Facts it is counted from. */
  readonly types: readonly string[];
  readonly figures: readonly string[];
}

const trend = ['day', 'week', 'month'] as const;
const owed = (...names: readonly string[]): readonly string[] =>
  names.flatMap((name) => [`${name}.in-time`, `${name}.late`, `${name}.unmet`]);
const of = (family: string, ...names: readonly string[]): readonly string[] =>
  names.map((name) => `${family}.${name}`);

export const reportRules: Readonly<Record<ReportName, ReportRule>> = {
  disputes: {
    // Not by reason: people type it, and it may hold what must be masked.
    by: ['item', 'unit', 'platform', 'class', ...trend],
    types: of('ticket', 'returned', 'disputed', 'dispute-decided'),
    figures: ['returned', 'disputed', 'decided'],
  },
  transfers: {
    by: ['other', 'platform', 'reason', 'seat', 'class', 'hour', ...trend],
    types: ['transfer.started', 'outcome.decided'],
    figures: [
      'transfer',
      ...of('transfer', 'accepted', 'failed', 'cancelled', 'merged', 'open'),
      'three-way',
    ],
  },
  punctuality: {
    by: ['unit', 'platform', 'class', 'item', ...trend],
    types: of('ticket', 'accepted', 'signed', 'on-site', 'fed-back', 'closed', 'deadline-missed'),
    figures: owed('accept', 'sign', 'on-site', 'feedback', 'close'),
  },
  platforms: {
    by: ['platform', 'class', ...trend],
    types: of(
      'ticket',
      'opened',
      'accepted',
      'handed-over',
      'returned',
      'disputed',
      'escalated',
      'joint-started',
      'closed',
      'deadline-missed',
    ),
    figures: [
      'opened',
      'accepted',
      'handed-over',
      'returned',
      'disputed',
      'escalated',
      'joint',
      'closed',
      ...owed('accept', 'close'),
    ],
  },
  units: {
    by: ['unit', 'item', 'class', ...trend],
    types: of('ticket', 'assigned', 'signed', 'on-site', 'fed-back', 'returned', 'closed', 'deadline-missed'),
    figures: [
      'assigned',
      'signed',
      'arrived',
      'fed-back',
      'returned',
      'closed',
      ...owed('sign', 'on-site', 'feedback'),
    ],
  },
  seats: {
    by: ['seat', 'hour', ...trend],
    types: [
      ...of('ticket', 'opened', 'accepted', 'handed-over', 'returned', 'closed'),
      'call.answered',
      'transfer.started',
      'transfer.accepted',
    ],
    figures: ['answered', 'taken', 'transfer', 'opened', 'accepted', 'handed-over', 'returned', 'closed'],
  },
};

/** `2026-Q4` → its first instant and the first one after it, in Beijing's time; null where it is no quarter. */
export function quarterOf(text: string): { readonly from: string; readonly to: string } | null {
  const [, year, quarter] = /^(20\d\d)-Q([1-4])$/.exec(text) ?? [];
  if (year === undefined || quarter === undefined) return null;
  const month = (Number(quarter) - 1) * 3;
  const at = (months: number): string =>
    new Date(Date.UTC(Number(year), months) - 8 * 3_600_000).toISOString();
  return { from: at(month), to: at(month + 3) };
}
