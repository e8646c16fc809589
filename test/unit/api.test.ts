// The HTTP surface without sockets: sessions, rules, scope, masking, commands, problems, limits. app.inject, no port.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { test } from 'tap';
import { ensureFirstAccounts, plannedAccounts } from '../../server/api/auth/first-accounts.ts';
import { Lockout } from '../../server/api/auth/lockout.ts';
import { installGuard } from '../../server/api/auth/identity.ts';
import { usualLimits } from '../../server/api/limits.ts';
import { maskName, maskNumber, maskText, masked } from '../../server/api/privacy/masking.ts';
import { rules } from '../../server/api/rules.ts';
import { AccountsDouble, callView, openDesk, password, seatView } from '../doubles/api.ts';

const canary = '13987650001';
const json = { 'content-type': 'application/json' };
const mismatches = (desk: { readonly logged: readonly string[] }) =>
  desk.logged.filter((line) => line.includes('does not match its schema'));
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

test('G23 sign-in: a token of 256 bits, only its hash stored; who am I; sign-out ends it', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const opened = await desk.app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: { user: '1001', password },
  });
  t.equal(opened.statusCode, 201);
  const body = opened.json<Record<string, string>>();
  t.match(body, { user: '1001', role: 'seat', platform: '12345', seat: '1001', expiresAt: /Z$/ });
  t.equal(Buffer.from(body['token']!, 'base64url').length, 32);
  t.notOk(
    JSON.stringify([...desk.sessions.rows]).includes(body['token']!),
    'the token itself is stored nowhere',
  );
  t.equal(opened.headers['cache-control'], 'no-store');
  const headers = { authorization: `Bearer ${body['token']!}` };
  t.equal((await desk.app.inject({ url: '/v1/session', headers })).statusCode, 200);
  t.equal(
    (await desk.app.inject({ url: `/v1/session?token=${body['token']!}` })).statusCode,
    401,
    'never from an address (14.2.1)',
  );
  t.equal((await desk.app.inject({ method: 'DELETE', url: '/v1/session', headers })).statusCode, 204);
  const after = await desk.app.inject({ url: '/v1/session', headers });
  t.match(after.json(), { code: 'unauthenticated', status: 401 });
  t.equal(after.headers['www-authenticate'], 'Bearer realm="hotline"');
  await settled();
  t.match(
    desk.audit.rows.map(({ action }) => action),
    ['session.opened', 'session.closed'],
  );
});

test('A3 wrong user and wrong password look the same; five failures lock the name, known or not, longer each time', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const attempt = (user: string, secret: string) =>
    desk.app.inject({ method: 'POST', url: '/v1/session', payload: { user, password: secret } });
  for (const user of ['1001', 'nobody-such']) {
    const bodies = [];
    for (let n = 0; n < 5; n += 1) bodies.push((await attempt(user, 'wrong')).json<{ code: string }>().code);
    t.same(bodies, Array(5).fill('bad-credentials'), user);
    const locked = await attempt(user, user === '1001' ? password : 'wrong');
    t.match(locked.json(), { code: 'locked-out', status: 429 }, `${user} is locked, right password or not`);
    t.equal(locked.headers['retry-after'], '60');
  }
  t.equal(
    (await attempt('1002', 'wrong')).body,
    (await attempt('nobody-else', 'wrong')).body,
    'equal bodies',
  );
  desk.clock.at += 60_001;
  t.equal((await attempt('1001', 'wrong')).statusCode, 401, 'after 60 s it may try again');
  t.equal((await attempt('1001', password)).headers['retry-after'], '120', 'and the next lock is longer');
  desk.clock.at += 120_001;
  t.equal((await attempt('1001', password)).statusCode, 201);
  t.equal((await attempt('1001', 'wrong')).statusCode, 401, 'a success clears the count');
  await settled();
  t.ok(desk.audit.rows.some(({ action, subject }) => action === 'session.locked' && subject === '1001'));
  t.notOk(JSON.stringify(desk.audit.rows).includes(password));
});

test('A3 a burst of guesses at once is judged one by one; the lock survives a restart by what the database counted', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const burst = await Promise.all(
    Array.from({ length: 12 }, () =>
      desk.app.inject({ method: 'POST', url: '/v1/session', payload: { user: '1001', password: 'guess' } }),
    ),
  );
  t.equal(burst.filter(({ statusCode }) => statusCode === 401).length, 5);
  t.equal(burst.filter(({ statusCode }) => statusCode === 429).length, 7);
  await settled();
  const lockout = new Lockout(usualLimits);
  const { failures, lastFailureAt } = desk.accounts.rows.get('1001')!;
  lockout.recall('1001', failures, lastFailureAt);
  t.equal(lockout.lockedFor('1001', desk.clock.at), 60_000);
});

