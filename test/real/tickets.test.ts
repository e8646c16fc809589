// Tickets through the running system: reference data, the life of a ticket, and from a call to its tickets.
// It must not look into the server: people act over HTTP, phones ring, PostgreSQL is asked by a witness.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import t from 'tap';
import type { Test } from 'tap';
import type { Desk, Json } from '../../lab/desk.ts';
import { Scene } from './scene.ts';

t.setTimeout(400_000);
const scene = await Scene.start();
const { city } = scene;
t.teardown(() => scene.stop());
const witness = new Client({ connectionString: city.stack.postgres.url });
await witness.connect();
t.teardown(() => witness.end());

const seat = await city.staff('1001');
const officer = await city.staff('3001', { autoAnswer: true });
const one = await city.desk('1001');
const police = await city.desk('3001');
const sup = await city.desk('sup-12345');
const system = await city.desk('system');

const tickets = async (desk: Desk, query = ''): Promise<readonly Json[]> =>
  ((await desk.get(`/tickets${query}`)).body['items'] ?? []) as readonly Json[];
const unitNamed = async (name: string): Promise<string> => {
  const { body } = await sup.get('/units');
  const unit = (body['items'] as { name: string; code: string }[]).find((each) => each.name.includes(name));
  if (!unit) throw new Error(`no unit ${name}`);
  return unit.code;
};
const open = (desk: Desk, more: Json = {}) =>
  desk.must('/tickets', { summary: '小区路灯不亮', source: 'internet', ...more });
const step = (desk: Desk, ticket: Json, verb: string, body: Json = {}) =>
  desk.must(`/tickets/${String(ticket['id'])}/${verb}`, body);
const factsOf = async (desk: Desk, id: unknown): Promise<readonly Json[]> =>
  ((await desk.get(`/tickets/${String(id)}/timeline`)).body['items'] ?? []) as readonly Json[];

await t.test(
  'R12 R27 reference data: divisions, classes, schema, catalogue by words, pinyin and initials',
  async (t) => {
    const regions = (await one.get('/regions')).body['items'] as Json[];
    t.same(
      regions.map(({ code, name }) => [code, name]),
      [
        ['450700', '钦州市'],
        ['450702', '钦南区'],
        ['450703', '钦北区'],
        ['450721', '灵山县'],
        ['450722', '浦北县'],
      ],
    );
    const schema = (await one.get('/schemas/ticket')).body;
    t.match(schema, { $id: 'urn:hotline-link:schema:ticket:v1', type: 'object' });
    const classes = (await one.get('/classes')).body['items'] as Json[];
    t.equal(classes.length, 6);
    const all = (await one.get('/catalogue?limit=500')).body['items'] as Json[];
    t.equal(
      new Set(all.map(({ group }) => group)).size,
      24,
      '18 groups to 12345, 3 to hotlines, 3 to companies',
    );
    const first = async (q: string) =>
      ((await one.get(`/catalogue?q=${encodeURIComponent(q)}`)).body['items'] as Json[])[0];
    for (const [query, name] of [
      ['路灯', '路灯故障'],
      ['ludeng', '路灯故障'],
      ['ldgz', '路灯故障'],
      ['停水', '自来水抢修'],
      ['假烟', '烟草警情'],
      ['kaisuo', '开锁'],
    ] as const)
      t.equal((await first(query))?.['name'], name, `${query} finds ${name}`);
    t.same((await first('假烟'))?.['lines'], ['12313']);
    const { body } = await one.post('/catalogue/suggest', { summary: '楼下工地夜间施工噪音很大，睡不着' });
    t.equal((body['items'] as Json[])[0]?.['name'], '施工扰民', 'R15: suggested from a free summary');
  },
);

