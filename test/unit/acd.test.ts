// The floor's offers: made, missed, given up, repeated, borrowed and given back, by rule.
// It must not test the order of callers (acd-order.test.ts).
import { test } from 'tap';
import { queueRules, Desk, one, two } from './acd-desk.ts';
import type { Request } from './acd-desk.ts';

test('OF4 OF5 OF6 a failed offer goes to the next seat at once, place and first arrival kept', (t) => {
  const desk = new Desk(two);
  t.same(desk.ask('r1'), ['r1>1001'], 'longest idle');
  t.same(desk.ask('r2'), ['r2>1002']);
  desk.pass(1000);
  t.same(desk.ask('r3'), ['r3#1']);
  t.same(desk.ends('r2', '1002', 'rejected'), ['r2#1', 'r3#2'], 'ahead of the later one');
  t.same(desk.ends('r2', '1002', 'rejected'), ['repeated'], 'told twice, done once');
  t.same(desk.ends('r1', '1001', 'timed-out'), ['r1#1', 'r2#2', 'r3#3']);
  t.same(desk.pass(5000), ['r1>1002', 'r2#1', 'r3#2'], 'the reject is slept off after 5 s');
  t.same(desk.pass(5000), ['r2>1001', 'r3#1'], 'the miss after 10 s');
  t.equal(desk.floor.seat('1001')?.misses, 1);
  desk.ends('r2', '1001', 'timed-out');
  t.equal(desk.floor.seat('1001')?.notResponding, true);
  t.same(desk.pass(40_000), [], 'nothing is offered to it any more');
  t.end();
});

test('OF5 the seat that failed a call is offered it again only when no other is free', (t) => {
  const desk = new Desk(two);
  desk.ask('r1');
  desk.ends('r1', '1001', 'rejected');
  t.same(desk.said, ['r1>1001', 'r1>1002']);
  desk.pass(6000);
  t.same(desk.ends('r1', '1002', 'rejected'), ['r1>1001'], 'nobody else');
  desk.pass(6000);
  desk.step({ type: 'phone', seat: '1003', registered: true });
  t.same(desk.ends('r1', '1001', 'busy'), ['r1>1002']);
  t.end();
});

test('OF1 OF8 messages twice, late or in another order change nothing', (t) => {
  const desk = new Desk(two);
  desk.ask('r1');
  t.same(desk.ask('r1'), ['repeated']);
  t.same(desk.withdraw('r1', 'answered'), []);
  t.equal(desk.floor.seat('1001')?.state, 'reserved', 'a withdrawal frees the request alone');
  t.same(desk.ends('r1', '1001', 'accepted'), []);
  t.equal(desk.floor.seat('1001')?.state, 'talking', 'answered told before accepted');
  t.same(desk.withdraw('r1', 'answered'), ['repeated']);
  t.same(desk.ends('r1', '1001', 'accepted'), ['repeated']);
  t.same(desk.ask('r1'), ['repeated'], 'an ended request does not come back');
  t.equal(desk.floor.seat('1002')?.state, 'idle');

  desk.ask('r2');
  t.same(
    desk.ends('r2', '1002', 'cancelled'),
    [],
    'a cancelled offer is not made again before its withdrawal can come',
  );
  t.same(desk.withdraw('r2', 'cancelled'), []);
  t.match(desk.floor.seat('1002'), { state: 'idle', idleSince: 1 }, 'idle time kept');
  t.same(desk.pass(5000), []);
  desk.ask('r3');
  desk.ends('r3', '1002', 'cancelled');
  t.same(desk.pass(1000), ['r3>1002'], 'and a caller whose withdrawal never comes is not lost');

  desk.withdraw('r3', 'abandoned');
  t.same(desk.pass(1000), []);
  t.equal(
    desk.floor.seat('1002')?.state,
    'idle',
    'CL5: an offer nobody ends is freed within 1 s of its withdrawal',
  );
  t.notOk(desk.facts.some((fact) => fact.startsWith('alarm')));
  t.end();
});

test('CL3 an offer whose end is never told is given up with an alarm, its caller offered on', (t) => {
  const desk = new Desk(two);
  desk.ask('r1');
  t.same(desk.pass(60_000), ['r1>1002']);
  t.same(desk.facts, ['alarm.offer-stuck']);
  t.equal(desk.floor.seat('1001')?.state, 'idle');
  t.same(desk.ends('r1', '1001', 'timed-out'), ['repeated'], 'its late end is nobody’s');
  desk.ends('r1', '1002', 'accepted');
  desk.step({ type: 'call-gone', call: 'call-r1' });
  t.equal(desk.floor.seat('1002')?.state, 'wrap-up', 'a call that vanished frees its seat');
  desk.ask('r2');
  desk.step({ type: 'call-gone', call: 'call-r2' });
  t.equal(desk.floor.seat('1001')?.state, 'idle');
  t.end();
});