test('A3 an unknown user costs as much time as a known one', async (t) => {
  const desk = await openDesk({ limits: { failuresBeforeLock: 1_000, signInsPerMinute: 1_000 } });
  t.teardown(() => desk.app.close());
  const times: Record<string, number[]> = { '1001': [], 'no-such': [] };
  for (let n = 0; n < 12; n += 1) {
    for (const user of Object.keys(times)) {
      const began = process.cpuUsage();
      await desk.app.inject({ method: 'POST', url: '/v1/session', payload: { user, password: 'wrong' } });
      const { user: spent, system } = process.cpuUsage(began);
      times[user]!.push(spent + system);
    }
  }
  // CPU, not wall time: what argon2 burns is the same on a busy machine. Without the dummy hash the ratio would be over 10.
  const median = (list: number[]) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
  const ratio = median(times['1001']!) / median(times['no-such']!);
  t.ok(ratio > 0.5 && ratio < 2, `ratio of CPU times ${ratio.toFixed(2)}`);
});

test('G23 sessions end by age, by idleness, by an administrator, and elsewhere', async (t) => {
  const desk = await openDesk({ limits: { sessionIdleMs: 600_000 } });
  t.teardown(() => desk.app.close());
  const get = async (headers: { authorization: string }) =>
    (await desk.app.inject({ url: '/v1/session', headers })).statusCode;
  const old = desk.as('1001');
  t.equal(await get(old), 200);
  desk.clock.at += 600_001;
  t.equal(await get(old), 401, 'idle');
  t.equal(desk.sessions.rows.size, 0, 'and closed in the store');
  const busy = desk.as('1001');
  for (let n = 0; n < 9; n += 1) {
    desk.clock.at += 400_000;
    t.equal(await get(busy), n < 8 ? 200 : 401, `in use, ${n}`);
  }
  const [one, two, other] = [desk.as('1002'), desk.as('1002'), desk.as('3001')];
  t.same(await Promise.all([get(one), get(two), get(other)]), [200, 200, 200]);
  const ended = await desk.app.inject({
    method: 'DELETE',
    url: '/v1/accounts/1002/sessions',
    headers: desk.as('admin'),
  });
  t.same(ended.json(), { closed: 2 });
  t.same(await Promise.all([get(one), get(two), get(other)]), [401, 401, 200]);
  desk.sessions.rows.clear();
  desk.clock.at += 2_001;
  t.equal(await get(other), 401, 'ended by another node: seen within 2 s');
});

test('SV6 a known session goes on while the database is away or hangs; a new one is told to wait', async (t) => {
  const desk = await openDesk({ limits: { sessionWaitMs: 30 } });
  t.teardown(() => desk.app.close());
  desk.engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  const headers = desk.as('1001');
  const hold = async () =>
    (await desk.app.inject({ method: 'POST', url: '/v1/calls/c1/hold', headers })).statusCode;
  t.equal(await hold(), 202);
  const asked = desk.sessions.finds;
  t.equal(await hold(), 202);
  t.equal(desk.sessions.finds, asked, 'a command costs no query');
  desk.sessions.away = true;
  desk.audit.away = true;
  desk.clock.at += 5_000;
  t.equal(await hold(), 202, 'away');
  desk.sessions.hangs = true;
  desk.clock.at += 5_000;
  t.equal(await hold(), 202, 'hangs');
  desk.sessions.hangs = false;
  const stranger = await desk.app.inject({ url: '/v1/session', headers: desk.as('1002') });
  t.match(stranger.json(), { code: 'database-away', status: 503 });
  t.equal(stranger.headers['retry-after'], '1');
  const signIn = await desk.app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: { user: '1001', password },
  });
  t.equal(signIn.statusCode, 503);
  const reveal = await desk.app.inject({
    method: 'POST',
    url: '/v1/calls/c1/reveal',
    headers,
    payload: { reason: 'call back' },
  });
  t.equal(reveal.statusCode, 503, 'an unaudited reveal does not happen');
  t.notOk(reveal.body.includes(canary));
  desk.audit.away = false;
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  t.equal(
    desk.audit.rows.filter(({ action }) => action === 'call.hold').length,
    4,
    'the audit of the commands follows, none lost',
  );
});

test('G23 a route without a rule does not start', (t) => {
  const bare = fastify();
  t.teardown(() => bare.close());
  const nothing = {} as never;
  installGuard(bare, {
    sessions: nothing,
    tickets: nothing,
    trail: nothing,
    stranger: () => Promise.resolve(),
  });
  t.throws(() => bare.get('/v1/forgotten', () => 'open'), {
    message: /GET \/v1\/forgotten has no rule: say in server\/api\/rules.ts/,
  });
  t.end();
});

