// Lists of tickets, newest first, by any mix of filters: one page, and where the next one begins.
// It must not count, nor read rows that no page shows: an index that is led by the filters has each page in order (0040).
import type { Page, TicketFilter } from '../../../engine/tickets/ports.ts';
import { TicketState } from '../../../protocol/ticket.ts';
import type { Ticket } from '../../../protocol/ticket.ts';
import type { Database } from '../database.ts';
import { StoreFailure } from '../failures.ts';
import { conditionsOf, isGrave } from './conditions.ts';
import type { Conditions } from './conditions.ts';
import { search } from './searching.ts';
import { statement } from './statement.ts';

interface Row {
  readonly body: Ticket;
  readonly position: number;
  readonly opened_at: Date;
}

export async function listTickets(database: Database, filter: TicketFilter): Promise<Page<Ticket>> {
  if (filter.q !== undefined) {
    const { rows, below } = await search(
      database,
      filter,
      filter.q,
      placeOf(filter.cursor)?.position ?? null,
    );
    return {
      items: rows.map(({ body }) => body),
      next: below === null ? null : cursorAt(0, below),
    };
  }
  const rows = await byTime(database, filter);
  const items = rows.slice(0, filter.limit);
  const last = items.at(-1);
  const more = rows.length > filter.limit && last;
  return {
    items: items.map(({ body }) => body),
    next: more ? cursorAt(last.opened_at.getTime(), last.position) : null,
  };
}

const sizes = [50, 250] as const;

async function byTime(database: Database, filter: TicketFilter): Promise<readonly Row[]> {
  const where = conditionsOf(filter);
  const place = placeOf(filter.cursor);
  if (place) where.add('(t.opened_at, t.position) < (?, ?)', new Date(place.at), place.position);
  const walk = walkOf(filter, where);
  const order = 'opened_at desc, position desc';
  // Few sizes, so that the same question is the same text.
  const limit = (sizes.find((size) => size >= filter.limit) ?? filter.limit) + 1;
  // Pages of ids first: the walks read their index alone, and only what is shown is fetched.
  const text =
    walk === null
      ? `select t.body, t.position, t.opened_at from tickets t ${where.where} order by ${order} limit ${limit}`
      : `select t.body, chosen.position, chosen.opened_at from (
           select position, opened_at from (${walk.from}) as lead, lateral (
             select t.position, t.opened_at from tickets t ${where.where} and ${walk.on}
             order by t.opened_at desc, t.position desc limit ${limit}
           ) as page order by ${order} limit ${limit}
         ) as chosen join tickets t using (position) order by chosen.opened_at desc, chosen.position desc`;
  const { rows } = await database.pool.query<Row>(statement(text, where.values));
  return rows.slice(0, filter.limit + 1);
}

/** The platforms there are, one look at the index for each. */
const platforms = `
with recursive each (platform) as (
  (select platform from tickets order by platform limit 1)
  union all
  select (select t.platform from tickets t where t.platform > each.platform order by t.platform limit 1)
  from each where each.platform is not null
) select platform from each where platform is not null`;

/** The walks a list is put together from, where no index has it in one order. */
function walkOf(
  filter: TicketFilter,
  where: Conditions,
): { readonly from: string; readonly on: string } | null {
  const { item, region, unit, state, platform, overdue, number, call } = filter;
  // Narrow by themselves.
  if (overdue === true || number !== undefined || call !== undefined) return null;
  const led = item !== undefined || region !== undefined || unit !== undefined || isGrave(filter);
  if (led && state === undefined)
    return {
      from: `select unnest(${where.value([...TicketState.options])}::text[]) as state`,
      on: 't.state = lead.state',
    };
  if (!led && state !== undefined && platform === undefined)
    return { from: platforms, on: 't.platform = lead.platform' };
  return null;
}

const cursorAt = (at: number, position: number): string =>
  Buffer.from(`${at} ${position}`, 'utf8').toString('base64url');

function placeOf(cursor: string | undefined): { readonly at: number; readonly position: number } | null {
  if (cursor === undefined) return null;
  const [at, position] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ').map(Number);
  if (!Number.isSafeInteger(at) || !Number.isSafeInteger(position))
    throw new StoreFailure('invalid-field', 'The cursor is not one of ours; start again without it.', {
      field: 'cursor',
    });
  return { at: at ?? 0, position: position ?? 0 };
}
