// One seat, every state × every input: a table anyone can read, and the sequences that count misses and wrap-ups.
// It must not go through the floor: the seat's own step is tested here.
import { test } from 'tap';
import { defaultRules, newSeat } from '../../server/domain/acd/floor.ts';
import type { Seat } from '../../server/domain/acd/floor.ts';
import type { SeatInput } from '../../server/domain/seat/decide.ts';
import { decideSeat } from '../../server/domain/seat/decide.ts';
import { available } from '../../server/domain/seat/seat.ts';

const actor = { user: 'zhang', role: 'seat', platform: '12345', seat: '1001' } as const;
const at = 1_000_000;
const blank = newSeat(
  {
    id: '1001',
    platform: '12345',
    group: 'local',
    remote: false,
    endpoint: 'PJSIP/1001',
    queues: ['q12345'],
  },
  0,
);
const made = (change: Partial<Seat>): Seat => ({ ...blank, phone: 'registered', status: 'ready', ...change });
const wrapUp = { state: 'wrap-up', call: 'c1', wrapUpUntil: at } as const;

const columns = {
  offline: made({ status: 'offline' }),
  break: made({ status: 'break' }),
  ready: made({}),
  reserved: made({ state: 'reserved', call: 'c1', request: 'r1' }),
  ringing: made({ state: 'ringing', call: 'c1', request: 'r1' }),
  talking: made({ state: 'talking', call: 'c1' }),
  owing: made({ ...wrapUp, owesTag: true }),
  clear: made(wrapUp),
};
type Column = keyof typeof columns;
const order = Object.keys(columns) as Column[];

const body = {};
const ask = (command: Extract<SeatInput, { type: 'command' }>['command']): SeatInput => ({
  type: 'command',
  actor,
  command,
});
const force = (action: 'release' | 'ready' | 'break' | 'sign-out'): SeatInput =>
  ask({ name: 'force', body: { action, reason: 'shift' } });
const ended = (result: Extract<SeatInput, { type: 'ended' }>['result'], request = 'r1'): SeatInput => ({
  type: 'ended',
  request,
  result,
});

