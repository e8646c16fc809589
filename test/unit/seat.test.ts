// One seat, every state × every input: a table anyone can read.
// It must not go through the floor: the seat's own step is tested here.
import { test } from 'tap';
import { defaultRules } from '../../server/domain/acd/floor.ts';
import type { Seat } from '../../server/domain/acd/floor.ts';
import type { SeatInput } from '../../server/domain/seat/decide.ts';
import { decideSeat } from '../../server/domain/seat/decide.ts';
import { available } from '../../server/domain/seat/seat.ts';
import { at, columns, body, ask, ended } from './seat-columns.ts';

type Column = keyof typeof columns;

const order = Object.keys(columns) as Column[];

const force = (action: 'release' | 'ready' | 'break' | 'sign-out'): SeatInput =>
  ask({ name: 'force', body: { action, reason: 'shift' } });

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