test('G23 every role on every route: what the table forbids gives 401 or 403, and is written down', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  desk.engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  const users = ['1001', 'sup-12345', 'audit', 'admin', 'system'] as const;
  const roleOf = {
    '1001': 'seat',
    'sup-12345': 'supervisor',
    audit: 'auditor',
    admin: 'administrator',
    system: 'system',
  } as const;
  let pairs = 0;
  let forbidden = 0;
  for (const [route, who] of Object.entries(rules)) {
    const [method, pattern] = route.split(' ') as ['GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD', string];
    if (!pattern.startsWith('/v1') && pattern !== '/sip') continue;
    const id = pattern.startsWith('/v1/seats') ? '1001' : pattern.startsWith('/v1/queues') ? 'q-12345' : 'c1';
    const url = pattern.replace(':id', id).replace(':callId', 'c1').replace(':user', 'nobody');
    const send = (headers: Record<string, string>) =>
      desk.app.inject({
        method,
        url,
        headers: { ...json, ...headers },
        ...(method === 'GET' ? {} : { payload: '{}' }),
      });
    if (who !== 'anyone') t.equal((await send({})).statusCode, 401, `${route} without a session`);
    for (const user of users) {
      pairs += 1;
      const status = (await send(desk.as(user))).statusCode;
      const allowed = who === 'anyone' || who === 'signed-in' || who.includes(roleOf[user]);
      if (!allowed) forbidden += 1;
      if (allowed) t.not(status, 403, `${route} as ${user}`);
      else t.equal(status, 403, `${route} as ${user}`);
      t.ok(status < 500 || pattern === '/sip', `${route} as ${user}: ${status}`);
    }
  }
  t.comment(`${pairs} pairs, ${forbidden} of them forbidden`);
  await settled();
  t.equal(
    desk.audit.rows.filter(({ action, details }) => action === 'denied' && 'role' in details).length,
    forbidden,
  );
});

test('RP6 R14 a hotline over all its queues: each its own, the system client all', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const ids = async (user: string) =>
    (await desk.app.inject({ url: '/v1/platforms', headers: desk.as(user) }))
      .json<{ items: { id: string }[] }>()
      .items.map(({ id }) => id);
  t.same(await ids('1001'), ['12345']);
  t.same(await ids('sup-110'), ['110']);
  t.same(await ids('system'), ['12345', '110']);
  const one = async (user: string, id: string) =>
    (await desk.app.inject({ url: `/v1/platforms/${id}`, headers: desk.as(user) })).statusCode;
  t.same(
    [await one('sup-110', '110'), await one('sup-110', '12345'), await one('sup-110', '999')],
    [200, 404, 404],
  );
});

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

test('A8 objects: calls, seats and queues of others are not there, whoever asks by id', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  desk.engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  desk.engine.live.set('c9', callView('c9', '110', canary, '3001'));
  const status = async (user: string, method: 'GET' | 'POST', url: string) =>
    (
      await desk.app.inject({
        method,
        url,
        headers: { ...desk.as(user), ...json },
        ...(method === 'POST' ? { payload: '{}' } : {}),
      })
    ).statusCode;
  for (const [user, own, others] of [
    ['1001', 'c1', 'c9'],
    ['sup-12345', 'c1', 'c9'],
    ['3001', 'c9', 'c1'],
    ['1002', null, 'c1'],
  ] as const) {
    for (const [method, part] of [
      ['GET', ''],
      ['GET', '/timeline'],
      ['POST', '/hold'],
      ['POST', '/transfer/cancel'],
      ['POST', '/leave'],
    ] as const) {
      t.equal(
        await status(user, method, `/v1/calls/${others}${part}`),
        404,
        `${user} ${method} ${others}${part}`,
      );
      if (own !== null)
        t.ok(
          [200, 202].includes(await status(user, method, `/v1/calls/${own}${part}`)),
          `${user} ${method} ${own}${part}`,
        );
    }
  }
  t.equal(await status('1001', 'GET', '/v1/seats/3001'), 404);
  t.equal(await status('1001', 'GET', '/v1/seats/1002'), 200);
  t.equal(await status('1001', 'POST', '/v1/seats/1002/sign-out'), 403, 'a colleague is seen, not acted for');
  t.equal(await status('1001', 'GET', '/v1/queues/q-110'), 404);
  t.equal(await status('sup-110', 'POST', '/v1/queues/q-12345/calls/c1/priority'), 404);
  t.equal(await status('sup-12345', 'POST', '/v1/queues/q-12345/calls/c1/priority'), 202);
  t.equal(
    desk.engine.asked.filter(({ target, actor }) => target === 'c9' && actor.user !== '3001').length,
    0,
    'nothing forbidden reached the engine',
  );
  const phone = await desk.app.inject({
    method: 'POST',
    url: '/v1/calls/c1/supervise',
    headers: desk.as('sup-12345'),
    payload: { mode: 'listen', seat: '3001' },
  });
  t.match(
    phone.json(),
    { code: 'unknown-target', field: 'seat' },
    'nor a phone of the other platform borrowed',
  );
  await settled();
  t.ok(
    desk.audit.rows.some(
      ({ action, actor, subject }) => action === 'denied' && actor === '1002' && subject === 'c1',
    ),
  );
});

