// Tickets on real PostgreSQL: deadlines over restarts and clock jumps, the bulk cursor under racing writers, full text,
// PostgreSQL away. It must not need calls.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import t from 'tap';
import type { Ticket } from '../../server/protocol/ticket.ts';
import { Stand, until } from './ledger-stand.ts';
import { officeOver, seat, system, wish } from './ticket-stand.ts';

t.setTimeout(200_000);
const stand = await Stand.start();
t.teardown(() => stand.stop());
const minute = 60_000;
const connected = async (url: string): Promise<Client> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
};

await t.test(
  'R9 R23 deadlines fire once each, over restarts, two offices at once, and a clock that jumps',
  async (t) => {
    const url = await stand.freshDatabase();
    const clock = { at: Date.parse('2026-11-22T02:00:00Z'), now: () => clock.at };
    const first = await officeOver(stand.database(url), { clock });
    const unit = first.reference.units.find(({ emergencyTeam }) => emergencyTeam)?.code ?? '';
    const ticket = await first.open({ class: 'urgent' });
    await first.must(ticket, { name: 'accept', body: {} });
    await first.must(ticket, { name: 'assign', body: { unit } });
    const kinds = async () =>
      (await first.store.timeline(ticket.id))
        .filter(({ type }) => /deadline|unack/.test(type))
        .map(({ type, data }) => `${type} ${String(data['deadline'])}`);
    first.office.start();
    await sleep(300);
    t.same(await kinds(), [], 'nothing is due yet');
    clock.at += 21 * minute;
    await until('the reminder', async () => (await kinds()).length === 1);
    await first.office.stop();
    // Nobody watches for an hour; then two start at once, and the clock goes back and forth.
    clock.at += 60 * minute;
    const [second, third] = await Promise.all([1, 2].map(() => officeOver(stand.database(url), { clock })));
    second?.office.start();
    third?.office.start();
    await until('the alarm', async () => (await kinds()).length >= 3);
    clock.at -= 50 * minute;
    await sleep(1200);
    clock.at += 100 * minute;
    await until('the last alarm', async () => (await kinds()).length >= 4);
    await sleep(1200);
    t.same(await kinds(), [
      'ticket.deadline-near sign',
      'ticket.deadline-missed sign',
      'ticket.deadline-near on-site',
      'ticket.deadline-missed on-site',
    ]);
    const late = await first.store.list({ platform: '12345', overdue: true, limit: 10 });
    t.same(
      late.items.map(({ id }) => id),
      [ticket.id],
      '督办: it is on the list',
    );
    await first.must(ticket, { name: 'sign', body: {} }, system);
    await first.must(ticket, { name: 'on-site', body: {} }, system);
    t.same(
      (await first.store.list({ platform: '12345', overdue: true, limit: 10 })).items,
      [],
      'done: off the list',
    );
    await Promise.all([second?.office.stop(), third?.office.stop()]);
  },
);