await t.test(
  'R17 G21 a broken catalogue is refused and the last good one stays; a good one is taken',
  async (t) => {
    const file = join(city.siteFolder, 'catalogue.json');
    const good = await readFile(file, 'utf8');
    const faults = async () => (await one.get('/catalogue/groups')).body['faults'] as Json;
    await writeFile(file, good.slice(0, 500));
    await city.until('the fault is shown', async () => (await faults())['catalogue'] !== undefined);
    t.equal(((await one.get('/catalogue?q=ludeng')).body['items'] as Json[])[0]?.['name'], '路灯故障');
    await writeFile(file, good.replace('路灯故障', '路灯熄灭'));
    await city.until(
      'the new one is taken',
      async () =>
        ((await one.get('/catalogue?q=ludeng')).body['items'] as Json[])[0]?.['name'] === '路灯熄灭',
    );
    t.same(await faults(), {});
    await writeFile(file, good);
  },
);

await t.test('R9 R12 the whole life of an emergency ticket, with who may do what', async (t) => {
  const ticket = await open(one, {
    class: 'urgent',
    region: '450702',
    place: '向阳街',
    caller: { number: '13812345678', name: '王小明' },
  });
  t.match(ticket, {
    platform: '12345',
    kind: 'work-order',
    state: 'new',
    emergency: true,
    caller: { number: '138****5678', name: '王**' },
  });
  const id = String(ticket['id']);
  t.equal((await police.get(`/tickets/${id}`)).status, 404, "not the other platform's");
  await step(one, ticket, 'accept');
  const unit = await unitNamed('应急局');
  t.match(await one.post(`/tickets/${id}/assign`, { unit: await unitNamed('司法局') }), {
    status: 409,
    body: { code: 'unit-has-no-team' },
  });
  const assigned = await step(one, ticket, 'assign', { unit });
  const due = assigned['deadlines'] as { name: string; at: string }[];
  const minutes = (name: string) =>
    Math.round(
      (Date.parse(due.find((each) => each.name === name)?.at ?? '') -
        Date.parse(String(assigned['assignedAt']))) /
        60_000,
    );
  t.equal(minutes('sign'), 30, 'signed within 30 minutes');
  t.equal(minutes('on-site'), 120, 'on site within 2 hours');
  t.match(await one.post(`/tickets/${id}/feedback`, { text: '好了' }), {
    status: 409,
    body: { code: 'wrong-state', state: { state: 'assigned' } },
  });
  await step(system, ticket, 'sign');
  await step(system, ticket, 'on-site');
  await step(system, ticket, 'feedback', { text: '已更换灯具' });
  const closed = await step(one, ticket, 'close', { resolution: '已修复' });
  t.match(closed, { state: 'closed', version: 7 });
  t.same(
    (await factsOf(one, id)).map(({ type }) => type),
    [
      'ticket.opened',
      'ticket.accepted',
      'ticket.assigned',
      'ticket.duty-told',
      'ticket.signed',
      'ticket.on-site',
      'ticket.fed-back',
      'ticket.closed',
    ],
  );
  const duty = (await one.get('/duty')).body['items'] as Json[];
  t.same(
    duty.filter(({ now, gaps }) => now === undefined || (gaps as Json[]).length > 0),
    [],
    'R9: every team of the sample site is on duty round the clock',
  );
  const number = await one.post(`/tickets/${id}/reveal`, { reason: '回访' });
  t.match(number.body, { number: '13812345678', name: '王小明' }, 'R28: revealed with a reason');
});

