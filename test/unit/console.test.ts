// The console's pure parts: the fold over the stream, what may be pressed, words for every refusal, keys, search, figures.
// It must not open a browser: test/real/console.test.ts does.
import t from 'tap';
import { ApiClient, Refused } from '../../console/src/api/client.ts';
import { findLines, indexLines } from '../../console/src/desk/line-search.ts';
import { ownPart, pressable } from '../../console/src/desk/own-part.ts';
import { seatLook } from '../../console/src/desk/seat-look.ts';
import { messages } from '../../console/src/i18n/messages.ts';
import { refusalsEn } from '../../console/src/i18n/refusals.en.ts';
import { refusalsZh } from '../../console/src/i18n/refusals.zh.ts';
import { gradeOf } from '../../console/src/phone/quality.ts';
import { span } from '../../console/src/shell/spans.ts';
import { recordingParts } from '../../console/src/records/recording-parts.ts';
import { actionOf, keyActions, keysWith, pressOf, usualKeys } from '../../console/src/state/key-map.ts';
import { emptyFloor, fold, foldAnswer, isAlarm } from '../../console/src/stream/floor.ts';
import type { Floor } from '../../console/src/stream/floor.ts';
import { nextDeadline, ticketPresses } from '../../console/src/tickets/able.ts';
import { dayFigures } from '../../console/src/wall/day-figures.ts';
import { abandonRate, heatOf, oldestWaitMs, serviceLevel } from '../../console/src/wall/queue-figures.ts';
import { refusalCodes } from '../../server/protocol/errors.ts';
import type { Fact, StreamFrame } from '../../server/protocol/facts.ts';
import type { Volume } from '../../server/protocol/reports.ts';
import type { Ticket } from '../../server/protocol/ticket.ts';
import type { CallView, PartyView, QueueView, SeatView } from '../../server/protocol/views.ts';

const at = '2026-03-01T08:00:00.000Z';
const seat = (id: string, over: Partial<SeatView> = {}): SeatView => ({
  id,
  platform: '12345',
  group: '12345',
  remote: false,
  status: 'ready',
  state: 'idle',
  since: at,
  queues: ['12345'],
  phone: 'registered',
  notResponding: false,
  version: 1,
  ...over,
});
const party = (id: string, over: Partial<PartyView> = {}): PartyView => ({
  id,
  role: 'caller',
  state: 'up',
  held: false,
  muted: false,
  hears: [],
  ...over,
});
const call = (id: string, over: Partial<CallView> = {}): CallView => ({
  id,
  version: 1,
  platform: '12345',
  phase: 'talking',
  caller: { number: '138****0001' },
  dialled: '12345',
  parties: [party('c')],
  tickets: [],
  arrivedAt: at,
  ...over,
});
const queue = (over: Partial<QueueView> = {}): QueueView => ({
  id: '12345',
  platform: '12345',
  name: '12345综合受理',
  waiting: 0,
  oldestWaitSeconds: 0,
  seats: { signedIn: 2, ready: 1, talking: 1, wrapUp: 0 },
  calls: [],
  today: { offered: 0, answered: 0, answeredInTime: 0, abandoned: 0, shortAbandoned: 0 },
  expectedWait: null,
  ...over,
});
const fact = (sequence: number, type: string, over: Partial<Fact> = {}): Fact => ({
  sequence,
  type,
  time: at,
  call: null,
  platform: '12345',
  actor: 'system:engine',
  data: {},
  ...over,
});
const snapshot = (sequence: number, calls: CallView[] = [], seats: SeatView[] = []): StreamFrame => ({
  snapshot: { sequence, calls, seats, queues: [queue()] },
});
function folded(floor: Floor, ...frames: StreamFrame[]): Floor {
  return frames.reduce((now, frame) => {
    const next = fold(now, frame);
    if (next.kind !== 'next') throw new Error(`A frame was not taken: ${next.kind}.`);
    return next.floor;
  }, floor);
}

