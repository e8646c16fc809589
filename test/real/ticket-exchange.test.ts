// The exchange on real PostgreSQL with a partner that is slow, broken, hostile, away; and our process killed at random.
// It must not look into the couriers: what the partner got and what the database holds is what counts.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rename, writeFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Webhook } from 'standardwebhooks';
import t from 'tap';
import { newSecret, PartnerSystem } from '../../lab/partner.ts';
import { openBorderFolder } from '../../server/adapters/partners/folder.ts';
import { isInner, openWebhook } from '../../server/adapters/partners/webhook.ts';
import { Exchange } from '../../server/exchange/exchange.ts';
import type { PartnerWay } from '../../server/exchange/exchange.ts';
import { giveUpAfterMs, nextTryMs } from '../../server/exchange/back-off.ts';
import { quiet, Stand, until } from './ledger-stand.ts';
import { officeOver } from './ticket-stand.ts';
import type { Office } from './ticket-stand.ts';

t.setTimeout(300_000 + Number(process.env['HOTLINE_KILLS'] ?? 0) * 4000);
const stand = await Stand.start();
t.teardown(() => stand.stop());

const wayOf = (
  id: string,
  url: string,
  keys: readonly string[],
  more: { timeoutMs?: number } = {},
): PartnerWay => ({
  mode: 'webhook',
  partner: { id, platforms: ['12345'], keys, inboundKeys: keys },
  ...openWebhook({ url, allow: [new URL(url).host], inner: true, ...more }),
});
/** `warp`: added to the time the exchange sees, so that days pass at once. */
const exchangeOf = (office: Office, ways: readonly PartnerWay[], clock = { warp: 0 }) =>
  new Exchange({
    cell: 'test',
    ways,
    outbox: office.outbox,
    office: office.office,
    now: () => Date.now() + clock.warp,
    chance: Math.random,
    log: quiet,
    observe: () => undefined,
  });
const life = async (office: Office, n: number) => {
  const tickets = await Promise.all(
    Array.from({ length: n }, (_, k) => office.open({ summary: `第${k}件` })),
  );
  await Promise.all(tickets.map((ticket) => office.must(ticket, { name: 'accept', body: {} })));
  await Promise.all(
    tickets.map((ticket) => office.must(ticket, { name: 'close', body: { resolution: '已答复' } })),
  );
  return tickets;
};
const subscribers = [{ id: 'other', platforms: ['12345'] }];

await t.test(
  'G13 every fact once, in order within its ticket; two keys while they rotate; first attempt soon',
  async (t) => {
    const office = await officeOver(stand.database(await stand.freshDatabase()), { subscribers });
    const [older, newer] = [newSecret(), newSecret()];
    // The partner knows the old key alone yet.
    const partner = new PartnerSystem(older);
    const exchange = exchangeOf(office, [wayOf('other', await partner.start(), [newer, older])]);
    exchange.start();
    await life(office, 50);
    await until('150 facts arrived', () => partner.effects.length >= 150);
    t.same(partner.faults, []);
    t.equal(partner.effects.length, 150);
    t.same([...new Set(partner.effects.map(({ type }) => type))].sort(), [
      'cn.hotline.ticket.accepted.v1',
      'cn.hotline.ticket.closed.v1',
      'cn.hotline.ticket.opened.v1',
    ]);
    await until('the outbox is empty', async () => (await exchange.partners())[0]?.waiting === 0);
    const far = new Date(Date.now() + 60_000).toISOString();
    t.equal(
      (await exchange.deliveries('other', new Date(0).toISOString(), far)).length,
      150,
      'all in the ledger of deliveries',
    );
    await exchange.stop();
    await partner.stop();
  },
);

