// What is left when a part dies: the server killed or hung, Asterisk, PostgreSQL, Valkey, everything. Real parts, real phones.
// It must not look into the server: phones are heard, Asterisk's witness and the ledger tell.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import t from 'tap';
import type { Staffed } from '../../lab/city.ts';
import { quick, Scene } from './scene.ts';
import { counts, Outage, rings, reachedAt } from './outage.ts';

t.setTimeout(600_000);
/** Longer than a restart takes on a machine that does ten other things. */
const deadManSeconds = 30;
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
const refuses = await city.staff('3002', { autoAnswer: false, ready: false });
const third = await city.staff('1003', { ready: false });

const breaks = (seat: Staffed) =>
  seat.desk.must(`/seats/${seat.desk.user}/status`, { status: 'break', reason: 'tea' });

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
    const number = gone.caller.user;
    const call = await outage.ended(number);
    t.match(call.view, { endReason: 'ended-while-away', recovered: true });
    t.ok(Math.abs(Date.parse(String(call.view['endedAt'])) - endedAt) < 1500, 'its true end');
    t.equal(counts(call.facts, 'call.ended'), 1);
    t.match(await city.seat('1001'), { state: 'wrap-up', owesTag: true }, 'WR1: the seat still owes its tag');
    t.match(await scene.view(stays.id), { phase: 'talking', owner: '1002', recovered: true });
    await gone.caller.stop();
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

for (const how of ['killed', 'hung'] as const)
  await t.test(
    `CL2 SV2 a seat hangs up while the server is ${how}: its caller alone reaches a static seat; who talks with others talks on`,
    async (t) => {
      await first.desk.ready();
      const left = await scene.talk('12345', first);
      await second.desk.ready();
      const stays = await scene.talk('12345', second);
      await police.desk.ready();
      await second.desk.must(`/calls/${stays.id}/three-way`, { to: { seat: '3001' } });
      await police.phone.reaches('ringing');
      await police.phone.accept();
      await stays.caller.hears([second.phone, police.phone], 5000);
      if (how === 'killed') await outage.killServer();
      else city.server.kill('SIGSTOP');
      await first.phone.hangup();
      await second.phone.hangup();
      const alone = Date.now();
      const seats = [first, second, third];
      await city.until(
        'a static seat has the caller',
        () => seats.some(({ phone }) => phone.state === 'talking'),
        15_000,
      );
      t.comment(`alone for ${Date.now() - alone} ms`);
      const seat = seats.find(({ phone }) => phone.state === 'talking') ?? third;
      await left.caller.hears([seat.phone], 5000);
      await stays.caller.hears([police.phone], 3000);
      await sleep(Math.max(0, 5000 - (Date.now() - alone)));
      await stays.caller.hears([police.phone], 3000);
      if (how === 'killed') await outage.startServer();
      else city.server.kill('SIGCONT');
      await city.until(
        'the server knows',
        async () => (await scene.view(stays.id))['owner'] === '3001',
        15_000,
      );
      await left.caller.hears([seat.phone], 5000);
      await stays.caller.hears([police.phone], 3000);
      t.equal(left.caller.state, 'talking', 'CL4: the server being back ends nothing');
      await left.caller.hangup();
      const ended = await outage.ended(left.caller.user);
      t.equal(counts(ended.facts, 'call.arrived'), 1);
      t.match(ended.view, { owner: seat.desk.user, phase: 'ended' }, 'the ledger knows the static seat');
      t.match(ended.facts.find(({ type }) => type === 'call.survived')?.data, { seat: seat.desk.user });
      await left.caller.stop();
      await scene.close(t, stays, [police]);
      for (const each of [first, second]) await scene.free(each);
      for (const each of [first, second, police]) await breaks(each);
      t.equal(await outage.sequenceFault(), null, 'CL7');
    },
  );

