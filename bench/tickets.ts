// Tickets: how many a second through HTTP to a durable row, and how long lists and searches take over many of them.
// It must not be read without its figures of the machine: everything shares two cores here, the load as well.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { Pool } from 'undici';
import { City } from '../lab/city.ts';

const { values } = parseArgs({
  options: {
    tickets: { type: 'string', default: '200000' },
    seconds: { type: 'string', default: '10' },
    connections: { type: 'string', default: '64' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(
    'node bench/tickets.ts [--tickets 200000] [--seconds 10] [--connections 64]\n\nOpens tickets over HTTP for some seconds, fills the store with generated ones, then times lists and searches.',
  );
  process.exit(0);
}
const quantile = (times: number[], q: number): string => {
  const sorted = [...times].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0).toFixed(1);
};
const say = (name: string, times: number[]) =>
  console.log(
    `${name}: p50 ${quantile(times, 0.5)} ms, p95 ${quantile(times, 0.95)} ms, p99 ${quantile(times, 0.99)} ms (n=${times.length})`,
  );

const city = await City.start({ log: 'error' });
try {
  const desk = await city.desk('system');
  const pool = new Pool(city.server.url, { connections: Number(values.connections), pipelining: 1 });
  const until = performance.now() + Number(values.seconds) * 1000;
  const opened: number[] = [];
  let refused = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      const began = performance.now();
      const answer = await pool.request({
        path: '/v1/tickets',
        method: 'POST',
        headers: {
          authorization: `Bearer ${desk.token}`,
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
        },
        body: JSON.stringify({
          platform: '12345',
          summary: '小区路灯不亮，晚上出行不便',
          region: '450702',
          place: '向阳街',
        }),
      });
      await answer.body.dump();
      if (answer.statusCode === 202) opened.push(performance.now() - began);
      else refused += 1;
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: Number(values.connections) }, client));
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `opened over HTTP, fsync on: ${(opened.length / seconds).toFixed(0)} tickets/s, refused ${refused}`,
  );
  say('  POST /v1/tickets', opened);

  const db = new Client({ connectionString: city.stack.postgres.url });
  await db.connect();
  const { rows } = await db.query<{ id: string }>('select id from tickets limit 1');
  const words = [
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
  const fill = performance.now();
  const count = Number(values.tickets);
  for (let from = 0; from < count; from += 50_000) {
    const n = Math.min(50_000, count - from);
    // In one statement: rows as the server writes them, words as it makes them (pairs of characters and the block).
    await db.query(
      `with made as (
         select n, 'gen-' || n as id, ($3::text[])[1 + n % 8] || ($4::text[])[1 + (n / 8) % 6] || '第' || (n % 99991) || '号' as summary
         from generate_series($1::int, $1::int + $2::int - 1) as n
       ), written as (
         insert into tickets (id, serial, version, platform, origin_platform, platforms, class, state, source, item, region,
           emergency, overdue, opened_at, changed_at, body)
         select m.id, m.id, 1, case when n % 5 = 0 then '110' else '12345' end, '12345', '{12345}',
           case when n % 50 = 0 then 'urgent' else 'general' end,
           (array['new','accepted','assigned','closed'])[1 + n % 4], 'phone', 'public-works-' || (1 + n % 5),
           (array['450702','450703','450721','450722'])[1 + n % 4], false, false,
           now() - make_interval(secs => ($5::int - n) * 20), now(),
           t.body || jsonb_build_object('id', m.id, 'serial', m.id, 'summary', m.summary)
         from made m, tickets t where t.id = $6
         returning position, id, body
       )
       insert into ticket_words select position, array_to_tsvector(array(
           select distinct substr(body ->> 'summary', i, 2) from generate_series(1, length(body ->> 'summary') - 1) as i)
           || ('#' || position / 65536)) from written`,
      [from, n, words, places, count, rows[0]?.id],
    );
  }
  await db.query('vacuum analyze tickets').catch(() => undefined);
  await db.query('vacuum analyze ticket_words').catch(() => undefined);
  console.log(`filled with ${count} in ${((performance.now() - fill) / 1000).toFixed(0)} s`);
  const sizes = await db.query<{ name: string; size: string }>(
    `select indexrelid::regclass::text as name, pg_size_pretty(pg_relation_size(indexrelid)) as size
     from pg_index where indrelid in ('tickets'::regclass, 'ticket_words'::regclass) order by pg_relation_size(indexrelid) desc`,
  );
  console.log(`index sizes: ${sizes.rows.map(({ name, size }) => `${name} ${size}`).join(', ')}`);
  const timed = async (name: string, paths: readonly string[], rounds: number) => {
    const times: number[] = [];
    for (let n = 0; n < rounds; n += 1) {
      const at = performance.now();
      const { status } = await desk.get(paths[n % paths.length] ?? '');
      if (status !== 200) throw new Error(`${name} answered ${status}`);
      times.push(performance.now() - at);
    }
    say(name, times);
  };
  const q = (text: string, more = '') => `/tickets?q=${encodeURIComponent(text)}&limit=50${more}`;
  await timed('list, newest', ['/tickets?limit=50', '/tickets?platform=110&limit=50'], 100);
  await timed(
    'list, filters',
    [
      '/tickets?platform=12345&state=new&limit=50',
      '/tickets?class=urgent&platform=12345&limit=50',
      '/tickets?region=450721&limit=50',
    ],
    150,
  );
  await timed('search, common words', [q('噪音'), q('路灯'), q('施工噪音'), q('向阳街')], 200);
  await timed('search, rare words', [q('第77777'), q('号 77'), q('白沙 退款 第9')], 150);
  await timed('search with a filter', [q('噪音', '&state=closed'), q('井盖', '&region=450722')], 100);

  const rss = async () =>
    Number(
      /^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${city.server.pid ?? 0}/status`, 'utf8'))?.[1] ?? 0,
    ) / 1024;
  for (const format of ['ndjson', 'csv', 'xlsx']) {
    const before = await rss();
    let most = before;
    const watch = setInterval(() => void rss().then((now) => (most = Math.max(most, now))), 100);
    const at = performance.now();
    const answer = await pool.request({
      path: `/v1/tickets/export?format=${format}`,
      method: 'GET',
      headers: { authorization: `Bearer ${desk.token}` },
      bodyTimeout: 0,
    });
    let bytes = 0;
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) bytes += chunk.length;
    clearInterval(watch);
    console.log(
      `export ${format}: ${answer.statusCode}, ${(bytes / 1_048_576).toFixed(0)} MiB in ${((performance.now() - at) / 1000).toFixed(1)} s, server RSS ${before.toFixed(0)} → at most ${most.toFixed(0)} MiB`,
    );
  }
  await db.end();
  await pool.close();
} finally {
  await city.stop();
}
