// One-click transfer on real Asterisk with real phones: every way it can end, who hears whom, what is left, what is written.
// It must not look into the server: people press, phones ring, the ledger and the witness tell.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Test } from 'tap';
import type { Json } from '../../lab/desk.ts';
import type { Softphone } from '../../lab/phones/softphone.ts';
import { Scene } from './scene.ts';

t.setTimeout(400_000);
const scene = await Scene.start();
const { city } = scene;
t.teardown(() => scene.stop());
const first = await city.staff('1001');
const police = await city.staff('3001', { autoAnswer: false });
const seats = [first, police];

for (const [from, to, giver, taker] of [
  ['12345', '110', first, police],
  ['110', '12345', police, first],
] as const) {
  await t.test(`TR4 TR5 R2 ${from} → ${to}: accepted when the seat answers, and not before`, async (t) => {
    if (giver === police) await sleep(100);
    const call = giver === first ? await scene.talk(from, giver) : await begun(from);
    await giver.desk.must(`/calls/${call.id}/tag`, { class: 'urgent', summary: '楼上噪音' }, 'PUT');
    const pressed = Date.now();
    await giver.desk.must(`/calls/${call.id}/transfer`, { to: { line: to }, note: '请接' });
    if (taker === police) {
      await police.phone.reaches('ringing');
      t.ok(Date.now() - pressed < 1500, 'the target rings at once');
      t.equal(await scene.transferState(call.id), 'ringing');
      await call.caller.hears('ringing', 1500);
      const screen = (await police.desk.get(`/calls/${call.id}`)).body;
      t.match(
        screen,
        { tag: { class: 'urgent', summary: '楼上噪音' }, transfer: { note: '请接' }, firstReceiver: '12345' },
        'TR3: the context is there before the answer',
      );
      const headers = await police.phone.inviteHeaders();
      t.notMatch([...headers.values()].join('\n'), /楼上噪音/u, 'TR3: no personal text in SIP headers');
      await police.phone.accept();
    }
    await call.caller.hears([taker.phone], 5000);
    await taker.phone.hears([call.caller], 3000);
    const view = await scene.view(call.id, from);
    t.match(view, {
      phase: 'talking',
      owner: taker.desk.user,
      firstReceiver: from,
      transfer: { state: 'accepted' },
    });
    await city.until(
      'the first seat is in wrap-up',
      async () => (await city.seat(giver.desk.user))['state'] === 'wrap-up',
    );
    const accepted = (await scene.facts(call.id)).find((fact) => fact.type === 'transfer.accepted');
    t.match(accepted?.data, { seat: taker.desk.user, from: giver.desk.user }, 'TR5: who accepted, from whom');
    await scene.close(t, call, seats, from);
  });
}

/** 110's phone does not answer by itself: this one is accepted by hand. */
async function begun(platform: string) {
  const caller = await city.citizen();
  await caller.dial(platform);
  await police.phone.reaches('ringing');
  await police.phone.accept();
  await caller.reaches('talking');
  const answeredAt = Date.now();
  await caller.hears([police.phone], 4000);
  const call = (await city.live(platform)).find((each) => each['owner'] === '3001');
  return { id: String(call?.['id']), caller, answeredAt };
}

async function returned(t: Test, id: string, call: { caller: Softphone }, since: number, reason: string) {
  await call.caller.hears([first.phone], 2500);
  await first.phone.hears([call.caller], 2500);
  t.ok(
    Date.now() - since < 4500,
    `TR6: together again soon (${Date.now() - since} ms with the measuring windows)`,
  );
  const facts = await scene.facts(id);
  const failed = facts.find((fact) => fact.type === 'transfer.failed');
  t.match(failed?.data, { reason }, 'TR6: transfer.failed says why');
  t.ok(
    facts.some((fact) => fact.type === 'transfer.returned'),
    'the caller was returned',
  );
  t.match(await scene.view(id), { phase: 'talking', owner: '1001' });
}

