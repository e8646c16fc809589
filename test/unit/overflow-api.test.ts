// Overflow and staffing over HTTP without a server: who may touch what, what is written down, and how refusals look.
// It must not show how overflow decides: overflow.test.ts does.
import t, { test } from 'tap';
import { openDesk } from '../doubles/api.ts';

const desk = await openDesk();
t.teardown(() => desk.app.close());
const { overflow } = desk.engine;
async function ask(user: string, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) {
  const answer = await desk.app.inject({
    method,
    url: `/v1${url}`,
    headers: desk.as(user),
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}
const audited = () => desk.audit.rows.map(({ action, actor, subject }) => [action, actor, subject]);

test('R10 commands reach the engine under their key and are audited; the view comes back with its version', async (t) => {
  const started = await ask('sup-12345', 'POST', '/overflow', { queue: 'q-12345', reason: '台风' });
  t.match(started, { status: 202, body: { id: 'ov-1', state: 'running', version: 9 } });
  await ask('sup-12345', 'DELETE', '/overflow/ov-1');
  await ask('sup-12345', 'POST', '/overflow/ov-1/escalate', { reason: '不够' });
  await ask('system', 'POST', '/overflow/ov-1/grant', { groups: ['nanning'], by: '自治区' });
  await ask('sup-12345', 'POST', '/overflow/ov-1/consent', { group: 'nanning', consent: true });
  const expires = '2027-01-01T00:00:00+08:00';
  await ask('system', 'PUT', '/overflow/groups/nanning', { capacity: 3, expires });
  await ask('system', 'DELETE', '/overflow/groups/nanning', { reason: '本市告急' });
  await ask('sup-12345', 'PUT', '/overflow/queues/q-12345', { start: 'rule' });
  t.same(
    overflow.asked.map(({ command, actor }) => [command.name, actor.user]),
    [
      ['start', 'sup-12345'],
      ['end', 'sup-12345'],
      ['escalate', 'sup-12345'],
      ['grant', 'system'],
      ['consent', 'sup-12345'],
      ['register', 'system'],
      ['recall', 'system'],
      ['policy', 'sup-12345'],
    ],
  );
  t.match(overflow.asked[0]?.command, { body: { queue: 'q-12345', groups: [], when: 'now' } });
  t.match(overflow.asked[5]?.command, { body: { preference: 3, consent: 'given' } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.match(audited().slice(-8), [
    ['overflow.start', 'sup-12345', 'queue:q-12345'],
    ['overflow.end', 'sup-12345', 'overflow:ov-1'],
    ['overflow.escalate'],
    ['overflow.grant', 'system'],
    ['overflow.consent'],
    ['overflow.register', 'system', 'group:nanning'],
    ['overflow.recall'],
    ['overflow.policy', 'sup-12345', 'queue:q-12345'],
  ]);
});

test('G23 another platform sees nothing of it and touches nothing; a try is written down', async (t) => {
  const before = overflow.asked.length;
  t.match(await ask('sup-110', 'GET', '/overflow'), {
    status: 200,
    body: { items: [], groups: [], queues: [] },
  });
  t.match(await ask('sup-12345', 'GET', '/overflow'), { body: { items: [{ id: 'ov-1' }] } });
  const expires = '2027-01-01T00:00:00Z';
  for (const [method, url, body] of [
    ['POST', '/overflow', { queue: 'q-12345', reason: 'x' }],
    ['DELETE', '/overflow/ov-1', {}],
    ['POST', '/overflow/ov-1/grant', { groups: ['nanning'], by: 'x' }],
    ['PUT', '/overflow/groups/nanning', { capacity: 1, expires }],
    ['PUT', '/overflow/queues/q-12345', {}],
  ] as const)
    t.match(await ask('sup-110', method, url, body), { status: 404 }, `${method} ${url}`);
  t.equal(overflow.asked.length, before);
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.ok(audited().filter(([action, actor]) => action === 'denied' && actor === 'sup-110').length >= 5);
});

test('OV2 a refusal has its code and the state as it is; a body that is wrong names its field', async (t) => {
  overflow.refusal = 'overflow-running';
  t.match(await ask('sup-12345', 'POST', '/overflow', { queue: 'q-12345', reason: 'r' }), {
    status: 409,
    body: { code: 'overflow-running', state: { id: 'ov-1', state: 'running' } },
  });
  overflow.refusal = null;
  for (const [body, field] of [
    [{ queue: 'q-12345' }, 'reason'],
    [{ queue: 'q-12345', reason: ' ' }, 'reason'],
    [{ queue: 'q-12345', reason: 'r', when: 'never' }, 'when'],
  ] as const)
    t.match(await ask('sup-12345', 'POST', '/overflow', body), {
      status: 422,
      body: { code: 'invalid-field', field },
    });
  t.match(await ask('sup-12345', 'POST', '/overflow', { queue: 'none', reason: 'r' }), {
    status: 422,
    body: { code: 'unknown-target', field: 'queue' },
  });
  t.match(
    await ask('sup-12345', 'PUT', '/overflow/groups/nobody', {
      capacity: 1,
      expires: '2027-01-01T00:00:00Z',
    }),
    {
      status: 422,
      body: { code: 'unknown-group' },
    },
  );
  t.match(await ask('sup-12345', 'PUT', '/overflow/groups/nanning', { capacity: 1, expires: 'soon' }), {
    status: 422,
    body: { field: 'expires' },
  });
});

test('OV1 what rules do in nobody’s name is in the audit, too', async (t) => {
  desk.engine.happen('overflow.suggested', {
    call: null,
    platform: '12345',
    actor: 'system:engine',
    data: { id: 'ov-2', queue: 'q-12345', passed: ['oldest 50 s > 45 s'] },
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.match(audited().at(-1), ['overflow.suggested', 'system:engine', 'overflow:ov-2']);
});

test('R16 staffing for a volume that is given, and for the recorded one', async (t) => {
  const staffing = (query: string) => ask('sup-12345', 'GET', `/reports/staffing${query}`);
  t.match(await staffing('?callsPerHour=678&handleSeconds=240&patienceSeconds=120'), {
    status: 200,
    body: { erlangC: { seats: 54 }, erlangA: { seats: 51 }, byHour: [] },
  });
  t.match(await staffing('?callsPerHour=20000&handleSeconds=3600'), {
    status: 422,
    body: { field: 'callsPerHour' },
  });
  t.match(await staffing('?callsPerHour=-1'), { status: 422, body: { code: 'invalid-field' } });
  t.match(await staffing('?from=2026-11-30T00:00:00Z&to=2026-11-01T00:00:00Z'), {
    status: 422,
    body: { field: 'from' },
  });
  const recorded = await staffing('?from=2026-11-01T00:00:00Z&to=2026-11-30T00:00:00Z');
  t.match(recorded, { status: 200, body: { recorded: { whole: true } } });
  t.equal((recorded.body['byHour'] as unknown[]).length, 24);
});