await t.test(
  'TR12 kill -9 while a transfer rings, in three-way, queued, offering: all goes on, no phone rings twice',
  async (t) => {
    const fourth = await city.staff('1004', { autoAnswer: false, ready: false });
    const joins = await city.staff('3003', { ready: false });
    await first.desk.ready();
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
    // Free again, and taken at once.
    await scene.wrapUp(first);
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

await t.test(
  'TR12 answered, refused, hung up while the server is away: each has its consequence when it is back',
  async (t) => {
    await breaks(third);
    await breaks(second);
    const accepted = await scene.talk('12345', first);
    await second.desk.ready();
    const refused = await scene.talk('12345', second);
    await Promise.all([police.desk.ready(), refuses.desk.ready()]);
    await first.desk.must(`/calls/${accepted.id}/transfer`, { to: { seat: '3001' } });
    await second.desk.must(`/calls/${refused.id}/transfer`, { to: { seat: '3002' } });
    await Promise.all([police.phone.reaches('ringing'), refuses.phone.reaches('ringing')]);
    await sleep(200);
    await outage.killServer();
    await police.phone.accept();
    await refuses.phone.hangup();
    const restarted = await outage.startServer();
    t.comment(`restarted: ${JSON.stringify(restarted)}`);
    t.match(restarted, { adopted: 2, lost: 1, arrived: 0 });
    await accepted.caller.hears([police.phone], 3500);
    t.match(await scene.view(accepted.id), { owner: '3001', transfer: { state: 'accepted' } });
    await refused.caller.hears([second.phone], 3500);
    t.match(await scene.view(refused.id), { owner: '1002', transfer: { state: 'failed' } });
    const callers = [accepted, refused].map(({ caller }) => caller);
    await Promise.all(callers.map((caller) => caller.hangup()));
    await city.witness.nothingLeft(3000);
    for (const seat of [first, second, third, police, refuses]) await scene.free(seat);
    await Promise.all(callers.map((caller) => caller.stop()));
    t.equal(await outage.sequenceFault(), null, 'CL7');
  },
);

await t.test(
  'CL2 a saved call that cannot be run any more: its caller goes to a static seat, the others are taken up',
  async (t) => {
    for (const seat of [second, third, police, refuses]) await breaks(seat);
    const talk = await scene.talk('12345', first);
    const caller = await city.citizen('13900003003');
    await caller.dial('12345');
    await caller.hears('music', 6000);
    const [call] = await outage.calls('13900003003');
    const channel = (await city.witness.channels()).find((one) => one.caller === '13900003003')?.id ?? '';
    await outage.killServer();
    const legs = [{ id: channel, role: 'caller', seat: null, state: 'up' }];
    const older = { schema: 1, id: call?.id, dialled: '12345', legs, phase: { name: 'queued' } };
    await outage.spoil(channel, JSON.stringify(older));
    await outage.startServer();
    await city.until('a static seat has the caller', () =>
      [second, third].some(({ phone }) => phone.state === 'talking'),
    );
    await talk.caller.hears([first.phone], 3000);
    await caller.hangup();
    const ended = await outage.ended('13900003003');
    t.equal(counts(ended.facts, 'alarm.call-failed'), 1, 'somebody is told');
    t.match(ended.view, { endReason: 'ended-while-away', owner: /100[23]/ });
    await caller.stop();
    await scene.close(t, talk, [first]);
  },
);

await t.test(
  'R18 a supervisor forces a seat off its call: the caller waits again, the seat is free',
  async (t) => {
    const talk = await scene.talk('12345', first);
    await second.desk.ready();
    const sup = await city.desk('sup-12345');
    await sup.must('/seats/1001/force', { action: 'release', reason: 'unwell' });
    await talk.caller.hears([second.phone], 6000);
    const facts = await scene.facts(talk.id);
    t.match(
      facts.find(({ type }) => type === 'call.party-dropped'),
      { actor: 'sup-12345', data: { seat: '1001' } },
    );
    t.match(facts.find(({ type }) => type === 'call.requeued')?.data, { reason: 'seat-dropped' });
    t.match(await city.seat('1001'), { state: 'idle', status: 'ready' });
    await scene.close(t, talk, [second]);
    await breaks(second);
  },
);

await t.test(
  'SV6 F8 PostgreSQL dead for ten seconds: calls come, talk and end, commands are taken; then all is there once, in order',
  async (t) => {
    const talk = await scene.talk('12345', first);
    await second.desk.ready();
    await outage.kill('postgres');
    const died = Date.now();
    const summaries: string[] = [];
    for (let n = 0; n < 8; n += 1) {
      summaries.push(`note ${n}`);
      await first.desk.must(`/calls/${talk.id}/tag`, { class: 'urgent', summary: `note ${n}` }, 'PUT');
    }
    const caller = await city.citizen('13900003004');
    await caller.dial('12345');
    await second.phone.reaches('talking', 6000);
    await caller.hears([second.phone], 4000);
    await caller.hangup();
    await first.desk.must(`/calls/${talk.id}/hold`, { party: 'caller' });
    await talk.caller.hears('music', 3000);
    await first.desk.must(`/calls/${talk.id}/resume`, { party: 'caller' });
    await talk.caller.hears([first.phone], 3000);
    await sleep(Math.max(0, 10_000 - (Date.now() - died)));
    await city.stack.restart('postgres');
    const ended = await outage.ended('13900003004', 20_000);
    t.match(ended.view, { owner: '1002', endReason: 'caller-left' });
    await city.until('everything is in the ledger', async () => {
      const { body } = await (await city.desk('sup-12345')).get('/calls?live=true');
      return (body['items'] as { id: string }[]).length === 1 && (await outage.sequenceFault()) === null;
    });
    const tagged = (await outage.calls(talk.caller.user))[0]?.facts.filter(
      ({ type }) => type === 'call.tagged',
    );
    t.same(
      tagged?.map(({ data }) => data['summary']),
      summaries,
      'each command once, in order',
    );
    await caller.stop();
    await scene.close(t, talk, [first]);
    await scene.free(second);
    await breaks(second);
    t.equal(await outage.sequenceFault(), null, 'CL7');
  },
);

await t.test(
  'SV7 F9 F10 Valkey wiped, then dead: calls go on, the views are right again within 3 s',
  async (t) => {
    const talk = await scene.talk('12345', first);
    const valkey = new Redis(city.stack.valkey.url, { retryStrategy: () => 100, maxRetriesPerRequest: null });
    valkey.on('error', () => undefined);
    t.teardown(() => valkey.disconnect());
    const shown = async (): Promise<boolean> =>
      (await valkey.hget('hotline:qinzhou:calls', talk.id)) !== null &&
      (await valkey.hlen('hotline:qinzhou:seats')) > 0;
    await city.until('the call is in the shared view', shown);
    await valkey.flushall();
    const wiped = await city.until('the view is whole again after the wipe', shown);
    await outage.kill('valkey');
    await first.desk.must(`/calls/${talk.id}/hold`, { party: 'caller' });
    await talk.caller.hears('music', 3000);
    await first.desk.must(`/calls/${talk.id}/resume`, { party: 'caller' });
    await talk.caller.hears([first.phone], 3000);
    await city.stack.restart('valkey');
    const back = await city.until('the view is whole again after the death', shown);
    t.comment(
      `views right ${Math.round(wiped)} ms after the wipe, ${Math.round(back)} ms after Valkey was back`,
    );
    t.ok(wiped < 3000 && back < 3000);
    await scene.close(t, talk, [first]);
  },
);

await t.test(
  'SV8 SV5 kill -9 of everything: what was answered 202 is in the ledger; the caller is owed a call',
  async (t) => {
    const talk = await scene.talk('12345', first);
    const acknowledged: string[] = [];
    let going = true;
    const press = async (lane: number): Promise<void> => {
      for (let n = 0; going; n += 1) {
        const summary = `${lane}.${n}`;
        const reply = await first.desk
          .request('PUT', `/calls/${talk.id}/tag`, { class: 'major', summary })
          .catch(() => null);
        if (reply?.status === 202) acknowledged.push(summary);
      }
    };
    const lanes = [1, 2, 3, 4].map(press);
    await city.until('some commands were taken', () => acknowledged.length > 40);
    city.stack.kill('postgres', 'SIGKILL');
    await city.until('some were taken without PostgreSQL', () => acknowledged.length > 80);
    city.server.kill('SIGKILL');
    city.stack.kill('asterisk', 'SIGKILL');
    city.stack.kill('valkey', 'SIGKILL');
    going = false;
    await Promise.all(lanes);
    await city.until(
      'all are gone',
      () => city.server.pid === undefined && city.stack.pid('asterisk') === undefined,
    );
    await Promise.all((['postgres', 'asterisk', 'valkey'] as const).map((part) => city.stack.restart(part)));
    t.comment(`restarted: ${JSON.stringify(await outage.startServer())}`);
    const call = await outage.ended(talk.caller.user);
    const kept = new Set(
      call.facts.filter(({ type }) => type === 'call.tagged').map(({ data }) => data['summary']),
    );
    t.same(
      acknowledged.filter((summary) => !kept.has(summary)),
      [],
      `all of ${acknowledged.length} are there`,
    );
    t.equal(await outage.sequenceFault(), null, 'CL7');
    const owed = (await (await city.desk('sup-12345')).get('/call-backs')).body['items'] as {
      call: string;
      class: string;
    }[];
    t.match(
      owed.find((one) => one.call === talk.id),
      { class: 'major' },
      'SV5: nobody saw it end, so its caller is owed a call',
    );
  },
);
