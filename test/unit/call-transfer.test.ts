// The call's rules of one-click transfer and of giving back (TR, TR10's ladder, F18), one test each, title by rule.
// It must not test the media orders themselves in every order; the histories do (call-properties.test.ts).
import { test } from 'tap';
import { Story } from '../call-world/story.ts';

const talking = (...more: readonly string[]): Story => {
  const story = new Story();
  story.tell('arrive 12345', 'answer 1001', 'wait 5', ...more);
  return story;
};

test('TR1 the same key is the same transfer; another one is refused with its state', (t) => {
  const story = talking('1001: transfer 110');
  t.match(story.tell('1001: again transfer 110')[0], {
    decision: { ok: true, repeated: true, effects: [] },
  });
  t.equal(story.refusal('1001: transfer 119'), 'transfer-in-progress');
  t.equal(story.refusal('1001: three-way 119'), 'transfer-in-progress');
  t.equal(story.refusal('1002: cancel'), 'not-a-party');
  t.end();
});

test('TR1 what cannot be is refused with a code that says what', (t) => {
  const story = talking();
  t.equal(story.refusal('1001: transfer nowhere'), 'unknown-target');
  t.equal(story.refusal('1001: transfer seat=1001'), 'same-platform-seat');
  t.equal(story.refusal('1001: cancel'), 'no-transfer');
  t.equal(story.refusal('1001: merge'), 'no-transfer');
  t.equal(story.refusal('1001: consult on'), 'wrong-phase');
  t.equal(story.refusal('1001: outcome 110'), 'wrong-phase');
  t.equal(story.refusal('3001: hold caller'), 'not-a-party');
  t.equal(story.refusal('1001: resume caller'), 'already-so');
  t.equal(story.refusal('1001: guide nowhere'), 'unknown-target');
  t.end();
});

test('TR2 progress: queued with place and music, then ringing with ringing', (t) => {
  const story = talking('away 3001 3002', '1001: transfer 110');
  t.match(story.facts('transfer.queued')[0], { place: 1 });
  t.equal(story.hears('caller'), 'music');
  story.tell('ready 3001', 'rings 3001');
  t.match(story.facts('transfer.ringing')[0], { seat: '3001' });
  t.equal(story.hears('caller'), 'ringing');
  t.end();
});

test('TR4 a line that asks for a key or for talk is accepted by that alone', (t) => {
  const story = talking('1001: transfer court', 'answer court', 'talk court');
  t.equal(story.phase, 'transferring', 'an answer and talk are not a key');
  t.equal(story.hears('court'), 'silence');
  story.tell('key court');
  t.ok(story.together('caller', 'court'));
  const spoken = talking('1001: transfer port', 'answer port', 'key port');
  t.equal(spoken.phase, 'transferring');
  spoken.tell('talk port');
  t.ok(spoken.together('caller', 'port'));
  const machine = talking('1001: transfer court', 'answer court', 'wait 30');
  t.match(machine.facts('transfer.failed')[0], { reason: 'not-confirmed' });
  t.ok(machine.together('caller', '1001'));
  t.end();
});

test('TR5 accepted: a tone for the first seat, which is in wrap-up a moment later', (t) => {
  const story = talking('1001: transfer 110', 'rings 3001', 'wait 4', 'answer 3001');
  t.match(
    story.effects().filter(({ type }) => type === 'beep'),
    [{ leg: 'c1.1001.2' }],
  );
  t.match(story.facts('transfer.accepted')[0], {
    seat: '3001',
    platform: '110',
    from: '1001',
    ringMs: 4000,
  });
  t.equal(story.refusal('1001: hold caller'), 'not-a-party', 'it is out of the conversation at once');
  story.tell('wait 1');
  t.equal(story.seat('1001'), 'wrap-up');
  t.equal(story.seat('3001'), 'talking');
  t.end();
});

test('TR6 busy, refused, unreachable, no answer, nobody there: reason, status and cause, and the caller is back at once', (t) => {
  const causes: [string, object][] = [
    ['busy 3001', { reason: 'busy', sipStatus: 486, cause: 17 }],
    ['reject 3001', { reason: 'rejected', sipStatus: 603, cause: 21 }],
    ['unreachable 3001', { reason: 'unreachable', sipStatus: 503, cause: 38 }],
    ['wait 20', { reason: 'no-answer' }],
  ];
  for (const [line, failure] of causes) {
    const story = talking('1001: transfer seat=3001', 'rings 3001', line);
    t.match(story.facts('transfer.failed')[0], failure, line);
    t.ok(story.together('caller', '1001'), line);
    t.equal(story.facts('transfer.attempt-failed').length, 0, 'nobody else remained');
  }
  const nobody = talking('away 3001 3002', '1001: transfer 110', 'wait 30');
  t.match(nobody.facts('transfer.failed')[0], { reason: 'no-seat' });
  const gone = talking('away 3001', '1001: transfer seat=3001');
  t.match(gone.facts('transfer.failed')[0], { reason: 'no-seat' });
  t.end();
});