void t.test(
  'RC3 the fold: snapshot, facts in order, resume by sequence; a gap is said, never guessed over',
  (t) => {
    let floor = folded(emptyFloor, snapshot(10, [call('a')], [seat('1001')]));
    t.same([floor.sequence, floor.calls.size, floor.seats.size, floor.queues.size], [10, 1, 1, 1]);
    floor = folded(floor, {
      after: 10,
      fact: fact(12, 'call.tagged', { call: 'a' }),
      call: call('a', { version: 2, tag: { class: 'urgent', item: '', region: '', place: '', summary: '' } }),
    });
    t.equal(floor.sequence, 12, 'facts outside the scope leave holes that `after` explains');
    t.equal(floor.calls.get('a')?.tag?.class, 'urgent');
    t.same(fold(floor, { after: 13, fact: fact(14, 'call.held') }), { kind: 'gap' });
    t.same(fold(floor, { problem: { code: 'bad-request', message: '' } }), {
      kind: 'problem',
      code: 'bad-request',
    });
    floor = folded(floor, { after: 12, mark: { sequence: 20 } });
    t.equal(floor.sequence, 20);
    floor = folded(floor, {
      after: 20,
      changed: {
        sequence: 20,
        call: call('b'),
        seat: seat('1001', { state: 'ringing', version: 2 }),
        queue: queue({ waiting: 3 }),
      },
    });
    t.equal(floor.seats.get('1001')?.state, 'ringing', 'a view without a fact counts');
    t.equal(floor.queues.get('12345')?.waiting, 3);
    t.ok(floor.calls.has('b'));
    t.end();
  },
);

void t.test('RC3 an answer to a command is shown at once and an older frame does not undo it', (t) => {
  let floor = folded(emptyFloor, snapshot(1, [call('a')], [seat('1001')]));
  floor = foldAnswer(floor, { call: call('a', { version: 5, phase: 'transferring' }) });
  floor = folded(floor, {
    after: 1,
    fact: fact(2, 'call.held', { call: 'a' }),
    call: call('a', { version: 4 }),
  });
  t.equal(floor.calls.get('a')?.phase, 'transferring');
  t.end();
});

void t.test(
  'RC3 WR1 ended calls leave the list and stay at hand; one that vanished while away is ended too',
  (t) => {
    let floor = folded(emptyFloor, snapshot(1, [call('a'), call('b')]));
    floor = folded(floor, {
      after: 1,
      fact: fact(2, 'call.ended', { call: 'a' }),
      call: call('a', { version: 2, phase: 'ended' }),
    });
    t.notOk(floor.calls.has('a'));
    t.ok(floor.ended.has('a'));
    floor = folded(floor, {
      after: 2,
      fact: fact(3, 'call.tagged', { call: 'a' }),
      call: call('a', { version: 1 }),
    });
    t.notOk(floor.calls.has('a'), 'a late view does not bring it back');
    floor = folded(floor, snapshot(9));
    t.equal(floor.ended.get('b')?.phase, 'ended');
    t.end();
  },
);

void t.test('RC3 the memory is bounded: facts, alarms, ended calls', (t) => {
  let floor = folded(emptyFloor, snapshot(0));
  for (let n = 1; n <= 1000; n += 1)
    floor = folded(floor, {
      after: n - 1,
      fact: fact(n, n % 2 ? 'alarm.media-fault' : 'call.ended', { call: `c${n}` }),
      call: call(`c${n}`, { phase: 'ended' }),
    });
  t.same([floor.facts.length, floor.alarms.length, floor.ended.size], [400, 100, 60]);
  t.equal(floor.facts.at(-1)?.sequence, 1000);
  t.end();
});

void t.test('RC3 5,000 changes over 500 seats and 200 calls fold in well under their time', (t) => {
  const seats = Array.from({ length: 500 }, (_, n) => seat(String(n)));
  const calls = Array.from({ length: 200 }, (_, n) => call(`c${n}`));
  let floor = folded(emptyFloor, { snapshot: { sequence: 0, calls, seats, queues: [queue()] } });
  const began = performance.now();
  for (let n = 1; n <= 5000; n += 1)
    floor = folded(floor, {
      after: n - 1,
      fact: fact(n, 'call.held', { call: `c${n % 200}` }),
      call: call(`c${n % 200}`, { version: n }),
      seat: seat(String(n % 500), { version: n }),
    });
  const each = (performance.now() - began) / 5000;
  t.comment(`${(each * 1000).toFixed(0)} µs a change; 20 a second is ${(each * 2).toFixed(2)} % of a core`);
  t.equal(floor.sequence, 5000);
  t.end();
});

