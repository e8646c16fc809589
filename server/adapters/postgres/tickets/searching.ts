// Full text, newest first: down from the newest ticket in windows, which grow while little is found and shrink where too much
// is, so that a common word costs its page alone and a rare one a look or two. It must not read a word's whole list to show
// its newest: where a page would take too long it ends early and says where to go on.
import { wantedOf } from '../../../domain/ticket/words.ts';
import type { TicketFilter } from '../../../engine/tickets/ports.ts';
import type { Ticket } from '../../../protocol/ticket.ts';
import type { Database } from '../database.ts';
import { conditionsOf } from './conditions.ts';
import { statement } from './statement.ts';

interface Row {
  readonly body: Ticket;
  readonly position: number;
}
export interface Found {
  readonly rows: readonly Row[];
  /** What is below has not been looked at; null: all of it has. */
  readonly below: number | null;
}

/** As `ticket_blocks` has them (0041). */
const windows = [
  { size: 1024, block: '#a' },
  { size: 16_384, block: '#b' },
  { size: 262_144, block: '#c' },
  { size: 4_194_304, block: '#d' },
] as const;
/** Texts alone, without a term, are compared row by row. */
const largestScan = 1;
/** Found in one window: more, and a smaller one is taken; all of the smallest one fits. */
const most = 2048;
/** Candidates of one page that the other filters may turn down. */
const mostLooked = 6000;
const patienceMs = 30;
/** A window that would end later than this, going by the one before it, is left to the next page. */
const latestMs = 40;
const roundTripMs = 0.5;
/** A larger window was seen to take up to four times its share. */
const margin = 3;
/** Below this distance a page is never cut short by the clock. */
const near = { terms: 1 << 16, scan: 1 << 15 } as const;
const fetchAtOnce = 300;

export async function search(
  database: Database,
  filter: TicketFilter,
  q: string,
  from: number | null,
): Promise<Found> {
  const { terms, texts } = wantedOf(q);
  if (terms.length === 0 && texts.length === 0) return { rows: [], below: null };
  const began = performance.now();
  const parts = [...terms.map(quoted), ...marksOf(filter)];
  const top = from ?? (await newest(database)) + 1;
  const reach = terms.length === 0 ? near.scan : near.terms;
  const largest = terms.length === 0 ? largestScan : windows.length - 1;
  const pairs = terms.length === 0 ? 1 : 2;
  const rows: Row[] = [];
  let below = top;
  let scale = 0;
  let looked = 0;
  // Where a window was too full: not tried again before that stretch is behind.
  let full: { readonly scale: number; readonly low: number } = { scale: windows.length, low: 0 };
  while (below > 1) {
    const { size } = windows[scale] ?? windows[0];
    // A small window reaches into the block before: its own may have just begun.
    const low = Math.max(0, (Math.floor((below - 1) / size) - (scale < pairs ? 1 : 0)) * size);
    const asked = performance.now();
    const found = await positions(database, terms.length === 0 ? [] : parts, texts, scale, low, below);
    const took = performance.now() - asked;
    if (found.length > most && scale > 0) {
      full = { scale, low };
      scale -= 1;
      continue;
    }
    const left = await take(database, filter, found, rows);
    if (left !== null) return { rows, below: left };
    looked += found.length;
    // What the next size would take at worst, by what this one did: words that are common and never meet are dear.
    const dear = (margin * Math.max(0, took - roundTripMs) * (windows[scale + 1]?.size ?? 0)) / (below - low);
    const quick = scale < 1 || dear < patienceMs - (performance.now() - began);
    below = low;
    const spent = performance.now() - began;
    const slow = spent > patienceMs || spent + took > latestMs;
    if (below > 1 && (looked > mostLooked || (slow && top - below > reach))) return { rows, below };
    const free = scale + 1 < full.scale || below <= full.low;
    if (found.length <= most / 16 && scale < largest && quick && free) scale += 1;
  }
  return { rows, below: null };
}

async function newest(database: Database): Promise<number> {
  const { rows } = await database.pool.query<{ last: number | null }>(
    'select max(position) as last from ticket_words',
  );
  return rows[0]?.last ?? 0;
}

/** Newest first; one more than `most` where there are too many. */
async function positions(
  database: Database,
  parts: readonly string[],
  texts: readonly string[],
  scale: number,
  low: number,
  below: number,
): Promise<readonly number[]> {
  const values: unknown[] = [low, below];
  const conditions = texts.map((text) => {
    values.push(`%${text}%`);
    return `text like $${values.length}`;
  });
  if (parts.length > 0) {
    values.push([...parts, blocksOf(scale, low, below)].filter((part) => part !== '').join(' & '));
    // The sum keeps the planner from walking the window by position: the index of words has the window, too.
    conditions.push(`words @@ $${values.length}::tsquery`, 'position + 0 >= $1', 'position + 0 < $2');
  } else conditions.push('position >= $1', 'position < $2');
  const { rows } = await database.pool.query<{ position: number }>(
    statement(
      `select position from ticket_words where ${conditions.join(' and ')} limit ${most + 1}`,
      values,
    ),
  );
  return rows.map(({ position }) => position).sort((a, b) => b - a);
}

/** Filters that are terms as well (0041): what never meets costs no row. */
const marksOf = ({ platform, region, item }: TicketFilter): readonly string[] =>
  Object.entries({ p: platform, r: region, i: item }).flatMap(([mark, value]) =>
    value === undefined ? [] : [quoted(`@${mark}${value}`)],
  );

function blocksOf(scale: number, low: number, below: number): string {
  // To the very first ticket: nothing to leave out.
  const { size, block } = windows[scale] ?? windows[0];
  if (low === 0 && scale === windows.length - 1) return '';
  const names: string[] = [];
  for (let n = Math.floor(low / size); n * size < below; n += 1) names.push(quoted(`${block}${n}`));
  return `(${names.join(' | ')})`;
}

/** Adds what the filter lets through; gives where to go on once the page is full, null while it is not. */
async function take(
  database: Database,
  filter: TicketFilter,
  found: readonly number[],
  rows: Row[],
): Promise<number | null> {
  const bare = conditionsOf(filter).texts.length === 0;
  for (let at = 0; at < found.length;) {
    const wanted = filter.limit + 1 - rows.length;
    const some = found.slice(at, at + (bare ? wanted : fetchAtOnce));
    at += some.length;
    const where = conditionsOf(filter);
    where.add('t.position = any(?::bigint[])', some);
    const page = await database.pool.query<Row>(
      statement(
        `select t.body, t.position from tickets t ${where.where} order by t.position desc limit ${where.value(wanted)}`,
        where.values,
      ),
    );
    rows.push(...page.rows);
    if (rows.length > filter.limit) {
      rows.pop();
      return rows.at(-1)?.position ?? null;
    }
  }
  return null;
}

/** A lexeme in a tsquery; only letters and digits come here, but the quotes must hold whatever does. */
const quoted = (term: string): string => `'${term.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
