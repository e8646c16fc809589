// Overflow on real Asterisk: a supervisor's press, local seats first, the lender's floor, a server killed meanwhile, the
// drain; then a storm of SIPp callers on four seats that rules open and close. It must not look into the server.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Fact } from '../../lab/city.ts';
import type { Json } from '../../lab/desk.ts';
import { udpPort } from '../../lab/phones/ports.ts';
import { Sipp } from '../../lab/phones/sipp.ts';
import { Scene, quick } from './scene.ts';

t.setTimeout(300_000);

const ports = { own: await udpPort('127.0.0.1'), remote: await udpPort('127.0.0.1') };
const group = (id: string, from: number, to: number, more: Json) => ({
  id,
  platform: '12345',
  from,
  to,
  ...more,
});
const at = (port: number) => ({ contact: `sip:{seat}@127.0.0.1:${port}` });
const scene = await Scene.start({
  change: (site) => {
    quick(site);
    Object.assign(site.timers, { wrapUpSeconds: 2 });
    // SIPp sends no sound.
    site.mediaWatch = false;
    site.seatGroups = [
      group('12345', 1001, 1010, { queues: ['12345'] }),
      group('storm', 1011, 1014, { queues: ['12345'], ...at(ports.own.port) }),
      group('nanning', 2001, 2004, { remote: true, queues: [] }),
      group('beihai', 2011, 2015, { remote: true, queues: [], ...at(ports.remote.port) }),
      group('by-trunk', 2901, 2904, {
        remote: true,
        queues: [],
        over: { trunk: 'nanning', number: '12345' },
      }),
      { id: '110', platform: '110', from: 3001, to: 3002, queues: ['110'] },
    ];
    Object.assign(site, {
      experts: [],
      overflow: {
        high: { oldestSeconds: 5, perReadySeat: 1, dwellSeconds: 2 },
        low: { oldestSeconds: 4, expectedSeconds: 20, perReadySeat: 0.5, dwellSeconds: 4 },
        minimumSeconds: 6,
        groups: [
          { id: 'nanning', lender: '南宁市12345', preference: 1 },
          { id: 'beihai', lender: '北海市12345', preference: 2 },
          { id: 'by-trunk', lender: '南宁市12345', level: 2, standing: true },
        ],
      },
    });
  },
});
const { city } = scene;
t.teardown(async () => {
  await scene.stop();
  await ports.own.release();
  await ports.remote.release();
});
const sup = await city.desk('sup-12345');
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const register = (id: string, capacity: number, more: Json = {}) =>
  sup.request('PUT', `/overflow/groups/${id}`, { capacity, expires: inAnHour(), ...more });
const board = async () => (await sup.get('/overflow')).body;
const overflowOf = async (id: string) =>
  ((await board())['items'] as Json[]).find((each) => each['id'] === id) ?? {};
const loan = (overflow: Json, id: string) =>
  (overflow['groups'] as Json[]).find((each) => each['group'] === id) ?? {};
const state = async (seat: string) => (await city.seat(seat))['state'];
const code = ({ status, body }: { status: number; body: Json }) => [status, body['code'], body['field']];

await t.test('OV1 OV2 OV3 what is wrong is refused with what to do', async (t) => {
  const start = (body: Json) => sup.post('/overflow', { queue: '12345', reason: '台风', ...body });
  t.same(code(await start({ queue: 'none' })), [422, 'unknown-target', 'queue']);
  t.same(code(await start({ groups: ['nobody'] })), [422, 'unknown-group', 'groups.0']);
  t.same(code(await start({ groups: ['nanning'] })), [409, 'registration-expired', 'groups.0']);
  t.same(code(await start({ groups: ['by-trunk'] })), [409, 'region-first', 'groups.0']);
  t.same(code(await start({})), [409, 'no-group-registered', undefined]);
  t.same(code(await start({ reason: '' })), [422, 'invalid-field', 'reason']);
  t.same(code(await register('nobody', 1)), [422, 'unknown-group', undefined]);
  t.same(code(await register('nanning', 99)), [422, 'invalid-field', 'capacity']);
  const old = { expires: new Date(Date.now() - 1000).toISOString() };
  t.same(code(await register('nanning', 2, old)), [409, 'registration-expired', 'expires']);
  const marks = await sup.request('PUT', '/overflow/queues/12345', { low: { oldestSeconds: 50 } });
  t.same(code(marks), [422, 'marks-cross', 'low.oldestSeconds']);
  t.match(
    (await board())['queues'],
    [{ queue: '12345', low: { oldestSeconds: 4 } }],
    'the last good marks stand',
  );
  t.same(code(await sup.request('DELETE', '/overflow/ov-none')), [404, 'not-found', undefined]);
  const seat = await city.desk('1010');
  t.equal((await seat.post('/overflow', { queue: '12345', reason: 'x' })).status, 403);
  const police = await city.desk('sup-110');
  t.equal((await police.post('/overflow', { queue: '12345', reason: 'x' })).status, 404, 'not its platform');
});