void t.test('RC3 every refusal has words in both languages, and says more than its code', (t) => {
  const codes = [...refusalCodes, 'unreachable', 'cut-short', 'unknown'].sort();
  t.same(Object.keys(refusalsZh).sort(), codes);
  t.same(Object.keys(refusalsEn).sort(), codes);
  for (const [code, text] of [...Object.entries(refusalsZh), ...Object.entries(refusalsEn)])
    t.ok(text.length > 5 && !text.includes(code), code);
  t.end();
});

void t.test(
  'R18 R19 both languages have the same keys, and the class definitions are the plan’s own',
  (t) => {
    const keysOf = (value: object, path = ''): string[] =>
      Object.entries(value).flatMap(([key, inner]) =>
        typeof inner === 'object' && inner !== null
          ? keysOf(inner as object, `${path}${key}.`)
          : [`${path}${key}`],
      );
    t.same(keysOf(messages.en).sort(), keysOf(messages['zh-CN']).sort());
    t.match(
      messages['zh-CN'].plan['12345'].major,
      /^影响人身生命财产安全、公共安全、社会稳定的重大安全事故/u,
    );
    t.match(messages['zh-CN'].plan['110'].urgent, /^正在发生且不属于公安机关管辖/u);
    t.end();
  },
);

void t.test('TW4 TR8 what may be pressed follows the state alone', (t) => {
  const own = (over: Partial<PartyView> = {}) =>
    party('s', { role: 'owner', seat: '1001', hears: ['c'], ...over });
  const able = (view: CallView) => [...pressable(view, ownPart(view, '1001'))].sort();
  t.same(able(call('a', { phase: 'offering', parties: [party('c'), own({ state: 'ringing' })] })), [
    'answer',
    'reject',
  ]);
  t.same(able(call('a', { parties: [party('c'), own()] })), [
    'guide',
    'hangUp',
    'hold',
    'mute',
    'tag',
    'threeWay',
    'transfer',
  ]);
  t.same(able(call('a', { phase: 'transferring', parties: [party('c'), own()] })), [
    'cancel',
    'guide',
    'merge',
    'mute',
    'tag',
  ]);
  const third = party('p', { role: 'consulted', seat: '3001', hears: ['s'] });
  const three = call('a', { phase: 'three-way', parties: [party('c'), own({ hears: ['c', 'p'] }), third] });
  t.same(able(three), ['consult', 'guide', 'hangUp', 'hold', 'leave', 'mute', 'outcome', 'tag', 'threeWay']);
  t.notOk(ownPart(three, '1001').consulting);
  t.ok(ownPart({ ...three, parties: [party('c'), own({ hears: ['p'] }), third] }, '1001').consulting, 'TW3');
  t.same(able(call('a', { phase: 'ended', parties: [] })), ['tag'], 'WR1: an ended call can still be tagged');
  t.same([...pressable(null, ownPart(null, '1001'))], []);
  t.end();
});

void t.test(
  'OF4 OF5 a seat is one word: state before status, and what keeps it from calls before ready',
  (t) => {
    t.equal(seatLook(seat('1')).word, 'ready');
    t.equal(seatLook(seat('1', { state: 'talking' })).word, 'talking');
    t.equal(seatLook(seat('1', { notResponding: true })).word, 'notResponding');
    t.equal(seatLook(seat('1', { phone: 'unreachable' })).word, 'lost');
    t.equal(seatLook(seat('1', { status: 'break', phone: 'none' })).word, 'break');
    t.equal(seatLook(seat('2901', { remote: true, phone: 'none' })).word, 'standby');
    t.equal(seatLook(seat('1', { status: 'offline', state: 'idle' })).word, 'offline');
    t.end();
  },
);

