// Supervision on real Asterisk with real phones: who hears whom while a supervisor listens, whispers, barges in, takes over.
// It must not look into the server: people press, phones hear, the ledger and the witness tell.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Json } from '../../lab/desk.ts';
import { Scene } from './scene.ts';
import type { Talk } from './scene.ts';

t.setTimeout(300_000);
const scene = await Scene.start();
const { city } = scene;
t.teardown(() => scene.stop());
const desk = await city.staff('1001');
const boss = await city.staff('1002', { ready: false });
const police = await city.staff('3001', { autoAnswer: false });
const supervisor = await city.desk('sup-12345');
await city.until(
  "the supervisor's phone is registered",
  async () => (await city.seat('1002'))['phone'] === 'registered',
);

const press = (call: Talk, mode: string, more: Json = {}) =>
  supervisor.must(`/calls/${call.id}/supervise`, { mode, ...more });
const seatState = async (id: string) => String((await city.seat(id))['state']);
const partiesSeenBy = async (user: string, call: Talk) => {
  const view = (await (await city.desk(user)).get(`/calls/${call.id}`)).body;
  return (view['parties'] as { role: string; hears: string[] }[]).map(({ role }) => role);
};
const onBreak = async () => {
  await city.until('1002 is free', async () => ['idle', 'wrap-up'].includes(await seatState('1002')));
  await scene.wrapUp(boss);
};

await t.test(
  'SU1 SU2 SU6 listens unheard, whispers to the seat alone, barges in, listens again, leaves',
  async (t) => {
    const call = await scene.talk('12345', desk);
    const { caller } = call;
    await press(call, 'listen', { seat: '1002' });
    await boss.phone.hears([caller, desk.phone], 4000);
    await caller.hears([desk.phone], 1500);
    await desk.phone.hears([caller], 1500);
    t.equal(await seatState('1002'), 'talking', 'its seat is off the floor');
    t.same(await partiesSeenBy('1001', call), ['caller', 'owner'], 'the seat is not shown it');
    t.same(await partiesSeenBy('sup-12345', call), ['caller', 'owner', 'supervisor']);

    const began = performance.now();
    await press(call, 'whisper');
    await desk.phone.hears([caller, boss.phone], 4000);
    t.comment(
      `whisper heard ${Math.round(performance.now() - began)} ms after the press, window of 500 ms included`,
    );
    await caller.hears([desk.phone], 1500);
    await boss.phone.hears([caller, desk.phone], 1500);

    await press(call, 'barge', { visible: true });
    await caller.hears([desk.phone, boss.phone], 4000);
    await desk.phone.hears([caller, boss.phone], 1500);
    await boss.phone.hears([caller, desk.phone], 1500);
    t.same(await partiesSeenBy('1001', call), ['caller', 'owner', 'supervisor'], 'now it is');

    await press(call, 'listen');
    await caller.hears([desk.phone], 4000);
    await boss.phone.hears([caller, desk.phone], 1500);

    t.ok((await supervisor.request('DELETE', `/calls/${call.id}/supervise`)).status === 202);
    await boss.phone.reaches('idle', 2000);
    await caller.hears([desk.phone], 1500);
    t.equal(await seatState('1002'), 'idle', 'no wrap-up is owed');
    const whispered = caller.recording.samples(caller.recording.startAt, caller.recording.endAt);
    t.ok(whispered.length > 0);

    const facts = await scene.facts(call.id);
    t.same(
      facts
        .filter(({ type }) => type.startsWith('supervision.'))
        .map(({ type, data }) => `${type} ${String(data['mode'])}`),
      [
        'supervision.requested listen',
        'supervision.started listen',
        'supervision.changed whisper',
        'supervision.changed barge',
        'supervision.changed listen',
        'supervision.ended listen',
      ],
    );
    const seen = ((await desk.desk.get(`/calls/${call.id}/timeline`)).body['items'] as Json[]).map(
      (fact) => fact['type'],
    );
    t.same(
      seen.filter((type) => String(type).startsWith('supervision.')),
      ['supervision.changed'],
      "the seat's timeline has only what was visible",
    );
    const auditor = await city.desk('audit');
    const audit = (await auditor.get('/audit')).body['items'] as Json[];
    t.equal(
      audit.filter((row) => row['action'] === 'call.supervise').length,
      4,
      'each press is in the audit',
    );
    await scene.close(t, call, [desk]);
  },
);