await t.test('R28 confidential: nobody sees who it was, but by a reveal of a supervisor', async (t) => {
  const number = '13987654321';
  const ticket = await open(one, { summary: '举报', caller: { number, name: '王小明' } });
  const found = async () => (await sup.post('/tickets/search', { number })).body['items'] as Json[];
  t.match(await found(), [{ id: ticket['id'], caller: { number: '139****4321' } }]);
  const path = `/tickets/${String(ticket['id'])}`;
  t.equal((await one.request('PATCH', path, { confidential: true })).status, 202);
  t.equal((await one.get(path)).body['caller'], undefined);
  t.same(await found(), [], 'not by its number either');
  const file = await fetch(`${sup.url}/v1/tickets/export?format=ndjson&q=${encodeURIComponent('举报')}`, {
    headers: { authorization: `Bearer ${sup.token}` },
  });
  const text = await file.text();
  t.match(text, String(ticket['id']));
  t.notMatch(text, '4321');
  t.equal((await one.post(`${path}/reveal`, { reason: '回访' })).status, 403);
  t.match((await sup.post(`${path}/reveal`, { reason: '核实' })).body, { number });
  t.equal((await one.request('PATCH', path, { confidential: false })).status, 403, 'nor lifted by a seat');
});

await t.test('TR1 the same Idempotency-Key is the same ticket and the same step', async (t) => {
  const wish = { summary: '井盖缺失', class: 'general' };
  const [a, b] = await Promise.all([
    one.post('/tickets', wish, 'key-1'),
    one.post('/tickets', wish, 'key-1'),
  ]);
  const c = await one.post('/tickets', wish, 'key-1');
  t.same([a.body['id'], b.body['id']], [c.body['id'], c.body['id']]);
  t.equal(a.status, 202);
  const id = String(a.body['id']);
  const first = await one.post(`/tickets/${id}/accept`, {}, 'key-2');
  const again = await one.post(`/tickets/${id}/accept`, {}, 'key-2');
  t.same([first.status, again.status, again.body['version']], [202, 202, first.body['version']]);
});

await t.test(
  'R5 R11 R20 handed over, returned with a dispute, decided; joint with both acknowledgements',
  async (t) => {
    const ticket = await open(one, { summary: '邻居噪音，怀疑赌博', item: 'disputes-2' });
    const over = await step(one, ticket, 'handover', { to: '110' });
    t.match(over, { platform: '110', kind: 'police-order', state: 'new' });
    t.ok(
      (await tickets(police)).some(({ id }) => id === ticket['id']),
      '110 sees it',
    );
    t.match(await one.post(`/tickets/${String(ticket['id'])}/accept`), { status: 403 });
    const back = await step(police, ticket, 'return', { reason: '非警务警情', disputed: true });
    t.match(back, { platform: '12345', state: 'returned', returns: 1, disputes: [{ platform: '110' }] });
    const decided = await step(sup, ticket, 'dispute/decide', {
      platform: '12345',
      note: '由12345协调，问13812345678',
    });
    t.match(decided['disputes'], [{ decision: { platform: '12345' } }]);
    t.match(
      (await police.get('/catalogue/disputes-2/decisions')).body['items'],
      [{ ticket: ticket['id'], platform: '12345', by: 'sup-12345', note: '由12345协调，问138****5678' }],
      'who chooses this item next is told',
    );
    t.same((await police.get('/catalogue/disputes-1/decisions')).body['items'], []);
    await step(one, ticket, 'accept');
    const unit = await unitNamed('市城管');
    const joint = await step(one, ticket, 'joint', { unit });
    const linkedId = (joint['links'] as { ticket: string }[])[0]?.ticket ?? '';
    t.match((await police.get(`/tickets/${linkedId}`)).body, {
      platform: '110',
      links: [{ ticket: ticket['id'], kind: 'joint' }],
    });
    await step(police, { id: linkedId }, 'accept');
    await step(system, ticket, 'sign');
    const now = (await one.get(`/tickets/${String(ticket['id'])}`)).body;
    t.same(
      (now['receipts'] as Json[])
        .filter(({ kind }) => kind === 'joint')
        .map(({ to, acknowledgedAt }) => [to, typeof acknowledgedAt]),
      [
        [unit, 'string'],
        ['110', 'string'],
      ],
      'both acknowledgements are shown',
    );
  },
);