void t.test('R1 lines are found by number, name, pinyin and its initials', (t) => {
  const line = (id: string, name: string) => ({ id, name, kind: 'trunk' as const, available: true });
  const index = indexLines([
    line('119', '消防救援119'),
    line('water', '供水服务'),
    line('power', '供电服务95598'),
    line('12348', '公共法律服务12348'),
  ]);
  const found = (text: string) => findLines(index, text).map(({ id }) => id);
  t.same(found('xiaofang'), ['119']);
  t.same(found('XFJY'), ['119']);
  t.same(found('供'), ['water', 'power']);
  t.same(found('gs'), ['water']);
  t.same(found('955'), ['power']);
  t.same(found(' 法律 '), ['12348']);
  t.equal(found('').length, 4);
  t.same(found('没有'), []);
  t.end();
});

void t.test('RC3 keys: shown, changeable, never two actions on one, letters by position', (t) => {
  t.equal(new Set(Object.values(usualKeys)).size, keyActions.length);
  const press = (key: string, code: string, over = {}) =>
    pressOf({ key, code, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false, ...over });
  t.equal(press('F2', 'F2'), 'F2');
  t.equal(press('®', 'KeyR', { ctrlKey: true, altKey: true }), 'Ctrl+Alt+R');
  t.equal(press('Control', 'ControlLeft', { ctrlKey: true }), null);
  t.equal(actionOf(keysWith({ mute: 'F7' }), 'F7'), 'mute');
  t.equal(actionOf(keysWith({ mute: 'F7' }), 'F9'), null);
  t.end();
});

void t.test('R14 figures: service level, abandons, the oldest wait counting on, heat', (t) => {
  const now = Date.parse(at) + 20_000;
  const busy = queue({
    waiting: 1,
    calls: [{ call: 'a', place: 1, since: at }],
    today: { offered: 10, answered: 8, answeredInTime: 7, abandoned: 2, shortAbandoned: 0 },
  });
  t.same([serviceLevel(busy), abandonRate(busy), oldestWaitMs(busy, now)], [70, 20, 20_000]);
  t.equal(serviceLevel(queue()), null);
  t.same([heatOf(queue(), now), heatOf(busy, now), heatOf(busy, now + 60_000)], ['calm', 'warm', 'hot']);
  t.equal(heatOf({ ...busy, platform: '110' }, Date.parse(at) + 11_000), 'warm', '110 has ten seconds');
  const quarter = { at, offered: 4, answered: 3, answeredInTime: 2, abandoned: 1, borrowed: 1 };
  const day: Volume = {
    from: '2026-03-01T00:00:00.000Z',
    quarters: [quarter],
    usual: { days: 2, quarters: [{ ...quarter, offered: 3.26 }] },
  };
  const volume = dayFigures(day, 'volume', Date.parse(at) + 60_000);
  t.equal(volume.times.length, 8, 'at least two hours');
  t.same(
    volume.series.map(({ name, values, line }) => [name, values.at(-1), line]),
    [
      ['wall.offered', 4, false],
      ['wall.abandoned', 1, false],
      ['wall.usual', 3.3, true],
    ],
  );
  t.equal(dayFigures(day, 'service', Date.parse(at)).series[0]?.values.at(-1), 50);
  t.same(dayFigures(day, 'service', Date.parse(at)).series[0]?.values[0], null, 'no call is no share');
  const young = { ...day, usual: { days: 0, quarters: [] } };
  t.equal(dayFigures(young, 'overflow', Date.parse(at)).series.length, 1, 'nothing to compare with is said');
  t.same([span(65_000), span(3_725_000), span(-5)], ['1:05', '1:02:05', '0:00']);
  t.same(
    [gradeOf, gradeOf, gradeOf].map((grade, n) =>
      grade({
        loss: n * 3,
        jitterMs: 5,
        roundTripMs: null,
        codec: 'PCMA',
        packetsIn: 1,
        packetsOut: 1,
        silentMs: 0,
      }),
    ),
    ['good', 'fair', 'poor'],
  );
  t.end();
});

