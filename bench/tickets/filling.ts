// Generated tickets by SQL alone, as the server would write them: rows, words, and what reports count.
// It must run on the bench's own PostgreSQL: secondary indexes are dropped while it loads and made anew after.
import type { Client } from 'pg';
import { turn } from './turn.ts';

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
const aTurn = 1_000_000;

// Bodies are as long as real ones (two deadlines, a caller); words are made as domain/ticket/words.ts makes them.
const fill = `
with made as (
  select n, 'gen-' || n as id, ($3::text[])[1 + n % 8] as what, ($4::text[])[1 + (n / 8) % 6] || '第' || (n % 99991) || '号' as place,
    case when n % 5 = 0 then '110' else '12345' end as platform,
    case when n % 50 = 0 then 'urgent' else 'general' end as class,
    (array['new','accepted','assigned','closed','closed','closed','closed','closed'])[1 + n % 8] as state,
    'public-works-' || (1 + n % 5) as item, (array['450702','450703','450721','450722'])[1 + n % 4] as region,
    date_trunc('milliseconds', now() - make_interval(secs => ($5::int - n) * 20.0)) as at
  from generate_series($1::int, $1::int + $2::int - 1) as n
), written as (
  insert into tickets (id, serial, version, platform, origin_platform, platforms, class, state, source, item, region,
    emergency, overdue, opened_at, changed_at, closed_at, caller_number, body)
  select id, id, 1, platform, '12345', '{12345}', class, state, 'phone', item, region, false, n % 997 = 0, at, at,
    case when state = 'closed' then at end, '139' || lpad((n % 1000003)::text, 8, '0'),
    $6::jsonb || jsonb_build_object('id', id, 'serial', id, 'summary', what, 'place', place, 'platform', platform,
      'class', class, 'state', state, 'item', item, 'region', region, 'openedAt', to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
  from made returning position, body
)
insert into ticket_words
select position, array_to_tsvector(array(
    select distinct substr(t, i, 2) from unnest(array[body ->> 'summary', split_part(body ->> 'place', '第', 1), '第', '号']) as t,
      generate_series(1, length(t)) as i
    union select substring(body ->> 'place' from '[0-9]+') union select body ->> 'serial')
  || ('#' || position / 65536))
from written`;

export async function fillTickets(db: Client, count: number, lock: string | undefined): Promise<void> {
  const { rows: sample } = await db.query<{ body: unknown }>('select body from tickets limit 1');
  const { rows: indexes } = await db.query<{ name: string; made: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as made from pg_index i
     where indrelid in ('tickets'::regclass, 'ticket_words'::regclass)
       and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`,
  );
  await db.query("set synchronous_commit = off; set maintenance_work_mem = '1GB'; set statement_timeout = 0");
  let seconds = 0;
  const timed = (work: () => Promise<void>): Promise<void> =>
    turn(lock, async () => {
      const began = performance.now();
      await work();
      seconds += (performance.now() - began) / 1000;
    });
  await timed(async () => {
    for (const { name } of indexes) await db.query(`drop index ${name}`);
  });
  for (let from = 0; from < count; from += aTurn)
    await timed(async () => {
      for (let at = from; at < Math.min(count, from + aTurn); at += 100_000)
        await db.query(fill, [
          at,
          Math.min(100_000, count - at),
          summaries,
          places,
          count,
          JSON.stringify(sample[0]?.body),
        ]);
    });
  for (const { made } of indexes)
    await timed(async () => {
      await db.query(made);
    });
  for (const table of ['tickets', 'ticket_words'])
    await timed(async () => {
      await db.query(`vacuum (analyze) ${table}`);
    });
  await timed(async () => {
    await db.query('checkpoint').catch(() => undefined);
  });
  console.log(`filled with ${count} generated tickets, indexes made anew, in ${seconds.toFixed(0)} s`);
  const { rows: sizes } = await db.query<{ name: string; size: string }>(
    `select indexrelid::regclass::text as name, pg_size_pretty(pg_relation_size(indexrelid)) as size
     from pg_index where indrelid in ('tickets'::regclass, 'ticket_words'::regclass) order by pg_relation_size(indexrelid) desc`,
  );
  const { rows: tables } = await db.query<{ size: string; words: string }>(
    "select pg_size_pretty(pg_table_size('tickets')) as size, pg_size_pretty(pg_table_size('ticket_words')) as words",
  );
  console.log(`tables: tickets ${tables[0]?.size}, ticket_words ${tables[0]?.words}`);
  console.log(`indexes: ${sizes.map(({ name, size }) => `${name} ${size}`).join(', ')}`);
}