test('A8 a seat keeps its right to a call it had: in wrap-up, and after a restart by the timeline; a missed offer gives none', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const { engine, app } = desk;
  engine.happen(
    'call.answered',
    { call: 'c1', platform: '12345', data: { seat: '1001' } },
    { call: callView('c1', '12345', canary, '1001') },
  );
  const ended = callView('c1', '12345', canary, null, { phase: 'ended', parties: [] });
  engine.happen('call.ended', { call: 'c1', platform: '12345' }, { call: ended });
  engine.live.delete('c1');
  engine.past.set('c1', ended);
  const tag = await app.inject({
    method: 'PUT',
    url: '/v1/calls/c1/tag',
    headers: desk.as('1001'),
    payload: { class: 'general', summary: '噪音' },
  });
  t.equal(tag.statusCode, 202);
  t.notOk(tag.body.includes(canary), 'masked once the call is over');
  engine.past.set('c2', callView('c2', '12345', canary, null, { phase: 'ended', parties: [] }));
  engine.facts.push({
    sequence: 3,
    type: 'offer.accepted',
    time: ended.arrivedAt,
    call: 'c2',
    platform: '12345',
    actor: 'system:engine',
    data: { seat: '1002' },
  });
  engine.facts.push({
    sequence: 4,
    type: 'offer.timed-out',
    time: ended.arrivedAt,
    call: 'c2',
    platform: '12345',
    actor: 'system:engine',
    data: { seat: '1001' },
  });
  t.equal((await app.inject({ url: '/v1/calls/c2', headers: desk.as('1002') })).statusCode, 200);
  t.equal((await app.inject({ url: '/v1/calls/c2', headers: desk.as('1001') })).statusCode, 404);
});

test('R28 masking: numbers and names in every shape they come in; ids, codes and times stay', (t) => {
  t.equal(maskNumber('13800000001'), '138****0001');
  t.equal(maskNumber('+8613800000001'), '+86****0001');
  t.equal(maskNumber('07772838110'), '077****8110');
  t.equal(maskNumber('2838110'), '28****10');
  t.equal(maskNumber('12345'), '12345');
  t.equal(maskNumber('anonymous'), 'anonymous');
  t.equal(maskName('王小明'), '王**');
  t.equal(maskName(''), '');
  t.equal(maskText(`回电${canary}，或 139 8765 0001，身份证45070219900101123X`).includes('8765'), false);
  t.equal(maskText('2026-11-22 09:00 来电'), '2026-11-22 09:00 来电');
  const record = {
    id: '1763779200.12',
    call: '01JDX',
    caller: { number: canary, name: canary },
    leg: 'c1763779200-owner-1',
    number: 13987650001,
    from: '1001',
    tag: { region: '450702001001', summary: `打 ${canary}`, place: '' },
    list: [canary, 'ok'],
    [`key ${canary}`]: 1,
    arrivedAt: '2026-11-22T02:00:00.000Z',
    endpoint: `PJSIP/${canary}@out`,
    uri: `sip:${canary}@127.0.0.3`,
  };
  const shown = masked(record);
  t.notOk(JSON.stringify(shown).includes(canary));
  t.match(shown, {
    id: '1763779200.12',
    leg: 'c1763779200-owner-1',
    from: '1001',
    arrivedAt: record.arrivedAt,
  });
  t.equal(shown.tag.region, '450702001001');
  t.same(maskText('９１'.repeat(6)).length < 12, true, 'full-width digits, too');
  t.end();
});

