// The Asterisk adapter on a real Asterisk: calls, failing legs, cuts, crashes, takeovers, phones, records.
import { test } from 'tap';
import { register } from '../../lab/phones/sipp.ts';
import { Softphone } from '../../lab/phones/softphone.ts';
import { createCallRecords } from '../../server/adapters/ari/call-records.ts';
import { createWatchdog } from '../../server/adapters/ari/watchdog.ts';
import { Counts, Desk, dialOrder, startLab, until, Wire } from './ari-desk.ts';

const lab = await startLab();
const nothing = (): void => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Caller answered with music, seat rung, both in a bridge: what the domain orders for the plainest call. */
async function talking(
  desk: Desk,
  seat: string,
): Promise<{ call: string; caller: string; leg: string; bridge: string }> {
  const known = new Set(desk.inputs().map(({ call }) => call));
  const arrived = await desk.told('arrived', (_input, call) => !known.has(call));
  const { call, leg: caller } = arrived;
  const leg = `${call}.${seat}.1`;
  const bridge = `${call}.talk`;
  desk.do(
    call,
    { type: 'answer', leg: caller },
    { type: 'music', leg: caller, on: true },
    { type: 'dead-man', leg: caller, seconds: 20 },
    dialOrder(call, leg, `PJSIP/${seat}`, caller),
  );
  desk.telephony.save(call, caller, () => JSON.stringify({ call, summary: '钦州 "三方" ${X} {}' }));
  await desk.told('leg-answered', (input) => input.leg === leg);
  desk.do(
    call,
    { type: 'music', leg: caller, on: false },
    { type: 'bridge-make', bridge },
    { type: 'bridge-add', bridge, legs: [caller, leg] },
    { type: 'dead-man', leg: caller, seconds: 0 },
    { type: 'dead-man', leg, seconds: 0 },
  );
  await until('both in the bridge', async () => (await lab.witness.whoIsWith(caller)).includes(leg));
  return { call, caller, leg, bridge };
}