const all = (cell: string): string[] => order.map(() => cell);
const nobody = '!not-signed-in';
const isIn = '!already-signed-in';
/** `=`: the same object comes back. `!code`: refused. Otherwise status, state and whatever stands out. */
const table: [string, SeatInput, string[]][] = [
  // input, then: offline, break, ready, reserved, ringing, talking, owing, clear
  [
    'sign-in',
    ask({ name: 'sign-in', body: { phone: 'desk' } }),
    ['break idle', isIn, isIn, isIn, isIn, isIn, isIn, isIn],
  ],
  [
    'sign-out',
    ask({ name: 'sign-out', body }),
    [
      nobody,
      'offline idle',
      'offline idle',
      '!seat-busy',
      '!seat-busy',
      '!seat-busy',
      '!tag-required',
      'offline idle',
    ],
  ],
  [
    'ready',
    ask({ name: 'status', body: { status: 'ready' } }),
    [nobody, 'ready idle', '=', '=', '=', '=', '!tag-required', 'ready idle'],
  ],
  [
    'break',
    ask({ name: 'status', body: { status: 'break' } }),
    [
      nobody,
      '=',
      'break idle',
      'ready reserved next=break',
      'ready ringing next=break',
      'ready talking next=break',
      'ready wrap-up owes next=break',
      'break idle',
    ],
  ],
  [
    'help',
    ask({ name: 'help', body }),
    [
      nobody,
      'break idle help',
      'ready idle help',
      'ready reserved help',
      'ready ringing help',
      'ready talking help',
      'ready wrap-up owes help',
      'ready wrap-up help',
    ],
  ],
  [
    'finish',
    ask({ name: 'wrap-up-finish', body }),
    [nobody, ...order.slice(1, 6).map(() => '!not-in-wrap-up'), '!tag-required', 'ready idle'],
  ],
  [
    'extend',
    ask({ name: 'wrap-up-extend', body }),
    [nobody, ...order.slice(1, 6).map(() => '!not-in-wrap-up'), 'ready wrap-up owes', 'ready wrap-up'],
  ],
  [
    'force release',
    force('release'),
    [
      nobody,
      '!already-so',
      '!already-so',
      'ready reserved',
      'ready ringing',
      'ready talking',
      'ready idle',
      'ready idle',
    ],
  ],
  [
    'force ready',
    force('ready'),
    [
      nobody,
      'ready idle',
      'ready idle',
      'ready reserved',
      'ready ringing',
      'ready talking',
      'ready idle',
      'ready idle',
    ],
  ],
  [
    'force break',
    force('break'),
    [
      nobody,
      'break idle',
      'break idle',
      'ready reserved next=break',
      'ready ringing next=break',
      'ready talking next=break',
      'break idle',
      'break idle',
    ],
  ],
  [
    'force sign-out',
    force('sign-out'),
    [
      nobody,
      'offline idle',
      'offline idle',
      'ready reserved next=offline',
      'ready ringing next=offline',
      'ready talking next=offline',
      'offline idle',
      'offline idle',
    ],
  ],
  [
    'reserve',
    { type: 'reserve', call: 'c9', request: 'r9' },
    ['=', '=', 'ready reserved', '=', '=', '=', '=', '='],
  ],
  ['rings', { type: 'ringing', request: 'r1' }, ['=', '=', '=', 'ready ringing', '=', '=', '=', '=']],
  ['rings for another', { type: 'ringing', request: 'r0' }, all('=')],
  ['accepted', ended('accepted'), ['=', '=', '=', 'ready talking', 'ready talking', '=', '=', '=']],
  [
    'timed out',
    ended('timed-out'),
    ['=', '=', '=', 'ready idle cooling misses=1', 'ready idle cooling misses=1', '=', '=', '='],
  ],
  ['rejected', ended('rejected'), ['=', '=', '=', 'ready idle cooling', 'ready idle cooling', '=', '=', '=']],
  ['busy', ended('busy'), ['=', '=', '=', 'ready idle cooling', 'ready idle cooling', '=', '=', '=']],
  [
    'unreachable',
    ended('unreachable'),
    ['=', '=', '=', 'ready idle unreachable', 'ready idle unreachable', '=', '=', '='],
  ],
  ['cancelled', ended('cancelled'), ['=', '=', '=', 'ready idle', 'ready idle', '=', '=', '=']],
  ...(['accepted', 'timed-out', 'rejected', 'busy', 'unreachable', 'cancelled'] as const).map(
    (result): [string, SeatInput, string[]] => [
      `${result}, of another request`,
      ended(result, 'r0'),
      all('='),
    ],
  ),
  [
    'released, talked',
    { type: 'released', call: 'c1', talked: true, tagged: false },
    ['=', '=', '=', 'ready wrap-up owes', 'ready wrap-up owes', 'ready wrap-up owes', '=', '='],
  ],
  [
    'released, tagged',
    { type: 'released', call: 'c1', talked: true, tagged: true },
    ['=', '=', '=', 'ready wrap-up', 'ready wrap-up', 'ready wrap-up', '=', '='],
  ],
  [
    'released, never talked',
    { type: 'released', call: 'c1', talked: false, tagged: false },
    ['=', '=', '=', 'ready idle', 'ready idle', 'ready idle', '=', '='],
  ],
  ['released from another call', { type: 'released', call: 'c0', talked: true, tagged: false }, all('=')],
  [
    'adopted talking',
    { type: 'adopted', call: 'c9', state: 'talking', request: null },
    [
      'offline talking',
      'break talking',
      'ready talking',
      'ready talking',
      'ready talking',
      '=',
      'ready talking',
      'ready talking',
    ],
  ],
  [
    'adopted ringing',
    { type: 'adopted', call: 'c9', state: 'ringing', request: 'r9' },
    [
      'offline ringing',
      'break ringing',
      'ready ringing',
      'ready ringing',
      'ready ringing',
      '=',
      'ready ringing',
      'ready ringing',
    ],
  ],
  ['tagged', { type: 'tagged', call: 'c1' }, ['=', '=', '=', '=', '=', '=', 'ready wrap-up', '=']],
  ['tagged another call', { type: 'tagged', call: 'c0' }, all('=')],
  ['phone registers', { type: 'phone', registered: true }, all('=')],
  [
    'phone vanishes',
    { type: 'phone', registered: false },
    [
      'offline idle none',
      'break idle none',
      'ready idle none',
      'ready reserved none',
      'ready ringing none',
      'ready talking none',
      'ready wrap-up owes none',
      'ready wrap-up none',
    ],
  ],
  ['cool-down over, none running', { type: 'cool-down-over' }, all('=')],
  ['wrap-up over', { type: 'wrap-up-over' }, ['=', '=', '=', '=', '=', '=', 'ready idle', 'ready idle']],
  ['offer overdue', { type: 'offer-overdue' }, ['=', '=', '=', 'ready idle', 'ready idle', '=', '=', '=']],
];

