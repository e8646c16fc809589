// The ledger on a real PostgreSQL: order, exactly once, crashes of either side, the fence, reading what is not stored yet.
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import type { LedgerEntry } from '../../server/engine/ports.ts';
import {
  callOf,
  factOf,
  fenceOf,
  gapsAndDoubles,
  seatOf,
  Stand,
  until,
  writeAtRate,
} from './ledger-stand.ts';

const stand = await Stand.start();

test('the ledger', async (t) => {
  t.teardown(() => stand.stop());

  await t.test('CL7 facts come back in the order they went in, once each, after a restart too', async (t) => {
    const url = await stand.freshDatabase();
    const folder = await stand.stateFolder();
    const ledger = await stand.ledger(url, folder);
    t.equal(await ledger.lastSequence(), 0);
    for (let sequence = 1; sequence <= 2000;) {
      const facts = Array.from({ length: 1 + (sequence % 4) }, (_, n) =>
        factOf(sequence + n, `call-${sequence % 3}`),
      );
      sequence += facts.length;
      ledger.append({ facts });
    }
    const last = (await ledger.facts(1990, 100)).at(-1)?.sequence ?? 0;
    await ledger.durable(last);
    t.equal(await gapsAndDoubles(url, last), '');
    await ledger.close();

    const again = await stand.ledger(url, folder, fenceOf(2));
    t.equal(await again.lastSequence(), last);
    const facts = await again.facts(0, 5000);
    t.strictSame(
      facts.map((fact) => fact.sequence),
      Array.from({ length: last }, (_, n) => n + 1),
    );
    t.strictSame(facts[41], factOf(42, facts[41]?.call ?? null), 'a fact reads as it was written');
    t.strictSame(
      (await again.facts(100, 3)).map((fact) => fact.sequence),
      [101, 102, 103],
    );
    t.strictSame(await again.facts(last, 10), []);
    const timeline = await again.timeline('call-1');
    t.ok(
      timeline.length > 100 && timeline.every((fact, n) => fact.sequence > (timeline[n - 1]?.sequence ?? 0)),
    );
    await again.close();
  });

  await t.test('CL7 what is not stored yet is read all the same; newer views win', async (t) => {
    const url = await stand.freshDatabase();
    const ledger = await stand.ledger(url, await stand.stateFolder());
    await ledger.lastSequence();
    ledger.append({
      facts: [factOf(1, 'a')],
      call: { view: callOf('a', 1), ended: false },
      seat: seatOf('1001', 1),
    });
    ledger.append({
      facts: [factOf(2, 'a')],
      call: { view: callOf('a', 2, { owner: '1001' }), ended: false },
    });
    ledger.append({
      facts: [factOf(3, 'b')],
      call: { view: callOf('b', 1, { phase: 'ended', endReason: 'caller-left' }), ended: true },
      seat: seatOf('1001', 2, { state: 'talking' }),
      callBack: {
        call: 'b',
        platform: '110',
        number: '13900000002',
        class: 'urgent',
        reason: 'cut-off',
        at: 1_790_000_000_123,
      },
    });
    const look = async () => ({
      facts: (await ledger.facts(0, 10)).map((fact) => fact.sequence),
      timeline: (await ledger.timeline('a')).map((fact) => fact.sequence),
      call: (await ledger.call('a'))?.owner,
      open: (await ledger.openCalls()).map((view) => view.id),
      calls: (await ledger.calls({ limit: 10 })).items.map((view) => `${view.id}${view.version}`),
      seats: (await ledger.seats()).map((seat) => seat.state),
    });
    const expected = {
      facts: [1, 2, 3],
      timeline: [1, 2],
      call: '1001',
      open: ['a'],
      calls: ['b1', 'a2'],
      seats: ['talking'],
    };
    t.strictSame(await look(), expected, 'before it is stored');
    await ledger.durable(3);
    t.strictSame(await look(), expected, 'after');
    t.match(await ledger.callBacks(), [{ call: 'b', at: 1_790_000_000_123, done: false }]);
    t.equal(await ledger.call('nobody'), null);
    await ledger.close();
    const late = await stand.ledger(url, await stand.stateFolder());
    await late.lastSequence();
    late.append({ facts: [factOf(4, 'a')], call: { view: callOf('a', 1, { owner: '1002' }), ended: false } });
    await late.durable(4);
    await until('the write is over', () => late.state().database === 'up');
    t.equal((await late.call('a'))?.owner, '1001', 'an older view of the same epoch changes nothing');
    await late.close();
  });

  await t.test(
    'R12 pages of calls by cursor: none skipped, none twice, while new calls arrive',
    async (t) => {
      const ledger = await stand.ledger(await stand.freshDatabase(), await stand.stateFolder());
      await ledger.lastSequence();
      let sequence = 0;
      const add = (id: string, arrivedAt: number, platform = '12345'): void => {
        sequence += 1;
        const view = callOf(id, 1, { arrivedAt: new Date(arrivedAt).toISOString(), platform });
        ledger.append({ facts: [factOf(sequence, id)], call: { view, ended: false } });
      };
      const base = 1_790_000_000_000;
      // Five calls share each instant: the id must break the tie.
      for (let n = 0; n < 50; n += 1)
        add(`c${n}`, base + Math.floor(n / 5) * 1000, n % 2 === 0 ? '12345' : '110');
      await ledger.durable(sequence);
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let page = 0; ; page += 1) {
        const { items, next } = await ledger.calls({ limit: 7, ...(cursor === undefined ? {} : { cursor }) });
        seen.push(...items.map((view) => view.id));
        if (next === null) break;
        cursor = next;
        add(`new${page}`, base + 60_000 + page);
      }
      t.equal(seen.length, 50);
      t.equal(new Set(seen).size, 50);
      const of110 = await ledger.calls({
        limit: 100,
        platform: '110',
        from: new Date(base + 1000).toISOString(),
        to: new Date(base + 3000).toISOString(),
      });
      t.strictSame(of110.items.map((view) => view.id).sort(), ['c11', 'c13', 'c5', 'c7', 'c9'].sort());
      await t.rejects(ledger.calls({ limit: 5, cursor: 'bm9uc2Vuc2U' }), {
        code: 'invalid-field',
        field: 'cursor',
      });
      await ledger.close();
    },
  );

  await t.test(
    'SV6 G11 PostgreSQL killed under load: nothing refused, nothing lost, nothing twice',
    async (t) => {
      const url = await stand.freshDatabase();
      const folder = await stand.stateFolder();
      const ledger = await stand.ledger(url, folder);
      await ledger.lastSequence();
      const writing = writeAtRate(ledger, 1, 1800, 300);
      await sleep(1000);
      await stand.killPostgres();
      await until('the outage is noticed', () => ledger.state().database === 'down');
      await until('facts are spooled', () => ledger.state().spooled > 100);
      const recent = await ledger.facts(0, 10_000);
      t.ok(
        recent.every((fact, n) => fact.sequence === n + 1),
        'all facts can be read meanwhile',
      );
      t.ok((await ledger.timeline('call-3')).length > 40);
      await t.rejects(ledger.calls({ limit: 1 }), { code: 'records-away' });
      await sleep(1000);
      await stand.startPostgres();
      const { took, refused } = await writing;
      t.equal(refused, 0);
      t.equal(took.length, 1800);
      await until(
        'the spool is replayed',
        () => ledger.state().database === 'up' && ledger.state().spooled === 0,
      );
      await ledger.durable(1800);
      t.equal(await gapsAndDoubles(url, 1800), '');
      t.equal((await readFile(join(folder, 'facts.ndjson'))).length, 0, 'the spool is empty again');
      ledger.append({ facts: [factOf(1801)] });
      await ledger.durable(1801);
      t.equal(await gapsAndDoubles(url, 1801), '', 'and writing goes on directly');
      await ledger.close();
      took.sort((a, b) => a - b);
      t.comment(
        `durable: median ${took[900]?.toFixed(1)} ms, slowest ${took.at(-1)?.toFixed(0)} ms, over one kill -9 at 300 facts/s`,
      );
    },
  );

  await t.test(
    'SV6 PostgreSQL hangs: commands wait a second, not for ever; the late commit counts once',
    async (t) => {
      const url = await stand.freshDatabase();
      const ledger = await stand.ledger(url, await stand.stateFolder());
      await ledger.lastSequence();
      await writeAtRate(ledger, 1, 100, 300);
      await stand.signalPostgres('SIGSTOP');
      const { took, refused } = await writeAtRate(ledger, 101, 300, 300);
      t.equal(refused, 0);
      t.equal(took.length, 300);
      t.equal(ledger.state().database, 'down');
      await stand.signalPostgres('SIGCONT');
      await until(
        'the spool is replayed',
        () => ledger.state().database === 'up' && ledger.state().spooled === 0,
      );
      t.equal(await gapsAndDoubles(url, 400), '');
      await ledger.close();
      t.comment(`durable while PostgreSQL hung: slowest ${Math.max(...took).toFixed(0)} ms`);
    },
  );

  await t.test(
    'F8 PostgreSQL killed in the middle of reads and transactions: they fail, the process lives',
    async (t) => {
      const url = await stand.freshDatabase();
      const database = stand.database(url);
      await (await database.connect('test')).end();
      let isOver = false;
      let [answered, failed] = [0, 0];
      const read = async (): Promise<void> => {
        while (!isOver) {
          await database.query
            .transaction()
            .execute(async (step) => {
              await step.selectFrom('seats').selectAll().execute();
              // Between two queries of a transaction nobody listens to the connection but us.
              await sleep(2);
              await step.selectFrom('seats').selectAll().execute();
            })
            .then(
              () => (answered += 1),
              () => (failed += 1),
            );
          await sleep(2);
        }
      };
      const readers = Array.from({ length: 8 }, read);
      await until('there is an answer', () => answered > 20);
      await stand.killPostgres();
      await until('there are failures', () => failed > 20);
      const before = answered;
      await stand.startPostgres();
      await until('there are answers again', () => answered > before + 20);
      isOver = true;
      await Promise.all(readers);
      t.pass(`${answered} answered, ${failed} failed`);
    },
  );

  await t.test(
    'SV8 G9 the writer killed at random points, PostgreSQL there or not: every number said is stored once',
    async (t) => {
      const url = await stand.freshDatabase();
      const folder = await stand.stateFolder();
      const writer = new URL('../writers/ledger-writer.ts', import.meta.url).pathname;
      let said = 0;
      let lost = 0;
      for (let round = 1; round <= 10; round += 1) {
        const child = spawn(process.execPath, [writer, url, folder, String(round)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const ended = new Promise((resolve) => child.once('close', resolve));
        const stored: number[] = [];
        let start = -1;
        createInterface({ input: child.stdout }).on('line', (line) => {
          const [word, number] = line.split(' ');
          if (word === 'start') start = Number(number);
          else if (word === 'stored') stored.push(Number(number));
          else lost += 1;
        });
        await until('the writer writes', () => stored.length > 0);
        t.ok(start >= said, `round ${round} goes on at or after ${said}`);
        if (round === 8) await stand.startPostgres();
        await sleep(Math.random() * 500);
        // Everything at once: those that follow start without PostgreSQL, from the small file and the spool.
        if (round === 4) stand.stack.kill('postgres', 'SIGKILL');
        child.kill('SIGKILL');
        await ended;
        said = Math.max(said, ...stored);
      }
      const ledger = await stand.ledger(url, folder, fenceOf(99));
      const last = await ledger.lastSequence();
      t.ok(last >= said, 'nothing that was said is missing');
      await until('the spool is replayed', () => ledger.state().spooled === 0);
      t.equal(await gapsAndDoubles(url, last), '');
      t.equal(lost, 0);
      await ledger.close();
      t.comment(`10 kills, ${said} facts said to be stored, ${last} stored`);
    },
  );

  await t.test('SV6 a spool cut anywhere in its last line: the whole lines are replayed', async (t) => {
    const url = await stand.freshDatabase();
    const folder = await stand.stateFolder();
    const away = await stand.ledger('postgres://nobody@127.0.0.1:1/none', folder);
    t.equal(await away.lastSequence(), 0);
    for (let sequence = 1; sequence <= 5; sequence += 1) {
      away.append({ facts: [factOf(sequence, 'a', { text: '转接' })] });
      await away.durable(sequence);
    }
    await away.close();
    const path = join(folder, 'facts.ndjson');
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length - 9));
    const ledger = await stand.ledger(url, folder);
    t.equal(await ledger.lastSequence(), 4);
    await until('the spool is replayed', () => ledger.state().spooled === 0);
    t.equal(await gapsAndDoubles(url, 4), '');
    await ledger.close();
  });

  await t.test(
    'G14 F14 neither disk takes it: refused as not-stored, kept in memory, stored when there is room again',
    async (t) => {
      const url = await stand.freshDatabase();
      const folder = await stand.stateFolder();
      const small = join(folder, 'small');
      await mkdir(small);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]);
      t.teardown(() => execFileSync('umount', ['-l', small]));
      const ledger = await stand.ledger(url, small);
      await ledger.lastSequence();
      await writeFile(join(small, 'filler'), Buffer.alloc(56 * 1024));
      await stand.killPostgres();
      const { refused } = await writeAtRate(ledger, 1, 60, 300, (sequence) => ({
        facts: [factOf(sequence, 'a', { text: 'x'.repeat(500) })],
      }));
      t.ok(refused > 0, `${refused} of 60 refused`);
      await t.rejects(ledger.durable(60), { code: 'not-stored' });
      await writeFile(join(small, 'filler'), '');
      await ledger.durable(60);
      t.pass('stored in the spool once there was room');
      await stand.startPostgres();
      await until(
        'the spool is replayed',
        () => ledger.state().database === 'up' && ledger.state().spooled === 0,
      );
      t.equal(await gapsAndDoubles(url, 60), '');
      await ledger.close();
    },
  );

  await t.test(
    'CL10 texts that PostgreSQL cannot hold, and an entry it refuses, hold nobody up',
    async (t) => {
      const url = await stand.freshDatabase();
      const folder = await stand.stateFolder();
      const ledger = await stand.ledger(url, folder);
      await ledger.lastSequence();
      const strange = { name: 'a\0b', half: '\ud83d', innocent: '\\u0000', 'key\0': ['\udc00x'], face: '😀' };
      ledger.append({
        facts: [factOf(1, 'a', strange)],
        call: { view: callOf('a', 1, { caller: { number: '\0', name: '\ud800' } }), ended: false },
      });
      ledger.append({ facts: [{ ...factOf(2, 'a'), time: 'not a time' }] });
      ledger.append({ facts: [factOf(3, 'a')] });
      await ledger.durable(3);
      await ledger.close();
      const client = await stand.superuser(url);
      const { rows } = await client.query<{ sequence: string; data: unknown }>(
        'select sequence, data from facts order by sequence',
      );
      t.strictSame(
        rows.map((row) => Number(row.sequence)),
        [1, 3],
      );
      t.strictSame(rows[0]?.data, {
        name: 'a\ufffdb',
        half: '\ufffd',
        innocent: '\\u0000',
        'key\ufffd': ['\ufffdx'],
        face: '😀',
      });
      t.match(await readFile(join(folder, 'refused.ndjson'), 'utf8'), /not a time/);
    },
  );

  await t.test('F3 a lower epoch never writes, and is told; its facts are put aside, not lost', async (t) => {
    const url = await stand.freshDatabase();
    const folder = await stand.stateFolder();
    const old = fenceOf(1);
    const ledger = await stand.ledger(url, folder, old);
    await ledger.lastSequence();
    await writeAtRate(ledger, 1, 20, 500);
    const client = await stand.superuser(url);
    // The take-over is under way, not committed: the old engine's write must wait for it and then find itself fenced.
    await client.query('begin');
    await client.query("update lease set epoch = 2, holder = 'other' where cell = 'test'");
    ledger.append({ facts: [factOf(21, 'old')] });
    const fate = ledger.durable(21).then(
      () => 'stored',
      (error: unknown) => (error as { code?: string }).code,
    );
    await sleep(100);
    await client.query('commit');
    t.equal(await fate, 'not-active');
    t.equal(old.losses.length, 1);
    ledger.append({ facts: [factOf(22, 'old')] });
    await t.rejects(ledger.durable(22), { code: 'not-active' });
    t.equal(await gapsAndDoubles(url, 20), '');
    await ledger.close();

    const other = await stand.ledger(url, await stand.stateFolder(), fenceOf(2, 'other'));
    t.equal(await other.lastSequence(), 20);
    other.append({ facts: [factOf(21, 'new')] });
    await other.durable(21);
    await other.close();
    await client.query("update lease set epoch = 3, holder = 'holder-3' where cell = 'test'");
    const third = await stand.ledger(url, folder, fenceOf(3));
    t.equal(await third.lastSequence(), 22);
    await until('the spool is replayed', () => third.state().spooled === 0);
    t.strictSame(
      (await third.timeline('new')).map((fact) => fact.sequence),
      [21],
    );
    const { rows } = await client.query('select sequence::int, call, epoch::int from facts_aside');
    t.strictSame(rows, [{ sequence: 21, call: 'old', epoch: 1 }]);
    await third.close();
  });

  await t.test('F3 a renewal of the lease waits for no write, a write for no renewal', async (t) => {
    const url = await stand.freshDatabase();
    const ledger = await stand.ledger(url, await stand.stateFolder());
    await ledger.lastSequence();
    const client = await stand.superuser(url);
    await client.query('begin');
    await client.query("update lease set expires_at = now() + interval '3 seconds' where cell = 'test'");
    ledger.append({ facts: [factOf(1)] });
    await ledger.durable(1);
    t.equal(ledger.state().spooled, 0, 'written to PostgreSQL while the renewal was open');
    await client.query('rollback');
    await ledger.close();
  });

  await t.test(
    'G24 facts cannot be changed; a changed migration is refused; two nodes may migrate at once',
    async (t) => {
      const url = await stand.freshDatabase();
      const [one, two] = [stand.database(url), stand.database(url)];
      const clients = await Promise.all([one.connect('test'), two.connect('test')]);
      await Promise.all(clients.map((client) => client.end()));
      const client = await stand.superuser(url);
      for (const sql of [
        'update facts set actor = $$x$$',
        'delete from facts',
        'truncate facts',
        'delete from audit',
      ]) {
        await t.rejects(client.query(sql), /append-only/, sql);
      }
      await client.query("update migrations set checksum = 'x' where number = 1");
      await t.rejects(stand.database(url).connect('test'), /has been changed since it was applied/);
    },
  );

  await t.test(
    'G24 indexes over large tables are made beside who writes, once, also after one was cut short',
    async (t) => {
      const url = await stand.freshDatabase();
      const [one, two] = [stand.database(url), stand.database(url)];
      await (await one.connect('test')).end();
      const client = await stand.superuser(url);
      const states = async () =>
        (
          await client.query<{ indisvalid: boolean }>(
            "select indisvalid from pg_index where indexrelid = to_regclass('ticket_facts_decided')",
          )
        ).rows;
      t.same(await states(), [], 'not made by who only connects');
      // As a build that was cut short leaves it.
      await client.query('create index ticket_facts_decided on ticket_facts (item)');
      await client.query(
        "update pg_index set indisvalid = false where indexrelid = 'ticket_facts_decided'::regclass",
      );
      const tell = `insert into ticket_facts (ticket, version, type, time, actor, platform, data)
        values ('t', 1, 'ticket.dispute-decided', now(), 'test', '12345', '{}')`;
      const writer = await stand.superuser(url);
      await writer.query('begin');
      await writer.query(tell);
      const made = one.complete();
      await until('it waits for who writes', async () => {
        const { rows } = await client.query(
          "select from pg_stat_activity where datname = current_database() and application_name = 'hotline-migrations' and wait_event_type = 'Lock'",
        );
        return rows.length === 1;
      });
      t.equal(await two.complete(), false, 'another node leaves it to the first');
      await client.query(tell);
      await writer.query('commit');
      t.equal(await made, true, 'writers were not held up');
      t.same(await states(), [{ indisvalid: true }]);
      t.equal(await two.complete(), true);
      const { rows } = await client.query("select name from migrations where name like '%.later.sql'");
      t.ok(rows.length > 0, 'and it is on record');
    },
  );

  await t.test('G27 what a fact costs', async (t) => {
    const ledger = await stand.ledger(await stand.freshDatabase(), await stand.stateFolder());
    await ledger.lastSequence();
    const entry = (sequence: number): LedgerEntry => ({
      facts: [factOf(sequence, `call-${sequence >> 3}`)],
      call: { view: callOf(`call-${sequence >> 3}`, sequence & 7), ended: false },
    });
    const cpu = process.cpuUsage();
    const { took } = await writeAtRate(ledger, 1, 1500, 300, entry);
    const used = process.cpuUsage(cpu);
    took.sort((a, b) => a - b);
    const began = performance.now();
    for (let sequence = 1501; sequence <= 11_500; sequence += 1) ledger.append(entry(sequence));
    await ledger.durable(11_500);
    const rows = 10_000 / ((performance.now() - began) / 1000);
    t.equal((await ledger.facts(11_499, 10)).length, 1);
    t.comment(
      `300 facts/s: ${((used.user + used.system) / 1000 / 1500).toFixed(3)} ms CPU of this process a fact, durable after ${took[750]?.toFixed(1)} ms (median); most: ${rows.toFixed(0)} facts/s, each with a call view`,
    );
    await ledger.close();
  });
});
