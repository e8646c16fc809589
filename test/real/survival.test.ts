// What is left when a part dies: the server killed or hung, Asterisk, PostgreSQL, Valkey, everything. Real parts, real phones.
// It must not look into the server: phones are heard, Asterisk's witness and the ledger tell.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { quick, Scene } from './scene.ts';
import { counts, Outage, rings, reachedAt } from './outage.ts';

t.setTimeout(600_000);
const deadManSeconds = 6;
const scene = await Scene.start({
  change: (site) => {
    quick(site);
    Object.assign(site.timers, {
      deadManSeconds,
      transferSeatSeconds: 40,
      transferLineSeconds: 40,
      offerSeconds: 40,
    });
  },
});
const { city } = scene;
const outage = new Outage(city);
t.teardown(() => scene.stop());
// All people before the first test: tap ends a file that waits for something else between two tests.
const first = await city.staff('1001');
const second = await city.staff('1002', { ready: false });
const police = await city.staff('3001', { autoAnswer: false, ready: false });

await t.test(
  'SV1 no server: a static seat rings; afterwards the ledger has the call, the seat and the true end',
  async (t) => {
    const number = '13900002001';
    const caller = await city.citizen(number);
    await outage.killServer();
    const dialled = Date.now();
    await caller.dial('12345');
    await city.until('a static seat has the caller', () =>
      [first, second].some(({ phone }) => phone.state === 'talking'),
    );
    const seat = first.phone.state === 'talking' ? first : second;
    const ringMs = reachedAt(seat.phone, dialled) - dialled;
    t.comment(`ring time without a server: ${ringMs} ms`);
    t.ok(ringMs < 2000, `the seat rang ${ringMs} ms after the caller dialled`);
    await caller.hears([seat.phone], 5000);
    await seat.phone.hears([caller], 3000);
    t.comment(`restarted: ${JSON.stringify(await outage.startServer())}`);
    await caller.hears([seat.phone], 3000);
    t.equal(caller.state, 'talking', 'the server being back does not touch the talk');
    await caller.hangup();
    const endedAt = Date.now();
    const call = await outage.ended(number);
    t.match(
      call.view,
      { platform: '12345', owner: seat.desk.user, phase: 'ended', recovered: true },
      'arrival, seat and end',
    );
    t.ok(Math.abs(Date.parse(String(call.view['endedAt'])) - endedAt) < 1500, 'its true end');
    t.same(
      ['call.arrived', 'call.survived', 'call.ended'].map((type) => counts(call.facts, type)),
      [1, 1, 1],
      'each once',
    );
    await caller.stop();
    await city.witness.nothingLeft(3000);
  },
);

await t.test(
  'F1 kill -9: a talk ended in the gap has its true end, its seat its wrap-up; one that goes on is taken up',
  async (t) => {
    const gone = await scene.talk('12345', first);
    await second.desk.ready();
    const stays = await scene.talk('12345', second);
    await outage.killServer();
    await stays.caller.hears([second.phone], 3000);
    await gone.caller.hangup();
    const endedAt = Date.now();
    await sleep(1200);
    const restarted = await outage.startServer();
    t.comment(`restarted: ${JSON.stringify(restarted)}`);
    t.equal(restarted.adopted, 1);
    await stays.caller.hears([second.phone], 3000);
    const number = String(gone.caller.user);
    const call = await outage.ended(number);
    t.match(call.view, { endReason: 'ended-while-away', recovered: true });
    t.ok(Math.abs(Date.parse(String(call.view['endedAt'])) - endedAt) < 1500, 'its true end');
    t.equal(counts(call.facts, 'call.ended'), 1);
    t.match(await city.seat('1001'), { state: 'wrap-up', owesTag: true }, 'WR1: the seat still owes its tag');
    t.match(await scene.view(stays.id), { phase: 'talking', owner: '1002', recovered: true });
    await scene.free(first);
    await scene.close(t, stays, [second]);
    await second.desk.must('/seats/1002/status', { status: 'break', reason: 'tea' });
  },
);

