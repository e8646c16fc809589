// Three-way on real Asterisk with real phones: who hears whom while it is made, used, left and lost, and its outcome.
// It must not look into the server: people press, phones hear, the ledger and the witness tell.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Json } from '../../lab/desk.ts';
import { Callers } from '../../bench/generator/callers.ts';
import { udpPort } from '../../lab/phones/ports.ts';
import { Scene } from './scene.ts';
import type { Talk } from './scene.ts';

t.setTimeout(400_000);
const scene = await Scene.start();
const { city } = scene;
t.teardown(() => scene.stop());
const desk = await city.staff('1001');
const police = await city.staff('3001', { autoAnswer: false });
const seats = [desk, police];

const outcomeOf = async (call: Talk) => (await scene.view(call.id))['outcome'] as Json;

/** Caller, 12345's seat and 110's seat in one conversation. */
async function threeWay(): Promise<Talk> {
  const call = await scene.talk('12345', desk);
  await desk.desk.must(`/calls/${call.id}/three-way`, { to: { line: '110' } });
  await police.phone.reaches('ringing');
  await call.caller.hears([desk.phone], 1500);
  await police.phone.accept();
  await call.caller.hears([desk.phone, police.phone], 4000);
  return call;
}

await t.test(
  'TW1 TW2 joined without hold: all three hear each other; mute, hold, private consult; who hears whom',
  async (t) => {
    const call = await threeWay();
    await police.phone.hears([desk.phone, call.caller], 3000);
    await desk.phone.hears([police.phone, call.caller], 3000);
    const parties = (await scene.view(call.id))['parties'] as { id: string; hears: string[] }[];
    t.same(
      parties.map((party) => party.hears.length),
      [2, 2, 2],
      'TW2: the screens show who hears whom',
    );

    const own = parties.find((party) => party.id.includes('.1001.'))?.id ?? '';
    await desk.desk.must(`/calls/${call.id}/mute`);
    await call.caller.hears([police.phone], 3000);
    t.notOk(
      ((await scene.view(call.id))['parties'] as { id: string; hears: string[] }[])
        .find((party) => party.id === parties[0]?.id)
        ?.hears.includes(own),
    );
    await desk.desk.must(`/calls/${call.id}/unmute`);
    await call.caller.hears([desk.phone, police.phone], 3000);

    await desk.desk.must(`/calls/${call.id}/consult`, { on: true });
    await call.caller.hears('music', 3000);
    await desk.phone.hears([police.phone], 3000);
    await police.phone.hears([desk.phone], 3000);
    await police.desk.must(`/calls/${call.id}/consult`, { on: false });
    await call.caller.hears([desk.phone, police.phone], 3000);

    await police.desk.must(`/calls/${call.id}/hold`, { party: 'caller' });
    await call.caller.hears('music', 3000);
    await police.desk.must(`/calls/${call.id}/resume`, { party: 'caller' });
    await call.caller.hears([desk.phone, police.phone], 3000);

    const alone = await desk.desk.post(`/calls/${call.id}/leave`);
    t.equal(alone.status, 202, 'TW4: one seat may leave');
    await call.caller.hears([police.phone], 3000);
    const last = await police.desk.post(`/calls/${call.id}/hang-up`);
    t.match(
      last,
      { status: 409, body: { code: 'outcome-required' } },
      'TW4: the last seat cannot leave without an outcome',
    );
    await police.desk.must(`/calls/${call.id}/outcome`, { acceptedBy: '110' });
    t.match(await outcomeOf(call), { state: 'decided', acceptedBy: '110' });
    await police.desk.must(`/calls/${call.id}/hang-up`);
    await call.caller.reaches('idle', 2000);
    await scene.close(t, call, seats);
  },
);

await t.test('TW5 R4 proposals that differ: after the time the first receiver accepts', async (t) => {
  const call = await threeWay();
  await desk.desk.must(`/calls/${call.id}/outcome`, { acceptedBy: '110' });
  t.match(await outcomeOf(call), { state: 'open', proposals: { 12345: '110' } });
  await police.desk.must(`/calls/${call.id}/outcome`, { acceptedBy: '12345' });
  await city.until('decided', async () => (await outcomeOf(call))['state'] === 'decided', 5000);
  t.match(await outcomeOf(call), { acceptedBy: '12345', by: 'first-receiver' });
  t.match(
    await desk.desk.post(`/calls/${call.id}/outcome`, { acceptedBy: '110' }),
    { status: 409, body: { code: 'outcome-decided' } },
    'decided once',
  );
  await scene.close(t, call, seats);
});