await t.test('OV2 OV3 OV4 OV6 OV7 SV4 press, ring, floor, restart, drain', async (t) => {
  const local = await city.staff('1001');
  const remote = await city.staff('2001', { autoAnswer: false });
  const kept = await city.staff('2002', { autoAnswer: false });
  const first = await scene.talk('12345', local);
  const second = await city.citizen('13900002002');
  await second.dial('12345');
  await city.until('the second caller waits', async () => (await queue()).waiting === 1);
  await sleep(500);
  t.same(
    [await state('2001'), await state('2002')],
    ['idle', 'idle'],
    'OV3: not offered before it is borrowed',
  );

  t.equal((await register('nanning', 4)).status, 202);
  const before = performance.now();
  const started = await sup.must('/overflow', { queue: '12345', reason: '台风橙色预警' });
  const ringing = Promise.race([remote, kept].map(({ phone }) => phone.reaches('ringing', 3000)));
  await ringing;
  const ms = Math.round(performance.now() - before);
  t.ok(ms <= 1000, `OV2: a remote phone rang ${ms} ms after the press`);
  const id = String(started['id']);
  t.match(started, {
    state: 'running',
    how: 'hand',
    by: 'sup-12345',
    groups: [{ group: 'nanning', state: 'active' }],
  });
  const taker = remote.phone.state === 'ringing' ? remote : kept;
  const other = taker === remote ? kept : remote;
  await taker.phone.accept();
  await second.hears([taker.phone], 4000);
  const again = await sup.post('/overflow', { queue: '12345', reason: '再来一次' });
  t.match(again, { status: 409, body: { code: 'overflow-running', state: { id, state: 'running' } } });

  const third = await city.citizen('13900002003');
  await third.dial('12345');
  await city.until('the third caller waits', async () => (await queue()).waiting === 1);
  await sleep(500);
  t.equal(
    await state(other.desk.user),
    'idle',
    "OV3: one of two is the lender's floor, so the second is not offered",
  );

  await first.caller.hangup();
  await city.until('the local seat wraps up', async () => (await state('1001')) === 'wrap-up');
  await scene.wrapUp(local);
  await third.hears([local.phone], 5000);
  t.pass('OV3: the local seat took the next');

  city.server.kill('SIGKILL');
  await sleep(200);
  await city.server.start();
  const restored = await overflowOf(id);
  t.match(restored, { state: 'running', reason: '台风橙色预警' }, 'after kill -9 it runs on');
  t.match(loan(restored, 'nanning'), { state: 'active', tally: { answered: 1 } });
  t.match(await city.seat(taker.desk.user), { state: 'talking', remote: true });
  await second.hears([taker.phone], 3000);

  const fourth = await city.citizen('13900002004');
  await fourth.dial('12345');
  await city.until('the fourth caller waits', async () => (await queue()).waiting === 1);
  const drained = await sup.request('DELETE', `/overflow/${id}`, { reason: '雨停了' });
  t.match(drained, { status: 202, body: { state: 'draining', endedBy: 'sup-12345' } });
  await sleep(1500);
  t.match(await overflowOf(id), { state: 'draining' }, 'OV6: until its last call is over');
  await second.hears([taker.phone], 3000);
  t.same([await state('2001'), await state('2002')].toSorted(), ['idle', 'talking'], 'OV6: no new offers');
  t.match(
    await sup.get('/queues/12345'),
    { body: { waiting: 1, calls: [{ place: 1 }] } },
    'OV4: the place is kept',
  );

  const call = (await city.live()).find((each) => each['owner'] === taker.desk.user);
  await second.hangup();
  await city.until('it has ended', async () => (await overflowOf(id))['state'] === 'ended');
  const timeline = await city.timeline(String(call?.['id']));
  const taken = timeline.find(({ type }) => type === 'overflow.call-taken');
  t.match(
    taken?.data,
    { seat: taker.desk.user, group: 'nanning', lender: '南宁市12345', queue: '12345', platform: '12345' },
    'OV4: both homes are in the timeline',
  );
  t.match(call, { queue: '12345', platform: '12345', firstReceiver: '12345' });
  const ended = loan(await overflowOf(id), 'nanning');
  t.match(ended, { state: 'returned', tally: { answered: 1 } }, 'OV6: statistics closed');
  await third.hangup();
  await fourth.hangup();
  for (const seat of [local, remote, kept]) {
    await scene.free(seat);
    await seat.desk.post(`/seats/${seat.desk.user}/sign-out`);
  }
  const recalled = await sup.request('DELETE', '/overflow/groups/nanning', {});
  t.match(recalled, { status: 202, body: { registered: false } });
});