await t.test(
  'TK1 many in one request: each once by its key, one refused does not hold back the others',
  async (t) => {
    const items = Array.from({ length: 50 }, (_, n) => ({
      key: `b-${n}`,
      platform: '12345',
      summary: `批量${n}`,
    }));
    const wrong = { key: 'b-x', platform: '12345', summary: '错区划', region: '999999' };
    const first = await system.post('/tickets/batch', { items: [...items, wrong] });
    t.equal(first.status, 202);
    const told = first.body['items'] as Json[];
    t.equal(new Set(told.flatMap(({ id }) => id ?? [])).size, 50);
    t.match(told.at(-1), { key: 'b-x', code: 'invalid-field', field: 'region' });
    const again = (await system.post('/tickets/batch', { items })).body['items'] as Json[];
    t.same(
      again.map(({ id, repeated }) => [id, repeated]),
      told.slice(0, 50).map(({ id }) => [id, true]),
    );
    const single = await system.post('/tickets', { platform: '12345', summary: '批量7' }, 'b-7');
    t.equal(single.body['id'], told[7]?.['id'], 'the same key the single way');
    t.equal((await one.post('/tickets/batch', { items })).status, 403);
  },
);

await t.test('R24 major: both platforms are told at once and acknowledge', async (t) => {
  const ticket = await open(one, { class: 'major', summary: '化工厂爆炸' });
  t.match(ticket['receipts'], [
    { to: '12345', kind: 'major' },
    { to: '110', kind: 'major' },
  ]);
  const mine = (ticket['receipts'] as { id: string; to: string }[]).find(({ to }) => to === '110');
  t.match(await sup.post(`/tickets/${String(ticket['id'])}/acknowledge`, { receipt: mine?.id }), {
    status: 403,
  });
  const seen = await step(await city.desk('sup-110'), ticket, 'acknowledge', { receipt: mine?.id });
  t.match((seen['receipts'] as Json[])[1], { by: 'sup-110' });
});

await t.test('A10 R13 export: CSV for Excel with formulas made harmless, NDJSON, XLSX; masked', async (t) => {
  await open(one, { summary: '=HYPERLINK("http://x","点我") 13812345678' });
  const file = async (format: string) => {
    const answer = await fetch(`${sup.url}/v1/tickets/export?format=${format}`, {
      headers: { authorization: `Bearer ${sup.token}` },
    });
    t.equal(answer.status, 200, format);
    return Buffer.from(await answer.arrayBuffer());
  };
  const csv = (await file('csv')).toString('utf8');
  t.ok(csv.startsWith('\uFEFFserial,kind,'), 'with a byte order mark');
  t.match(csv, /"'=HYPERLINK\(""http:\/\/x"",""点我""\) 138\*\*\*\*5678"/, 'shown, not run; masked');
  const listed = await tickets(sup, '?limit=200');
  t.equal((await file('ndjson')).toString('utf8').trimEnd().split('\n').length, listed.length);
  t.equal((await file('xlsx')).subarray(0, 2).toString(), 'PK', 'a workbook');
  t.equal((await one.get('/tickets/export')).status, 403, 'not for seats');
});

const ticketsOf = async (call: string): Promise<readonly Json[]> => {
  const { rows } = await witness.query<{ body: Json }>(
    "select body from tickets where body -> 'calls' @> to_jsonb($1::text) order by position",
    [call],
  );
  return rows.map(({ body }) => body);
};
const end = async (t: Test, call: Awaited<ReturnType<Scene['talk']>>) =>
  scene.close(t, call, [seat, officer]);

