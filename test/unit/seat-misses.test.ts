// One seat over a while: what counts misses, lost calls and wrap-ups, and what starts a count again.
// It must not go through the floor: the seat's own step is tested here.
import { test } from 'tap';
import { defaultRules } from '../../server/domain/acd/floor.ts';
import type { Seat } from '../../server/domain/acd/floor.ts';
import type { SeatInput } from '../../server/domain/seat/decide.ts';
import { decideSeat } from '../../server/domain/seat/decide.ts';
import { available } from '../../server/domain/seat/seat.ts';
import { at, columns, body, ask, ended } from './seat-columns.ts';

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

test('F21 three calls lost in a row park a seat with an alarm; a call that ends well or its person starts the count again', (t) => {
  const back: SeatInput = { type: 'phone', registered: true };
  const crash = [...offer, ended('unreachable'), back];
  const lost: SeatInput = { type: 'released', call: 'c1', talked: true, tagged: true, lost: true };
  const ready = ask({ name: 'status', body: { status: 'ready' } });
  const twice = run(columns.ready, ...crash, ...crash);
  t.ok(available(twice.seat), 'twice may be chance');
  const parked = run(twice.seat, ...crash);
  t.same([parked.seat.notResponding, available(parked.seat)], [true, false]);
  t.same(parked.facts, ['alarm.seat-unreachable', 'alarm.seat-parked']);
  t.ok(available(run(parked.seat, ready).seat));
  t.notOk(run(run(parked.seat, ready).seat, ...crash).seat.notResponding, 'and counts anew');
  const answered = run(twice.seat, ...offer, ended('accepted'), lost);
  t.same(answered.facts, ['seat.wrap-up-started', 'alarm.seat-parked'], 'lost while it talked');
  const well = run(
    twice.seat,
    ...offer,
    ended('accepted'),
    { type: 'released', call: 'c1', talked: true, tagged: true },
    ask({ name: 'wrap-up-finish', body }),
    ...crash,
  );
  t.notOk(well.seat.notResponding, 'a call that ended well');
  t.notOk(run({ ...twice.seat, unattended: true }, ...crash).seat.notResponding, 'a trunk cannot say ready');
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