await t.test(
  'F25 a partner that is slow, resets, errs, redirects, floods: retried, never followed, others unaffected',
  async (t) => {
    const office = await officeOver(stand.database(await stand.freshDatabase()), {
      subscribers: [...subscribers, { id: 'good', platforms: ['12345'] }],
    });
    const key = newSecret();
    const [bad, good] = [new PartnerSystem(key), new PartnerSystem(key)];
    const clock = { warp: 0 };
    const manners = ['reset', 'redirect', { status: 500 }, { slowMs: 400 }, 'huge'] as const;
    let turn = 0;
    bad.checksTime = false;
    good.checksTime = false;
    bad.manner = () => manners[(turn += 1) % manners.length] ?? 'take';
    const exchange = exchangeOf(
      office,
      [
        wayOf('other', await bad.start(), [key], { timeoutMs: 300 }),
        wayOf('good', await good.start(), [key]),
      ],
      clock,
    );
    exchange.start();
    await life(office, 10);
    await until('the good one has everything', () => good.effects.length === 30);
    // A day of trouble passes in moments.
    for (let hour = 0; hour < 24; hour += 1) {
      clock.warp += 3_600_000;
      await sleep(60);
    }
    bad.manner = () => 'take';
    await until('the bad one has everything, too', async () => {
      clock.warp += 3_600_000;
      await sleep(100);
      return bad.effects.length === 30 && (await exchange.partners())[0]?.waiting === 0;
    });
    t.same([bad.faults, good.faults], [[], []]);
    t.same(bad.strayed, [], 'no redirect was followed');
    t.ok(bad.attempts > 30);
    await exchange.stop();
    await Promise.all([bad.stop(), good.stop()]);
  },
);

await t.test(
  'G13 a poisoned message goes to the desk with its ticket behind it; others flow; replay sends it',
  async (t) => {
    const office = await officeOver(stand.database(await stand.freshDatabase()), { subscribers });
    const key = newSecret();
    const partner = new PartnerSystem(key);
    partner.checksTime = false;
    const clock = { warp: 0 };
    const exchange = exchangeOf(office, [wayOf('other', await partner.start(), [key])], clock);
    const [poisoned] = await life(office, 5);
    partner.manner = ({ subject }) => (subject === poisoned?.id ? { status: 422 } : 'take');
    exchange.start();
    await until('it is on the desk', async () => {
      clock.warp += 600_000;
      return (await exchange.parked('other')).length === 1;
    });
    t.match(await exchange.parked('other'), [
      { ticket: poisoned?.id, type: 'ticket.opened', error: 'HTTP 422', behind: 2 },
    ]);
    await until('the others flowed', () => partner.effects.length === 12);
    partner.manner = () => 'take';
    t.equal(await exchange.replay('other', null), 1);
    await until('all arrived', () => partner.effects.length === 15);
    t.same(partner.faults, [], 'still in order within the ticket');
    await exchange.stop();
    await partner.stop();
  },
);

await t.test(
  'G13 killed at random, again and again: nothing acknowledged is lost, nothing has two effects',
  async (t) => {
    const url = await stand.freshDatabase();
    await officeOver(stand.database(url));
    const key = newSecret();
    const partner = new PartnerSystem(key);
    const address = await partner.start();
    const kills = Number(process.env['HOTLINE_KILLS'] ?? 4);
    const told = new Set<string>();
    const run = (n: number) => {
      const child = spawn(
        process.execPath,
        [new URL('../writers/ticket-writer.ts', import.meta.url).pathname, url, address, key, `run${n}`],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        const lines = text.split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) told.add(line);
      });
      return child;
    };
    for (let n = 0; n < kills; n += 1) {
      const before = told.size;
      const child = run(n);
      const gone = new Promise((resolve) => child.once('close', resolve));
      await until('it works', () => told.size > before);
      await sleep(Math.random() * 300);
      child.kill('SIGKILL');
      // Of everything: PostgreSQL goes with it now and then, in the middle of whatever it was writing.
      if (n % 4 === 2) {
        await stand.killPostgres();
        await stand.startPostgres();
      }
      await gone;
    }
    // One that only delivers what was left.
    const office = await officeOver(stand.database(url), { subscribers });
    const exchange = exchangeOf(office, [wayOf('other', address, [key])]);
    exchange.start();
    await until('the outbox is empty', async () => (await exchange.partners())[0]?.waiting === 0, 60_000);
    await exchange.stop();
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ position: string }>('select position from ticket_facts');
    const stored = new Set(rows.map(({ position }) => `test.${position}`));
    const { rows: tickets } = await client.query<{ id: string }>('select id from tickets');
    await client.end();
    const ids = new Set(tickets.map(({ id }) => id));
    t.same(
      [...told].filter((id) => !ids.has(id)),
      [],
      `no acknowledged ticket is missing (${told.size} tickets, ${kills} kills)`,
    );
    const got = new Set(partner.effects.map(({ id }) => id));
    t.same(
      [...stored].filter((id) => !got.has(id)),
      [],
      `no fact is missing at the partner (${stored.size})`,
    );
    t.same(
      [...got].filter((id) => !stored.has(id)),
      [],
      'nothing arrived that is not true',
    );
    t.equal(partner.effects.length, got.size, 'nothing had two effects');
    t.same(partner.faults, [], 'in order');
    await partner.stop();
  },
);

