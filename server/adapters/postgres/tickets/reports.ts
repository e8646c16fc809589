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
/** What rows are gathered by, and how that is told: written out once a row, not once a fact. */
const columns: Readonly<Record<ReportBy, { readonly by: string; readonly told?: string }>> = {
  item: { by: "coalesce(item, '')" },
  unit: { by: "coalesce(unit, '')" },
  platform: { by: "coalesce(platform, '')" },
  other: { by: "coalesce(other, '')" },
  class: { by: "coalesce(class, '')" },
  reason: { by: "coalesce(reason, '')" },
  seat: { by: "coalesce(seat, '')" },
  hour: { by: `extract(hour from ${local})::integer`, told: "lpad(gathered::text, 2, '0')" },
  day: { by: `${local}::date`, told: "to_char(gathered, 'YYYY-MM-DD')" },
  week: { by: `date_trunc('week', ${local})`, told: `to_char(gathered, 'IYYY-"W"IW')` },
  month: { by: `date_trunc('month', ${local})`, told: "to_char(gathered, 'YYYY-MM')" },
};
const toldOf = (by: ReportBy): string => columns[by].told ?? 'gathered';
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
        `select ${toldOf(by)} as key, figure, count, "meanMinutes" from (
           select ${columns[by].by} as gathered, figure, count(*) as count, avg(minutes) as "meanMinutes"
           from report_figures where ${within} group by 1, 2
         ) as counted order by 1, 2 limit ${mostRows * 10}`,
        valuesOf(part),
      ),
    async behind(part, by, key, before, limit) {
      const gathered = `select source, ticket, call, ${columns[by].by} as gathered from report_figures where ${within}`;
      const found = await rows<{ body: Ticket; position: number }>(
        `with behind as (
           select ticket, call from (${gathered}) as facts where ${toldOf(by)} = $6
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
        `select distinct call from (${gathered}) as facts where ${toldOf(by)} = $6 and source = 'call' order by call limit 1000`,
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