test('TR2 a wanted seat is offered if available, else the call is told at once', (t) => {
  const desk = new Desk(one);
  t.same(desk.ask('r1', { wanted: { seat: '1001' } }), ['r1>1001']);
  t.same(desk.ask('r2', { wanted: { seat: '1001' } }), ['r2!seat-unavailable']);
  t.same(desk.ask('r3', { wanted: { seat: '9' } }), ['r3!seat-unavailable']);
  t.same(desk.ask('r4', { wanted: { queue: 'nowhere' } }), ['r4!no-such-queue']);
  t.same(desk.ends('r1', '1001', 'rejected'), ['r1!seat-unavailable']);
  t.end();
});

test('SV4 after a restart nothing is offered until every call is adopted', (t) => {
  const desk = new Desk(
    [
      { id: '1001', state: 'talking', call: 'old' },
      { id: '1002' },
      { id: '1003', state: 'wrap-up', call: 'x', wrapUpUntil: Date.UTC(2026, 10, 2, 1) + 7000 },
    ],
    {},
    true,
  );
  t.equal(desk.floor.seat('1001')?.state, 'idle', 'what a kept row says of calls is forgotten');
  t.same(desk.ask('r1', { since: desk.now - 5000 }), ['r1#1']);
  t.same(desk.ask('w', { wanted: { seat: '1002' } }), []);
  desk.hear({ type: 'seat-adopted', seat: '1001', call: 'old', state: 'talking', request: null });
  desk.hear({ type: 'seat-adopted', seat: '1002', call: 'call-r2', state: 'ringing', request: 'r2' });
  t.same(desk.ask('r2'), [], 'its seat rings already');
  t.same(desk.step({ type: 'open' }), ['w!seat-unavailable']);
  t.equal(desk.timers.get('wrap-up:1003'), desk.now + 7000, 'wrap-ups go on with the time they had left');
  t.same(desk.ends('r2', '1002', 'accepted'), []);
  t.same(desk.pass(7000), ['r1>1003']);
  t.end();
});

test('OV3 OV6 remote seats serve while borrowed, local ones first; ending drains', (t) => {
  const desk = new Desk([
    { id: '2001', remote: true, group: 'nanning', queues: [] },
    { id: '2002', remote: true, group: 'beihai', queues: [] },
    { id: '1001', idleSince: 900 },
  ]);
  const borrow = (...groups: string[]) => desk.step({ type: 'borrowed', queue: 'q12345', groups });
  t.same(desk.ask('r1'), ['r1>1001']);
  t.same(desk.ask('r2'), ['r2#1']);
  t.same(borrow('beihai', 'nanning'), ['r2>2002'], 'preferred group first, at once');
  desk.ends('r1', '1001', 'timed-out');
  t.same(desk.said.at(-1), 'r1>2001');
  desk.ends('r2', '2002', 'accepted');
  borrow();
  t.equal(desk.floor.seat('2002')?.state, 'talking', 'calls in progress untouched');
  desk.hear({ type: 'seat-released', seat: '2002', call: 'call-r2', talked: false, tagged: true });
  t.same(desk.ask('r3'), ['r3#1'], 'no new offers');
  t.match(desk.floor.load('q12345'), { waiting: 1, seats: { signedIn: 1, available: 0 } });
  t.end();
});

test('WR1 R18 commands: refused with a code, repeated without effect, unknown seats not found', (t) => {
  const desk = new Desk([{ id: '1001', status: 'offline' }]);
  t.same(desk.command('1001', { name: 'status', body: { status: 'ready' } }), ['!not-signed-in']);
  t.same(desk.command('1001', { name: 'sign-in', body: { phone: 'desk' } }, 'k'), []);
  t.same(desk.command('1001', { name: 'sign-in', body: { phone: 'desk' } }, 'k'), ['repeated']);
  t.equal(desk.floor.seat('1001')?.version, 1);
  t.same(desk.command('1001', { name: 'sign-in', body: { phone: 'desk' } }), ['!already-signed-in']);
  t.same(desk.command('1001', { name: 'status', body: { status: 'ready' } }), []);
  t.same(desk.command('nobody', { name: 'help', body: {} }), ['!not-found']);
  t.same(desk.command('1001', { name: 'help', body: {} }), []);
  t.same(desk.facts, ['seat.signed-in', 'seat.ready', 'seat.help-asked']);
  desk.ask('r1');
  t.same(desk.command('1001', { name: 'sign-out', body: {} }), ['!seat-busy']);
  desk.step({ type: 'phone', seat: '1001', registered: false });
  t.equal(desk.floor.seat('1001')?.state, 'reserved', 'a phone that vanishes takes no call away');
  desk.ends('r1', '1001', 'unreachable');
  t.same(desk.step({ type: 'phone', seat: '1001', registered: true }), ['r1>1001']);
  t.end();
});