test("TR6 a queue's seat rings 12 s, then the next, 30 s in all; who rang shorter has missed nothing", (t) => {
  const story = talking('1001: transfer 110', 'rings 3001', 'wait 12', 'rings 3002', 'wait 12');
  t.match(story.facts('transfer.attempt-failed')[0], { reason: 'no-answer' });
  t.match(story.facts('transfer.failed')[0], { reason: 'no-answer' });
  const cut = talking(
    'away 3001 3002',
    '1001: transfer 110',
    'wait 20',
    'ready 3001',
    'rings 3001',
    'wait 10',
  );
  t.match(cut.facts('transfer.failed')[0], { reason: 'no-answer' });
  t.equal(cut.seat('3001'), 'idle');
  t.equal(cut.facts('offer.timed-out').length, 0);
  t.end();
});

test("TR7 in order, numbers share the line's 30 s; together, the first to answer wins", (t) => {
  const story = talking('1001: transfer 119', 'rings 119', 'wait 15');
  t.match(story.facts('transfer.attempt-failed')[0], { reason: 'no-answer' });
  story.tell('answer 119');
  t.ok(story.together('caller', '119'));
  const over = talking('1001: transfer 119', 'wait 30');
  t.match(over.facts('transfer.failed')[0], { reason: 'no-answer' });
  const three = talking('1001: transfer water', 'busy water.5', 'answer water.6');
  t.ok(three.together('caller', 'water.6'));
  t.notOk([...three.world.asterisk.channels.keys()].includes('c1.water.4'), 'the others are stopped');
  t.end();
});

test('TR8 cancel before the answer stops the target; after it, the answer has won', (t) => {
  const story = talking('1001: transfer 110', 'rings 3001', '1001: cancel');
  t.equal(story.seat('3001'), 'idle');
  t.ok(story.together('caller', '1001'));
  story.tell('1001: transfer 110', 'answer 3001');
  t.equal(story.refusal('1001: cancel'), 'not-a-party');
  t.end();
});

test('TR9 a merged transfer still has its time, and its target may still be called off', (t) => {
  const story = talking('1001: transfer 110', 'rings 3001', 'wait 5', '1001: merge');
  t.ok(story.together('caller', '1001'));
  story.tell('wait 25');
  t.match(story.facts('threeway.failed')[0], { reason: 'no-answer' });
  t.equal(story.phase, 'talking');
  const off = talking('1001: transfer 110', '1001: merge', '1001: cancel');
  t.equal(off.phase, 'talking');
  t.equal(off.seat('3001'), 'idle');
  t.end();
});

test("TR9 consult: alone until merged, handed over by leaving, given back by cancelling or by the target's leaving", (t) => {
  const consult = ['1001: transfer 110 consult', 'answer 3001', 'wait 5'];
  const story = talking(...consult);
  t.ok(story.together('1001', '3001'));
  t.equal(story.hears('caller'), 'music');
  t.equal(story.refusal('1001: outcome 110'), 'wrong-phase', 'no three-way yet, no outcome');
  story.tell('1001: merge');
  t.ok(story.together('caller', '1001', '3001'));
  t.ok(talking(...consult, '1001: leave').together('caller', '3001'));
  t.ok(talking(...consult, '1001: cancel').together('caller', '1001'));
  const declined = talking(...consult, 'bye 3001');
  t.ok(declined.together('caller', '1001'));
  t.match(declined.facts('transfer.failed')[0], { reason: 'target-gone' });
  t.equal(declined.call.handovers.length, 0);
  t.end();
});

test('TR10 the first seat lost: the target rings on and may accept', (t) => {
  for (const line of ['drop 1001', 'bye 1001']) {
    const story = talking('1001: transfer 110', 'rings 3001', line);
    t.equal(story.hears('caller'), 'ringing', line);
    t.equal(story.refusal('sup-12345: merge'), 'wrong-phase');
    story.tell('answer 3001');
    t.ok(story.together('caller', '3001'), line);
  }
  t.end();
});