const say = (seat: Seat): string =>
  [
    seat.status,
    seat.state,
    seat.owesTag && 'owes',
    seat.coolDownUntil !== null && 'cooling',
    seat.misses > 0 && `misses=${seat.misses}`,
    seat.notResponding && 'not-responding',
    seat.helpAsked && 'help',
    seat.phone !== 'registered' && seat.phone,
    seat.next && `next=${seat.next.status}`,
  ]
    .filter(Boolean)
    .join(' ');

test('OF1 OF4 OF5 WR1 every state of a seat under every input', (t) => {
  const cell = (seat: Seat, input: SeatInput): string => {
    const answer = decideSeat(seat, input, at, defaultRules);
    if (!answer.ok) return `!${answer.code}`;
    if (answer.state === seat) return answer.facts.length === 0 ? '=' : 'facts without a change';
    t.equal(answer.state.version, seat.version + 1, 'one more version');
    if (answer.state.state === 'idle') t.equal(answer.state.call, null, 'idle means no call');
    if (available(answer.state)) t.equal(answer.state.owesTag, false);
    return say(answer.state);
  };
  for (const [name, input, cells] of table)
    t.same(
      Object.fromEntries(order.map((column) => [column, cell(columns[column], input)])),
      Object.fromEntries(order.map((column, n) => [column, cells[n]])),
      name,
    );
  t.end();
});

/** Runs inputs one after another, a second apart; throws on a refusal. */
function run(seat: Seat, ...inputs: SeatInput[]): { seat: Seat; facts: string[]; timers: string[] } {
  const facts: string[] = [];
  const timers: string[] = [];
  let now = at;
  for (const input of inputs) {
    const answer = decideSeat(seat, input, (now += 1000), defaultRules);
    if (!answer.ok) throw new Error(answer.code);
    seat = answer.state;
    facts.push(...answer.facts.map(({ type }) => type));
    for (const effect of answer.effects)
      timers.push(effect.type === 'timer-start' ? `${effect.name}+${effect.at - now}` : `-${effect.name}`);
  }
  return { seat, facts, timers };
}
const offer: SeatInput[] = [
  { type: 'reserve', call: 'c1', request: 'r1' },
  { type: 'ringing', request: 'r1' },
];
const miss: SeatInput[] = [...offer, ended('timed-out')];
const cooled: SeatInput = { type: 'cool-down-over' };
const later = (seat: Seat): Seat => ({ ...seat, coolDownUntil: seat.coolDownUntil === null ? null : at });