await t.test(
  'SV2 SV3 a hung server: who waits reaches a static seat, talkers are untouched; back, the others have their place',
  async (t) => {
    const talk = await scene.talk('12345', first);
    const waiting = await city.citizen('13900002002');
    await waiting.dial('12345');
    await waiting.hears('music', 5000);
    // Nobody sits at 110: these two only ever wait.
    const [one, two] = [await city.citizen('13900002003'), await city.citizen('13900002004')];
    const queue = async (): Promise<readonly unknown[]> => {
      const places = (await (await city.desk('sup-110')).get('/queues/110')).body['calls'] as {
        call: string;
      }[];
      const calls = [await outage.calls('13900002003'), await outage.calls('13900002004')].flat();
      return places.map(({ call }) => calls.findIndex(({ id }) => id === call));
    };
    await one.dial('110');
    await city.until('the first of 110 waits', async () => (await queue()).length === 1);
    await two.dial('110');
    await city.until('both of 110 wait', async () => String(await queue()) === '0,1');
    city.server.kill('SIGSTOP');
    const stopped = Date.now();
    await second.phone.reaches('talking', deadManSeconds * 1000 + 6000);
    t.comment(
      `a static seat had the caller ${Date.now() - stopped} ms after the server hung (dead-man ${deadManSeconds} s)`,
    );
    await waiting.hears([second.phone], 4000);
    await talk.caller.hears([first.phone], 3000);
    await one.reaches('talking', deadManSeconds * 1000);
    await two.reaches('talking', deadManSeconds * 1000);
    await one.hears('ringing', 8000);
    city.server.kill('SIGCONT');
    for (const number of ['13900002003', '13900002004'])
      await city.until(
        `${number} is back from the static seats`,
        async () => counts((await outage.calls(number))[0]?.facts ?? [], 'call.came-back') > 0,
        20_000,
      );
    const [back] = await outage.calls('13900002003');
    t.equal(counts(back?.facts ?? [], 'call.arrived'), 1, 'SV3: still the same call');
    await city.until('both wait in their order', async () => String(await queue()) === '0,1');
    await waiting.hears([second.phone], 3000);
    await talk.caller.hears([first.phone], 3000);
    t.pass('both pairs talk on');
    await police.desk.ready();
    await police.phone.reaches('ringing', 8000);
    await police.phone.accept();
    await one.hears([police.phone], 6000);
    t.pass('SV3: the first to come is the first to be served');
    await Promise.all([one.hangup(), two.hangup(), waiting.hangup()]);
    const served = await outage.ended('13900002002');
    t.match(served.view, { owner: '1002', platform: '12345' }, 'the ledger knows the static seat');
    t.same(
      ['call.arrived', 'call.ended'].map((type) => counts(served.facts, type)),
      [1, 1],
    );
    await Promise.all([one.stop(), two.stop(), waiting.stop()]);
    await scene.close(t, talk, [first]);
    await scene.free(police);
    await police.desk.must('/seats/3001/status', { status: 'break', reason: 'tea' });
    t.equal(await outage.sequenceFault(), null, 'CL7');
  },
);

await t.test(
  'SV3 no server: callers wait with the static seats, and come back in the order of their arrival',
  async (t) => {
    await outage.killServer();
    const callers = [];
    for (const number of ['13900002005', '13900002006']) {
      const caller = await city.citizen(number);
      await caller.dial('110');
      await caller.reaches('talking', 4000);
      callers.push(caller);
      await sleep(300);
    }
    await outage.startServer();
    const places = async () =>
      ((await (await city.desk('sup-110')).get('/queues/110')).body['calls'] as { call: string }[]).map(
        ({ call }) => call,
      );
    await city.until('both are back', async () => (await places()).length === 2, 15_000);
    const ids = (await Promise.all(['13900002005', '13900002006'].map((number) => outage.calls(number))))
      .flat()
      .map(({ id }) => id);
    t.same(await places(), ids, 'the first to come is first');
    await Promise.all(callers.map((caller) => caller.hangup()));
    for (const number of ['13900002005', '13900002006']) {
      const call = await outage.ended(number);
      t.same(
        ['call.arrived', 'call.ended'].map((type) => counts(call.facts, type)),
        [1, 1],
      );
    }
    await Promise.all(callers.map((caller) => caller.stop()));
  },
);