test('G25 canary: the number is in no answer, error, audit row or log of those without the right, and a reveal is written down', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const { engine, app } = desk;
  const secretTag = {
    class: 'general' as const,
    item: '',
    region: '',
    place: '',
    summary: `caller asks to ring ${canary}`,
  };
  engine.live.set('c1', callView('c1', '12345', canary, '1001', { tag: secretTag }));
  engine.past.set('c0', callView('c0', '12345', canary, '1001', { phase: 'ended', parties: [] }));
  engine.happen('call.arrived', {
    call: 'c1',
    platform: '12345',
    data: { number: canary, name: canary, dialled: '12345' },
  });
  engine.happen('transfer.ringing', {
    call: 'c1',
    platform: '12345',
    data: { number: canary, note: `ring ${canary}` },
  });
  engine.owed.push({
    id: 1,
    done: false,
    call: 'c0',
    platform: '12345',
    number: canary,
    class: 'major',
    reason: 'cut off',
    at: '2026-11-22T01:00:00.000Z',
  });
  const bodies: string[] = [];
  for (const user of ['1002', '3001', 'sup-12345', 'sup-110', 'audit', 'admin', 'system']) {
    const headers = { ...desk.as(user), ...json };
    for (const url of [
      '/v1/calls?live=true',
      '/v1/calls',
      '/v1/calls/c1',
      '/v1/calls/c0',
      '/v1/calls/c1/timeline',
      '/v1/seats',
      '/v1/queues',
      '/v1/call-backs',
      '/v1/audit',
      '/v1/accounts',
    ]) {
      bodies.push((await app.inject({ url, headers })).body);
    }
    engine.refusal = 'wrong-phase';
    bodies.push(
      (await app.inject({ method: 'POST', url: '/v1/calls/c1/hold', headers, payload: '{}' })).body,
    );
    engine.refusal = null;
    bodies.push(
      (
        await app.inject({
          method: 'POST',
          url: '/v1/calls/c1/guide',
          headers,
          payload: { line: '110', note: canary },
        })
      ).body,
    );
    bodies.push(
      (
        await app.inject({
          method: 'POST',
          url: `/v1/calls/${canary}/hold`,
          headers,
          payload: { [canary]: canary },
        })
      ).body,
    );
    bodies.push(
      (await app.inject({ method: 'POST', url: '/v1/calls/search', headers, payload: { number: canary } }))
        .body,
    );
    engine.failure = new Error(`duplicate key value: (number)=(${canary})`);
    const broken = await app.inject({ url: '/v1/calls/c1', headers });
    bodies.push(broken.body);
    engine.failure = null;
  }
  await settled();
  t.same(mismatches(desk), [], 'and all answers match their schemas');
  t.same(
    bodies.filter((body) => body.includes(canary)),
    [],
    'answers',
  );
  t.same(
    desk.logged.filter((line) => line.includes(canary)),
    [],
    'logs',
  );
  t.same(
    desk.audit.rows.filter((row) => JSON.stringify(row).includes(canary)),
    [],
    'audit',
  );
  t.ok(
    desk.logged.some((line) => line.startsWith('error') && line.includes('139****0001')),
    'failures are logged, masked',
  );
  t.match(
    bodies.find((body) => body.includes('"code":"internal"')) ?? '',
    /"message":"Something failed here; it has been logged\."/,
  );
  const own = await app.inject({ url: '/v1/calls/c1', headers: desk.as('1001') });
  t.equal(
    own.json<{ caller: { number: string } }>().caller.number,
    canary,
    'the seat that has the call sees it',
  );
  t.ok((await app.inject({ url: '/v1/calls/c1/timeline', headers: desk.as('1001') })).body.includes(canary));
  t.notOk(
    (await app.inject({ url: '/v1/calls/c0', headers: desk.as('1001') })).body.includes(canary),
    'not when it is over',
  );
  const reveal = (user: string, payload: object) =>
    app.inject({ method: 'POST', url: '/v1/calls/c0/reveal', headers: desk.as(user), payload });
  t.match((await reveal('sup-12345', {})).json(), { code: 'invalid-field', field: 'reason', status: 422 });
  t.match((await reveal('sup-12345', { reason: 'call back after a cut' })).json(), { number: canary });
  t.equal((await reveal('sup-110', { reason: 'curious' })).statusCode, 404);
  t.match(
    desk.audit.rows.findLast(({ action }) => action === 'number.revealed'),
    { actor: 'sup-12345', subject: 'c0', details: { reason: 'call back after a cut' } },
  );
});

