// One report: what is asked, checked; counts of the store put into rows, with names and the way to what is behind them.
// It must not count or know SQL.
import type { Reference } from '../engine/tickets/face.ts';
import type { ReportCount, ReportPart, ReportStore } from '../engine/tickets/ports.ts';
import { reportRules } from '../domain/ticket/reports.ts';
import type { Report, ReportBy, ReportName } from '../protocol/reports.ts';
import type { Platform, Time } from '../protocol/words.ts';
import { Refusal } from './problem.ts';

export interface ReportAsked {
  readonly by?: ReportBy | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}
export interface ReportMaker {
  report(name: ReportName, asked: ReportAsked): Promise<Report>;
}
interface MakerParts {
  readonly store: ReportStore;
  readonly reference?: Reference;
  readonly now: () => Time;
  readonly concerning: Platform | null;
}
const usualDays = 90;
const mostDays = 370;
const day = 86_400_000;

/** Throws where a report has no such rows, or the time is no time. */
export function askReport(
  name: ReportName,
  asked: ReportAsked,
  now: Time,
  concerning: Platform | null,
): { readonly part: ReportPart; readonly by: ReportBy } {
  const rule = reportRules[name];
  const by = asked.by ?? rule.by[0];
  if (!rule.by.includes(by)) throw new Refusal('invalid-field', { field: 'by' });
  const to = asked.to === undefined ? now : Date.parse(asked.to);
  const from = asked.from === undefined ? to - usualDays * day : Date.parse(asked.from);
  if (from >= to || to - from > mostDays * day) throw new Refusal('invalid-field', { field: 'from' });
  const { types, figures } = rule;
  const part = {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    types,
    figures,
    concerning,
  };
  return { part, by };
}

export function reportMaker({ store, reference, now, concerning }: MakerParts): ReportMaker {
  return {
    async report(name, asked) {
      const { part, by } = askReport(name, asked, now(), concerning);
      const counts = await store.count(part, by);
      const { from, to } = part;
      const rows = new Map<string, Report['rows'][number]>();
      const totals: Record<string, number> = {};
      for (const counted of counts) {
        const { key, figure, count } = counted;
        const row = rows.get(key) ?? { key, name: nameOf(by, key, reference), figures: {} };
        rows.set(key, row);
        row.figures[figure] = figureOf(
          counted,
          `/v1/reports/${name}/tickets?${linkOf({ by, key, figure, from, to })}`,
        );
        totals[figure] = (totals[figure] ?? 0) + count;
      }
      return { report: name, by, from, to, rows: [...rows.values()], totals };
    },
  };
}

const linkOf = (asked: Readonly<Record<string, string>>): string => new URLSearchParams(asked).toString();

const figureOf = ({ count, meanMinutes }: ReportCount, tickets: string) => ({
  count,
  ...(meanMinutes === null ? {} : { meanMinutes: Math.round(meanMinutes * 100) / 100 }),
  tickets,
});

function nameOf(by: ReportBy, key: string, reference: Reference | undefined): string {
  if (by === 'unit') return reference?.units.find(({ code }) => code === key)?.name ?? key;
  if (by === 'item')
    for (const group of reference?.catalogue.groups ?? [])
      for (const item of group.items) if (item.id === key) return `${group.name}·${item.name}`;
  return key;
}
