// A seat that goes leaves a caller behind: with the server killed or hung, and by a supervisor's hand.
// It must not end the caller's call: somebody has to have it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { counts } from '../outage.ts';
import { breaks } from './people.ts';
import type { People } from './people.ts';

export async function leftAlone(
  t: Test,
  { scene, city, outage, first, second, third, police }: People,
  how: 'killed' | 'hung',
): Promise<void> {
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
  await city.until('the server knows', async () => (await scene.view(stays.id))['owner'] === '3001', 15_000);
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
}

export async function forcedOff(t: Test, { scene, city, first, second }: People): Promise<void> {
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
}