test('A14 reveals are rationed by person', async (t) => {
  const desk = await openDesk({ limits: { revealsPerHour: 3 } });
  t.teardown(() => desk.app.close());
  desk.engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  const reveal = () =>
    desk.app.inject({
      method: 'POST',
      url: '/v1/calls/c1/reveal',
      headers: desk.as('sup-12345'),
      payload: { reason: 'x' },
    });
  for (let n = 0; n < 3; n += 1) t.equal((await reveal()).statusCode, 200);
  const more = await reveal();
  t.match(more.json(), { code: 'too-many-requests', status: 429 });
  t.ok(Number(more.headers['retry-after']) > 0, 'with the time to wait, over all its sessions');
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

test('lists: shape, scope and filters', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const { engine, app } = desk;
  engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  engine.live.set('c9', callView('c9', '110', canary, '3001'));
  engine.seatViews.set('1001', seatView('1001', '12345', { state: 'talking', call: 'c1' }));
  const items = async (user: string, url: string) =>
    (await app.inject({ url, headers: desk.as(user) })).json<{ items: { id: string; call?: string }[] }>()
      .items;
  const ids = async (user: string, url: string) => (await items(user, url)).map(({ id }) => id);
  t.same(await ids('1001', '/v1/calls?live=true'), ['c1']);
  t.same(await ids('1002', '/v1/calls?live=true'), []);
  t.same(await ids('sup-110', '/v1/calls?live=true'), ['c9']);
  t.same(await ids('system', '/v1/calls?live=true'), ['c1', 'c9']);
  t.same(await ids('sup-12345', '/v1/calls?limit=10&from=2026-11-22T00:00:00%2B08:00'), ['c1']);
  t.match(engine.filters.at(-1), { platform: '12345', limit: 10 });
  t.same(await ids('1001', '/v1/seats'), ['1001', '1002']);
  t.equal((await items('1001', '/v1/seats'))[0]?.call, 'c1', 'its own seat with its call');
  t.equal((await items('1002', '/v1/seats'))[0]?.call, undefined, "a colleague's without");
  t.same(await ids('system', '/v1/queues'), ['q-12345', 'q-110']);
  t.same(await ids('sup-110', '/v1/queues'), ['q-110']);
  t.same(await ids('1001', '/v1/lines'), ['110']);
  t.equal(
    (await app.inject({ url: '/v1/calls?limit=1000', headers: desk.as('1001') })).json<{ field: string }>()
      .field,
    'limit',
  );
  // A three-way's guest has the call, too; a supervisor sees it as soon as it is being handed over.
  engine.live.set(
    'c1',
    callView('c1', '12345', canary, '1001', {
      transfer: { id: 't', state: 'ringing', to: { line: '110' }, mode: 'one-click' },
    }),
  );
  t.same(await ids('sup-110', '/v1/calls?live=true'), ['c1', 'c9']);
  t.same(mismatches(desk), [], 'every answer matches its schema');
});

test('problems: one shape for everything that is refused, and no inner words', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const headers = { ...desk.as('1001'), ...json };
  desk.engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  const post = (payload: string, more: Record<string, string> = {}, url = '/v1/calls/c1/transfer') =>
    desk.app.inject({ method: 'POST', url, headers: { ...headers, ...more }, payload });
  const cases = [
    [await post('{"to":'), 400, 'bad-request'],
    [await post('{"to":{"line":"110"},"__proto__":{"admin":true}}'), 400, 'bad-request'],
    [await post('{"to":{"line":"110"},"constructor":{"prototype":{}}}'), 400, 'bad-request'],
    [await post('to=110', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'bad-request'],
    [await post('hello', { 'content-type': 'text/plain' }), 415, 'bad-request'],
    [await post(JSON.stringify({ to: { line: '110' }, note: 'x'.repeat(70_000) })), 413, 'payload-too-large'],
    [await post('{}'), 422, 'invalid-field', 'to'],
    [await post('{"to":{"line":"110","seat":"1"}}'), 422, 'invalid-field', 'to'],
    [await post('{"to":{"line":"110"},"mode":"warp"}'), 422, 'invalid-field', 'mode'],
    [await post('{"to":{"line":"110"},"note":"a\\u0000b"}'), 422, 'invalid-field', 'note'],
    [await post('{"to":{"line":"110"},"note":"\\ud800"}'), 422, 'invalid-field', 'note'],
    [await post('{"on":"yes"}', {}, '/v1/calls/c1/consult'), 422, 'invalid-field', 'on'],
    [await post('[]'), 422, 'invalid-field', 'body'],
    [await post('{}', {}, '/v1/calls/no%20such/hold'), 422, 'invalid-field', 'id'],
    [await post('{}', {}, '/v1/calls/none/hold'), 404, 'not-found'],
    [await post('{}', {}, '/v1/nothing'), 404, 'not-found'],
    [await desk.app.inject({ url: '/%zz' }), 400, 'bad-request'],
    [await desk.app.inject({ method: 'DELETE', url: '/v1/calls/c1', headers }), 404, 'not-found'],
  ] as const;
  for (const [answer, status, code, field] of cases) {
    t.equal(answer.statusCode, status, `${code} ${answer.body}`);
    t.match(answer.headers['content-type'], /^application\/problem\+json/);
    t.match(answer.json(), {
      type: `urn:hotline-link:problem:${code}`,
      title: String,
      status,
      code,
      message: /\S/,
      ...(field === undefined ? {} : { field }),
    });
  }
  desk.engine.refusal = 'not-ready';
  const away = await post('{"to":{"line":"110"}}');
  t.equal(away.statusCode, 503);
  t.equal(away.headers['retry-after'], '1');
});

test('A11 abuse: deep JSON, long names, floods and slow senders meet a limit and nothing else', async (t) => {
  const desk = await openDesk({
    limits: { requestsPer10s: 50, requestMs: 600, strangersPer10s: 20, connections: 50 },
  });
  t.teardown(() => desk.app.close());
  const headers = { ...desk.as('1001'), ...json };
  desk.engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  const deep = await desk.app.inject({
    method: 'POST',
    url: '/v1/calls/c1/tag',
    headers,
    payload: '['.repeat(32_000) + ']'.repeat(32_000),
  });
  t.equal(deep.statusCode, 404, 'no such method here');
  const deeper = await desk.app.inject({
    method: 'PUT',
    url: '/v1/calls/c1/tag',
    headers,
    payload: '['.repeat(32_000) + ']'.repeat(32_000),
  });
  t.equal(deeper.statusCode, 422);
  t.equal((await desk.app.inject({ url: `/v1/calls/${'a'.repeat(5_000)}`, headers })).statusCode, 400);
  const flood = await Promise.all(
    Array.from({ length: 60 }, () => desk.app.inject({ url: '/v1/session', headers })),
  );
  t.ok(flood.filter(({ statusCode }) => statusCode === 429).length >= 10, 'a loop is stopped');
  t.equal(
    (await desk.app.inject({ url: '/v1/session', headers: desk.as('1002') })).statusCode,
    200,
    'the next desk is not',
  );
  const guesses: number[] = [];
  for (let n = 0; n < 30; n += 1) {
    guesses.push(
      (
        await desk.app.inject({
          url: '/v1/session',
          headers: { authorization: `Bearer ${'x'.repeat(40)}${n}` },
        })
      ).statusCode,
    );
  }
  t.same(guesses, [...Array<number>(20).fill(401), ...Array<number>(10).fill(429)], 'guessed tokens');
  await desk.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = desk.app.server.address() as AddressInfo;
  const talk = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let heard = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      socket.on('data', (data) => (heard += data.toString()));
      socket.on('close', () => resolve(heard));
      socket.on('error', reject);
    });
  const [slow, large] = await Promise.all([
    talk(
      'POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    ),
    talk(`GET /healthz HTTP/1.1\r\nHost: x\r\nX-Pad: ${'x'.repeat(20_000)}\r\n\r\n`),
  ]);
  t.match(slow, /^HTTP\/1\.1 408 /, 'slowloris');
  t.match(large, /^HTTP\/1\.1 431 /, 'headers over 16 kB');
});