test('OF4 first miss cools down, second in a row is not responding; any answer, status change or sign-in resets', (t) => {
  const once = run(columns.ready, ...miss);
  t.equal(once.seat.misses, 1);
  t.same(once.timers.at(-1), 'cool-down:1001+10000', '10 s');
  t.same(once.facts, ['seat.missed']);
  t.notOk(available(once.seat));
  t.equal(once.seat.idleSince, columns.ready.idleSince, 'a missed offer is not a call: idle time kept');
  const early = decideSeat(once.seat, cooled, at, defaultRules);
  t.ok(
    early.ok && early.effects.length === 1 && early.state === once.seat,
    'a timer come early is set again',
  );
  const back = run(later(once.seat), cooled);
  t.ok(available(back.seat));
  const twice = run(back.seat, ...miss);
  t.ok(twice.seat.notResponding && !available(twice.seat));
  t.same(twice.facts, ['seat.missed', 'seat.not-responding']);
  t.equal(
    run(twice.seat, { type: 'phone', registered: false }, { type: 'phone', registered: true }).seat
      .notResponding,
    true,
    'a phone that comes back is not the person acting',
  );

  const ready = ask({ name: 'status', body: { status: 'ready' } });
  const acted = run(twice.seat, ready);
  t.ok(available(acted.seat) && acted.seat.misses === 0);
  t.ok(acted.seat.idleSince > at, 'and stands at the end of the idle');
  const answered = run(
    back.seat,
    ...offer,
    ended('accepted'),
    { type: 'released', call: 'c1', talked: false, tagged: true },
    ...miss,
  );
  t.equal(answered.seat.misses, 1, 'an answer between two misses starts the count again');
  const paused = run(back.seat, ask({ name: 'status', body: { status: 'break' } }), ready, ...miss);
  t.equal(paused.seat.misses, 1, 'so does a break');
  const returned = run(
    twice.seat,
    ask({ name: 'sign-out', body }),
    ask({ name: 'sign-in', body: { phone: 'desk' } }),
    ready,
    ...miss,
  );
  t.equal(returned.seat.misses, 1, 'and a sign-in');
  const rejects = run(columns.ready, ...offer, ended('rejected'));
  t.equal(run(later(rejects.seat), cooled, ...miss).seat.misses, 1, 'a reject is no miss');
  t.end();
});

test('OF5 an unreachable phone takes the seat out with an alarm until it registers or the person says ready', (t) => {
  const out = run(columns.ready, ...offer, ended('unreachable'));
  t.same(out.facts, ['alarm.seat-unreachable']);
  t.notOk(available(out.seat));
  t.ok(available(run(out.seat, { type: 'phone', registered: true }).seat));
  t.ok(available(run(out.seat, ask({ name: 'status', body: { status: 'ready' } })).seat));
  t.end();
});

test('WR1 wrap-up: tag owed, one extension, then untagged and ready', (t) => {
  const talked: SeatInput = { type: 'released', call: 'c1', talked: true, tagged: false };
  const up = run(columns.talking, talked);
  t.equal(up.seat.wrapUpUntil, at + 61_000);
  t.same(up.timers, ['wrap-up:1001+60000']);
  const longer = run(up.seat, ask({ name: 'wrap-up-extend', body }));
  t.equal(longer.seat.wrapUpUntil, at + 121_000);
  t.same(decideSeat(longer.seat, ask({ name: 'wrap-up-extend', body }), at, defaultRules), {
    ok: false,
    code: 'already-so',
  });
  const overtaken = decideSeat(longer.seat, { type: 'wrap-up-over' }, at + 61_000, defaultRules);
  t.ok(overtaken.ok && overtaken.state === longer.seat, 'the first deadline, come late, ends nothing');
  const over = decideSeat(longer.seat, { type: 'wrap-up-over' }, at + 121_000, defaultRules);
  t.ok(over.ok && available(over.state) && over.state.idleSince === at + 121_000);
  t.same(over.ok && over.facts.map(({ type, data }) => [type, data['call']]), [
    ['call.left-untagged', 'c1'],
    ['seat.wrap-up-ended', 'c1'],
  ]);
  const tagged = run(up.seat, { type: 'tagged', call: 'c1' }, ask({ name: 'wrap-up-finish', body }));
  t.same(tagged.facts, ['seat.wrap-up-ended']);
  t.ok(available(tagged.seat));
  const booked = run(
    columns.talking,
    ask({ name: 'status', body: { status: 'break', reason: 'lunch' } }),
    talked,
    { type: 'tagged', call: 'c1' },
    ask({ name: 'wrap-up-finish', body }),
  );
  t.match(booked.seat, { status: 'break', reason: 'lunch', state: 'idle', next: null });
  t.same(booked.facts, ['seat.wrap-up-started', 'seat.wrap-up-ended', 'seat.on-break']);
  const moved = run(up.seat, { type: 'adopted', call: 'c2', state: 'talking', request: null });
  t.same(moved.facts, ['call.left-untagged'], 'a new call out of a wrap-up leaves the old one on the list');
  t.end();
});
