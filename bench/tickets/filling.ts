// Generated tickets by SQL alone, as the server would write them: rows, words, and what reports count.
// It must run on the bench's own PostgreSQL: secondary indexes are dropped while it loads and made anew after.
import { Client } from 'pg';
import { termsOf } from '../../server/domain/ticket/words.ts';

const summaries = [
  '夜间施工噪音扰民',
  '路灯故障',
  '井盖缺失',
  '邻里纠纷',
  '拖欠工资',
  '违章停车',
  '垃圾清运',
  '消费纠纷退款',
];
const places = ['向阳街', '永福西大街', '子材西大街', '金海湾东大街', '白沙路', '人民南路'];
const aPiece = 50_000;

// Bodies are as long as real ones; words are the server's own for each summary and place, and the numbers of each ticket.
const fill = `
with made as (
  select n, 'gen-' || n as id, combo.what, combo.place || '第' || (n % 99991) || '号' as place, combo.terms,
    case when n % 5 = 0 then '110' else '12345' end as platform,
    case when n % 50 = 0 then 'urgent' else 'general' end as class,
    (array['new','accepted','assigned','closed','closed','closed','closed','closed'])[1 + n % 8] as state,
    'public-works-' || (1 + n % 5) as item, (array['450702','450703','450721','450722'])[1 + n % 4] as region,
    date_trunc('milliseconds', now() - make_interval(secs => ($3::int - n) * 20.0)) as at
  from generate_series($1::int, $1::int + $2::int - 1) as n join bench_combos as combo on combo.number = n % 48
), written as (
  insert into tickets (id, serial, version, platform, origin_platform, platforms, class, state, source, item, region,
    emergency, overdue, opened_at, changed_at, closed_at, caller_number, body)
  select id, id, 1, platform, '12345', '{12345}', class, state, 'phone', item, region, false, n % 997 = 0, at, at,
    case when state = 'closed' then at end, '139' || lpad((n % 1000003)::text, 8, '0'),
    $4::jsonb || jsonb_build_object('id', id, 'serial', id, 'summary', what, 'place', place, 'platform', platform,
      'class', class, 'state', state, 'item', item, 'region', region, 'openedAt', to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
  from made returning position, id
)
insert into ticket_words
select position, array_to_tsvector(terms || array[(n % 99991)::text, 'gen', n::text, '#' || position / 65536])
from written join made using (id)`;

/** Loading in bulk with the usual 1 GB would be mostly checkpoints. */
async function roomForWal(ownerUrl: string): Promise<void> {
  const owner = new Client({ connectionString: ownerUrl });
  await owner.connect();
  await owner.query("alter system set max_wal_size = '16GB'");
  await owner.query('select pg_reload_conf()');
  await owner.end();
}

export interface FillOptions {
  readonly count: number;
  /** Stops adding after this; what fits is what is measured. */
  readonly seconds: number;
  readonly url: string;
  readonly ownerUrl: string;
}

/** Gives how many were made. */
export async function fillTickets(db: Client, options: FillOptions): Promise<number> {
  const { rows: sample } = await db.query<{ body: unknown }>('select body from tickets limit 1');
  const { rows: indexes } = await db.query<{ name: string; made: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as made from pg_index i
     where indrelid in ('tickets'::regclass, 'ticket_words'::regclass)
       -- The server looks for what is due every second, also now; generated tickets are not in this one.
       and indexrelid <> 'tickets_due'::regclass
       and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`,
  );
  await roomForWal(options.ownerUrl);
  await db.query(
    'create table bench_combos (number integer primary key, what text, place text, terms text[])',
  );
  for (let n = 0; n < 48; n += 1) {
    const [what = '', place = ''] = [summaries[n % 8], places[Math.floor(n / 8) % 6]];
    await db.query('insert into bench_combos values ($1, $2, $3, $4)', [
      n,
      what,
      place,
      termsOf(what, place, '第', '号'),
    ]);
  }
  const settings =
    "set synchronous_commit = off; set maintenance_work_mem = '1GB'; set statement_timeout = 0";
  const workers = [db, new Client({ connectionString: options.url })];
  // What fails is told by the query itself; a connection that ends with the bench is no news.
  workers[1]?.on('error', () => undefined);
  await workers[1]?.connect();
  for (const worker of workers) await worker.query(settings);
  let seconds = 0;
  let made = 0;
  const timed = async (work: () => Promise<void>): Promise<void> => {
    const began = performance.now();
    await work();
    seconds += (performance.now() - began) / 1000;
  };
  await timed(async () => {
    for (const { name } of indexes) await db.query(`drop index ${name}`);
    const until = performance.now() + options.seconds * 1000;
    await Promise.all(
      workers.map(async (worker) => {
        while (made < options.count && performance.now() < until) {
          const at = made;
          made += aPiece;
          await worker.query(fill, [at, aPiece, options.count, JSON.stringify(sample[0]?.body)]);
        }
      }),
    );
  });
  const loaded = seconds;
  // Two at a time, in one line; each takes what it can of the machine.
  const left = indexes.map((index) => index.made);
  const make = async (worker: Client): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await worker.query(next);
  };
  await timed(async () => {
    await Promise.all(workers.map(make));
  });
  await timed(async () => {
    for (const table of ['tickets', 'ticket_words']) await db.query(`vacuum (analyze) ${table}`);
    await db.query('checkpoint').catch(() => undefined);
  });
  await workers[1]?.end();
  console.log(
    `filled with ${made} generated tickets in ${loaded.toFixed(0)} s, indexes made anew in ${(seconds - loaded).toFixed(0)} s`,
  );
  const { rows: sizes } = await db.query<{ name: string; size: string }>(
    `select indexrelid::regclass::text as name, pg_size_pretty(pg_relation_size(indexrelid)) as size
     from pg_index where indrelid in ('tickets'::regclass, 'ticket_words'::regclass) order by pg_relation_size(indexrelid) desc`,
  );
  const { rows: tables } = await db.query<{ size: string; words: string }>(
    "select pg_size_pretty(pg_table_size('tickets')) as size, pg_size_pretty(pg_table_size('ticket_words')) as words",
  );
  console.log(`tables: tickets ${tables[0]?.size}, ticket_words ${tables[0]?.words}`);
  console.log(`indexes: ${sizes.map(({ name, size }) => `${name} ${size}`).join(', ')}`);
  return made;
}
