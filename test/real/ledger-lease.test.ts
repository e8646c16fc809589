// The lease, the audit, accounts and sessions on a real PostgreSQL. File name: all of them live beside the ledger.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { openAccounts } from '../../server/adapters/postgres/accounts.ts';
import { openSecondFactors } from '../../server/adapters/postgres/second-factors.ts';
import { openAudit } from '../../server/adapters/postgres/audit.ts';
import { openLease } from '../../server/adapters/postgres/lease.ts';
import { openSessions } from '../../server/adapters/postgres/sessions.ts';
import { factOf, gapsAndDoubles, quiet, Stand, until } from './ledger-stand.ts';

const stand = await Stand.start();

const leaseOf = async (url: string, folder: string) =>
  openLease({ database: stand.database(url), cell: 'test', folder, log: quiet });

test('the lease and the security stores', async (t) => {
  t.teardown(() => stand.stop());

  await t.test(
    'I7 one holder at a time; the epoch grows; giving back lets the next in at once',
    async (t) => {
      const url = await stand.freshDatabase();
      const one = await leaseOf(url, await stand.stateFolder());
      const two = await leaseOf(url, await stand.stateFolder());
      t.equal(await one.acquire(), 1);
      let second = 0;
      const waiting = two.acquire().then((epoch) => (second = epoch));
      await sleep(4000);
      t.equal(second, 0, 'longer than its life: renewals keep it');
      await one.release();
      t.equal(await waiting, 2);
      await two.release();
    },
  );

  await t.test(
    'F2 F3 a holder that stops renewing is followed, told when it wakes, and never writes again',
    async (t) => {
      const url = await stand.freshDatabase();
      const frozen = await leaseOf(url, await stand.stateFolder());
      await frozen.acquire();
      let lost = 0;
      frozen.onLost(() => (lost += 1));
      const ledger = await stand.ledger(url, await stand.stateFolder(), frozen);
      await ledger.lastSequence();
      ledger.append({ facts: [factOf(1)] });
      await ledger.durable(1);
      // As after a long pause of the whole process: the row has run out, another takes it.
      const client = await stand.superuser(url);
      await client.query("update lease set expires_at = now() - interval '1 second' where cell = 'test'");
      await client.query(
        "update lease set holder = 'other', node = 'other', epoch = 2, expires_at = now() + interval '1 hour'",
      );
      ledger.append({ facts: [factOf(2)] });
      await t.rejects(ledger.durable(2), { code: 'not-active' });
      await until('the loss is told', () => lost > 0);
      await sleep(1200);
      t.equal(lost, 1, 'told once');
      t.equal(await gapsAndDoubles(url, 1), '');
      await ledger.close();
      await frozen.release();
      const { rows } = await client.query('select holder from lease');
      t.strictSame(rows, [{ holder: 'other' }], 'giving back takes nothing from the new holder');
    },
  );

  await t.test('I7 another holder seen at a renewal: lost, without any write', async (t) => {
    const url = await stand.freshDatabase();
    const lease = await leaseOf(url, await stand.stateFolder());
    await lease.acquire();
    const lost = new Promise<void>((resolve) => lease.onLost(resolve));
    const client = await stand.superuser(url);
    await client.query(
      "update lease set holder = 'other', node = 'other', epoch = epoch + 1, expires_at = now() + interval '1 hour'",
    );
    await lost;
    t.pass('told');
    await lease.release();
  });

  await t.test('SV4 a node that was killed has its own lease again at once', async (t) => {
    const url = await stand.freshDatabase();
    const folder = await stand.stateFolder();
    const killed = await leaseOf(url, folder);
    t.equal(await killed.acquire(), 1);
    const began = performance.now();
    const next = await leaseOf(url, folder);
    t.equal(await next.acquire(), 2);
    t.ok(performance.now() - began < 2500, 'without waiting for the three seconds to run out');
    await until('the former is told', () => new Promise((resolve) => killed.onLost(() => resolve(true))));
    await next.release();
    await killed.release();
    await writeFile(join(folder, 'node.json'), '{"node":"half');
    t.equal(await (await leaseOf(url, folder)).acquire(), 3, 'a torn file is a new node');
  });

  await t.test(
    'SV6 the lease outlives PostgreSQL; without it at start one goes on alone and is in the row later',
    async (t) => {
      const url = await stand.freshDatabase();
      const folder = await stand.stateFolder();
      const held = await leaseOf(url, folder);
      await held.acquire();
      let lost = 0;
      held.onLost(() => (lost += 1));
      await stand.killPostgres();
      const alone = await leaseOf(url, folder);
      const ledger = await stand.ledger(url, folder, alone);
      t.equal(await alone.acquire(), 2, 'the epoch of the state folder, and one more');
      t.equal(lost, 0);
      t.equal(await ledger.lastSequence(), 0);
      ledger.append({ facts: [factOf(1)] });
      await ledger.durable(1);
      await stand.startPostgres();
      await until(
        'the spool is replayed',
        () => ledger.state().database === 'up' && ledger.state().spooled === 0,
      );
      t.equal(await gapsAndDoubles(url, 1), '');
      const client = await stand.superuser(url);
      await until('the row is ours', async () => {
        const { rows } = await client.query<{ ours: boolean }>(
          'select holder = $1 as ours from lease where epoch = 2',
          [alone.holder],
        );
        return rows[0]?.ours;
      });
      await until('the former is told', () => lost === 1);
      await ledger.close();
      await alone.release();
      await held.release();
    },
  );

  await t.test(
    'G24 the audit: one chain from many writers; every kind of tampering is found and named',
    async (t) => {
      const url = await stand.freshDatabase();
      const witnessFile = join(await stand.stateFolder(), 'audit-head');
      const client = await stand.superuser(url);
      await stand
        .database(url)
        .connect('test')
        .then((one) => one.end());
      const audit = await openAudit({ database: stand.database(url), witnessFile });
      const other = await openAudit({ database: stand.database(url), witnessFile: `${witnessFile}-2` });
      t.strictSame(await audit.verify(), { ok: true, rows: 0, head: '0'.repeat(64) });
      const entry = (n: number) => ({
        actor: 'sup-12345',
        action: 'number.revealed',
        subject: `call-${n}`,
        details: { reason: '回访\0', n: 1.5 },
        at: 1_790_000_000_000 + n,
      });
      const numbers = await Promise.all(
        Array.from({ length: 40 }, (_, n) => (n % 2 ? audit : other).append(entry(n))),
      );
      t.strictSame(
        numbers.sort((a, b) => a - b),
        Array.from({ length: 40 }, (_, n) => n + 1),
        'no gaps, none twice',
      );
      t.match(await audit.verify(), { ok: true, rows: 40 });
      t.match(await audit.verify(11, 20), { ok: true, rows: 10 });
      t.equal((await stat(witnessFile)).mode & 0o777, 0o600);

      const first = await audit.list(null, 30);
      const rest = await audit.list(first.next, 30);
      t.strictSame(
        [...first.items, ...rest.items].map((row) => row.number),
        Array.from({ length: 40 }, (_, n) => 40 - n),
      );
      t.equal(rest.next, null);
      t.match(first.items[0], {
        actor: 'sup-12345',
        action: 'number.revealed',
        details: { reason: '回访\ufffd', n: 1.5 },
      });
      await t.rejects(audit.list('x', 1), { code: 'invalid-field' });

      const tampered = async (what: string, sql: string, expected: object): Promise<void> => {
        await client.query('create table kept as select number, content, hash from audit');
        await client.query('create table kept_head as select number, hash from audit_head');
        await client.query("set session_replication_role = 'replica'");
        await client.query(sql);
        t.match(await audit.verify(), expected, what);
        await client.query(
          'truncate audit; insert into audit (number, content, hash) select number, content, hash from kept',
        );
        await client.query(
          'update audit_head set number = kept_head.number, hash = kept_head.hash from kept_head',
        );
        await client.query("drop table kept, kept_head; set session_replication_role = 'origin'");
        t.match(await audit.verify(), { ok: true, rows: 40 });
      };
      await tampered(
        'one byte',
        "update audit set content = replace(content, 'call-7', 'call-8') where content like '%call-7\"%'",
        { ok: false, reason: 'changed' },
      );
      await tampered(
        'one row, its hash made to fit',
        "update audit set content = replace(content, 'sup-12345', 'nobody'), hash = encode(sha256(convert_to(replace(content, 'sup-12345', 'nobody'), 'UTF8')), 'hex') where number = 12",
        { ok: false, number: 13, reason: 'not-chained' },
      );
      await tampered('a row taken out', 'delete from audit where number = 17', {
        ok: false,
        number: 17,
        reason: 'missing',
      });
      await tampered('the tail cut off', 'delete from audit where number > 38', {
        ok: false,
        number: 39,
        reason: 'missing',
      });
      const newest = Number((await readFile(witnessFile, 'latin1')).slice(0, 16));
      await tampered(
        'the tail cut off and the head set back',
        `delete from audit where number >= ${newest}; update audit_head set (number, hash) = (select number, hash from audit order by number desc limit 1)`,
        { ok: false, number: newest, reason: 'missing' },
      );
      await tampered(
        'the witnessed row written anew, hash and all',
        `update audit set content = content || ' ', hash = encode(sha256(convert_to(content || ' ', 'UTF8')), 'hex') where number = ${newest}`,
        { ok: false, number: newest, reason: 'head-differs' },
      );
      await audit.append(entry(41));
      t.match(await audit.verify(), { ok: true, rows: 41 });
      await Promise.all([audit.close(), other.close()]);
    },
  );

  await t.test('G23 accounts: made once, failures counted one by one', async (t) => {
    const url = await stand.freshDatabase();
    const database = stand.database(url);
    await (await database.connect('test')).end();
    const accounts = openAccounts(database);
    const account = {
      user: '1001',
      passwordHash: '$argon2id$x',
      role: 'seat',
      platform: '12345',
      seat: '1001',
    } as const;
    t.equal(await accounts.create(account), true);
    t.equal(await accounts.create({ ...account, passwordHash: 'other' }), false);
    t.match(await accounts.find('1001'), { ...account, failures: 0, lastFailureAt: null });
    t.equal(await accounts.find('1002'), null);
    const counts = await Promise.all(
      Array.from({ length: 6 }, () => accounts.recordFailure('1001', 1_790_000_000_000)),
    );
    t.strictSame(counts.sort(), [1, 2, 3, 4, 5, 6]);
    t.match(await accounts.find('1001'), { failures: 6, lastFailureAt: 1_790_000_000_000 });
    t.equal(await accounts.recordFailure('nobody', 1), 0);
    await accounts.clearFailures('1001');
    t.match(await accounts.list(), [{ user: '1001', failures: 0, lastFailureAt: null }]);

    const factors = openSecondFactors(database);
    t.equal(await factors.begin('1001', 'one'), true);
    t.equal(await factors.begin('1001', 'two'), true, 'SE1: until it is confirmed a new one takes its place');
    t.equal(await factors.take('1001', 'one', 5), false);
    const taken = await Promise.all([1, 2, 3, 4].map(() => factors.take('1001', 'two', 57_000_000)));
    t.same(taken.filter(Boolean), [true], 'SE1: one code is good once, however many come with it at once');
    t.equal(await factors.take('1001', 'two', 56_999_999), false);
    t.equal(await factors.begin('1001', 'three'), false);
    t.match(await factors.find('1001'), { sealed: 'two', confirmed: true });
    t.same(await factors.list(), [{ user: '1001', confirmed: true }]);
    t.same([await factors.remove('1001'), await factors.remove('1001')], [true, false]);
    t.equal(await factors.find('1001'), null);
  });

  await t.test(
    'G23 sessions: closed is closed on every node within seconds, and over an outage and a restart',
    async (t) => {
      const url = await stand.freshDatabase();
      const [here, there] = [stand.database(url), stand.database(url)];
      await (await here.connect('test')).end();
      await openAccounts(here).create({
        user: '1001',
        passwordHash: 'x',
        role: 'seat',
        platform: '12345',
        seat: '1001',
      });
      const file = join(await stand.stateFolder(), 'sessions.json');
      const one = await openSessions({ database: here, file, log: quiet });
      const two = await openSessions({ database: there, file: `${file}-2`, log: quiet });
      const session = (tokenHash: string, lives = 60_000) =>
        ({
          tokenHash,
          user: '1001',
          role: 'seat',
          platform: '12345',
          seat: '1001',
          expiresAt: Date.now() + lives,
        }) as const;
      const [a, b, c, d] = [session('a'), session('b'), session('c'), session('d', 300)];
      for (const each of [a, b, c, d]) await one.open(each);
      t.strictSame(await two.find('a'), a);
      t.equal(await two.find('d', d.expiresAt), null, 'expired');
      t.equal(await one.close('a'), true);
      t.equal(await one.close('a'), false);
      t.equal(await one.find('a'), null);
      await until('the other node sees it', async () => (await two.find('a')) === null, 5000);

      await stand.killPostgres();
      t.strictSame(await one.find('b'), b, 'known sessions go on');
      await t.rejects(one.find('never seen'), { code: 'records-away' });
      await t.rejects(one.open(session('e')), { code: 'records-away' });
      t.equal(await one.close('b'), true);
      await one.stop();
      const restarted = await openSessions({ database: stand.database(url), file, log: quiet });
      t.equal(await restarted.find('b'), null, 'closed stays closed');
      t.strictSame(
        await restarted.find('c'),
        c,
        'signed in stays signed in, over a restart without PostgreSQL',
      );
      t.equal((await stat(file)).mode & 0o777, 0o600);
      await stand.startPostgres();
      const client = await stand.superuser(url);
      await until(
        'the closing reaches PostgreSQL',
        async () => (await client.query("select from sessions where token_hash = 'b'")).rowCount === 0,
      );
      t.ok((await restarted.closeAllOf('1001')).includes('c'));
      t.equal(await restarted.find('c'), null);
      await Promise.all([restarted.stop(), two.stop()]);
    },
  );
});
