// The server killed in the middle of calls and started again: what went on goes on, what happened meanwhile has its consequence.
// It must not start a phone anew: none may have noticed.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { counts, rings } from '../outage.ts';
import { breaks } from './people.ts';
import type { People } from './people.ts';

export async function endedInGap(t: Test, { scene, city, outage, first, second }: People): Promise<void> {
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
}

export async function calledAgain(
  t: Test,
  { scene, city, outage, first, second, third }: People,
): Promise<void> {
  const ended = await scene.talk('12345', first);
  await second.desk.ready();
  const goesOn = await scene.talk('12345', second);
  // Idle for longer than either from here on: without a memory it would be its turn.
  await third.desk.ready();
  await ended.caller.hangup();
  await scene.free(first);
  const readings = () => outage.told('Who calls again');
  const before = await readings();
  await outage.killServer();
  await outage.startServer();
  await city.until('who had whom has been read', async () => (await readings()) > before);
  await ended.caller.dial('12345');
  await ended.caller.hears([first.phone], 6000);
  t.pass('ended before the restart: the seat that had it, not the one that is idle for longest');
  await goesOn.caller.hangup();
  await scene.free(second);
  await goesOn.caller.dial('12345');
  await goesOn.caller.hears([second.phone], 6000);
  t.pass('taken up by the restart and ended after it: likewise');
  t.match(await city.seat('1003'), { state: 'idle', status: 'ready' });
  await Promise.all([ended.caller.hangup(), goesOn.caller.hangup()]);
  await city.witness.nothingLeft(3000);
  for (const seat of [first, second]) await scene.free(seat);
  for (const seat of [second, third]) await breaks(seat);
  await Promise.all([ended.caller.stop(), goesOn.caller.stop()]);
}

export async function restartMidway(
  t: Test,
  { scene, city, outage, first, second, third, police, refuses }: People,
): Promise<void> {
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
  await Promise.all([offered, queued, transferred.caller, returned.caller].map((caller) => caller.hangup()));
  await scene.close(t, threeWay, [second, joins]);
  for (const seat of [first, third, fourth, police, refuses]) await scene.free(seat);
  await Promise.all([offered, queued, transferred.caller, returned.caller].map((caller) => caller.stop()));
  for (const seat of [fourth, joins]) {
    await seat.desk.must(`/seats/${seat.desk.user}/sign-out`);
    await seat.phone.stop();
  }
}

export async function actedWhileAway(
  t: Test,
  { scene, city, outage, first, second, third, police, refuses }: People,
): Promise<void> {
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
}

export async function spoiledCall(
  t: Test,
  { scene, city, outage, first, second, third, police, refuses }: People,
): Promise<void> {
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
}
