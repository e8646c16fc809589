// Lists of tickets, newest first, by any mix of filters and by full text. It must not build SQL out of what people typed.
import { wantedOf } from '../../../domain/ticket/words.ts';
import type { Page, TicketFilter } from '../../../engine/tickets/ports.ts';
import type { Ticket } from '../../../protocol/ticket.ts';
import type { Database } from '../database.ts';
import { StoreFailure } from '../failures.ts';

interface Row {
  readonly body: Ticket;
  readonly position: number;
  readonly opened_at: Date;
}
const blockSize = 65_536;

class Conditions {
  readonly values: unknown[] = [];
  readonly texts: string[] = [];
  /** `?` in the text stands for the value. */
  add(text: string, value: unknown): void {
    this.values.push(value);
    this.texts.push(text.replace('?', `$${this.values.length}`));
  }
  get where(): string {
    return this.texts.length === 0 ? '' : `where ${this.texts.join(' and ')}`;
  }
}

function conditionsOf(filter: TicketFilter): Conditions {
  const where = new Conditions();
  const equal = (column: string, value: string | undefined) => {
    if (value !== undefined) where.add(`t.${column} = ?`, value);
  };
  equal('platform', filter.platform);
  equal('state', filter.state);
  equal('class', filter.class);
  equal('item', filter.item);
  equal('region', filter.region);
  equal('unit', filter.unit);
  equal('source', filter.source);
  equal('caller_number', filter.number);
  // Said again in so many words: a plan made without the values cannot know that these partial indexes hold the rows.
  if (filter.class !== undefined && filter.class !== 'general') where.texts.push("t.class <> 'general'");
  if (filter.item !== undefined && filter.item !== '') where.texts.push("t.item <> ''");
  if (filter.region !== undefined && filter.region !== '') where.texts.push("t.region <> ''");
  if (filter.overdue === true) where.texts.push('t.overdue');
  if (filter.concerning !== undefined) where.add('t.platforms @> array[?::text]', filter.concerning);
  if (filter.call !== undefined) where.add(`t.body -> 'calls' @> to_jsonb(?::text)`, filter.call);
  if (filter.from !== undefined) where.add('t.opened_at >= ?', new Date(filter.from));
  if (filter.to !== undefined) where.add('t.opened_at < ?', new Date(filter.to));
  return where;
}

export async function listTickets(database: Database, filter: TicketFilter): Promise<Page<Ticket>> {
  const rows =
    filter.q === undefined ? await byTime(database, filter) : await byWords(database, filter, filter.q);
  const items = rows.slice(0, filter.limit);
  const last = items.at(-1);
  const more = rows.length > filter.limit && last;
  return { items: items.map(({ body }) => body), next: more ? cursorOf(last) : null };
}

async function byTime(database: Database, filter: TicketFilter): Promise<readonly Row[]> {
  const where = conditionsOf(filter);
  const place = placeOf(filter.cursor);
  if (place) {
    where.add('(t.opened_at, t.position) < (?', new Date(place.at));
    where.values.push(place.position);
    where.texts.push(`${where.texts.pop() ?? ''}, $${where.values.length})`);
  }
  const text = `select t.body, t.position, t.opened_at from tickets t ${where.where}
    order by t.opened_at desc, t.position desc limit ${filter.limit + 1}`;
  return (await database.pool.query<Row>(text, where.values)).rows;
}

/** Newest block of numbers first: a common word fills the page there; a rare one is cheap to look for everywhere. */
async function byWords(database: Database, filter: TicketFilter, q: string): Promise<readonly Row[]> {
  const wanted = wantedOf(q);
  const parts = [
    ...wanted.exact.map((term) => quoted(term)),
    ...wanted.prefixes.map((term) => `${quoted(term)}:*`),
  ];
  if (parts.length === 0) return [];
  const top = await database.pool.query<{ last: number }>(
    'select coalesce(max(position), 0) as last from ticket_words',
  );
  const before = placeOf(filter.cursor)?.position ?? (top.rows[0]?.last ?? 0) + 1;
  const found: Row[] = [];
  const newest = Math.floor((before - 1) / blockSize);
  const look = async (block: string | null, below: number): Promise<void> => {
    const where = conditionsOf(filter);
    where.add('w.words @@ ?::tsquery', [...parts, ...(block === null ? [] : [quoted(block)])].join(' & '));
    where.add('w.position < ?', below);
    for (const run of wanted.runs)
      where.add(
        `lower(normalize(t.body ->> 'summary' || ' ' || (t.body ->> 'place'), nfkc)) like ?`,
        `%${run}%`,
      );
    const text = `select t.body, t.position, t.opened_at from ticket_words w join tickets t using (position)
      ${where.where} order by w.position desc limit ${filter.limit + 1 - found.length}`;
    found.push(...(await database.pool.query<Row>(text, where.values)).rows);
  };
  await look(`#${newest}`, before);
  if (found.length <= filter.limit && newest > 0) await look(null, newest * blockSize);
  return found;
}

/** A lexeme in a tsquery; only letters and digits come here, but the quotes must hold whatever does. */
const quoted = (term: string): string => `'${term.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

const cursorOf = (row: Row): string =>
  Buffer.from(`${row.opened_at.getTime()} ${row.position}`, 'utf8').toString('base64url');

function placeOf(cursor: string | undefined): { readonly at: number; readonly position: number } | null {
  if (cursor === undefined) return null;
  const [at, position] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ').map(Number);
  if (!Number.isSafeInteger(at) || !Number.isSafeInteger(position))
    throw new StoreFailure('invalid-field', 'The cursor is not one of ours; start again without it.', {
      field: 'cursor',
    });
  return { at: at ?? 0, position: position ?? 0 };
}