await t.test(
  'A13 into us: signed, in time, once; forged, re-signed, late or under a used id: refused',
  async (t) => {
    const office = await officeOver(stand.database(await stand.freshDatabase()));
    const key = newSecret();
    const exchange = exchangeOf(office, [
      {
        ...wayOf('police', 'http://127.0.0.1:9/', [key]),
        partner: { id: 'police', platforms: ['110'], keys: [key], inboundKeys: [key] },
      },
      {
        ...wayOf('unit', 'http://127.0.0.1:9/', [key]),
        partner: { id: 'unit', platforms: ['12345'], keys: [key], inboundKeys: [key] },
      },
    ]);
    const ticket = await office.open();
    await office.must(ticket, { name: 'handover', body: { to: '110' } });
    const event = (id: string, command: object) =>
      JSON.stringify({
        specversion: '1.0',
        id,
        source: '/police',
        type: 'cn.hotline.ticket.command.v1',
        data: { ticket: ticket.id, command },
      });
    const headers = (id: string, body: string, with_ = key, at = new Date()) => ({
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(with_).sign(id, at, body),
    });
    const body = event('m1', { name: 'accept' });
    t.match(
      await exchange.take('police', body, headers('m1', body, newSecret())),
      { ok: false, why: 'not-genuine' },
      'another key',
    );
    t.match(
      await exchange.take('police', `${body} `, headers('m1', body)),
      { why: 'not-genuine' },
      'changed on the way',
    );
    t.match(
      await exchange.take('police', body, headers('m1', body, key, new Date(Date.now() - 600_000))),
      { why: 'not-genuine' },
      'ten minutes old',
    );
    t.match(
      await exchange.take('police', body, headers('m2', body)),
      { why: 'unreadable', field: 'id' },
      'another id than its own',
    );
    t.match(await exchange.take('nobody', body, headers('m1', body)), { why: 'not-genuine' });
    const first = await exchange.take('police', body, headers('m1', body));
    t.match(first, {
      ok: true,
      repeated: false,
      receipt: { result: 'accepted', state: 'accepted', ticket: ticket.id },
    });
    t.same(
      await exchange.take('police', body, headers('m1', body)),
      { ...first, repeated: true },
      'again: the same receipt',
    );
    const other = event('m1', { name: 'close', body: { resolution: 'x' } });
    t.match(await exchange.take('police', other, headers('m1', other)), { why: 'reused-id' });
    const own = await office.open();
    const foreign = event('m3', { name: 'accept' }).replace(ticket.id, own.id);
    t.match(
      await exchange.take('police', foreign, headers('m3', foreign)),
      { ok: true, receipt: { result: 'refused', code: 'forbidden' } },
      "not another platform's ticket",
    );
    const grave = event('m5', { name: 'escalate', body: { reason: '扬言伤人' } }).replace(ticket.id, own.id);
    t.match(
      await exchange.take('unit', grave, headers('m5', grave)),
      { ok: true, receipt: { result: 'accepted', state: 'escalated' } },
      'R8: a unit that sees it escalate brings in 110',
    );
    t.match((await office.store.list({ platform: '110', state: 'new', limit: 1 })).items, [
      { class: 'urgent', source: 'unit', links: [{ ticket: own.id }] },
    ]);
    t.same(
      await exchange.reconcile([
        { ticket: ticket.id, accepted: true },
        { ticket: 'gone-too', accepted: true },
        { ticket: 'gone', accepted: false },
      ]),
      [
        { ticket: 'gone-too', ours: null, theirs: true },
        { ticket: 'gone', ours: null, theirs: false },
      ],
      'R12: what differs is named',
    );
  },
);

