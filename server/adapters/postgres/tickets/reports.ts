// Reports counted by PostgreSQL from the view report_figures, and the tickets and calls behind each figure.
// It must not know what a figure means, nor build SQL out of what people typed.
import type { ReportCount, ReportPart, ReportStore } from '../../../engine/tickets/ports.ts';
import type { ReportBy } from '../../../protocol/reports.ts';
import type { Ticket } from '../../../protocol/ticket.ts';
import type { Database } from '../database.ts';
import { Gate } from './gate.ts';
import { reading } from './transaction.ts';

/** A quarter of a busy city is counted in some seconds; PostgreSQL itself ends a statement after 15 s. */
const query_timeout = 16_000;
const local = "(time at time zone 'Asia/Shanghai')";
const columns: Readonly<Record<ReportBy, string>> = {
  item: 'item',
  unit: 'unit',
  platform: 'platform',
  other: 'other',
  class: 'class',
  reason: 'reason',
  seat: 'seat',
  hour: `to_char(${local}, 'HH24')`,
  day: `to_char(${local}, 'YYYY-MM-DD')`,
  week: `to_char(${local}, 'IYYY-"W"IW')`,
  month: `to_char(${local}, 'YYYY-MM')`,
};
const mostRows = 2000;

const within =
  'time >= $1 and time < $2 and type = any($3) and figure = any($4) and ($5::text is null or platforms @> array[$5])';
const valuesOf = ({ from, to, types, figures, concerning }: ReportPart): unknown[] => [
  new Date(from),
  new Date(to),
  types,
  figures,
  concerning,
];

export function openReports(database: Database): ReportStore {
  // One at a time: reports wait for each other, sessions and tickets never for them.
  const gate = new Gate(1);
  const rows = <R extends object>(text: string, values: readonly unknown[]): Promise<readonly R[]> =>
    gate.through(() =>
      reading(
        async () =>
          (await database.pool.query<R>({ text, values: [...values], query_timeout } as never)).rows,
      ),
    );
  return {
    count: (part, by) =>
      rows<ReportCount>(
        `select coalesce(${columns[by]}, '') as key, figure, count(*) as count, avg(minutes)::float8 as "meanMinutes"
         from report_figures where ${within} group by 1, 2 order by 1, 2 limit ${mostRows * 10}`,
        valuesOf(part),
      ),
    async behind(part, by, key, before, limit) {
      const found = await rows<{ body: Ticket; position: number }>(
        `with behind as (
           select ticket, call from report_figures where ${within} and coalesce(${columns[by]}, '') = $6
         ), named as (
           select t.position from behind b join tickets t on t.id = b.ticket where b.ticket is not null
           union
           select t.position from behind b join tickets t on t.body -> 'calls' @> to_jsonb(b.call) where b.ticket is null
         )
         select t.body, t.position from named join tickets t using (position)
         where $7::bigint is null or t.position < $7 order by t.position desc limit $8`,
        [...valuesOf(part), key, before, limit + 1],
      );
      const calls = await rows<{ call: string }>(
        `select distinct call from report_figures where ${within} and coalesce(${columns[by]}, '') = $6
         and source = 'call' order by call limit 1000`,
        [...valuesOf(part), key],
      );
      const items = found.slice(0, limit);
      return {
        items: items.map(({ body }) => body),
        calls: calls.map(({ call }) => call),
        next: found.length > limit ? String(items.at(-1)?.position ?? 0) : null,
      };
    },
  };
}
