// The Asterisk adapter without Asterisk: its border on recorded events, its lanes, its dialling, its call records.
import { appendFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tap, { test } from 'tap';
import { lost, unanswered, type AriReply, type AriRequest } from '../../server/adapters/ari/access.ts';
import { createCallRecords } from '../../server/adapters/ari/call-records.ts';
import { decode, type AriEvent } from '../../server/adapters/ari/decode.ts';
import { createDialling, type DialOrder, type EarlyEnd } from '../../server/adapters/ari/dialling.ts';
import { stepsOf } from '../../server/adapters/ari/orders.ts';
import { mergeLines, parseLine } from '../../server/adapters/ari/record-lines.ts';
import { createRestLane, type RestLane } from '../../server/adapters/ari/rest.ts';
import { createSaves } from '../../server/adapters/ari/saves.ts';
import { createTalk } from '../../server/adapters/ari/talk.ts';
import { translate } from '../../server/adapters/ari/translate.ts';

const nothing = (): void => undefined;
const meter = { count: nothing, observe: nothing, gauge: nothing };
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
/** Never a time limit of its own: the runner's ends a test that waits in vain. */
const until = async (true_: () => boolean): Promise<void> => {
  while (!true_()) await sleep(2);
};
const settle = (): Promise<void> => sleep(0);

const recorded = (await readFile(new URL('./ari-events.ndjson', import.meta.url), 'utf8')).trim().split('\n');
const eventsOf = (type: string): AriEvent[] =>
  recorded.map(decode).flatMap((one) => (one.kind === 'event' && one.event.type === type ? [one.event] : []));
const inputsOf = (type: string) =>
  eventsOf(type).map((event) => {
    const said = translate(event, 1000, (exten) => (exten === '1002' ? { seat: exten } : null));
    return said.kind === 'input' ? said : null;
  });

test('CL1 every recorded event is known, and finds its call without any memory', (t) => {
  const kinds = new Map<string, number>();
  for (const text of recorded) {
    const { kind } = decode(text);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  t.equal(kinds.get('malformed'), undefined);
  t.equal(kinds.get('unknown'), undefined);
  t.ok((kinds.get('answer') ?? 0) > 0);

  const [arrived] = inputsOf('StasisStart');
  t.match(arrived?.input, {
    type: 'arrived',
    at: 1000,
    dialled: '12345',
    number: '13900000001',
    name: '',
    survivals: 0,
    up: false,
  });
  t.equal(arrived?.call, arrived?.input.type === 'arrived' ? arrived.input.call : '');
  t.strictSame(
    inputsOf('ChannelStateChange').map((one) => one?.input.type),
    ['leg-answered', 'leg-ringing', 'leg-answered'],
  );
  t.match(inputsOf('ChannelDestroyed')[0]?.input, { type: 'leg-ended', cause: 16 });
  t.match(inputsOf('ChannelDtmfReceived')[0]?.input, { type: 'digit', digit: '5' });
  t.match(inputsOf('ChannelUnhold')[0]?.input, { type: 'leg-held', on: false });
  for (const one of inputsOf('ChannelStateChange')) t.equal(one?.call, arrived?.call);
  t.end();
});

test("TR1 a phone's own transfer key is a command of its seat; one to nowhere is none", (t) => {
  const [said] = inputsOf('BridgeBlindTransfer');
  t.equal(said?.input.type, 'command');
  t.match(said?.input, {
    actor: { user: '1001', role: 'seat', seat: '1001' },
    command: { name: 'transfer', body: { to: { seat: '1002' } } },
  });
  const [event] = eventsOf('BridgeBlindTransfer');
  t.equal(translate(event!, 1, () => null).kind, 'ignored');
  t.end();
});

test('TR6 the end of a leg says busy, refused, unanswered and unreachable apart', (t) => {
  const [sample] = eventsOf('ChannelDestroyed');
  if (sample?.type !== 'ChannelDestroyed') throw new Error('no sample');
  const ended = (state: string, role: string, cause: number, sip?: number) => {
    const channel = {
      ...sample.channel,
      state,
      channelvars: { ...sample.channel.channelvars, HOTLINE_ROLE: role },
    };
    const said = translate(
      { ...sample, channel, cause, ...(sip === undefined ? {} : { tech_cause: sip }) },
      5,
      () => null,
    );
    return said.kind === 'input' && said.input.type === 'leg-ended'
      ? [said.input.cause, said.input.sipStatus, said.input.how]
      : [];
  };
  t.strictSame(ended('Ringing', 'owner', 17, 486), [17, 486, undefined]);
  t.strictSame(ended('Ringing', 'owner', 21, 603), [21, 603, undefined]);
  t.strictSame(ended('Ringing', 'owner', 19), [19, undefined, undefined]);
  t.strictSame(ended('Down', 'owner', 18), [18, undefined, 'unreachable'], 'a dead trunk');
  t.strictSame(ended('Down', 'target', 1, 404), [1, 404, 'unreachable']);
  t.strictSame(ended('Up', 'owner', 16), [16, undefined, undefined]);
  t.strictSame(ended('Up', 'owner', 44), [44, undefined, 'dropped'], 'no packets for rtp_timeout');
  t.strictSame(ended('Ring', 'caller', 44), [44, undefined, undefined]);
  t.end();
});

test('CL10 whatever arrives at the border, nothing throws', (t) => {
  for (const text of [
    '',
    'x',
    '[]',
    'null',
    '{}',
    '{"type":7}',
    '{"type":"__proto__"}',
    '{"type":"constructor"}',
  ])
    t.match(decode(text).kind, /malformed|unknown/u, text);
  t.equal(decode('{"type":"StasisStart"}').kind, 'malformed');
  t.equal(decode('{"type":"RESTResponse","request_id":1}').kind, 'malformed');
  t.equal(decode('{"type":"ChannelVarset","channel":{}}').kind, 'unknown');
  for (const text of recorded)
    for (let cut = 1; cut < text.length; cut += 97) t.equal(decode(text.slice(0, cut)).kind, 'malformed');
  const [start] = eventsOf('StasisStart');
  if (start?.type !== 'StasisStart') throw new Error('no sample');
  for (const args of [
    [],
    ['arrive'],
    ['arrive', '12345', '../x', '0'],
    ['arrive', '1', '', ''],
    ['leg', 'c-1'],
  ])
    t.equal(translate({ ...start, args }, 1, () => null).kind, 'ignored', args.join());
  t.end();
});

test('OF3 orders become requests: adds are atomic, removals are one by one, ids cannot leave their place', (t) => {
  const uris = (order: Parameters<typeof stepsOf>[0]) =>
    stepsOf(order).map(({ request, tearDown }) => [request.method, request.path, request.query, tearDown]);
  t.strictSame(uris({ type: 'bridge-add', bridge: 'c-1.talk', legs: ['a', 'b'] }), [
    ['POST', 'bridges/c-1.talk/addChannel', { channel: 'a,b' }, false],
  ]);
  t.equal(uris({ type: 'bridge-remove', bridge: 'c-1.talk', legs: ['a', 'b'] }).length, 2);
  t.strictSame(uris({ type: 'music', leg: 'a', on: false }), [['DELETE', 'channels/a/moh', {}, true]]);
  t.strictSame(uris({ type: 'mute', leg: 'a', on: true }), [
    ['POST', 'channels/a/mute', { direction: 'in' }, false],
  ]);
  t.strictSame(uris({ type: 'answer', leg: '../b?x' }), [['POST', 'channels/..%2Fb%3Fx/answer', {}, false]]);
  t.end();
});

const lanes: RestLane[] = [];
tap.teardown(() => lanes.forEach((rest) => rest.drop()));

function lane(timeoutMs = 60_000) {
  const sent: { id: string; method: string; uri: string; body: unknown }[] = [];
  const rest = createRestLane({
    meter,
    timeoutMs,
    send(text) {
      const message = JSON.parse(text) as {
        request_id: string;
        method: string;
        uri: string;
        message_body?: string;
      };
      sent.push({
        id: message.request_id,
        method: message.method,
        uri: message.uri,
        body: JSON.parse(message.message_body ?? 'null'),
      });
    },
  });
  lanes.push(rest);
  return { rest, sent };
}
const get = (path: string): AriRequest => ({ method: 'GET', path });

test('CL7 orders leave in the order given, before any answer, and again in that order after a cut', async (t) => {
  const { rest, sent } = lane();
  const answers: number[] = [];
  const ask = (path: string, keep: boolean) =>
    void rest.request(get(path), keep).then(({ status }) => answers.push(status));
  ask('early', false);
  await settle();
  t.strictSame(answers, [unanswered], 'a question does not wait for a connection');
  ask('1', true);
  rest.resume();
  ask('2', true);
  ask('3', true);
  ask('question', false);
  t.strictSame(
    sent.map(({ uri }) => uri),
    ['1', '2', '3', 'question'],
  );
  rest.answer(sent[0]!.id, { status: 204, body: '' });
  rest.pause();
  ask('4', true);
  await settle();
  t.strictSame(answers.toSorted(), [unanswered, unanswered, 204]);
  t.equal(sent.length, 4, 'nothing leaves while cut');
  rest.resume();
  t.strictSame(
    sent.slice(4).map(({ uri }) => uri),
    ['2', '3', '4'],
  );
  rest.answer(sent[4]!.id, { status: 409, body: '' });
  rest.drop();
  await settle();
  t.strictSame(answers.slice(3), [409, lost, lost], 'what was meant for a dead Asterisk is dropped');
  t.equal(rest.waiting, 0);
});

test('CL3 a request without an answer ends', async (t) => {
  const { rest } = lane(10);
  rest.resume();
  t.equal((await rest.request(get('hung'), true)).status, unanswered);
  t.equal(rest.waiting, 0);
  rest.answer('1', { status: 200, body: '' });
});

function dialled(autoAnswer = false, timeoutMs?: number) {
  const { rest, sent } = lane(timeoutMs);
  rest.resume();
  const ends: [string, EarlyEnd][] = [];
  const dialling = createDialling({
    rest,
    app: 'hotline',
    autoAnswer,
    sayEnded: (_call, leg, end) => ends.push([leg, end]),
    sayFailed: nothing,
  });
  const order: DialOrder = {
    type: 'dial',
    leg: 'c-1.1001.1',
    endpoint: 'PJSIP/1001',
    caller: 'x',
    callerNumber: '139',
    ringSeconds: 12,
    call: 'c-1',
    role: 'owner',
    toSeat: true,
    acceptance: 'answer',
  };
  const answer = async (nth: number, status: number, body = ''): Promise<void> => {
    rest.answer(sent[nth]!.id, { status, body });
    await settle();
  };
  return { dialling, order, sent, ends, answer, rest };
}

test('TR2 a leg is dialled when it has entered our application, not before', async (t) => {
  const { dialling, order, sent, answer } = dialled(true);
  dialling.begin('c-1', order);
  t.match(
    sent[0]?.uri,
    /^channels\/create\?endpoint=PJSIP%2F1001&app=hotline&appArgs=leg%2Cc-1&channelId=c-1\.1001\.1&originator=x$/u,
  );
  t.match(sent[0]?.body, {
    variables: {
      HOTLINE_CALL: 'c-1',
      HOTLINE_ROLE: 'owner',
      'TIMEOUT(absolute)': '27',
      TRANSFER_CONTEXT: 'seat-transfer',
      'PJSIP_HEADER(add,Alert-Info)': 'info=alert-autoanswer',
    },
  });
  await answer(0, 200);
  t.equal(sent.length, 1);
  dialling.started('c-1.1001.1');
  dialling.started('c-1.1001.1');
  t.strictSame(
    sent.slice(1).map(({ uri }) => uri),
    ['channels/c-1.1001.1/dial?timeout=12&caller=x'],
  );
});

test('OF5 a phone that cannot be rung ends its leg; TR8 a leg ordered away is never dialled', async (t) => {
  const failing = dialled();
  failing.dialling.begin('c-1', failing.order);
  await failing.answer(0, 500, '{"error":"Allocation failed"}');
  t.strictSame(failing.ends, [['c-1.1001.1', { cause: 20, how: 'unreachable' }]]);

  const cancelled = dialled();
  cancelled.dialling.begin('c-1', cancelled.order);
  cancelled.dialling.hangUp('c-1', { type: 'hang-up', leg: 'c-1.1001.1', reason: 'no-answer' });
  await cancelled.answer(0, 200);
  cancelled.dialling.started('c-1.1001.1');
  t.strictSame(
    cancelled.sent.map(({ method, uri }) => `${method} ${uri.split('?')[0] ?? ''}`),
    ['POST channels/create', 'DELETE channels/c-1.1001.1'],
  );
  t.strictSame(cancelled.ends, []);
});

test('SV4 a cut between create and entry loses no leg, and makes no second one', async (t) => {
  const created = dialled();
  created.dialling.begin('c-1', created.order);
  await created.answer(0, 200);
  created.rest.pause();
  created.rest.resume();
  created.dialling.resume();
  t.match(created.sent.at(-1)?.uri, /\/dial/u, 'its entry was told to nobody');

  const unsure = dialled();
  unsure.dialling.begin('c-1', unsure.order);
  unsure.rest.pause();
  unsure.rest.resume();
  unsure.dialling.resume();
  t.match(unsure.sent.at(-1)?.uri, /create/u);
  await unsure.answer(1, 409);
  t.match(unsure.sent.at(-1)?.uri, /\/dial/u, 'the first request had made it');
  t.strictSame(unsure.ends, []);

  const gone = dialled();
  gone.dialling.begin('c-1', gone.order);
  gone.rest.pause();
  gone.dialling.forget();
  gone.rest.drop();
  await settle();
  t.strictSame(gone.ends, [], 'the comparison tells what died with Asterisk');
});

test('CL7 an end told once is not told twice', async (t) => {
  const { dialling, order, ends, rest } = dialled(false, 10);
  dialling.begin('c-1', order);
  await until(() => ends.length > 0);
  t.strictSame(ends, [['c-1.1001.1', { cause: 41 }]], 'no answer to create');
  t.equal(dialling.ended('c-1.1001.1'), false);
  t.equal(dialling.ended('c-1.1001.1'), true);
  rest.drop();
});

test('SV4 a burst of steps is saved once, with the last state; a caller who has gone is not', async (t) => {
  const bodies: unknown[] = [];
  const rest = {
    request: (request: AriRequest): Promise<AriReply> => (
      bodies.push(request.body),
      Promise.resolve({ status: 204, body: '' })
    ),
  } as unknown as RestLane;
  const saves = createSaves({ rest, log, meter, delayMs: 5 });
  for (let step = 1; step <= 9; step += 1) saves.save('c-1', 'a', () => `{"step":${step}}`);
  saves.save('c-2', 'b', () => '{}');
  saves.gone('b');
  await until(() => bodies.length > 0);
  t.strictSame(bodies, [{ variable: 'HOTLINE_STATE', value: '{"step":9}' }]);
  saves.save('c-1', 'a', () => 'last');
  await saves.flush();
  t.equal(bodies.length, 2, 'flushed at once');
});

test('TR4 talk counts when it lasts', async (t) => {
  const confirmed: string[] = [];
  const talk = createTalk({ confirmed: (_call, leg) => confirmed.push(leg), longEnoughMs: 20 });
  talk.began('c-1', 'short');
  talk.finished('c-1', 'short', 5);
  talk.began('c-1', 'gone');
  talk.gone('gone');
  talk.began('c-1', 'long');
  await until(() => confirmed.length > 0);
  t.strictSame(confirmed, ['long']);
});

const line = (
  call: string,
  from: number,
  to: number,
  more = '"Stasis","hotline,arrive,12345,x,0","engine"',
) => `"${call}","hotline-1.0","139","offer","${from}.5","${from + 1}.25","${to}.000001","ANSWERED",${more}\n`;

test('SV1 lines of one call make one record; quotes and commas of callers do no harm', (t) => {
  const lines = [
    line('c-1', 100, 110),
    line('c-1', 110, 130, '"Queue","survival-12345,tc,,,5","survival","12345","PJSIP/1001-0000002a"'),
    line('', 101, 102),
    line('c-0', 90, 95, '"Queue","survival-110,""x"",,,5","survival"'),
  ].map((text) => parseLine(text.trim()));
  t.notOk(lines.includes(null));
  t.strictSame(mergeLines(lines.flatMap((one) => one ?? [])), [
    {
      call: 'c-0',
      number: '139',
      dialled: '110',
      start: 90_500,
      answer: 91_250,
      end: 95_000,
      seat: null,
      survivedWith: null,
    },
    {
      call: 'c-1',
      number: '139',
      dialled: '12345',
      start: 100_500,
      answer: 101_250,
      end: 130_000,
      seat: '1001',
      survivedWith: '1001',
    },
  ]);
  for (const bad of ['', '"a"', 'x,y', line('../x', 1, 2).trim(), line('c-1', Number.NaN, 2).trim()])
    t.equal(parseLine(bad), null, bad);
  t.end();
});

test('F1 call records: each once, over half-written lines, rotation, a new process and a call still settling', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hotline-records-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, 'calls.csv');
  let now = 1_000_000;
  const make = () =>
    createCallRecords({ file, placeFile: join(folder, 'place'), clock: { now: () => now }, log, meter });
  const calls = async (records: ReturnType<typeof make>) => (await records.read()).map(({ call }) => call);
  let records = make();
  t.strictSame(await calls(records), [], 'no file yet');
  await writeFile(file, line('c-1', 10, 20) + line('c-2', 11, 21).slice(0, 30));
  t.strictSame(await calls(records), ['c-1']);
  await appendFile(file, line('c-2', 11, 21).slice(30) + 'nonsense\n' + line('c-3', 12, 22));
  t.strictSame(await calls(records), ['c-2', 'c-3']);
  t.strictSame(await calls(records), []);

  await appendFile(file, line('c-4', 13, 900) + line('c-5', 14, 23) + line('c-4', 900, 1000));
  t.strictSame(await calls(records), [], 'c-4 has ended this moment: its lines stay together');
  now += 5000;
  t.strictSame(await calls(records), ['c-4', 'c-5']);

  records = make();
  t.strictSame(await calls(records), ['c-4', 'c-5'], 'the last batch again: nobody said it was taken');
  t.strictSame(await calls(records), []);

  await appendFile(file, line('c-6', 15, 24));
  await rename(file, join(folder, 'calls.csv.1'));
  await writeFile(file, line('c-7', 16, 25));
  records = make();
  t.strictSame(await calls(records), ['c-6', 'c-7'], 'the tail of the rotated file first');
  await writeFile(file, '');
  await appendFile(file, line('c-8', 17, 26).slice(0, 60));
  t.strictSame(await calls(records), [], 'emptied in place');
  await appendFile(file, line('c-8', 17, 26).slice(60));
  t.strictSame(await calls(records), ['c-8']);
});