await t.test('TW5 R4 danger: 110 first, at once', async (t) => {
  const call = await threeWay();
  await desk.desk.must(`/calls/${call.id}/outcome`, { danger: true });
  t.match(await outcomeOf(call), { state: 'decided', acceptedBy: '110', by: 'danger', danger: true });
  t.equal((await scene.view(call.id))['owner'], '3001', 'TW6: the accepting platform owns the call');
  await scene.close(t, call, seats);
});

await t.test('TW1 the invited one refuses: caller and seat were talking all the while', async (t) => {
  const call = await scene.talk('12345', desk);
  await desk.desk.must(`/calls/${call.id}/three-way`, { to: { line: '110' } });
  await police.phone.reaches('ringing');
  await police.phone.hangup();
  await city.until('talking again', async () => (await scene.view(call.id))['phase'] === 'talking');
  await call.caller.hears([desk.phone], 2000);
  t.ok((await scene.factTypes(call.id)).includes('threeway.failed'));
  await scene.close(t, call, seats);
});

await t.test('CL5 the caller leaves a three-way: everybody is freed', async (t) => {
  const call = await threeWay();
  await call.caller.hangup();
  await desk.phone.reaches('idle', 1500);
  await police.phone.reaches('idle', 1500);
  await scene.close(t, call, seats);
  t.equal((await outcomeOf(call))['by'], 'first-receiver', 'R4: an outcome all the same');
});

await t.test('CL5 the caller leaves while the third rings', async (t) => {
  const call = await scene.talk('12345', desk);
  await desk.desk.must(`/calls/${call.id}/three-way`, { to: { line: '110' } });
  await police.phone.reaches('ringing');
  await call.caller.hangup();
  await police.phone.reaches('idle', 1500);
  await scene.close(t, call, seats);
});

await t.test('TW4 TW5 a seat is lost from a three-way: the other two go on', async (t) => {
  const call = await threeWay();
  await sleep(3200);
  await desk.phone.hangup();
  await call.caller.hears([police.phone], 3000);
  t.ok((await scene.factTypes(call.id)).includes('threeway.left'));
  await scene.close(t, call, seats);
});

await t.test('TW7 a fourth joins over a trunk by the same rules', async (t) => {
  const fire = await scene.foreignPhone('119');
  const call = await threeWay();
  await police.desk.must(`/calls/${call.id}/three-way`, { to: { line: '119' } });
  await fire.reaches('ringing', 4000);
  await fire.accept();
  await fire.hears([call.caller, desk.phone, police.phone], 4000);
  await call.caller.hears([desk.phone, police.phone, fire], 4000);
  await fire.hangup();
  await call.caller.hears([desk.phone, police.phone], 4000);
  await fire.stop();
  await scene.close(t, call, seats);
});

await t.test('TR9 consult mode: the seats talk alone first, then the first leaves', async (t) => {
  const call = await scene.talk('12345', desk);
  await desk.desk.must(`/calls/${call.id}/transfer`, { to: { line: '110' }, mode: 'consult' });
  await police.phone.reaches('ringing');
  await police.phone.accept();
  await desk.phone.hears([police.phone], 4000);
  await call.caller.hears('music', 3000);
  await desk.desk.must(`/calls/${call.id}/leave`);
  await call.caller.hears([police.phone], 4000);
  await scene.close(t, call, seats);
});

await t.test(
  'CL1 an INVITE sent three times is one call, also when the copies come after its answer',
  async (t) => {
    const place = await udpPort('127.0.0.2');
    const callers = new Callers({
      host: '127.0.0.2',
      port: place.port,
      server: city.stack.sip,
      service: '12345',
      copies: 3,
    });
    await callers.open();
    try {
      const before = (await city.live()).length;
      await desk.desk.must('/seats/1001/status', { status: 'break', reason: 'CL1' });
      callers.call('13700000001');
      await city.until('the caller waits, answered with music', () =>
        callers.calls.every((call) => call.answeredAt !== undefined),
      );
      await sleep(400);
      t.equal((await city.live()).length - before, 1, 'one call');
      callers.end('13700000001', 0);
      await city.witness.nothingLeft(3000);
    } finally {
      await callers.close();
      await place.release();
    }
  },
);