test("TR10 the ladder: next seat or number, source queue's head, supervisor, call-back; each rung a fact", (t) => {
  const story = talking('1001: transfer 110', 'drop 1001', 'reject 3001', 'reject 3002');
  t.same(
    story.facts('transfer.escalated').map((fact) => fact['rung']),
    ['next-seat', 'source-queue'],
  );
  t.match(story.facts('call.requeued')[0], { reason: 'transfer-failed', queue: '12345' });
  story.tell('reject 1002', 'wait 60');
  t.match(story.facts('alarm.caller-unserved')[0], { rung: 'supervisor' });
  story.tell('bye caller');
  t.match(story.facts('call.call-back-owed')[0], {
    rung: 'call-back',
    reason: 'gave-up-after-loss',
    number: '13800000001',
  });
  const line = talking('1001: transfer 119', 'drop 1001', 'busy 119');
  t.same(
    line.facts('transfer.escalated').map((fact) => fact['rung']),
    ['next-number'],
  );
  t.end();
});

test('TR10 a caller of 12345 lost by a seat of 110 goes to the head of 110', (t) => {
  const story = talking('1001: transfer 110', 'answer 3001', 'wait 30', 'drop 3001', 'reject 3001');
  t.match(story.facts('call.requeued')[0], { reason: 'seat-lost', queue: '110' });
  t.end();
});

test('TR11 the caller lost just as the target answers: the target keeps what a call-back needs', (t) => {
  const story = talking('1001: tag urgent fire', '1001: transfer 110', 'answer 3001', 'wait 1', 'bye caller');
  t.match(story.facts('transfer.caller-lost')[0], {
    seat: '3001',
    number: '13800000001',
    class: 'urgent',
    summary: 'fire',
  });
  const late = talking('1001: transfer 110', 'answer 3001', 'wait 30', 'bye caller');
  t.equal(late.facts('transfer.caller-lost').length, 0);
  t.end();
});

test('TR12 the engine dies while the target rings: the time goes on where it was', (t) => {
  const story = talking('1001: transfer 110', 'rings 3001', 'wait 5', 'crash');
  t.equal(story.phase, 'transferring');
  story.tell('wait 5.5');
  t.match(story.facts('offer.timed-out')[0], { seat: '3001' }, '12 s since the offer, crash or not');
  t.end();
});

test('TR12 the engine dies in the middle of its orders: nobody is cut off, nothing is done twice', (t) => {
  for (let orders = 1; orders < 12; orders += 1) {
    const story = talking(
      '1001: transfer 110',
      'rings 3001',
      `crash-after ${orders}`,
      'answer 3001',
      'wait 2',
    );
    t.ok(story.together('caller', '3001'), `after ${orders} orders`);
    t.equal(story.world.asterisk.bridges.size, 1);
  }
  t.end();
});

test('TR13 straight back needs a reason; more than three call-takers bring in a supervisor', (t) => {
  const story = talking('1001: transfer 110', 'answer 3001', 'wait 5');
  t.equal(story.refusal('3001: transfer 12345'), 'transfer-loop');
  story.tell('3001: transfer 12345 reason=theirs', 'answer 1002', 'wait 5');
  t.equal(story.facts('alarm.many-handovers').length, 0);
  story.tell('1002: transfer seat=3002 reason=really', 'answer 3002');
  t.match(story.facts('alarm.many-handovers')[0], { seats: ['1001', '3001', '1002', '3002'] });
  t.end();
});

test('TR14 danger: all free seats of 110, the talk goes on, unanswered it is alarmed; the first seat stays', (t) => {
  const story = talking('1001: transfer 110 danger', 'rings 3001', 'rings 3002');
  t.same(
    story.facts('transfer.ringing').map((fact) => fact['seat']),
    ['3001', '3002'],
  );
  t.ok(story.together('caller', '1001'));
  story.tell('answer 3002');
  t.ok(story.together('caller', '1001', '3002'));
  t.equal(story.seat('3001'), 'idle');
  t.match(story.call.outcome, { acceptedBy: '110', by: 'danger', danger: true });
  const alone = talking('1001: transfer 110 danger', 'wait 30');
  t.equal(alone.facts('alarm.danger-unanswered').length, 1);
  t.ok(alone.call.danger);
  t.end();
});

test('F18 answered and lost at 1 s: the first seat again, or, that gone too, the head of its queue', (t) => {
  const soon = talking('1001: transfer 110', 'answer 3001', 'wait 0.3', 'drop 3001');
  t.ok(soon.together('caller', '1001'), 'it had not even been hung up');
  const story = talking('1001: transfer 110', 'answer 3001', 'wait 1', 'bye 3001');
  t.match(story.facts('transfer.failed')[0], { reason: 'target-gone', afterAcceptance: true });
  t.match(story.facts('transfer.returning')[0], { seat: '1001' });
  story.tell('reject 1001');
  t.match(story.facts('call.requeued')[0], { queue: '12345' });
  const away = talking('1001: transfer 110', 'answer 3001', 'wait 1', 'away 1001', 'drop 3001');
  t.match(away.facts('call.requeued')[0], { reason: 'seat-no-seat', queue: '12345' });
  t.end();
});