await t.test(
  'SU3 takes over: the caller goes on with the supervisor, the first seat is in wrap-up',
  async (t) => {
    const call = await scene.talk('12345', desk);
    await press(call, 'whisper', { seat: '1002' });
    await desk.phone.hears([call.caller, boss.phone], 5000);
    const at = Date.now();
    await press(call, 'take-over');
    await call.caller.hears([boss.phone], 4000);
    await boss.phone.hears([call.caller], 1500);
    await desk.phone.reaches('idle', 2000);
    const hole = call.caller.recording.longestSilence(at, at + 1500);
    t.ok(hole.ms <= 300, `TR5: a hole of ${hole.ms} ms`);
    t.equal(await seatState('1001'), 'wrap-up');
    t.equal((await scene.view(call.id))['owner'], '1002');
    t.equal((await scene.view(call.id))['phase'], 'talking');
    await scene.close(t, call, [desk]);
    await onBreak();
  },
);

await t.test('SU2 SU4 in a three-way it whispers to its own seat; lost, it changes nothing', async (t) => {
  const call = await scene.talk('12345', desk);
  await desk.desk.must(`/calls/${call.id}/three-way`, { to: { line: '110' } });
  await police.phone.reaches('ringing');
  await police.phone.accept();
  await call.caller.hears([desk.phone, police.phone], 4000);
  await press(call, 'listen', { seat: '1002' });
  await boss.phone.hears([call.caller, desk.phone, police.phone], 5000);
  await press(call, 'whisper');
  await desk.phone.hears([call.caller, police.phone, boss.phone], 4000);
  await police.phone.hears([call.caller, desk.phone], 1500);
  await call.caller.hears([desk.phone, police.phone], 1500);
  await boss.phone.hangup();
  await desk.phone.hears([call.caller, police.phone], 3000);
  await call.caller.hears([desk.phone, police.phone], 1500);
  t.equal((await scene.view(call.id))['phase'], 'three-way');
  await onBreak();
  await scene.close(t, call, [desk, police]);
});

await t.test('SU4 CL5 CL6 the caller leaves while it whispers: nothing is left', async (t) => {
  const call = await scene.talk('12345', desk);
  await press(call, 'whisper', { seat: '1002' });
  await desk.phone.hears([call.caller, boss.phone], 5000);
  await call.caller.hangup();
  await boss.phone.reaches('idle', 1500);
  await desk.phone.reaches('idle', 1500);
  await scene.close(t, call, [desk]);
  await onBreak();
});

await t.test('SV4 kill -9 while it whispers: it goes on, and is put away afterwards', async (t) => {
  const call = await scene.talk('12345', desk);
  await press(call, 'whisper', { seat: '1002' });
  await desk.phone.hears([call.caller, boss.phone], 5000);
  city.server.kill('SIGKILL');
  await desk.phone.hears([call.caller, boss.phone], 1500);
  await city.server.start();
  await desk.phone.hears([call.caller, boss.phone], 3000);
  await press(call, 'listen');
  await desk.phone.hears([call.caller], 4000);
  await boss.phone.hears([call.caller, desk.phone], 1500);
  t.equal(await seatState('1002'), 'talking');
  await scene.close(t, call, [desk]);
  await onBreak();
});

await t.test('SU5 refused: twice, in the wrong phase, at a busy phone, at nobody’s, by a seat', async (t) => {
  const call = await scene.talk('12345', desk);
  const ask = async (body: Json) => {
    const { status, body: said } = await supervisor.post(`/calls/${call.id}/supervise`, body);
    return `${status} ${String(said['code'])}`;
  };
  t.equal(await ask({ mode: 'listen', seat: '1003' }), '409 not-signed-in');
  t.equal(await ask({ mode: 'listen', seat: '1001' }), '409 seat-busy');
  t.equal(await ask({ mode: 'listen', seat: '3001' }), '422 unknown-target', 'not of its own platform');
  t.equal(await ask({ mode: 'listen' }), '422 invalid-field');
  await press(call, 'listen', { seat: '1002' });
  await boss.phone.hears([call.caller, desk.phone], 5000);
  t.equal(await ask({ mode: 'listen' }), '409 already-supervised');
  t.equal(
    (await desk.desk.post(`/calls/${call.id}/supervise`, { mode: 'listen', seat: '1001' })).status,
    403,
  );
  await desk.desk.must(`/calls/${call.id}/transfer`, { to: { line: '110' } });
  t.equal(await ask({ mode: 'barge' }), '409 wrong-phase');
  await desk.desk.must(`/calls/${call.id}/transfer/cancel`);
  await boss.phone.hears([call.caller, desk.phone], 4000);
  const forced = await supervisor.post('/seats/1002/force', { action: 'release', reason: 'shift' });
  t.equal(forced.status, 202, 'SU4: a supervising phone can be freed by force');
  await boss.phone.reaches('idle', 2000);
  await call.caller.hears([desk.phone], 1500);
  await sleep(100);
  await scene.close(t, call, [desk]);
});
