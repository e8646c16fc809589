// What went in is read back: in order, once each, also what is not stored yet; pages, texts, what it costs.
// It must not hurt the database.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LedgerEntry } from '../../../server/engine/ports.ts';
import { callOf, factOf, fenceOf, gapsAndDoubles, seatOf, until, writeAtRate } from '../ledger-stand.ts';
import type { Test } from 'tap';
import type { Stand } from '../ledger-stand.ts';

export async function inOrder(t: Test, stand: Stand): Promise<void> {
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
}

export async function notStoredYet(t: Test, stand: Stand): Promise<void> {
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
}

export async function pages(t: Test, stand: Stand): Promise<void> {
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
}

export async function hostileTexts(t: Test, stand: Stand): Promise<void> {
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
}

export async function cost(t: Test, stand: Stand): Promise<void> {
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
}