void t.test(
  'TR1 one press is one key, also when the network makes us ask again; refusals come as values',
  async (t) => {
    const keys: (string | null)[] = [];
    let answers: (() => Promise<Response>)[] = [];
    let over = 0;
    const api = new ApiClient({
      token: () => 'token',
      onUnauthenticated: () => (over += 1),
      fetch: (_input, init) => {
        keys.push(new Headers(init?.headers).get('idempotency-key'));
        return (answers.shift() ?? (() => Promise.reject(new TypeError('network'))))();
      },
    });
    answers = [
      () => Promise.reject(new TypeError('network')),
      () => Promise.resolve(Response.json({ id: 'a' }, { status: 202 })),
    ];
    t.same(await api.command('POST', '/v1/calls/a/hold', { party: 'caller' }), { id: 'a' });
    t.equal(keys.length, 2);
    t.ok(keys[0]);
    t.equal(keys[0], keys[1]);
    answers = [
      () =>
        Promise.resolve(
          Response.json(
            { code: 'transfer-loop', message: 'm', state: { phase: 'talking' } },
            { status: 409 },
          ),
        ),
    ];
    const refused = await api
      .command('POST', '/v1/calls/a/transfer', {})
      .catch((failure: unknown) => failure);
    t.ok(refused instanceof Refused);
    t.match(refused, { code: 'transfer-loop', status: 409, state: { phase: 'talking' } });
    t.not(keys[2], keys[1], 'another press is another key');
    await t.rejects(api.get('/v1/lines'), { code: 'unreachable' });
    answers = [
      () => Promise.resolve(Response.json({ code: 'unauthenticated', message: 'm' }, { status: 401 })),
    ];
    await t.rejects(api.get('/v1/lines'), { code: 'unauthenticated' });
    t.equal(over, 1);
    answers = [() => Promise.resolve(new Response('<html>', { status: 502 }))];
    await t.rejects(api.get('/v1/lines'), { code: 'unknown', status: 502 });
  },
);

void t.test('R26 the parts of a recording are what its facts say, counted as the server counts them', (t) => {
  const said = (type: string, file: string, data: Record<string, unknown> = {}) =>
    fact(1, type, { data: { file, ...data } });
  const parts = recordingParts([
    said('recording.started', 'a'),
    said('alarm.recording-missing', 'a'),
    said('recording.started', 'b'),
    said('recording.paused', 'b', { reason: 'card' }),
    said('recording.resumed', 'b', { pausedMs: 1500 }),
    said('recording.finished', 'b', { sha256: 'ff', seconds: 61 }),
    said('recording.started', 'c'),
  ]);
  t.match(parts, [
    { state: 'missing', part: null },
    { state: 'finished', part: 1, sha256: 'ff', lengthMs: 61_000, pausedMs: 1500 },
    { state: 'open', part: null },
  ]);
  t.end();
});

void t.test(
  'R9 R23 TK12 tickets that wait for somebody are among the alarms, what merely happens to them is not',
  (t) => {
    for (const type of ['unacknowledged', 'deadline-near', 'deadline-missed', 'duty-uncovered', 'escalated'])
      t.ok(isAlarm(`ticket.${type}`), type);
    for (const type of ['opened', 'accepted', 'closed']) t.notOk(isAlarm(`ticket.${type}`), type);
    t.end();
  },
);

void t.test('R9 R11 a ticket offers the steps its state and the person allow, and no others', (t) => {
  const ticket = (change: Partial<Ticket>) =>
    ({
      state: 'new',
      platform: '12345',
      emergency: false,
      links: [],
      disputes: [],
      deadlines: [],
      ...change,
    }) as unknown as Ticket;
  t.same(ticketPresses(ticket({}), '12345', 'supervisor'), [
    'accept',
    'handover',
    'escalate',
    'dispute',
    'conceal',
  ]);
  t.same(ticketPresses(ticket({}), '110', 'supervisor'), ['escalate', 'dispute'], "another platform's");
  t.same(ticketPresses(ticket({ state: 'closed' }), '12345', 'supervisor'), []);
  t.same(ticketPresses(ticket({}), '12345', 'auditor'), []);
  const emergency = ticket({ state: 'signed', emergency: true, unit: 'u' });
  t.notOk(ticketPresses(emergency, '12345', 'seat').includes('feedback'), 'on site first');
  const at = (name: string, time: string, metAt?: string) => ({
    name,
    at: time,
    ...(metAt ? { metAt } : {}),
  });
  const owed = ticket({
    deadlines: [
      at('close', '2026-11-03T00:00:00Z'),
      at('accept', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z'),
      at('sign', '2026-11-02T00:00:00Z'),
    ] as Ticket['deadlines'],
  });
  t.equal(nextDeadline(owed)?.name, 'sign');
  t.end();
});
