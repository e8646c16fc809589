// PostgreSQL away while calls flow: every call is answered, tagged and ended, and has its one ticket when it is back; what
// needs the database at once is refused with a code, and the same key goes on afterwards. HOTLINE_OUTAGE_SECONDS: how long.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import t from 'tap';
import { Scene } from './scene.ts';

const seconds = Number(process.env['HOTLINE_OUTAGE_SECONDS'] ?? 5);
t.setTimeout(150_000 + seconds * 2000);
const scene = await Scene.start();
const { city } = scene;
t.teardown(() => scene.stop());
const seat = await city.staff('1001');

await t.test(
  'SV6 G11 WR3 PostgreSQL away: nothing refused that the seat cannot redo, nothing lost',
  async (t) => {
    const before = await seat.desk.post('/tickets', { summary: '先前' }, 'before');
    t.equal(before.status, 202);
    city.stack.kill('postgres', 'SIGKILL');
    await city.until('PostgreSQL is dead', () => city.stack.pid('postgres') === undefined);
    const died = Date.now();
    const away = await seat.desk.post('/tickets', { summary: '停库时登记' }, 'while-away');
    t.match(away, { status: 503, body: { code: 'database-away' } });
    const calls: string[] = [];
    const refused: string[] = [];
    const asked = async (method: string, path: string, body: object = {}): Promise<void> => {
      const { status, body: told } = await seat.desk.request(method, path, body);
      if (status !== 202) refused.push(`${method} ${path} ${status} ${String(told['code'])}`);
    };
    do {
      const call = await scene.talk('12345', seat);
      calls.push(call.id);
      await asked('PUT', `/calls/${call.id}/tag`, { class: 'general', summary: `停库第${calls.length}通` });
      await call.caller.hangup();
      await city.until(
        'the seat is in wrap-up',
        async () => (await city.seat('1001'))['state'] === 'wrap-up',
      );
      await asked('POST', '/seats/1001/wrap-up/finish');
      await city.until('the seat is free', async () => (await city.seat('1001'))['state'] === 'idle');
      await call.caller.stop();
    } while (Date.now() - died < seconds * 1000);
    await sleep(Math.max(0, seconds * 1000 - (Date.now() - died)));
    t.same(refused, [], `${calls.length} calls in ${seconds} s without the database: no command refused`);
    await city.stack.restart('postgres');
    await city.until(
      'the same key goes on',
      async () => (await seat.desk.post('/tickets', { summary: '停库时登记' }, 'while-away')).status === 202,
      20_000,
    );
    const witness = new Client({ connectionString: city.stack.postgres.url });
    await witness.connect();
    t.teardown(() => witness.end());
    const tickets = async (): Promise<readonly { origin_call: string; n: string }[]> =>
      (
        await witness.query<{ origin_call: string; n: string }>(
          'select origin_call, count(*) as n from tickets where origin_call = any($1) group by 1',
          [calls],
        )
      ).rows;
    await city.until(
      'every call has a ticket',
      async () => (await tickets()).length === calls.length,
      20_000,
    );
    t.ok(
      (await tickets()).every(({ n }) => Number(n) === 1),
      'one each',
    );
    const { rows } = await witness.query(
      "select count(*)::int as n from tickets where body ->> 'summary' = '停库时登记'",
    );
    t.same(rows, [{ n: 1 }]);
    t.match(await seat.desk.post('/tickets', { summary: '先前' }, 'before'), {
      status: 202,
      body: { id: before.body['id'] },
    });
    const { rows: gaps } = await witness.query(
      'select max(sequence) - min(sequence) + 1 - count(*) as missing from facts',
    );
    t.equal(Number((gaps[0] as { missing: string }).missing), 0, 'CL7: no gap in the ledger');
  },
);