await t.test('R13 the bulk cursor skips nothing while transactions race, stall and roll back', async (t) => {
  const url = await stand.freshDatabase();
  const office = await officeOver(stand.database(url));
  const { store } = office;
  const base = await office.open();
  const raw = await Promise.all(Array.from({ length: 6 }, () => connected(url)));
  const written = new Set<string>();
  // In an object, because it is changed while others look at it.
  const state = { busy: true };
  const copy = `insert into tickets (id, serial, version, platform, origin_platform, platforms, class, state, source, item,
      region, emergency, overdue, opened_at, changed_at, body)
    select $1, $1, 1, platform, origin_platform, platforms, class, state, source, item, region, emergency, overdue,
      opened_at, changed_at, body || jsonb_build_object('id', $1::text) from tickets where id = $2`;
  const writers = raw.map(async (client, w) => {
    for (let n = 0; n < 60; n += 1) {
      await client.query('begin');
      const ids = Array.from({ length: 1 + (n % 3) }, (_, k) => `race-${w}-${n}-${k}`);
      for (const id of ids) {
        await client.query(copy, [id, base.id]);
        // Numbered now, committed later: exactly what `id > last` loses.
        await sleep(Math.random() * 8);
      }
      if (n % 7 === 3) await client.query('rollback');
      else {
        await client.query('commit');
        for (const id of ids) written.add(id);
      }
    }
  });
  const changing = (async () => {
    for (let n = 0; state.busy; n += 1) {
      await office.must(base, { name: 'amend', body: { summary: `变更${n}` } });
      await sleep(5);
    }
  })();
  const seen = new Map<string, number>();
  let doubled = 0;
  let cursor: string | null = null;
  let naive = '0';
  const naively = new Set<string>();
  const read = async () => {
    const page: { items: readonly Ticket[]; next: string } = await store.changes(cursor, 7);
    cursor = page.next;
    for (const { id } of page.items) {
      if (seen.has(id) && id !== base.id) doubled += 1;
      seen.set(id, (seen.get(id) ?? 0) + 1);
    }
    const { rows } = await witness.query<{ id: string; position: string }>(
      'select id, position from tickets where position > $1 order by position limit 50',
      [naive],
    );
    for (const row of rows) naively.add(row.id);
    naive = rows.at(-1)?.position ?? naive;
    return page.items.length;
  };
  const witness = await connected(url);
  const reading = (async () => {
    while (state.busy) await read();
  })();
  await Promise.all(writers);
  state.busy = false;
  await Promise.all([reading, changing]);
  await until('the rest is read', async () => (await read()) === 0);
  t.same(
    [...written].filter((id) => !seen.has(id)),
    [],
    `all ${written.size} rows were read`,
  );
  t.equal(doubled, 0, 'none twice');
  t.comment(`a cursor by position alone missed ${[...written].filter((id) => !naively.has(id)).length}`);
  await Promise.all([...raw, witness].map((client) => client.end()));
});

await t.test(
  'R13 full text over Chinese: two characters, runs, Latin words; with filters and pages',
  async (t) => {
    const office = await officeOver(stand.database(await stand.freshDatabase()));
    const { store } = office;
    const texts = ['夜间施工噪音扰民', '楼上噪音很大', '噪杂的音乐', 'KTV 噪音投诉 ABC-123', '路灯不亮'];
    const tickets: Ticket[] = [];
    for (const summary of texts) tickets.push(await office.open({ summary, region: '450702' }));
    const found = async (q: string, more = {}) =>
      (await store.list({ q, limit: 10, ...more })).items.map(({ summary }) => texts.indexOf(summary));
    t.same(await found('噪音'), [3, 1, 0], 'newest first');
    t.same(await found('施工噪音'), [0], 'a run stands side by side');
    t.same(await found('噪'), [3, 2, 1, 0], 'one character');
    t.same(await found('ktv 噪音'), [3], 'every word');
    t.same(await found('abc'), [3]);
    t.same(await found('灯'), [4]);
    t.same(await found("'; drop table tickets; --"), []);
    t.same(await found('噪音', { state: 'accepted' }), []);
    await office.must(tickets[1]!, { name: 'amend', body: { summary: '改为路灯问题' } });
    t.same((await store.list({ q: '噪音', limit: 10 })).items.length, 2, 'the words follow the text');
    await office.must(tickets[4]!, { name: 'handover', body: { to: '110' } });
    t.same(await found('路灯', { platform: '110' }), [4], 'and the platform');
    t.same(await found('路灯', { platform: '12345', region: '450702' }), [-1]);
    const one = await store.list({ q: '噪音', limit: 1 });
    const two = await store.list({ q: '噪音', limit: 1, cursor: one.next ?? '' });
    t.same(
      [...one.items, ...two.items].map(({ summary }) => texts.indexOf(summary)),
      [3, 0],
    );
    t.equal(two.next, null);
  },
);

await t.test(
  'PostgreSQL away: refused with a code that says so, nothing half done; back: the same key goes on',
  async (t) => {
    const { office, store } = await officeOver(stand.database(await stand.freshDatabase()));
    office.start();
    await stand.killPostgres();
    await t.rejects(office.open(wish(), 'while-away', seat), { code: 'database-away' });
    await stand.startPostgres();
    const opened = await until('it is back', () => office.open(wish(), 'while-away', seat).catch(() => null));
    const again = await office.open(wish(), 'while-away', seat);
    t.match(again, { ok: true, repeated: true });
    t.ok(opened.ok && again.ok && opened.view.id === again.view.id);
    t.equal((await store.list({ limit: 10 })).items.length, 1);
    await office.stop();
  },
);
