// The lab's own instruments on a real Asterisk: what a test is told by phones, SIPp and the witness is so.
// It must not need our server: it shows the measure, not the measured.
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Callers } from '../../bench/generator/callers.ts';
import { Seats } from '../../bench/generator/seats.ts';
import { udpPort } from '../../lab/phones/ports.ts';
import { Sipp, register } from '../../lab/phones/sipp.ts';
import type { CallerScenario, SeatScenario, SippResult } from '../../lab/phones/sipp.ts';
import { Softphone } from '../../lab/phones/softphone.ts';
import { Witness } from '../../lab/phones/witness.ts';
import { freePorts } from '../../lab/ports.ts';
import { startStack } from '../../lab/stack.ts';
import type { Stack } from '../../lab/stack.ts';

t.setTimeout(120_000);

const folder = await mkdtemp(join(tmpdir(), 'hotline-phones-'));
const ports = await freePorts();
const stack = await startStack({ ...ports, stateFolder: folder, siteFile: 'site/qinzhou', supervise: false });
const server = `${stack.sip.host}:${stack.sip.port}`;
const root = stack.rootFolder;
const witness = await Witness.connect({ url: stack.ari.url, ...stack.ari.witness });

t.teardown(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

await addDialplan(stack);
for (const seat of ['1001', '1002', '1003']) await provision(stack, seat);

const seatPhone = (user: string, more: { autoAnswer?: boolean } = {}): Promise<Softphone> =>
  Softphone.start({ root, server, user, password: `secret-${user}`, ...more });
const citizen = (user: string): Promise<Softphone> =>
  Softphone.start({ root, server, user, host: '127.0.0.2' });

await t.test('who hears whom: two real phones through Asterisk, held, resumed, hung up', async (t) => {
  const seat = await seatPhone('1001');
  const caller = await citizen('13800000001');
  try {
    await caller.dial('81001');
    await seat.reaches('ringing');
    const headers = await seat.inviteHeaders();
    t.match(headers.get('from'), /13800000001/u, 'the INVITE can be read at the seat');
    await seat.accept();
    await caller.reaches('talking');
    await seat.hears([caller]);
    await caller.hears([seat]);
    t.match(await caller.heard(), { tones: [seat.toneHz], music: false, silent: false });

    const [channel] = await witness.channels();
    const others = await witness.whoIsWith(channel?.id ?? '');
    t.equal(others.length, 1, 'the witness sees the two in one bridge');

    await seat.hold();
    await caller.hears('music');
    await seat.resume();
    await caller.hears([seat]);
    await seat.hears([caller]);
    t.ok(caller.recording.longestSilence().ms < 2_000, 'CL2 never silent for 2 s');

    await caller.hangup();
    await seat.reaches('idle');
    await witness.nothingLeft();
  } finally {
    await Promise.all([seat.stop(), caller.stop()]);
  }
});

await t.test('music, ringing and silence are told apart, and silence is measured', async (t) => {
  const caller = await citizen('13800000002');
  try {
    await caller.dial('811');
    await caller.hears('music');
    await caller.hangup();
    await caller.reaches('idle');

    await caller.dial('812');
    await caller.hears('ringing');
    const from = Date.now();
    await sleep(6_000);
    t.ok(caller.recording.longestSilence(from).ms < 500, 'the pauses of the ring tone are part of it');
    t.ok(caller.recording.longestSilence(from, undefined, true).ms > 3_500, 'unless they are asked for');
    await caller.hangup();
    await caller.reaches('idle');

    await caller.dial('813');
    await caller.hears('silence');
    const quiet = Date.now();
    await sleep(3_000);
    t.ok(caller.recording.longestSilence(quiet).ms > 2_000, 'a silent line is seen');
    await t.rejects(
      caller.hears('music', 300),
      /did not hear music within 300 ms; at the end it heard silence/u,
    );
    await caller.hangup();
  } finally {
    await caller.stop();
  }
});

await t.test('a phone that may not register says why', async (t) => {
  await t.rejects(
    Softphone.start({ root, server, user: '1003', password: 'not-it' }),
    /refused its registration \(401/u,
  );
});

await t.test('a phone refuses, vanishes, and answers by itself', async (t) => {
  const caller = await citizen('13800000003');
  const manual = await seatPhone('1001');
  const automatic = await seatPhone('1002', { autoAnswer: true });
  try {
    await caller.dial('81001');
    await manual.reaches('ringing');
    await manual.hangup();
    await caller.reaches('idle');
    t.match(caller.events.at(-1)?.param, /486/u);

    await caller.dial('81002');
    await caller.reaches('talking');
    await automatic.hears([caller]);
    await automatic.stop({ kill: true });
    t.equal(caller.state, 'talking', 'nobody was told');
    await caller.hangup();
  } finally {
    await Promise.all([caller.stop(), manual.stop()]);
  }
  await stack.console('channel request hangup all');
  await witness.nothingLeft(5_000);
});

type Pair = {
  seat: SeatScenario;
  caller: CallerScenario;
  seatPause?: number;
  callerPause?: number;
  good: boolean;
  error?: RegExp;
};
const pairs: readonly Pair[] = [
  { seat: 'seat', caller: 'caller', seatPause: 50, callerPause: 200, good: true },
  { seat: 'seat', caller: 'caller-cancels', seatPause: 5_000, callerPause: 100, good: true },
  { seat: 'seat-drops', caller: 'caller-stays', seatPause: 200, good: true },
  { seat: 'seat-no-answer', caller: 'caller-cancels', callerPause: 100, good: true },
  { seat: 'seat-progress-only', caller: 'caller-cancels', callerPause: 100, good: true },
  { seat: 'seat-busy', caller: 'caller', good: false, error: /486 Busy Here/u },
  { seat: 'seat-unavailable', caller: 'caller', good: false, error: /503 Service Unavailable/u },
];

for (const pair of pairs) {
  await t.test(`SIPp: ${pair.caller} meets ${pair.seat}`, async (t) => {
    const { callers, seats } = await meet(pair);
    t.match(seats, { total: 3, successful: 3, failed: 0 }, 'the seat saw what it expects');
    t.match(callers, pair.good ? { successful: 3, failed: 0 } : { successful: 0, failed: 3 });
    if (pair.error) t.match(callers.errors, pair.error);
    await witness.nothingLeft();
  });
}

async function meet(pair: Pair): Promise<{ callers: SippResult; seats: SippResult }> {
  const place = await udpPort('127.0.0.1');
  const base = { root, server };
  await register({ ...base, host: '127.0.0.1', port: place.port, number: '1003', password: 'secret-1003' });
  const seat = await Sipp.start({
    ...base,
    host: '127.0.0.1',
    port: place.port,
    scenario: pair.seat,
    calls: 3,
    pauseMs: pair.seatPause ?? 0,
  });
  const caller = await Sipp.start({
    ...base,
    host: '127.0.0.2',
    scenario: pair.caller,
    service: '81003',
    calls: 3,
    rate: 10,
    pauseMs: pair.callerPause ?? 0,
  });
  try {
    const callers = await caller.done(10_000);
    return { callers, seats: await seat.done(10_000) };
  } finally {
    await caller.stop();
    await seat.stop();
    await place.release();
  }
}

await t.test('CL1 an INVITE sent three times reaches a seat once', async (t) => {
  const seats = new Seats({ host: '127.0.0.1', port: 0 });
  await seats.open();
  await provision(stack, '1004', `sip:1004@127.0.0.1:${seats.port}`);
  const place = await udpPort('127.0.0.2');
  const callers = new Callers({
    host: '127.0.0.2',
    port: place.port,
    server: stack.sip,
    service: '81004',
    copies: 3,
  });
  await callers.open();
  const reached: string[] = [];
  // Asterisk forgets an INVITE's transaction once it is answered (it is older than RFC 6026): a copy that arrives later
  // than the answer is a new call to it. What our server does about that is its own test.
  seats.answerMs = 300;
  seats.watcher = {
    invited: (number) => reached.push(number),
    talking: (number) => callers.end(number, 100),
  };
  try {
    for (const number of ['13900000001', '13900000002', '13900000003']) callers.call(number);
    for (let tries = 0; callers.up > 0 && tries < 100; tries += 1) await sleep(50);
    t.strictSame(reached.toSorted(), ['13900000001', '13900000002', '13900000003']);
    t.ok(callers.calls.every((call) => call.failure === undefined && call.answeredAt !== undefined));
    await witness.nothingLeft();
  } finally {
    await callers.close();
    await seats.close();
    await place.release();
  }
});

/** Numbers of this test: 8 and a seat rings it; 811 music, 812 ring tone, 813 nothing. */
async function addDialplan(on: Stack): Promise<void> {
  const lines = [
    '',
    '[from-public](+)',
    'exten => _81XXX,1,Dial(PJSIP/${EXTEN:1})',
    'exten => 811,1,Answer()',
    ' same => n,MusicOnHold()',
    'exten => 812,1,Answer()',
    ' same => n,PlayTones(450/1000,0/4000)',
    ' same => n,Wait(60)',
    'exten => 813,1,Answer()',
    ' same => n,Wait(60)',
    '',
  ];
  await appendFile(join(on.folders.state, 'asterisk', 'etc', 'extensions.conf'), lines.join('\n'));
  for (const name of ['app_dial', 'app_playtones']) await on.console(`module load ${name}.so`);
  await on.console('dialplan reload');
}

/** A seat's phone account as the server would make it, with a secret this test knows. */
async function provision(on: Stack, seat: string, contact?: string): Promise<void> {
  const put = async (kind: string, fields: Record<string, string>): Promise<void> => {
    const body = { fields: Object.entries(fields).map(([attribute, value]) => ({ attribute, value })) };
    const response = await fetch(`${on.ari.url}/asterisk/config/dynamic/res_pjsip/${kind}/${seat}`, {
      method: 'PUT',
      headers: {
        authorization: `Basic ${Buffer.from(`${on.ari.user}:${on.ari.password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    if (!response.ok)
      throw new Error(`Asterisk refused ${kind} ${seat}: ${response.status} ${await response.text()}`);
  };
  await put('auth', { auth_type: 'userpass', username: seat, password: `secret-${seat}` });
  await put('aor', contact === undefined ? { max_contacts: '1', remove_existing: 'yes' } : { contact });
  await put('endpoint', {
    transport: 'udp',
    context: 'from-seat',
    disallow: 'all',
    allow: 'alaw,ulaw',
    aors: seat,
    direct_media: 'no',
    identify_by: 'username',
    auth: seat,
  });
}