await t.test(
  'TR12 kill -9 while a transfer rings, in three-way, queued, offering: all goes on, no phone rings twice',
  async (t) => {
    const third = await city.staff('1003', { ready: false });
    const fourth = await city.staff('1004', { autoAnswer: false, ready: false });
    const [joins, refuses] = [
      await city.staff('3003', { ready: false }),
      await city.staff('3002', { autoAnswer: false, ready: false }),
    ];
    const transferred = await scene.talk('12345', first);
    await second.desk.ready();
    const threeWay = await scene.talk('12345', second);
    await third.desk.ready();
    const returned = await scene.talk('12345', third);
    for (const seat of [police, refuses, joins, fourth]) await seat.desk.ready();
    await first.desk.must(`/calls/${transferred.id}/transfer`, { to: { seat: '3001' } });
    await third.desk.must(`/calls/${returned.id}/transfer`, { to: { seat: '3002' } });
    await second.desk.must(`/calls/${threeWay.id}/three-way`, { to: { seat: '3003' } });
    await threeWay.caller.hears([second.phone, joins.phone], 6000);
    const offered = await city.citizen('13900003001');
    await offered.dial('12345');
    await fourth.phone.reaches('ringing', 6000);
    const queued = await city.citizen('13900003002');
    await queued.dial('12345');
    await queued.hears('music', 6000);
    await Promise.all([police.phone.reaches('ringing'), refuses.phone.reaches('ringing')]);
    const before = new Map([police, refuses, fourth].map((seat) => [seat, rings(seat.phone)]));
    const shape = async (): Promise<unknown> => ({
      channels: (await city.witness.channels()).map(({ id }) => id).toSorted(),
      bridges: (await city.witness.bridges())
        .map(({ id, channels }) => [id, [...channels].toSorted()])
        .toSorted(),
    });
    const asBefore = await shape();
    await outage.killServer();
    await threeWay.caller.hears([second.phone, joins.phone], 3000);
    const restarted = await outage.startServer();
    t.comment(`restarted: ${JSON.stringify(restarted)}`);
    t.match(restarted, { adopted: 5, lost: 0, arrived: 0, swept: 0 });
    t.same(await shape(), asBefore, 'SV4: Asterisk has the same legs and bridges as before');
    t.same(
      [police, refuses, fourth].map(({ phone }) => phone.state),
      ['ringing', 'ringing', 'ringing'],
      'all ring on',
    );
    t.same(
      [police, refuses, fourth].map((seat) => rings(seat.phone)),
      [...before.values()],
      'none was rung again',
    );
    await threeWay.caller.hears([second.phone, joins.phone], 3000);
    await police.phone.accept();
    await refuses.phone.hangup();
    await fourth.phone.accept();
    await transferred.caller.hears([police.phone], 5000);
    t.match(await scene.view(transferred.id), { owner: '3001', transfer: { state: 'accepted' } });
    await returned.caller.hears([third.phone], 5000);
    t.match(await scene.view(returned.id), { owner: '1003', transfer: { state: 'failed' } });
    await offered.hears([fourth.phone], 5000);
    await queued.hears('music', 3000);
    await scene.free(first);
    await queued.hears([first.phone], 8000);
    t.pass('SV4: who waited is served');
    await second.desk.must(`/calls/${threeWay.id}/outcome`, { acceptedBy: '110' });
    await joins.desk.must(`/calls/${threeWay.id}/outcome`, { acceptedBy: '110' });
    t.match(await scene.view(threeWay.id), { outcome: { state: 'decided', acceptedBy: '110' } });
    await Promise.all(
      [offered, queued, transferred.caller, returned.caller].map((caller) => caller.hangup()),
    );
    await scene.close(t, threeWay, [second, joins]);
    for (const seat of [first, third, fourth, police, refuses]) await scene.free(seat);
    await Promise.all([offered, queued, transferred.caller, returned.caller].map((caller) => caller.stop()));
    for (const seat of [fourth, joins]) {
      await seat.desk.must(`/seats/${seat.desk.user}/sign-out`);
      await seat.phone.stop();
    }
  },
);