await t.test(
  'R12 the border: the same messages as signed files, receipts back, forged files refused',
  async (t) => {
    const [left, right] = await Promise.all([0, 0].map(() => mkdtemp(join(tmpdir(), 'hotline-border-'))));
    const key = newSecret();
    const office = await officeOver(stand.database(await stand.freshDatabase()), {
      subscribers: [{ id: 'police', platforms: ['110'] }],
    });
    const other = await officeOver(stand.database(await stand.freshDatabase()));
    const way = async (id: string, folder: string, platform: string): Promise<PartnerWay> => ({
      mode: 'border',
      partner: { id, platforms: [platform], keys: [key], inboundKeys: [key] },
      folder: await openBorderFolder(folder),
      everyMs: 100,
    });
    const here = exchangeOf(office, [await way('police', left ?? '', '110')]);
    const there = exchangeOf(other, [await way('hotline', right ?? '', '12345')]);
    here.start();
    const ticket = await office.open({ summary: '过边界' });
    await office.must(ticket, { name: 'handover', body: { to: '110' } });
    /** Somebody carries the files over. */
    const carry = async (from: string, to: string): Promise<number> => {
      const names = (await readdir(join(from, 'out'))).filter((name) => !name.startsWith('.'));
      for (const name of names) await rename(join(from, 'out', name), join(to, 'in', name));
      return names.length;
    };
    await until('a batch is written', async () =>
      (await readdir(join(left ?? '', 'out'))).some((name) => !name.startsWith('.')),
    );
    const [name = ''] = await readdir(join(left ?? '', 'out'));
    const file = await readFile(join(left ?? '', 'out', name), 'utf8');
    await writeFile(join(right ?? '', 'in', 'forged.json'), file.replace('过边界', '已伪造'));
    await carry(left ?? '', right ?? '');
    there.start();
    await until('the forged one is refused', async () =>
      (await readdir(join(right ?? '', 'refused'))).includes('forged.json'),
    );
    await until('receipts came back', async () => {
      await carry(right ?? '', left ?? '');
      return (await here.partners())[0]?.waiting === 0;
    });
    const far = new Date(Date.now() + 60_000).toISOString();
    t.match(await here.deliveries('police', new Date(0).toISOString(), far), [
      { direction: 'out', ticket: ticket.id, type: 'ticket.handed-over' },
    ]);
    await Promise.all([here.stop(), there.stop()]);
  },
);

void t.test('F25 inner addresses and lists; back-off with jitter for a week', (t) => {
  for (const inner of [
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '192.168.1.1',
    '::1',
    '::ffff:10.0.0.1',
    'fd00::1',
    '0.0.0.0',
    '100.64.0.1',
  ])
    t.ok(isInner(inner), inner);
  for (const outer of ['1.1.1.1', '240e::1', '172.32.0.1']) t.notOk(isInner(outer), outer);
  t.throws(
    () => openWebhook({ url: 'http://127.0.0.1:80/', allow: ['127.0.0.1:80'], inner: false }),
    /https/,
  );
  t.throws(
    () => openWebhook({ url: 'https://127.0.0.1/', allow: ['127.0.0.1:443'], inner: false }),
    /inner address/,
  );
  t.throws(() => openWebhook({ url: 'https://a.example/', allow: ['b.example:443'], inner: false }), /allow/);
  const waits = Array.from({ length: 12 }, (_, n) => nextTryMs(n + 1, 0.5));
  t.same(
    [...waits].sort((a, b) => a - b),
    waits,
    'ever longer',
  );
  t.ok(nextTryMs(1, 0) < nextTryMs(1, 0.9), 'spread');
  t.equal(giveUpAfterMs, 604_800_000);
  t.end();
});
