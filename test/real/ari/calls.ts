// A plain call and the ways its legs fail, a caller the dead-man took: what is ordered is done, and told once.
// It must not leave anything in Asterisk.
import type { Test } from 'tap';
import { Desk, dialOrder, until } from '../ari-desk.ts';
import type { Lab } from '../ari-desk.ts';
import { talking } from './talking.ts';

export async function wholeCall(t: Test, lab: Lab): Promise<void> {
  const desk = await new Desk(lab.access).start();
  t.teardown(() => desk.telephony.stop());
  t.ok(desk.telephony.connected);
  await lab.seat('1001', 'seat', 50);
  t.ok((await lab.phones.registered()).has('1001'), 'a fixed address counts from the start');
  const citizen = await lab.caller(600);
  const { call, caller, leg, bridge } = await talking(lab, desk, '1001');
  const found = await desk.telephony.look();
  t.strictSame(
    found.bridges.map((one) => [one.bridge, one.legs.toSorted()]),
    [[bridge, [caller, leg].toSorted()]],
  );
  const self = found.legs.find((one) => one.isCaller);
  t.match(self, {
    leg: caller,
    call,
    state: 'up',
    ours: true,
    dialled: '12345',
    survivals: 0,
    number: '13800001',
  });
  t.same(JSON.parse(self?.saved ?? 'null'), { call, summary: '钦州 "三方" ${X} {}' });
  t.match(
    found.legs.find((one) => !one.isCaller),
    { leg, call, state: 'up', ours: true, saved: null },
  );
  t.ok(Math.abs((self?.createdAt ?? 0) - Date.now()) < 60_000);
  t.equal(await desk.telephony.packetsReceived(caller), 0, 'a caller that sends no sound (CL9)');
  t.equal(await desk.telephony.packetsReceived('nobody'), null);

  const ended = await desk.told('leg-ended', (input) => input.leg === caller);
  t.match(ended, { cause: 16 });
  desk.do(
    call,
    { type: 'hang-up', leg, reason: 'normal' },
    { type: 'bridge-end', bridge },
    { type: 'bridge-remove', bridge, legs: [caller, leg] },
  );
  await desk.told('leg-ended', (input) => input.leg === leg);
  await lab.witness.nothingLeft(5000);
  t.equal((await citizen.done(10_000)).successful, 1);
  t.strictSame(
    desk
      .inputs()
      .map(({ input }) => `${input.type} ${'leg' in input && input.leg === caller ? 'caller' : 'seat'}`),
    [
      'arrived caller',
      'leg-answered caller',
      'leg-ringing seat',
      'leg-answered seat',
      'leg-ended caller',
      'leg-ended seat',
    ],
  );
  const events = desk.meter.of('hotline_ari_events_total');
  t.ok(events <= 22, `G27: ${events} events`);
  t.comment(
    `G27 a whole call: ${events} ARI events, ${desk.meter.of('hotline_ari_requests_total', { lane: 'socket' })} requests`,
  );
  // Twice hung up is once hung up.
  desk.do(
    call,
    { type: 'hang-up', leg, reason: 'normal' },
    { type: 'bridge-end', bridge },
    { type: 'music', leg: caller, on: false },
  );
  desk.do(call, { type: 'music', leg: caller, on: true });
  t.match(await desk.told('effect-failed'), { effect: 'music', leg: caller, status: 404 });
}

export async function failingLegs(t: Test, lab: Lab): Promise<void> {
  const desk = await new Desk(lab.access).start();
  t.teardown(() => desk.telephony.stop());
  await lab.seat('1002', 'seat-busy');
  await lab.seat('1003', 'seat-no-answer');
  await lab.seat('1004', 'seat-unavailable');
  const end = (leg: string) => desk.told('leg-ended', (input) => input.leg === leg);
  desk.do('c-legs', dialOrder('c-legs', 'c-legs.busy', 'PJSIP/1002', null));
  t.match(await end('c-legs.busy'), { cause: 17, sipStatus: 486, how: undefined });
  desk.do('c-legs', dialOrder('c-legs', 'c-legs.silent', 'PJSIP/1003', null, { ringSeconds: 1 }));
  t.match(await end('c-legs.silent'), { cause: 19, how: undefined });
  await desk.told('leg-ringing', (input) => input.leg === 'c-legs.silent');
  desk.do('c-legs', dialOrder('c-legs', 'c-legs.away', 'PJSIP/1004', null));
  t.match(await end('c-legs.away'), { sipStatus: 503, how: 'unreachable' });
  desk.do('c-legs', dialOrder('c-legs', 'c-legs.nobody', 'PJSIP/nobody', null));
  t.match(await end('c-legs.nobody'), { cause: 20, how: 'unreachable' });

  desk.do('c-legs', dialOrder('c-legs', 'c-legs.cancelled', 'PJSIP/1003', null), {
    type: 'hang-up',
    leg: 'c-legs.cancelled',
    reason: 'normal',
  });
  await end('c-legs.cancelled');
  t.notOk(
    desk.inputs().some(({ input }) => input.type === 'leg-ringing' && input.leg === 'c-legs.cancelled'),
  );

  desk.do('c-legs', dialOrder('c-legs', 'c-legs.rung', 'PJSIP/1003', null));
  await desk.told('leg-ringing', (input) => input.leg === 'c-legs.rung');
  desk.do('c-legs', { type: 'hang-up', leg: 'c-legs.rung', reason: 'no-answer' });
  await end('c-legs.rung');
  await lab.witness.nothingLeft(5000);
  const ends = desk.inputs().flatMap(({ input }) => (input.type === 'leg-ended' ? [input.leg] : []));
  t.equal(new Set(ends).size, ends.length, 'once each');
}

export async function strayed(t: Test, lab: Lab): Promise<void> {
  const desk = await new Desk(lab.access).start();
  t.teardown(() => desk.telephony.stop());
  // Nobody sits at the survival queue's seats: the caller waits there and looks back every few seconds.
  for (const seat of ['1001', '1002', '1003', '1004']) await lab.phones.withdraw(seat);
  await lab.caller(60_000, 'caller-stays');
  const { call, leg: caller } = await desk.told('arrived');
  desk.do(call, { type: 'dead-man', leg: caller, seconds: 1 });
  const outside = await until('the caller in the survival queue', async () =>
    (await desk.telephony.look()).legs.find((one) => !one.ours),
  );
  t.match(outside, { leg: caller, call, isCaller: true, dialled: '12345', state: 'up' });
  t.match(await desk.told('arrived', (input) => input.survivals > 0), { call, leg: caller, up: true });
  desk.do(call, { type: 'dead-man', leg: caller, seconds: 1 });
  await until('outside again', async () => (await desk.telephony.look()).legs.some((one) => !one.ours));
  await lab.stack.console('channel request hangup all');
  await desk.told('leg-ended', (input) => input.leg === caller);
  await lab.witness.nothingLeft(5000);
  t.equal(desk.inputs().filter(({ input }) => input.type === 'leg-ended').length, 1);
}