test('RC1 a seat that lost its call is waited for: its phone back, its caller before anybody else', (t) => {
  const back = (change: Partial<Request> = {}) => {
    const desk = new Desk(one);
    desk.ask('r1');
    desk.ends('r1', '1001', 'accepted');
    desk.step({ type: 'phone', seat: '1001', registered: false });
    desk.hear({ type: 'seat-released', seat: '1001', call: 'call-r1', talked: true, tagged: false });
    const until = desk.now + 20_000;
    const said = desk.ask('r2', {
      call: 'call-r1',
      wanted: { seat: '1001' },
      resume: true,
      until,
      ...change,
    });
    t.same(said, [], 'it waits');
    return desk;
  };
  const desk = back();
  desk.ask('r3', { head: true });
  t.same(desk.pass(5_000), []);
  t.same(desk.step({ type: 'phone', seat: '1001', registered: true }), ['r2>1001']);
  t.equal(desk.floor.seat('1001')?.state, 'reserved', 'out of its wrap-up');
  t.same(back().pass(20_000), ['r2!seat-unavailable'], 'not for ever');
  const gone = back();
  t.same(
    gone.command('1001', { name: 'force', body: { action: 'break', reason: 'ill' } }),
    ['r2!seat-unavailable'],
    'nor for one that will not come',
  );
  const stale = new Desk(one);
  stale.ask('r1');
  stale.ends('r1', '1001', 'accepted');
  stale.hear({ type: 'seat-released', seat: '1001', call: 'call-r1', talked: true, tagged: true });
  const until = stale.now + 20_000;
  t.same(stale.ask('r2', { call: 'call-r1', wanted: { seat: '1001' }, resume: true, until }), ['r2>1001']);
  t.same(stale.ends('r2', '1001', 'unreachable'), [], 'the phone had gone before the floor knew');
  t.same(stale.step({ type: 'phone', seat: '1001', registered: true }), ['r2>1001']);
  t.end();
});

test('OF9 nobody is passed, and nobody waits for who is not coming: a break, a refusal, urgency, 110, withheld numbers', (t) => {
  const make = () => {
    const desk = new Desk([{ id: '1001' }, { id: '1002', queues: ['q12345', 'q110'] }], {
      personalSeconds: 60,
      queues: [{ ...queueRules('q12345'), personalWaitSeconds: 15 }, queueRules('q110')],
    });
    desk.ask('r1', { callerNumber: '13900000007' });
    desk.hear({ type: 'offer-ended', request: 'r1', seat: '1001', result: 'accepted' });
    return desk;
  };
  const again = { callerNumber: '13900000007' };
  const onBreak = make();
  t.same(onBreak.ask('r2', again), ['r2#1']);
  t.same(
    onBreak.command('1001', { name: 'status', body: { status: 'break' } }),
    ['r2>1002'],
    'it has chosen its break meanwhile',
  );
  const urgent = make();
  t.same(urgent.ask('r2', { ...again, class: 'urgent' }), ['r2>1002']);
  const given = make();
  t.same(given.ask('r2', { ...again, head: true }), ['r2>1002'], 'given back to its queue');
  const late = make();
  late.hear({ type: 'seat-released', seat: '1001', call: 'call-r1', talked: true, tagged: true });
  late.pass(61_000);
  t.same(late.ask('r2', again), ['r2>1002'], 'too long ago: longest idle');
  const behind = make();
  behind.ask('x1', { callerNumber: '13900000001' });
  behind.hear({ type: 'offer-ended', request: 'x1', seat: '1002', result: 'accepted' });
  behind.ask('x2', { callerNumber: '13900000002' });
  behind.pass(1000);
  behind.ask('r2', again);
  behind.hear({ type: 'seat-released', seat: '1001', call: 'call-r1', talked: true, tagged: true });
  t.same(
    behind.command('1001', { name: 'wrap-up-finish', body: {} }),
    ['x2>1001', 'r2#1'],
    'OF6: whose turn it is stays first',
  );
  const refused = make();
  refused.hear({ type: 'seat-released', seat: '1001', call: 'call-r1', talked: true, tagged: true });
  refused.command('1001', { name: 'wrap-up-finish', body: {} });
  t.same(refused.ask('r2', again), ['r2>1001']);
  t.same(
    refused.hear({ type: 'offer-ended', request: 'r2', seat: '1001', result: 'rejected' }),
    ['r2>1002'],
    'it does not want it',
  );
  t.end();
});
