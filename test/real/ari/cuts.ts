// Cut from Asterisk, replaced by another engine, Asterisk hung and dead: orders of the gap, what is found, what is dropped.
// It must not lose a leg.
import type { Test } from 'tap';
import { createWatchdog } from '../../../server/adapters/ari/watchdog.ts';
import { Counts, Desk, dialOrder, until, Wire } from '../ari-desk.ts';
import type { Lab } from '../ari-desk.ts';
import { log, talking } from './talking.ts';

export async function cut(t: Test, lab: Lab): Promise<void> {
  const wire = await Wire.to(lab.access.url);
  t.teardown(() => wire.close());
  const desk = await new Desk({ ...lab.access, url: wire.url }, { pingMs: 200 }).start();
  t.teardown(() => desk.telephony.stop());
  await lab.seat('1001', 'seat', 30);
  await lab.caller(60_000, 'caller-stays');
  const { call, caller, leg, bridge } = await talking(lab, desk, '1001');
  wire.cut();
  await desk.event('disconnected');
  t.notOk(desk.telephony.connected);
  desk.do(
    call,
    { type: 'bridge-remove', bridge, legs: [leg] },
    { type: 'hang-up', leg, reason: 'normal' },
    dialOrder(call, `${call}.1001.2`, 'PJSIP/1001', caller),
  );
  desk.do(call, { type: 'music', leg: caller, on: true });
  desk.telephony.save(call, caller, () => '"gap"');
  t.ok((await lab.witness.whoIsWith(caller)).includes(leg), 'they talk on meanwhile');
  wire.mend();
  await desk.event('connected', 2);
  await desk.told('leg-answered', (input) => input.leg === `${call}.1001.2`);
  await until('the first seat gone', async () =>
    (await desk.telephony.look()).legs.every((one) => one.leg !== leg),
  );
  await until('the state of the gap saved', async () =>
    (await desk.telephony.look()).legs.some((one) => one.saved === '"gap"'),
  );

  await t.test('F4 half-open: a connection without sign of life is given up', async (t) => {
    const quick = await new Desk(
      { ...lab.access, app: 'hotline-half-open', url: wire.url },
      { pingMs: 60 },
    ).start();
    wire.hold();
    await quick.event('disconnected');
    await quick.event('connected', 2);
    await quick.telephony.stop();
    t.pass('back');
  });

  await t.test('SV4 kill: the next engine finds call, legs and state, and ends them', async (t) => {
    await desk.event('connected', 3);
    const next = await new Desk(lab.access).start();
    t.teardown(() => next.telephony.stop());
    await desk.event('replaced');
    t.notOk(desk.telephony.connected);
    const found = await next.telephony.look();
    t.strictSame(found.legs.map((one) => one.leg).toSorted(), [caller, `${call}.1001.2`].toSorted());
    t.equal(found.legs.find((one) => one.isCaller)?.saved, '"gap"');
    next.do(
      call,
      { type: 'music', leg: caller, on: false },
      { type: 'bridge-add', bridge, legs: [caller, `${call}.1001.2`] },
    );
    await until('both in the old bridge', async () => (await lab.witness.whoIsWith(caller)).length === 1);
    await next.telephony.sweep([caller, `${call}.1001.2`], [bridge]);
    await next.told('leg-ended', (input) => input.leg === caller);
    await next.told('leg-ended', (input) => input.leg !== caller);
    await lab.witness.nothingLeft(5000);
    t.equal(
      desk.inputs().filter(({ input }) => input.type === 'leg-ended' && input.leg === caller).length,
      0,
      'the replaced one is told nothing more',
    );
  });
}

export async function hungThenDead(t: Test, lab: Lab): Promise<void> {
  const desk = await new Desk(lab.access, { pingMs: 200 }).start();
  t.teardown(() => desk.telephony.stop());
  const said: string[] = [];
  const watchdog = createWatchdog({
    ...lab.access,
    log,
    meter: new Counts(),
    everyMs: 60,
    timeoutMs: 40,
  });
  t.teardown(() => watchdog.stop());
  watchdog.start({ alarm: () => said.push('alarm'), calm: () => said.push('calm') });
  const { startedAt } = await desk.telephony.look();
  lab.stack.kill('asterisk', 'SIGSTOP');
  await until('the alarm', () => said.includes('alarm'));
  await desk.event('disconnected');
  desk.do('c-dead', dialOrder('c-dead', 'c-dead.1001.1', 'PJSIP/1001', null));
  await lab.stack.restart('asterisk');
  await until('calm', () => said.includes('calm'));
  await until(
    'another Asterisk',
    async () => desk.telephony.connected && (await desk.telephony.look()).startedAt !== startedAt,
  );
  t.strictSame((await desk.telephony.look()).legs, []);
  t.strictSame(desk.inputs(), [], 'nothing of the dead call rings or is told');
}