await t.test(
  'WR3 R2 a tagged call gives one ticket; a transfer sends it along; the call shows it',
  async (t) => {
    const call = await scene.talk('12345', seat);
    await seat.desk.must(
      `/calls/${call.id}/tag`,
      { class: 'general', item: 'disputes-2', region: '450703', summary: '邻里纠纷' },
      'PUT',
    );
    await city.until('the ticket is there', async () => (await ticketsOf(call.id)).length === 1);
    const [ticket] = await ticketsOf(call.id);
    t.match(ticket, {
      platform: '12345',
      state: 'accepted',
      acceptedBy: '1001',
      source: 'phone',
      region: '450703',
    });
    await city.until(
      'the call shows it',
      async () => ((await scene.view(call.id))['tickets'] as string[]).length === 1,
    );
    t.same((await scene.view(call.id))['tickets'], [ticket?.['id']]);
    await seat.desk.must(`/calls/${call.id}/transfer`, { to: { line: '110' } });
    await city.until('110 has the call', async () => (await scene.view(call.id))['owner'] === '3001');
    await city.until('110 has the ticket', async () => (await ticketsOf(call.id))[0]?.['platform'] === '110');
    t.match(await ticketsOf(call.id), [
      {
        id: ticket?.['id'],
        platform: '110',
        kind: 'police-order',
        state: 'accepted',
        acceptedBy: '3001',
        originPlatform: '12345',
      },
    ]);
    await city.until("the call's timeline tells of it", async () =>
      (await scene.factTypes(call.id)).includes('ticket.handed-over'),
    );
    await end(t, call);
    t.equal((await ticketsOf(call.id)).length, 1, 'exactly one');
  },
);

await t.test('WR1 an untagged call waits on the list until somebody says what it was', async (t) => {
  const call = await scene.talk('12345', seat);
  await call.caller.hangup();
  const listed = async () => {
    const { body } = await sup.get('/tickets/untagged');
    return (body['items'] as Json[]).find((each) => each['call'] === call.id);
  };
  await city.until('it is on the list', async () => (await listed()) !== undefined);
  t.match(await listed(), { platform: '12345', seat: '1001' });
  await sup.must(`/calls/${call.id}/tag`, { class: 'general', summary: '咨询社保' }, 'PUT');
  await city.until('it is off the list', async () => (await listed()) === undefined);
  await city.until('and a ticket', async () => (await ticketsOf(call.id)).length === 1);
  await end(t, call);
});

await t.test('R8 escalated while the call is up: 110 has a ticket and its phone rings', async (t) => {
  const call = await scene.talk('12345', seat);
  await seat.desk.must(`/calls/${call.id}/tag`, { class: 'general', summary: '讨薪' }, 'PUT');
  await city.until('the ticket is there', async () => (await ticketsOf(call.id)).length === 1);
  const [ticket] = await ticketsOf(call.id);
  const escalated = await step(seat.desk, ticket!, 'escalate', { reason: '扬言跳楼' });
  t.match(escalated, { state: 'escalated', links: [{ kind: 'escalation' }] });
  await city.until('110 is in the call', async () => (await scene.view(call.id))['phase'] === 'three-way');
  const linked = await ticketsOf(call.id);
  t.match(linked[1], { platform: '110', class: 'urgent', state: 'new' });
  await end(t, call);
});

await t.test('WR3 kill -9 between the tag and the ticket: one ticket, none lost, none twice', async (t) => {
  for (let n = 0; n < 3; n += 1) {
    const call = await scene.talk('12345', seat);
    await seat.desk.must(`/calls/${call.id}/tag`, { class: 'general', summary: `第${n}次` }, 'PUT');
    city.server.kill('SIGKILL');
    await city.until('the server is dead', () => city.server.pid === undefined);
    await city.server.start();
    await city.until('the ticket is there', async () => (await ticketsOf(call.id)).length === 1, 15_000);
    await end(t, call);
    t.equal((await ticketsOf(call.id)).length, 1);
  }
  const { rows } = await witness.query(
    "select data ->> 'position', count(*) from facts where type like 'ticket.%' group by 1 having count(*) > 1",
  );
  t.same(rows, [], 'no ticket fact is in the ledger twice');
  await city.until('every ticket fact is in the ledger', async () => {
    const left = await witness.query(
      "select 1 from ticket_facts f where not exists (select 1 from facts where type like 'ticket.%' and (data ->> 'position')::bigint = f.position)",
    );
    return left.rows.length === 0;
  });
});