await t.test('TR6 refused: the caller is back with the first seat', async (t) => {
  const call = await scene.talk('12345', first);
  await first.desk.must(`/calls/${call.id}/transfer`, { to: { line: '110' } });
  await police.phone.reaches('ringing');
  const since = Date.now();
  await police.phone.hangup();
  await returned(t, call.id, call, since, 'busy');
  await scene.close(t, call, seats);
});

await t.test('TR6 no answer: the caller is back when the time is over', async (t) => {
  const call = await scene.talk('12345', first);
  await first.desk.must(`/calls/${call.id}/transfer`, { to: { seat: '3001' } });
  await police.phone.reaches('ringing');
  await city.until(
    'the transfer failed',
    async () => (await scene.transferState(call.id)) === 'failed',
    8000,
  );
  await returned(t, call.id, call, Date.now(), 'no-answer');
  await city.until('the phone stopped ringing', () => police.phone.state === 'idle', 2000);
  await scene.close(t, call, seats);
});

await t.test('TR8 cancelled while it rings: the target stops, caller and first seat talk', async (t) => {
  const call = await scene.talk('12345', first);
  await first.desk.must(`/calls/${call.id}/transfer`, { to: { line: '110' } });
  await police.phone.reaches('ringing');
  await first.desk.must(`/calls/${call.id}/transfer/cancel`);
  await police.phone.reaches('idle', 1500);
  await call.caller.hears([first.phone], 2500);
  t.equal(await scene.transferState(call.id), 'cancelled');
  const again = await first.desk.post(`/calls/${call.id}/transfer/cancel`);
  t.match(
    again,
    { status: 409, body: { code: 'no-transfer', state: { phase: 'talking' } } },
    'nothing left to cancel: refused with the state',
  );
  await scene.close(t, call, seats);
});

await t.test('TR1 one press is one request; a second one is refused with its state', async (t) => {
  const call = await scene.talk('12345', first);
  const press = () => first.desk.post(`/calls/${call.id}/transfer`, { to: { line: '110' } }, 'press-1');
  const one = await press();
  const two = await press();
  t.equal(one.status, 202);
  t.match(
    [two.status, (two.body['transfer'] as Json)['id']],
    [202, (one.body['transfer'] as Json)['id']],
    'the same key is the same transfer',
  );
  const other = await first.desk.post(`/calls/${call.id}/transfer`, { to: { line: '119' } });
  t.match(other, { status: 409, body: { code: 'transfer-in-progress' } });
  t.equal((await scene.factTypes(call.id)).filter((type) => type === 'transfer.started').length, 1);
  t.match(await first.desk.post(`/calls/${call.id}/transfer`, { to: { line: 'nowhere' } }), { status: 409 });
  await first.desk.must(`/calls/${call.id}/transfer/cancel`);
  t.match(await first.desk.post(`/calls/${call.id}/transfer`, { to: { line: 'nowhere' } }), {
    status: 422,
    body: { code: 'unknown-target', field: 'to' },
  });
  t.match(await first.desk.post(`/calls/${call.id}/transfer`, { to: {} }), {
    status: 422,
    body: { code: 'invalid-field' },
  });
  await scene.close(t, call, seats);
});

await t.test('TR11 CL5 the caller leaves while the target rings: the ringing stops at once', async (t) => {
  const call = await scene.talk('12345', first);
  await first.desk.must(`/calls/${call.id}/transfer`, { to: { line: '110' } });
  await police.phone.reaches('ringing');
  await call.caller.hangup();
  await police.phone.reaches('idle', 1500);
  await first.phone.reaches('idle', 1500);
  await scene.close(t, call, seats);
});

await t.test('TR10 the first seat is lost while the target rings: accepted all the same', async (t) => {
  const call = await scene.talk('12345', first);
  await first.desk.must(`/calls/${call.id}/transfer`, { to: { line: '110' } });
  await police.phone.reaches('ringing');
  await first.phone.hangup();
  await sleep(500);
  t.equal(police.phone.state, 'ringing', 'the target goes on ringing');
  await police.phone.accept();
  await call.caller.hears([police.phone], 4000);
  t.match(await scene.factTypes(call.id), ['call.arrived']);
  t.ok((await scene.factTypes(call.id)).includes('transfer.orphaned'));
  await scene.close(t, call, seats);
});

