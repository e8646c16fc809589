// Who may reach what: role by route, object by owner (G23, A8).
// It must not test what is shown of it (api-privacy.test.ts).
import { fastify } from 'fastify';
import { test } from 'tap';
import { installGuard } from '../../server/api/auth/identity.ts';
import { rules } from '../../server/api/rules.ts';
import { openDesk } from '../doubles/api.ts';
import { callView } from '../doubles/views.ts';

const canary = '13987650001';

const json = { 'content-type': 'application/json' };

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

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