test('system: health, readiness with its parts, metrics for this machine or a system session', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const { app, engine } = desk;
  t.equal((await app.inject({ url: '/healthz' })).statusCode, 200);
  t.same((await app.inject({ url: '/readyz' })).json(), { ready: true, parts: { asterisk: 'up' } });
  engine.ready = false;
  const down = await app.inject({ url: '/readyz' });
  t.equal(down.statusCode, 503);
  t.match(down.json(), { code: 'not-ready', ready: false, parts: { asterisk: 'down' } });
  t.match((await app.inject({ url: '/metrics' })).body, /^hotline_calls 1/);
  const far = { remoteAddress: '192.0.2.7' };
  t.equal((await app.inject({ url: '/metrics', ...far })).statusCode, 401);
  t.equal(
    (await app.inject({ url: '/metrics', headers: { 'x-forwarded-for': '127.0.0.1' } })).statusCode,
    401,
    'behind a proxy nobody is here',
  );
  t.equal((await app.inject({ url: '/metrics', ...far, headers: desk.as('sup-110') })).statusCode, 403);
  t.equal((await app.inject({ url: '/metrics', ...far, headers: desk.as('system') })).statusCode, 200);
});

test('descriptions: OpenAPI 3.1 names every route and its roles, AsyncAPI 3.0 the stream, /docs reads it', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const open = (await desk.app.inject({ url: '/openapi.json' })).json<{
    openapi: string;
    paths: Record<string, Record<string, { 'x-who-may'?: unknown; summary?: string }>>;
    components: { schemas: object };
  }>();
  t.match(open.openapi, /^3\.1/);
  for (const route of Object.keys(rules)) {
    const [method, url] = route.split(' ') as [string, string];
    if (!url.startsWith('/v1') || url === '/v1/stream') continue;
    const described = open.paths[url.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    t.ok(described?.summary, `${route} is described`);
    t.same(described?.['x-who-may'], rules[route], `${route} says who may`);
  }
  t.match(
    Object.keys(open.components.schemas),
    ['Call', 'Problem'].map(() => String),
  );
  for (const name of ['Call', 'Seat', 'Queue', 'Problem', 'Fact'])
    t.ok(name in open.components.schemas, name);
  const stream = await desk.app.inject({ url: '/asyncapi.json' });
  t.match(stream.json(), { asyncapi: '3.0.0', channels: { stream: { address: '/v1/stream' } } });
  t.match(stream.body, /lastSequence/);
  const docs = await desk.app.inject({ url: '/docs/' });
  t.equal(docs.statusCode, 200);
  t.match(docs.headers['content-security-policy'], /default-src 'self'/);
  t.equal((await desk.app.inject({ url: '/docs/static/swagger-ui.css' })).statusCode, 200);
  t.match((await desk.app.inject({ url: '/' })).body, /\/docs/);
});

