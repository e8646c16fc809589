// The Asterisk adapter without Asterisk: its border on recorded events, and its lanes.
// It must not open a socket.
import { readFile } from 'node:fs/promises';
import { test } from 'tap';
import { lost, unanswered, type AriRequest } from '../../server/adapters/ari/access.ts';
import { decode, type AriEvent } from '../../server/adapters/ari/decode.ts';
import { stepsOf } from '../../server/adapters/ari/orders.ts';
import { translate } from '../../server/adapters/ari/translate.ts';
import { settle, lane } from './ari-lane.ts';

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

test('SV2 a dead-man is disarmed by a time far away: zero, read at the wrong moment, hangs up', (t) => {
  const value = (seconds: number) =>
    stepsOf({ type: 'dead-man', leg: 'a', seconds })[0]?.request.query?.['value'];
  t.equal(value(19.2), '20');
  t.ok(Number(value(0)) > 86_400, 'and beyond the day that the dialplan (leg-gone) takes for armed');
  t.end();
});

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
