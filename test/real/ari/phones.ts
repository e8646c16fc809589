// Phones as the adapter sees them: sounds and keys, secrets that end with the sign-in, a static seat with no engine.
// It must not keep a secret.
import type { Test } from 'tap';
import { register } from '../../../lab/phones/sipp.ts';
import { Softphone } from '../../../lab/phones/softphone.ts';
import { createCallRecords } from '../../../server/adapters/ari/call-records.ts';
import { Counts, Desk, dialOrder, until } from '../ari-desk.ts';
import type { Lab } from '../ari-desk.ts';
import { log } from './talking.ts';

export async function phone(t: Test, lab: Lab): Promise<void> {
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
}

export async function secrets(t: Test, lab: Lab): Promise<void> {
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
}

export async function noEngine(t: Test, lab: Lab): Promise<void> {
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
    first !== undefined && first.answer !== null && first.start <= first.answer && first.answer < first.end,
  );
  t.strictSame(await records.read(), []);
}