await t.test(
  'TR10 the first seat is lost and the target refuses: the head of the source queue',
  async (t) => {
    const call = await scene.talk('12345', first);
    await first.desk.must(`/calls/${call.id}/transfer`, { to: { line: '110' } });
    await police.phone.reaches('ringing');
    await first.phone.hangup();
    await city.until('the first seat is off', async () => (await city.seat('1001'))['state'] !== 'talking');
    await police.phone.hangup();
    await city.until('queued again', async () =>
      ['queued', 'offering', 'talking'].includes(String((await scene.view(call.id))['phase'])),
    );
    const types = await scene.factTypes(call.id);
    t.ok(types.includes('transfer.escalated') && types.includes('call.requeued'), 'every rung is a fact');
    await call.caller.hears('music', 3000);
    await scene.wrapUp(first);
    await call.caller.hears([first.phone], 6000);
    await scene.close(t, call, seats);
  },
);

await t.test('TR9 merged while it rings: a three-way when the target answers', async (t) => {
  const call = await scene.talk('12345', first);
  await first.desk.must(`/calls/${call.id}/transfer`, { to: { line: '110' } });
  await police.phone.reaches('ringing');
  await first.desk.must(`/calls/${call.id}/transfer/merge`);
  await call.caller.hears([first.phone], 2500);
  await police.phone.accept();
  await call.caller.hears([first.phone, police.phone], 4000);
  await police.phone.hears([first.phone, call.caller], 3000);
  await first.desk.must(`/calls/${call.id}/outcome`, { acceptedBy: '110' });
  await police.desk.must(`/calls/${call.id}/outcome`, { acceptedBy: '110' });
  t.match(await scene.view(call.id), {
    outcome: { state: 'decided', acceptedBy: '110', by: 'agreement' },
    owner: '3001',
  });
  await scene.close(t, call, seats);
});

await t.test('TR4 TR5 a foreign exchange: ringing is not acceptance, its answer is', async (t) => {
  const fire = await scene.foreignPhone('119');
  const call = await scene.talk('12345', first);
  await first.desk.must(`/calls/${call.id}/transfer`, { to: { line: '119' } });
  await fire.reaches('ringing', 4000);
  await call.caller.hears('ringing', 2000);
  t.equal(await scene.transferState(call.id), 'ringing');
  await fire.accept();
  await call.caller.hears([fire], 4000);
  await fire.hears([call.caller], 3000);
  t.match(await scene.view(call.id), {
    phase: 'talking',
    transfer: { state: 'accepted', to: { line: '119' } },
  });
  await scene.close(t, call, seats);
  const second = await scene.talk('12345', first);
  await first.desk.must(`/calls/${second.id}/transfer`, { to: { line: '119' } });
  await fire.reaches('ringing', 4000);
  await fire.hangup();
  await second.caller.hears([first.phone], 3000);
  t.match((await scene.view(second.id))['transfer'], {
    state: 'failed',
    reason: 'busy',
    sipStatus: 486,
    cause: 17,
  });
  await scene.close(t, second, seats);
  await fire.stop();
});

await t.test('TR6 the trunk is down: the caller is back with the cause', async (t) => {
  const call = await scene.talk('12345', first);
  await first.desk.must(`/calls/${call.id}/transfer`, { to: { line: '120' } });
  await city.until(
    'the transfer failed',
    async () => (await scene.transferState(call.id)) === 'failed',
    9000,
  );
  await returned(t, call.id, call, Date.now(), 'unreachable');
  await scene.close(t, call, seats);
});

await t.test(
  'F18 the target answers and drops within a second: the caller is back with a seat',
  async (t) => {
    const call = await scene.talk('12345', first);
    await first.desk.must(`/calls/${call.id}/transfer`, { to: { line: '110' } });
    await police.phone.reaches('ringing');
    await police.phone.accept();
    await sleep(700);
    await police.phone.hangup();
    await call.caller.hears([first.phone], 6000);
    t.match(await scene.view(call.id), { phase: 'talking', owner: '1001', firstReceiver: '12345' });
    await scene.close(t, call, seats);
  },
);
