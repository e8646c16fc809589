// Callers while no server lives, or one hangs: static seats have them, and the server takes them back in their order.
// It must not ask the dead server anything: phones are heard, and the ledger is read when it is back.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { counts, reachedAt } from '../outage.ts';
import { deadManSeconds } from './people.ts';
import type { People } from './people.ts';

export async function noServer(t: Test, { city, outage, first, second }: People): Promise<void> {
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
}

export async function waitWithoutServer(t: Test, { city, outage }: People): Promise<void> {
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
}

export async function hungServer(
  t: Test,
  { scene, city, outage, first, second, police }: People,
): Promise<void> {
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
}