await t.test(
  'OV1 OV2 OV3 OV5 OV6 a storm on four seats: opened by rule, the region grants, drained by rule',
  async (t) => {
    const { root, server } = { root: city.stack.rootFolder, server: city.sip };
    const trunk = city.site.trunks.find(({ id }) => id === 'nanning')?.address.split(':') ?? [];
    const answering = (host: string, port: number) =>
      Sipp.start({ root, server, scenario: 'seat', host, port, pauseMs: 200 });
    const answerers = await Promise.all([
      answering('127.0.0.1', ports.own.port),
      answering('127.0.0.1', ports.remote.port),
      answering(trunk[0] ?? '', Number(trunk[1])),
    ]);
    t.teardown(() => Promise.all(answerers.map((sipp) => sipp.stop())));
    const seats = ['1011', '1012', '1013', '1014', '2011', '2012', '2013', '2014', '2015'];
    for (const seat of seats) {
      const desk = await city.desk(seat);
      await desk.signIn();
      await desk.ready();
    }
    await city.until(
      'all phones are there',
      async () => {
        const all = ((await sup.get('/seats')).body['items'] ?? []) as Json[];
        return [...seats, '2901', '2904'].every(
          (id) => all.find((each) => each['id'] === id)?.['phone'] === 'registered',
        );
      },
      15_000,
    );
    t.equal((await register('beihai', 5)).status, 202);
    t.equal((await sup.request('PUT', '/overflow/queues/12345', { start: 'rule' })).status, 202);

    const calls = 60;
    const began = Date.now();
    const callers = await Sipp.start({
      root,
      server,
      scenario: 'caller',
      host: '127.0.0.2',
      service: '12345',
      number: '13800',
      rate: 2,
      calls,
      pauseMs: 5000,
    });
    t.teardown(() => callers.stop());
    let running: Json = {};
    await city.until(
      'rules opened it',
      async () =>
        (running = ((await board())['items'] as Json[]).find((each) => each['state'] === 'running') ?? {})[
          'id'
        ] !== undefined,
      30_000,
    );
    const id = String(running['id']);
    t.match(running, { how: 'rule', by: 'system:engine', queue: '12345' });
    t.ok(
      (running['passed'] as string[]).length > 0,
      `OV1: the reason in numbers: ${String(running['reason'])}`,
    );
    const asked = await sup.must(`/overflow/${id}/escalate`, {
      reason: '坐席仍不足',
      seats: 4,
      deadlineSeconds: 60,
    });
    t.match(asked, { region: { state: 'asked', seats: 4 } });
    t.same(code(await sup.post(`/overflow/${id}/escalate`, { reason: 'x' })), [409, 'already-so', undefined]);
    const region = await city.desk('system');
    const granted = await region.must(`/overflow/${id}/grant`, { groups: ['by-trunk'], by: '自治区值班员' });
    t.match(granted, {
      region: { state: 'granted', answeredBy: '自治区值班员', enteredBy: 'system', groups: ['by-trunk'] },
    });
    const result = await callers.done(120_000);
    t.match(result, { total: calls, successful: calls, failed: 0 }, 'nobody is lost');
    await city.until(
      'rules closed it again',
      async () => (await overflowOf(id))['state'] === 'ended',
      60_000,
    );
    const over = await overflowOf(id);
    const answered = (name: string) => Number((loan(over, name)['tally'] as Json)['answered']);
    t.comment(`answered by beihai ${answered('beihai')}, over the trunk ${answered('by-trunk')}`);
    t.ok(answered('beihai') > 0 && answered('by-trunk') > 0, 'seats and trunk both took calls');
    await city.witness.nothingLeft(5000);
    t.same(await misordered(calls, began), [], 'order kept: by first arrival');
  },
);

/** Calls of the storm that were first offered before one that had come earlier. */
async function misordered(calls: number, since: number): Promise<readonly string[]> {
  const all = ((await sup.get('/calls?limit=200')).body['items'] as Json[]).filter(
    ({ arrivedAt }) => Date.parse(String(arrivedAt)) >= since,
  );
  if (all.length !== calls) return [`the ledger has ${all.length} calls of ${calls}`];
  const lines: Fact[][] = [];
  for (const { id } of all) lines.push([...(await city.timeline(String(id)))]);
  const offered = lines
    .map((facts) => ({
      arrived: facts.find(({ type }) => type === 'call.arrived')?.sequence ?? 0,
      offered: facts.find(({ type }) => type === 'offer.made')?.sequence ?? 0,
      call: String(facts[0]?.call),
    }))
    .sort((a, b) => a.arrived - b.arrived);
  return offered
    .filter((each, n) => n > 0 && each.offered < (offered[n - 1]?.offered ?? 0))
    .map(({ call }) => call);
}

async function queue(): Promise<{ waiting: number }> {
  return (await sup.get('/queues/12345')).body as { waiting: number };
}
