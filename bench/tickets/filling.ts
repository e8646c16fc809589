// Generated tickets by SQL alone, as the server would write them: rows, words, and the facts that reports count.
// It must run on the bench's own PostgreSQL: secondary indexes are dropped while it loads and made anew after.
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { Catalogue, Units } from '../../server/protocol/reference.ts';
import { termsOf } from '../../server/domain/ticket/words.ts';

const summaries = [
  '夜间施工噪音扰民，持续到凌晨两点，影响老人和学生休息，请尽快处理',
  '小区门口路灯故障多日，晚上出行不便',
  '人行道井盖缺失，行人有危险',
  '邻里纠纷，双方情绪激动，请求调解',
  '工地拖欠工资三个月，多次催要未果',
  '违章停车堵塞消防通道',
  '垃圾清运不及时，异味很大',
  '商家不履行承诺，消费纠纷退款',
];
const places = ['向阳街', '永福西大街', '子材西大街', '金海湾东大街', '白沙路', '人民南路'];
const aPiece = 50_000;

const site = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../site/qinzhou/${name}.json`, import.meta.url), 'utf8'));

// Bodies are as long as real ones; words are the server's own for each summary and place, and the numbers of each ticket.
// Some items are common and most are rare, as matters are; nine in ten are closed but for the newest.
const fill = `
with made as (
  select n, 'gen-' || n as id, lpad(n::text, 7, '0') as running, combo.what, combo.place || '第' || (n % 99991) || '号' as place,
    combo.terms, combo.text,
    case when n % 5 = 0 then '110' else '12345' end as platform,
    case when n % 50 = 0 then 'urgent' else 'general' end as class,
    case when n % 10 < 9 and n < $3 - 100000 then 'closed' else (array['new','accepted','assigned','closed','signed','feedback','closed','closed'])[1 + n % 8] end as state,
    (array['450702','450703','450721','450722'])[1 + n % 4] as region,
    date_trunc('milliseconds', now() - make_interval(secs => ($3::int - n) * 20.0)) as at
  from generate_series($1::int, $1::int + $2::int - 1) as n join bench_combos as combo on combo.number = n % 48
), placed as (
  select *, ($4::text[])[1 + floor(cardinality($4::text[]) * ((n * 7919::bigint % 10007) / 10007::float8) ^ 3)::int] as item,
    case when state in ('new', 'accepted') then null else ($5::text[])[1 + n % cardinality($5::text[])] end as unit
  from made
), written as (
  insert into tickets (id, serial, version, platform, origin_platform, platforms, class, state, source, item, region, unit,
    emergency, overdue, opened_at, changed_at, closed_at, caller_number, body)
  select id, '20260101-' || running, 1, platform, '12345', case when n % 12 = 0 then '{12345,110}' else array[platform] end, class,
    state, 'phone', item, region, unit, false, n % 997 = 0, at, at + interval '1 hour',
    case when state = 'closed' then at + interval '1 hour' end, '139' || lpad((n % 1000003)::text, 8, '0'),
    $6::jsonb || jsonb_build_object('id', id, 'serial', '20260101-' || running, 'summary', what, 'place', place,
      'platform', platform, 'class', class, 'state', state, 'item', item, 'region', region,
      'caller', jsonb_build_object('number', '139' || lpad((n % 1000003)::text, 8, '0')),
      'openedAt', to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
  from placed
  returning position, id
)
insert into ticket_words (position, text, words)
select position, placed.text || (n % 99991) || '号' || E'\\n20260101-' || running,
  array_to_tsvector(terms || array[left((n % 99991)::text, 3), left((n % 99991)::text, 4), (n % 99991)::text, '2026010', running]
    || ticket_blocks(position) || ticket_marks(platform, region, item))
from written join placed using (id)`;

// What a ticket's life leaves: opened, accepted, assigned, closed, and now and then returned.
const tell = `
insert into ticket_facts (xid, ticket, version, type, time, actor, platform, data, item, unit, platforms, opened_at)
-- As if written long ago: the relay into the ledger would take them for news.
select '3'::xid8, t.id, step.n, 'ticket.' || step.what, t.opened_at + step.n * interval '11 minutes', (1001 + t.position % 20)::text, t.platform,
  jsonb_build_object('serial', t.serial, 'class', t.class, 'state', t.state)
    || case when step.what in ('accepted', 'closed') then jsonb_build_object('due', t.opened_at, 'late', t.position % 20 = 0) else '{}' end
    || case when step.what in ('assigned', 'returned') then jsonb_build_object('unit', t.unit) else '{}' end,
  t.item, t.unit, t.platforms, t.opened_at
from tickets t cross join (values (0, 'opened'), (1, 'accepted'), (2, 'assigned'), (3, 'returned'), (4, 'closed')) as step (n, what)
where t.position > $1 and t.position <= $2 and t.id like 'gen-%'
  and (step.what in ('opened', 'accepted') or t.unit is not null) and (step.what <> 'returned' or t.position % 25 = 0)
  and (step.what <> 'closed' or t.state = 'closed')`;

export interface FillOptions {
  readonly count: number;
  readonly url: string;
  readonly ownerUrl: string;
  /** Stops after this; the same step again goes on. */
  readonly seconds: number;
}
async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const done = await work();
  console.log(`  ${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  return done;
}

/** Two at once, in one line of work; each on a connection of its own. Gives how much is left when the time is over. */
async function withTwo<T>(
  { url, seconds }: Pick<FillOptions, 'url' | 'seconds'>,
  line: readonly T[],
  work: (db: Client, one: T) => Promise<void>,
): Promise<number> {
  const left = [...line];
  const until = performance.now() + seconds * 1000;
  const run = async (): Promise<void> => {
    const db = new Client({ connectionString: url });
    await db.connect();
    await db.query(
      "set synchronous_commit = off; set maintenance_work_mem = '1GB'; set statement_timeout = 0; set jit = off",
    );
    try {
      while (left.length > 0 && performance.now() < until) {
        const one = left.shift();
        if (one !== undefined) await work(db, one);
      }
    } finally {
      await db.end();
    }
  };
  await Promise.all([run(), run()]);
  if (left.length > 0)
    console.log(`  not finished, ${left.length} of ${line.length} left: run this step again`);
  return left.length;
}

/** Indexes of these tables that no constraint stands on. The server looks into two of them every second, also now. */
async function secondary(db: Client, tables: readonly string[]) {
  const { rows } = await db.query<{ name: string; made: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as made from pg_index i
     where indrelid = any($1::regclass[]) and indexrelid <> all ('{tickets_due,ticket_facts_in_order}'::regclass[])
       and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`,
    [tables],
  );
  return rows;
}

/**
 * Loading in bulk would be mostly log and checkpoints: the tables are read alone afterwards, and reading one that is not
 * logged is the same. Opening, which is measured with the log and fsync on, comes before.
 */
async function unlogged(db: Client, ownerUrl: string, tables: readonly string[]): Promise<void> {
  const owner = new Client({ connectionString: ownerUrl });
  await owner.connect();
  for (const text of ["max_wal_size = '16GB'", "checkpoint_timeout = '1h'"])
    await owner.query(`alter system set ${text}`);
  await owner.query('select pg_reload_conf()');
  await owner.end();
  for (const table of tables) await db.query(`alter table ${table} set unlogged`);
}

export async function fillTickets(db: Client, options: FillOptions): Promise<void> {
  const tables = ['tickets', 'ticket_words'];
  const { rows: sample } = await db.query<{ body: unknown }>(
    "select body from tickets where id not like 'gen-%' limit 1",
  );
  await unlogged(db, options.ownerUrl, tables);
  await db.query(
    'create table if not exists bench_combos (number integer primary key, what text, place text, terms text[], text text)',
  );
  for (let n = 0; n < 48; n += 1) {
    const [what = '', place = ''] = [summaries[n % 8], places[Math.floor(n / 8) % 6]];
    await db.query('insert into bench_combos values ($1, $2, $3, $4, $5) on conflict do nothing', [
      n,
      what,
      place,
      termsOf([what, `${place}第`]),
      `${what}\n${place}第`,
    ]);
  }
  const items = Catalogue.parse(site('catalogue')).groups.flatMap((group) => group.items.map(({ id }) => id));
  const units = Units.parse(site('units')).units.map(({ code }) => code);
  const pieces = Array.from({ length: Math.ceil(options.count / aPiece) }, (_, n) => n * aPiece);
  const { rows: there } = await db.query<{ id: string }>('select id from tickets where id = any($1)', [
    pieces.map((at) => `gen-${at}`),
  ]);
  const made = new Set(there.map(({ id }) => id));
  const left = pieces.filter((at) => !made.has(`gen-${at}`));
  if (left.length === 0) return;
  await setAside(db, tables);
  await timed(`${options.count} tickets with their words, ${made.size * aPiece} of them before`, () =>
    withTwo(options, left, async (worker, at) => {
      const size = Math.min(aPiece, options.count - at);
      await worker.query(fill, [at, size, options.count, items, units, JSON.stringify(sample[0]?.body)]);
    }),
  );
}

/** Indexes are dropped while a table is filled; what they were is kept in the database, for a run that goes on. */
async function setAside(db: Client, tables: readonly string[]): Promise<void> {
  await db.query('create table if not exists bench_indexes (name text primary key, made text)');
  for (const { name, made } of await secondary(db, tables)) {
    await db.query('insert into bench_indexes values ($1, $2) on conflict do nothing', [name, made]);
    await db.query(`drop index ${name}`);
  }
}

/** Makes what was set aside anew; false where time was over before the last one. */
async function makeIndexes(db: Client, options: FillOptions): Promise<boolean> {
  const { rows } = await db.query<{ made: string }>(
    // The longest first.
    "select made from bench_indexes where to_regclass(name) is null order by made ilike '%using gin%' desc",
  );
  const left = await timed(`${rows.length} indexes`, () =>
    withTwo(options, rows, async (worker, { made }) => {
      await worker.query(made);
    }),
  );
  return left === 0;
}

export async function indexTickets(db: Client, options: FillOptions): Promise<void> {
  if (!(await makeIndexes(db, options))) return;
  await timed('vacuum and analyze', () =>
    withTwo(options, ['tickets', 'ticket_words'], async (worker, table) => {
      await worker.query(`vacuum (analyze) ${table}`);
    }),
  );
  await tellSizes(db, ['tickets', 'ticket_words']);
}

/** Facts of the newest `count` generated tickets, with their indexes. */
export async function fillFacts(db: Client, options: FillOptions): Promise<void> {
  await unlogged(db, options.ownerUrl, ['ticket_facts']);
  const { rows } = await db.query<{ first: string; last: string }>(
    "select min(position) as first, max(position) as last from tickets where id like 'gen-%'",
  );
  const last = Number(rows[0]?.last ?? 0);
  const first = Math.max(Number(rows[0]?.first ?? 0) - 1, last - options.count);
  await setAside(db, ['ticket_facts']);
  const pieces = Array.from({ length: Math.ceil((last - first) / aPiece) }, (_, n) => first + n * aPiece);
  await timed('facts', () =>
    withTwo(options, pieces, async (worker, at) => {
      await worker.query(tell, [at, at + aPiece]);
    }),
  );
  await makeIndexes(db, options);
  await timed('vacuum and analyze', async () => {
    await db.query('vacuum (analyze) ticket_facts');
  });
  await tellSizes(db, ['ticket_facts']);
}

async function tellSizes(db: Client, tables: readonly string[]): Promise<void> {
  const mb = (bytes: string): string => `${(Number(bytes) / 1_048_576).toFixed(0)} MB`;
  const { rows } = await db.query<{ name: string; size: string; rows: string }>(
    `select relname as name, pg_table_size(oid) as size, reltuples::bigint as rows from pg_class where oid = any($1::regclass[])
     order by 2 desc`,
    [tables],
  );
  console.log(`tables: ${rows.map((each) => `${each.name} ${each.rows} rows ${mb(each.size)}`).join(', ')}`);
  const { rows: indexes } = await db.query<{ name: string; size: string }>(
    `select indexrelid::regclass::text as name, pg_relation_size(indexrelid) as size from pg_index
     where indrelid = any($1::regclass[]) order by 2 desc`,
    [tables],
  );
  console.log(`indexes: ${indexes.map(({ name, size }) => `${name} ${mb(size)}`).join(', ')}`);
}
