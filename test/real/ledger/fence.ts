// Who may write: a lower epoch never does, nobody changes a fact or a migration, two nodes may migrate at once.
// It must not stop a renewal of the lease.
import { setTimeout as sleep } from 'node:timers/promises';
import { factOf, fenceOf, gapsAndDoubles, until, writeAtRate } from '../ledger-stand.ts';
import type { Test } from 'tap';
import type { Stand } from '../ledger-stand.ts';

export async function lowerEpoch(t: Test, stand: Stand): Promise<void> {
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
}

export async function renewal(t: Test, stand: Stand): Promise<void> {
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
}

export async function appendOnly(t: Test, stand: Stand): Promise<void> {
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
}

export async function laterIndexes(t: Test, stand: Stand): Promise<void> {
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
}