test('the console is served at / where it was built, and nothing beside it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'console-'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>desk</title>');
  const desk = await openDesk({ consoleFolder: folder });
  t.teardown(async () => {
    await desk.app.close();
    await rm(folder, { recursive: true });
  });
  const page = await desk.app.inject({ url: '/' });
  t.match(page.body, /desk/);
  t.match(page.headers, {
    'content-security-policy': /script-src 'self'/,
    'x-content-type-options': 'nosniff',
    'permissions-policy': /microphone=\(self\)/,
  });
  t.equal((await desk.app.inject({ url: '/../package.json' })).statusCode, 404);
  t.equal((await desk.app.inject({ url: '/..%2f..%2fetc/passwd' })).statusCode, 404);
  t.equal((await desk.app.inject({ url: '/v1/nothing' })).statusCode, 404);
  t.equal((await desk.app.inject({ url: '/v1/calls' })).statusCode, 401);
});

test('first accounts: from the site, each with its own password, written before they exist, 0600, once', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'accounts-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, 'accounts.json');
  const site = {
    platforms: ['12345', '110'].map((id) => ({
      id,
      name: id,
      queue: id,
      numbers: [id],
      serviceLevelSeconds: 15,
      answerWaiting: 'music' as const,
      ringingAnswerSeconds: 20,
    })),
    seatGroups: [
      { id: 'a', platform: '12345', remote: false, from: 1001, to: 1020, queues: [] },
      { id: 'nanning', platform: '12345', remote: true, from: 2001, to: 2010, queues: [] },
      { id: 'b', platform: '110', remote: false, from: 3001, to: 3010, queues: [] },
    ],
  };
  t.equal(plannedAccounts(site).length, 45);
  const accounts = new AccountsDouble();
  const began = performance.now();
  const made = await ensureFirstAccounts(accounts, site, file);
  t.comment(`45 accounts in ${(performance.now() - began).toFixed(0)} ms`);
  t.equal(accounts.rows.size, 45);
  t.equal(new Set(made.map((entry) => entry.password)).size, 45);
  t.match(accounts.rows.get('2003'), {
    role: 'seat',
    platform: '12345',
    seat: '2003',
    passwordHash: /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/,
  });
  t.equal((await stat(file)).mode & 0o777, 0o600);
  const written = JSON.parse(await readFile(file, 'utf8')) as unknown[];
  t.same(written, made);
  t.same(Object.keys(written[0] as object), ['user', 'password', 'role', 'platform']);
  t.same(
    made.filter(({ role }) => role !== 'seat').map(({ user }) => user),
    ['sup-12345', 'sup-110', 'audit', 'admin', 'system'],
  );
  t.same(await ensureFirstAccounts(accounts, site, file), [], 'nothing is made twice');
  accounts.rows.delete('1001');
  const again = await ensureFirstAccounts(accounts, site, file);
  t.same(
    again,
    made.filter(({ user }) => user === '1001'),
    'a crash in between: the written password is the one',
  );
  await writeFile(file, 'torn');
  accounts.rows.delete('1001');
  await t.rejects(ensureFirstAccounts(accounts, site, file), {
    message: /is not a list of accounts; move it away/,
  });
});