test('the Asterisk adapter', async (t) => {
  t.teardown(() => lab.stop());

  await t.test('CL6 a whole call leaves nothing behind and costs few events', async (t) => {
    const desk = await new Desk(lab.access).start();
    t.teardown(() => desk.telephony.stop());
    t.ok(desk.telephony.connected);
    await lab.seat('1001', 'seat', 50);
    t.ok((await lab.phones.registered()).has('1001'), 'a fixed address counts from the start');
    const citizen = await lab.caller(600);
    const { call, caller, leg, bridge } = await talking(desk, '1001');
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
  });

  await t.test(
    'OF5 TR6 busy, no answer, unavailable, unknown, cancelled: each leg ends once and says why',
    async (t) => {
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
    },
  );

  await t.test(
    'SV4 F4 cut from Asterisk: it comes back, orders of the gap are done in order, a leg half dialled rings',
    async (t) => {
      const wire = await Wire.to(lab.access.url);
      t.teardown(() => wire.close());
      const desk = await new Desk({ ...lab.access, url: wire.url }, { pingMs: 200 }).start();
      t.teardown(() => desk.telephony.stop());
      await lab.seat('1001', 'seat', 30);
      await lab.caller(60_000, 'caller-stays');
      const { call, caller, leg, bridge } = await talking(desk, '1001');
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
    },
  );

  await t.test(
    'SV2 a caller the dead-man took is found outside, its end is told, and it comes back with its visits',
    async (t) => {
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
    },
  );

  await t.test('TR4 the phone: sound, beep, key, talk, its own transfer key', async (t) => {
    const desk = await new Desk(lab.access, {
      targetOf: (exten) => (exten === '1002' ? { seat: exten } : null),
    }).start();
    t.teardown(() => desk.telephony.stop());
    const account = await lab.phones.provision('1005', 'desk', null);
    t.match(account, {
      uri: `sip:1005@${lab.server}`,
      username: '1005',
      wsUri: 'wss://desk.example/sip',
      registrar: lab.server,
    });
    t.ok(account.password.length >= 24);
    const phone = await Softphone.start({
      root: lab.stack.rootFolder,
      server: lab.server,
      user: '1005',
      password: account.password,
      autoAnswer: true,
    });
    t.teardown(() => phone.stop());
    t.ok((await lab.phones.registered()).has('1005'));
    const citizen = await Softphone.start({
      root: lab.stack.rootFolder,
      server: lab.server,
      user: '13900000001',
      host: '127.0.0.2',
    });
    t.teardown(() => citizen.stop());
    await citizen.dial('12345');
    const { call, leg: caller } = await desk.told('arrived');
    const leg = `${call}.1005.1`;
    desk.do(
      call,
      { type: 'answer', leg: caller },
      { type: 'music', leg: caller, on: true },
      dialOrder(call, leg, 'PJSIP/1005', caller, { acceptance: 'talk' }),
    );
    await citizen.hears('music');
    await desk.told('leg-confirmed', (input) => input.by === 'talk' && input.leg === leg);
    t.equal((await phone.inviteHeaders()).get('x-hotline-call'), call);
    await phone.dtmf('1');
    await desk.told('leg-confirmed', (input) => input.by === 'key' && input.leg === leg);
    await citizen.dtmf('7');
    t.match(await desk.told('digit'), { leg: caller, digit: '7' });

    desk.do(call, { type: 'music', leg: caller, on: false }, { type: 'ringing', leg: caller, on: true });
    await citizen.hears('ringing', 8000);
    desk.do(
      call,
      { type: 'ringing', leg: caller, on: false },
      { type: 'bridge-make', bridge: `${call}.talk` },
      { type: 'bridge-add', bridge: `${call}.talk`, legs: [caller, leg] },
    );
    await citizen.hears([phone]);
    await phone.hears([citizen]);
    t.ok(((await desk.telephony.packetsReceived(leg)) ?? 0) > 0);
    desk.do(call, { type: 'beep', leg });
    // The tone ends; a tone that stays would shut the others out.
    await phone.hears([citizen], 5000);
    await citizen.hears([phone], 5000);
    desk.do(call, { type: 'mute', leg, on: true });
    await citizen.hears('silence');
    desk.do(call, { type: 'mute', leg, on: false });
    await citizen.hears([phone]);

    await phone.refer('1002');
    t.match(await desk.told('command'), {
      actor: { seat: '1005', role: 'seat' },
      command: { name: 'transfer', body: { to: { seat: '1002' } } },
    });
    t.ok(
      (await desk.telephony.look()).legs.some((one) => one.leg === caller),
      'the caller stays',
    );
    await until('the channels of the REFER gone', async () =>
      (await lab.witness.channels()).every((channel) => !channel.name.startsWith('Local/')),
    );
    desk.do(
      call,
      { type: 'hang-up', leg: caller, reason: 'normal' },
      { type: 'hang-up', leg, reason: 'normal' },
      { type: 'bridge-end', bridge: `${call}.talk` },
    );
    await desk.told('leg-ended', (input) => input.leg === caller);
    await desk.told('leg-ended', (input) => input.leg === leg);
    await lab.witness.nothingLeft(5000);
    t.strictSame(
      desk.inputs().filter(({ input }) => input.type === 'effect-failed'),
      [],
    );
  });

  await t.test(
    'G23 a secret lives from sign-in to sign-out, and the next phone inherits nothing',
    async (t) => {
      const registers = (user: string, password: string): Promise<boolean> =>
        register({
          root: lab.stack.rootFolder,
          server: lab.server,
          host: '127.0.0.1',
          port: 29_871,
          number: user,
          password,
        }).then(
          () => true,
          () => false,
        );
      const first = await lab.phones.provision('1006', 'desk', null);
      t.ok(await registers('1006', first.password));
      const second = await lab.phones.provision('1006', 'desk', null);
      t.not(first.password, second.password);
      t.notOk(await registers('1006', first.password), 'the old secret is dead');
      const browser = await lab.phones.provision('1006', 'browser', null);
      t.match(
        await lab.stack.console('pjsip show endpoint 1006'),
        /webrtc\s*:\s*yes[\s\S]*|allow\s*:\s*\(alaw\|ulaw\|opus\)/u,
      );
      await lab.phones.provision('1006', 'desk', null);
      t.match(await lab.stack.console('pjsip show endpoint 1006'), /webrtc\s*:\s*no/u);
      await lab.phones.withdraw('1006');
      await lab.phones.withdraw('1006');
      t.notOk(await registers('1006', browser.password), 'no account at all');
      t.notOk((await lab.phones.registered()).has('1006'));
    },
  );

  await t.test(
    'SV1 F1 with no engine a static seat takes the call, and Asterisk wrote its own record of it',
    async (t) => {
      await lab.seat('1001', 'seat', 30);
      const citizen = await lab.caller(300);
      t.equal((await citizen.done(15_000)).successful, 1);
      await lab.witness.nothingLeft(5000);
      const records = createCallRecords({
        file: lab.stack.cdrFile,
        placeFile: null,
        clock: { now: () => Date.now() + 10_000 },
        log,
        meter: new Counts(),
      });
      const read = await records.read();
      t.ok(read.length >= 3, `${read.length} records`);
      t.match(read.at(-1), { number: '13800001', dialled: '12345', seat: '1001' });
      t.match(read[0], { number: '13800001', dialled: '12345' });
      const first = read[0];
      t.ok(
        first !== undefined &&
          first.answer !== null &&
          first.start <= first.answer &&
          first.answer < first.end,
      );
      t.strictSame(await records.read(), []);
    },
  );

  await t.test(
    'F5 F6 Asterisk hangs, then dies: the watchdog tells, orders for the dead are dropped, the new one is another',
    async (t) => {
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
    },
  );
});
