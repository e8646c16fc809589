// Commands over HTTP: 202 with the new version, keys, every route under its own name, calls owed.
// It must not run an engine: the double answers.
import { test } from 'tap';
import { openDesk } from '../doubles/api.ts';
import { callView } from '../doubles/views.ts';
import { canary, mismatches } from './api-asking.ts';

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

test('SV5 an owed call is done once, by its own platform, and audited', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const owed = { id: 7, done: false, call: 'c0', platform: '12345', number: canary, class: 'major' };
  desk.engine.owed.push({ ...owed, reason: 'cut off', at: '2026-11-22T01:00:00.000Z', seat: '1001' });
  let presses = 0;
  const done = (user: string, payload: object) =>
    desk.app.inject({
      method: 'POST',
      url: '/v1/call-backs/7/done',
      headers: { ...desk.as(user), 'idempotency-key': `k-${(presses += 1)}` },
      payload,
    });
  t.equal((await done('1001', { result: 'reached' })).statusCode, 403);
  t.equal((await done('sup-110', { result: 'reached' })).statusCode, 404);
  t.match((await done('sup-12345', { result: 'perhaps' })).json(), {
    code: 'invalid-field',
    field: 'result',
  });
  const taken = await done('sup-12345', { result: 'reached', note: '已回拨' });
  t.equal(taken.statusCode, 202);
  t.match(taken.json(), { id: 7, done: true, seat: '1001', number: '139****0001' });
  t.match((await done('sup-12345', { result: 'reached' })).json(), { code: 'already-so' });
  await settled();
  t.equal(desk.audit.rows.filter(({ action }) => action === 'call-back.done').length, 2);
});

test("TR1 commands: 202 with version and view; the key is the command's id; the same key for another request is refused", async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const { engine, app } = desk;
  engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  const headers = { ...desk.as('1001'), 'idempotency-key': 'press-1' };
  const transfer = (payload: object, more: object = {}) =>
    app.inject({ method: 'POST', url: '/v1/calls/c1/transfer', headers: { ...headers, ...more }, payload });
  const first = await transfer({ to: { line: '110' }, note: '有人打架' });
  t.equal(first.statusCode, 202);
  t.match(first.json(), { id: 'c1', version: 3, caller: { number: canary } });
  t.match(engine.asked.at(-1), {
    target: 'c1',
    id: '1001:press-1',
    actor: { user: '1001', role: 'seat', seat: '1001' },
    command: { name: 'transfer', body: { to: { line: '110' }, mode: 'one-click' } },
  });
  t.equal(
    (await transfer({ to: { line: '110' }, note: '有人打架' })).statusCode,
    202,
    'again: the engine answers as before',
  );
  t.match((await transfer({ to: { line: '119' } })).json(), { code: 'key-reused', status: 422 });
  t.match((await app.inject({ method: 'POST', url: '/v1/calls/c1/hold', headers })).json(), {
    code: 'key-reused',
  });
  t.match((await transfer({ to: { line: '110' } }, { 'idempotency-key': 'sp ace' })).json(), {
    code: 'invalid-field',
    field: 'Idempotency-Key',
  });
  t.match((await transfer({ to: { line: '110' } }, { 'idempotency-key': 'x'.repeat(129) })).json(), {
    code: 'invalid-field',
  });
  desk.clock.at += 600_001;
  t.equal(
    (
      await app.inject({
        method: 'POST',
        url: '/v1/calls/c1/hold',
        headers: { ...desk.as('1001'), 'idempotency-key': 'press-1' },
      })
    ).statusCode,
    202,
    'after 10 min the key is forgotten',
  );
  engine.refusal = 'transfer-in-progress';
  const refused = await transfer(
    { to: { line: '110' } },
    { 'idempotency-key': 'press-2', ...desk.as('1001') },
  );
  t.equal(refused.statusCode, 409);
  t.match(refused.headers['content-type'], /^application\/problem\+json/);
  t.match(refused.json(), {
    type: 'urn:hotline-link:problem:transfer-in-progress',
    title: String,
    status: 409,
    code: 'transfer-in-progress',
    message: String,
    state: { id: 'c1', version: 3 },
  });
  engine.refusal = null;
  await settled();
  const acts = desk.audit.rows.filter(({ action }) => action === 'call.transfer');
  t.match(
    acts.map(({ details }) => details['result']),
    ['accepted', 'accepted', 'transfer-in-progress'],
  );
  t.equal(acts[0]?.actor, '1001');
});

test('every command route reaches the engine under its own name', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const { engine, app } = desk;
  engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  const seat = desk.as('1001');
  const supervisor = desk.as('sup-12345');
  const call = [
    ['PUT', 'tag', { class: 'urgent' }],
    ['POST', 'hold', {}],
    ['POST', 'resume', { party: 'caller' }],
    ['POST', 'mute', {}],
    ['POST', 'unmute', {}],
    ['POST', 'transfer', { to: { seat: '3001' } }],
    ['POST', 'transfer/cancel', {}],
    ['POST', 'transfer/merge', {}],
    ['POST', 'three-way', { to: { queue: 'q-110' } }],
    ['POST', 'consult', { on: true }],
    ['POST', 'outcome', { acceptedBy: 'both' }],
    ['POST', 'leave', {}],
    ['POST', 'hang-up', { disposition: 'done' }],
    ['POST', 'guide', { line: '110' }],
  ] as const;
  for (const [method, path, payload] of call) {
    const answer = await app.inject({ method, url: `/v1/calls/c1/${path}`, headers: seat, payload });
    t.equal(answer.statusCode, 202, `${path} ${answer.body}`);
    t.equal(engine.asked.at(-1)?.command.name, path.replace('/', '-'));
  }
  t.equal(
    (
      await app.inject({
        method: 'POST',
        url: '/v1/calls/c1/supervise',
        headers: supervisor,
        payload: { mode: 'whisper', seat: '1002' },
      })
    ).statusCode,
    202,
  );
  t.match(engine.asked.at(-1)?.command, { name: 'supervise', body: { mode: 'whisper', visible: false } });
  t.equal(
    (await app.inject({ method: 'DELETE', url: '/v1/calls/c1/supervise', headers: supervisor })).statusCode,
    202,
  );
  t.equal(engine.asked.at(-1)?.command.name, 'supervise-end');
  for (const [path, payload] of [
    ['sign-in', { phone: 'browser' }],
    ['status', { status: 'break', reason: '午餐' }],
    ['wrap-up/extend', {}],
    ['wrap-up/finish', {}],
    ['help', {}],
    ['sign-out', {}],
  ] as const) {
    const answer = await app.inject({
      method: 'POST',
      url: `/v1/seats/1001/${path}`,
      headers: seat,
      payload,
    });
    t.equal(answer.statusCode, 202, `${path} ${answer.body}`);
    t.equal(engine.asked.at(-1)?.command.name, path.replace('/', '-'));
    t.equal('sip' in answer.json<object>(), path === 'sign-in', "the phone's account at sign-in only");
  }
  t.equal(
    (
      await app.inject({
        method: 'POST',
        url: '/v1/seats/1001/force',
        headers: supervisor,
        payload: { action: 'release', reason: 'stuck' },
      })
    ).statusCode,
    202,
  );
  const head = await app.inject({
    method: 'POST',
    url: '/v1/queues/q-12345/calls/c1/priority',
    headers: supervisor,
  });
  t.match(head.json(), { version: 7, id: 'q-12345' });
  t.match(engine.asked.at(-1)?.command, { name: 'prioritise', head: true });
  t.same(mismatches(desk), [], 'every answer matches its schema');
});
