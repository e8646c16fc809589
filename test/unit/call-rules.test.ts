// The rules of the line, one by one, as far as one call can show them (docs/SPEC.md). Told as stories in the model world, whose
// invariants hold in them too. What can be shown for every history is in call-properties.test.ts.
import { test } from 'tap';
import { Story } from '../call-world/story.ts';

const talking = (...more: readonly string[]): Story => {
  const story = new Story();
  story.tell('arrive 12345', 'answer 1001', 'wait 5', ...more);
  return story;
};
const threeWay = (...more: readonly string[]): Story =>
  talking('1001: three-way 110', 'answer 3001', 'wait 5', ...more);

test('CL1 a second arrival of the same call is no second call', (t) => {
  const story = talking();
  const { call, world } = story;
  const again = {
    type: 'arrived',
    call: 'c1',
    leg: 'c1-caller',
    dialled: '12345',
    number: '1',
    name: '',
    survivals: 0,
    up: true,
  } as const;
  const decision = world.tell('c1', again);
  t.ok(decision.ok && decision.state === call && decision.facts.length === 0);
  t.equal(world.calls.size, 1);
  t.end();
});
test('CL2 alone, held or waiting the caller hears music, in a transfer ringing, with a seat the seat', (t) => {
  const story = new Story();
  story.tell('away 1001 1002', 'arrive 12345');
  t.equal(story.hears('caller'), 'music');
  story.tell('ready 1001', 'answer 1001');
  t.ok(story.together('caller', '1001'));
  story.tell('1001: hold caller');
  t.equal(story.hears('caller'), 'music');
  story.tell('1001: transfer 110');
  t.equal(story.hears('caller'), 'ringing');
  t.equal(story.hears('1001'), 'ringing', 'TR2 the first seat hears what the caller hears');
  story.tell('1001: cancel');
  t.ok(story.together('caller', '1001'), 'no longer on hold');
  t.end();
});
test('CL2 an order for a whole bridge that failed naming a leg gone since is no echo: the rest are ordered again', (t) => {
  const story = talking('1001: hold caller', '1001: three-way 110');
  const { world } = story;
  const [first, third] = [story.channel('1001').id, story.channel('3001')];
  // 1001 is gone, and Asterisk refuses the bridge of 1001 and 3001 before anybody has heard of it.
  world.asterisk.remove(first);
  third.state = 'up';
  world.tell('c1', { type: 'leg-answered', leg: third.id });
  world.tell('c1', { type: 'leg-ended', leg: first, cause: 16 });
  while (world.hearNews());
  story.tell('wait 1');
  t.ok(story.together('caller', '3001'));
  t.end();
});
test('CL2 refused twice: music for the caller until it works', (t) => {
  const story = talking('1001: hold caller', 'fail 2', '1001: resume caller', 'wait 0.1');
  t.equal(story.phase, 'talking');
  t.equal(story.hears('caller'), 'music');
  story.tell('wait 0.3');
  t.ok(story.together('caller', '1001'));
  t.end();
});
test('CL2 an order refused again and again leaves the caller on music, and is tried less and less often', (t) => {
  const story = talking();
  story.tell('1001: hold caller', 'fail 99', '1001: resume caller');
  const failed = story.facts('alarm.order-failed').length;
  t.ok(failed > 0);
  story.tell('wait 20');
  t.ok(story.facts('alarm.order-failed').length < failed + 60, 'no storm of orders');
  story.tell('fail 0', 'wait 3');
  t.ok(story.together('caller', '1001'), 'mended once Asterisk does as told');
  t.end();
});
test('CL4 nobody hangs up a caller that waits; the last seat may, a transfer first ended', (t) => {
  const waiting = new Story();
  waiting.tell('away 1001 1002', 'arrive 12345');
  t.equal(waiting.refusal('sup-12345: hang-up'), 'wrong-phase');
  t.equal(waiting.refusal('1001: hang-up'), 'not-a-party');
  const story = talking('1001: transfer 110');
  t.equal(story.refusal('1001: hang-up'), 'transfer-in-progress');
  t.equal(story.refusal('1001: leave'), 'transfer-in-progress');
  story.tell('1001: cancel', '1001: hang-up');
  t.equal(story.phase, 'gone');
  t.equal(story.facts('call.ended')[0]?.['reason'], 'ended-by-seat');
  t.end();
});
test('CL4 a supervisor who puts the only seat out gives the caller to the next', (t) => {
  const story = talking('sup-12345: drop 1001');
  t.equal(story.phase, 'offering');
  t.match(story.facts('call.requeued')[0], { reason: 'seat-dropped', queue: '12345' });
  t.equal(story.seat('1001'), 'wrap-up');
  t.end();
});
test('CL5 the caller leaving stops every phone at once and frees every seat', (t) => {
  const story = talking('1001: transfer 110 danger', 'rings 3001', 'bye caller');
  t.equal(story.phase, 'gone');
  t.same([story.seat('1001'), story.seat('3001'), story.seat('3002')], ['wrap-up', 'idle', 'idle']);
  t.equal(story.world.asterisk.channels.size, 0);
  t.end();
});
test('CL8 the first receiver stays through any number of hands', (t) => {
  const story = talking(
    '1001: transfer 110',
    'answer 3001',
    'wait 5',
    '3001: transfer seat=1002 reason=theirs',
    'answer 1002',
  );
  t.equal(story.call.owner, '1002');
  t.equal(story.call.firstReceiver, '12345');
  t.end();
});
test('CL9 a silent leg is put in place anew once; silent again, the caller goes to the next seat', (t) => {
  const story = talking('silent 1001');
  t.match(story.facts('alarm.media-fault')[0], { seat: '1001', mended: true });
  t.ok(
    story
      .effects()
      .some((effect) => effect.type === 'bridge-add' && effect.legs.some((leg) => leg.includes('1001'))),
  );
  t.ok(story.together('caller', '1001'));
  story.tell('silent 1001');
  t.equal(story.phase, 'offering');
  t.equal(story.hears('caller'), 'music');
  const silent = talking('silent caller', 'silent caller', 'silent caller', 'silent caller');
  t.equal(silent.phase, 'talking', 'a silent caller is never put out');
  t.equal(silent.facts('alarm.media-fault').length, 2, 'and not cried about for ever');
  t.end();
});

test('OF1 a second seat for the same caller is let go at once', (t) => {
  const story = new Story();
  story.tell('arrive 12345');
  story.world.tell('c1', {
    type: 'offered',
    request: 'c1.r1',
    seat: '1009',
    endpoint: 'PJSIP/1009',
    platform: '12345',
  });
  t.same(
    story
      .effects()
      .filter(({ type }) => type !== 'timer-start')
      .slice(-1),
    [
      {
        type: 'tell-floor',
        message: { type: 'offer-ended', request: 'c1.r1', seat: '1009', result: 'cancelled' },
      },
    ],
  );
  t.equal(story.call.legs.length, 2);
  t.end();
});
test('OF4 OF5 timed out, busy, rejected, unreachable: the floor is told which, and the next seat rings', (t) => {
  const results: [string, string][] = [
    ['wait 12', 'timed-out'],
    ['busy 1001', 'busy'],
    ['reject 1001', 'rejected'],
    ['unreachable 1001', 'unreachable'],
    ['drop 1001', 'unreachable'],
  ];
  for (const [line, result] of results) {
    const story = new Story();
    story.tell('arrive 12345', 'rings 1001', line);
    t.match(story.facts(`offer.${result}`)[0], { seat: '1001' }, line);
    t.match(story.facts('offer.made')[1], { seat: '1002', attempt: 2 }, line);
  }
  t.end();
});
test('OF6 the first arrival time stands over failed offers and a lost seat', (t) => {
  const story = talking('wait 20', 'drop 1001');
  const asked = story
    .effects()
    .flatMap((effect) =>
      effect.type === 'tell-floor' && effect.message.type === 'request' ? [effect.message] : [],
    );
  t.match(asked[0], { since: story.call.arrivedAt, head: true });
  t.end();
});
test('OF7 110 rings on without being answered, then rings in band; 12345 is answered with music', (t) => {
  const story = new Story();
  story.tell('away 3001 3002', 'arrive 110', 'wait 19');
  t.equal(story.channel('caller').state, 'ringing');
  story.tell('wait 1');
  t.equal(story.channel('caller').state, 'up');
  t.equal(story.hears('caller'), 'ringing');
  t.end();
});
test("OF8 an answer that lost its race is hung up, and its seat is nobody's", (t) => {
  const story = new Story();
  story.tell('arrive 12345', 'rings 1001', 'wait 12');
  const late = story.world.tell('c1', { type: 'leg-answered', leg: 'c1.1001.2' });
  t.ok(late.ok && late.effects.some((effect) => (effect as { type: string }).type === 'hang-up'));
  t.equal(story.phase, 'offering');
  t.end();
});

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
test('RC1 a lost seat has its caller back: notice and music meanwhile, rung out of its wrap-up, nobody else asked', (t) => {
  for (const line of ['lost 1001', 'drop 1001']) {
    const story = talking('wait 10', line);
    t.equal(story.hears('caller'), 'notice', line);
    t.match(story.facts('call.seat-lost')[0], { seat: '1001', waitsMs: 20_000 });
    t.same(
      story.facts('offer.made').map(({ seat }) => seat),
      ['1001', '1001'],
    );
    t.match(story.call.phase, { name: 'offering', reach: { wish: { until: story.world.at + 20_000 } } });
    story.tell('answer 1001');
    t.ok(story.together('caller', '1001'));
    t.match(story.facts('call.reanswered')[0], { seat: '1001' });
  }
  t.end();
});
test('RC1 the seat does not come back: head of its queue, first arrival kept, with the context', (t) => {
  const story = talking('1001: tag urgent road', 'wait 10', 'lost 1001', 'reject 1001');
  t.match(story.facts('call.requeued')[0], { reason: 'seat-lost', queue: '12345' });
  t.match(story.call.phase, {
    reach: { to: { queue: '12345' }, wish: { head: true, since: story.call.arrivedAt } },
  });
  t.match(story.call.tag, { class: 'urgent', summary: 'road' });
  const soon = new Story();
  soon.tell('arrive 12345', 'answer 1001', 'wait 1', 'lost 1001');
  t.match(
    soon.facts('call.requeued')[0],
    { reason: 'seat-lost' },
    'gone as soon as it came: not asked again',
  );
  t.end();
});
test('RC2 CL2 a phone that falls silent: notice and music, the same talk when it is heard again', (t) => {
  const story = talking('wait 10', 'quiet 1001');
  t.equal(story.phase, 'talking');
  t.equal(story.hears('caller'), 'notice');
  story.tell('wait 5', 'heard 1001');
  t.ok(story.together('caller', '1001'));
  t.match(story.facts('call.seat-heard')[0], { silentMs: 5000 });
  story.tell('quiet 1001', 'wait 20');
  t.match(story.facts('call.requeued')[0], { reason: 'seat-lost' }, 'RC1: its time has passed already');
  const three = threeWay('quiet 1001');
  t.ok(three.together('caller', '3001'), 'others are there to be heard');
  three.tell('lost 1001');
  t.ok(three.together('caller', '3001'));
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

test('TW1 while the third rings, caller and seat go on talking; a failure changes nothing for them', (t) => {
  const story = talking('1001: three-way 110', 'rings 3001');
  t.ok(story.together('caller', '1001'));
  story.tell('busy 3001', 'busy 3002');
  t.equal(story.phase, 'talking');
  t.match(story.facts('threeway.failed')[0], { reason: 'busy' });
  t.equal(story.refusal('1001: three-way nowhere'), 'unknown-target');
  t.end();
});
test("TW2 all hear each other; mute and hold are each party's own", (t) => {
  const story = threeWay('1001: mute 3001', '1001: hold caller');
  t.ok(story.channel('3001').muted);
  t.equal(story.hears('caller'), 'music');
  t.ok(story.together('1001', '3001'));
  story.tell('3001: unmute', '3001: resume caller');
  t.ok(story.together('caller', '1001', '3001'));
  t.end();
});
test('TW3 seats consult without the caller and come back; one leaving ends the consultation', (t) => {
  const story = threeWay('1001: consult on');
  t.equal(story.hears('caller'), 'music');
  t.ok(story.together('1001', '3001'));
  t.equal(story.refusal('3001: consult on'), 'already-so');
  story.tell('bye 3001');
  t.ok(story.together('caller', '1001'));
  t.end();
});
test('TW4 either leaves and the others stay; the last seat owes an outcome or a disposition', (t) => {
  const story = threeWay('1001: leave');
  t.ok(story.together('caller', '3001'));
  t.equal(story.call.owner, '3001');
  t.equal(story.refusal('3001: leave'), 'outcome-required');
  t.equal(story.refusal('3001: hang-up'), 'outcome-required');
  story.tell('3001: outcome 110', '3001: hang-up');
  t.equal(story.phase, 'gone');
  const told = threeWay('1001: leave', '3001: hang-up settled');
  t.equal(told.phase, 'gone');
  const line = talking('1001: three-way 119', 'answer 119', 'wait 5');
  t.equal(line.refusal('1001: leave'), 'outcome-required', 'the last seat, though a line stays');
  line.tell('1001: leave with-119');
  t.ok(line.together('caller', '119'));
  t.end();
});
test('TW4 the last seat leaving while somebody still rings leaves a transfer behind', (t) => {
  const story = talking('1001: three-way 119', '1001: three-way 110', 'rings 3001', 'bye 1001');
  t.equal(story.phase, 'transferring');
  t.equal(story.hears('caller'), 'ringing');
  story.tell('answer 119');
  t.ok(story.together('caller', '119'));
  t.equal(story.seat('3001'), 'idle');
  t.end();
});
test('TW5 equal proposals decide; unequal ones wait 60 s for the first receiver; decided once', (t) => {
  const story = threeWay('1001: outcome both', '3001: outcome both');
  t.match(story.call.outcome, { acceptedBy: 'both', by: 'agreement' });
  t.equal(story.refusal('1001: outcome 12345'), 'outcome-decided');
  t.equal(story.refusal('sup-110: outcome 110'), 'invalid-field', 'a supervisor gives a reason');
  story.tell('sup-110: outcome 110 reason=jurisdiction');
  t.match(story.call.outcome, { acceptedBy: '110', by: 'supervisor' });
  t.equal(story.call.owner, '3001', "TW6 the accepting platform's seat owns the call");
  const open = threeWay('3001: outcome 110', '1001: outcome both', 'wait 60');
  t.match(open.call.outcome, { acceptedBy: '12345', by: 'first-receiver' });
  t.equal(threeWay().refusal('1001: outcome 999'), 'invalid-field');
  t.end();
});
test('TW5 a dropped seat: the first receiver; one that left had its say', (t) => {
  t.match(threeWay('drop 3001').call.outcome, { acceptedBy: '12345', by: 'first-receiver' });
  const left = threeWay('1001: outcome 110', '1001: leave', '3001: outcome 110');
  t.match(left.call.outcome, { acceptedBy: '110', by: 'agreement' });
  const unequal = threeWay('1001: outcome 110', '1001: leave', '3001: outcome 12345', 'wait 60');
  t.match(unequal.call.outcome, { acceptedBy: '12345', by: 'first-receiver' });
  t.end();
});
test('TW5 danger decides 110-first at once, over anything decided, and once', (t) => {
  const story = threeWay('1001: outcome 12345', '3001: outcome 12345', '1001: outcome danger');
  t.match(story.call.outcome, { acceptedBy: '110', by: 'danger' });
  t.equal(story.call.owner, '3001');
  story.tell('3001: outcome danger');
  t.equal(story.facts('outcome.decided').length, 2);
  t.end();
});
test('TW5 no call ends out of a three-way without an outcome', (t) => {
  t.match(threeWay('bye caller').facts('outcome.decided')[0], {
    acceptedBy: '12345',
    by: 'first-receiver',
  });
  t.match(threeWay('bye 1001', 'bye 3001').facts('outcome.decided')[0], { acceptedBy: '12345' });
  t.end();
});
test('TW7 a fourth joins by the same rules; more than six do not; nobody is asked twice', (t) => {
  const story = threeWay('1001: three-way 119', 'answer 119');
  t.ok(story.together('caller', '1001', '3001', '119'));
  story.tell('1001: three-way court', '1001: three-way port');
  t.equal(story.refusal('1001: three-way water'), 'too-many-parties');
  t.equal(threeWay('1001: three-way 119').refusal('1001: three-way 119'), 'already-so');
  t.equal(threeWay().refusal('1001: three-way seat=3001'), 'already-so');
  story.tell('1001: drop court');
  t.match(story.facts('threeway.failed')[0], { reason: 'cancelled' });
  t.end();
});

test('SV2 the dead-man runs for every leg outside a bridge, before the answer too, and is re-armed', (t) => {
  const story = new Story();
  story.tell('away 3001 3002', 'arrive 110');
  t.ok(story.channel('caller').armed);
  story.tell('wait 8');
  t.match(
    story.effects().filter(({ type }) => type === 'dead-man'),
    [{ leg: 'c1-caller', seconds: 20 }],
  );
  story.tell('ready 3001', 'answer 3001');
  t.notOk(story.channel('caller').armed, 'a talking pair is never cut');
  t.end();
});
test('SV3 back from the survival queue: the head of its queue; a call we still have goes on', (t) => {
  const story = new Story();
  const [arrived] = story.tell('arrive 12345 from-survival');
  t.ok(arrived?.decision.ok);
  t.match(story.effects().filter((effect) => effect.type === 'tell-floor')[0], { message: { head: true } });
  const still = new Story();
  still.tell('away 1001 1002', 'arrive 12345');
  still.world.tell('c1', {
    type: 'arrived',
    call: 'c1',
    leg: 'c1-caller',
    dialled: '12345',
    number: '1',
    name: '',
    survivals: 1,
    up: true,
  });
  t.equal(still.facts('call.came-back').length, 1);
  t.equal(still.hears('caller'), 'music');
  t.end();
});
test('SV4 a restart leaves talkers in peace, asks again for who waits, marks what it missed', (t) => {
  const story = talking('crash');
  t.same(
    story.effects().filter(({ type }) => type.startsWith('bridge') || type === 'music'),
    [],
  );
  t.ok(story.call.recovered);
  const waiting = new Story();
  waiting.tell('away 1001 1002', 'arrive 12345', 'wait 30', 'crash');
  t.equal(waiting.phase, 'offering', 'a floor that starts anew knows them as free');
  t.equal(waiting.call.arrivedAt, 1_000_000_000_000);
  story.tell('vanish caller', 'reconnect');
  t.match(story.facts('call.ended')[0], { reason: 'caller-left', recovered: true });
  t.end();
});
test('SV5 cut off, talking or waiting: the caller is owed a call', (t) => {
  t.match(talking('1001: tag major fire', 'drop caller').facts('call.call-back-owed')[0], {
    class: 'major',
    reason: 'connection-lost',
  });
  t.equal(talking('bye caller').facts('call.call-back-owed').length, 0);
  const story = new Story();
  story.tell('away 1001 1002', 'arrive 12345', 'drop caller');
  t.equal(story.facts('call.call-back-owed').length, 1);
  t.end();
});
test('WR1 the floor is told whether the seat still owes a tag', (t) => {
  const released = (story: Story) =>
    story
      .effects()
      .flatMap((effect) =>
        effect.type === 'tell-floor' && effect.message.type === 'seat-released'
          ? [effect.message.tagged]
          : [],
      );
  t.same(released(talking('bye 1001')), [false]);
  t.same(released(talking('1001: tag general hole', 'bye 1001')), [true]);
  t.same(released(talking('1001: guide 119', 'bye 1001')), [true], 'R6 guided is a disposition');
  t.same(released(talking('1001: hang-up settled')), [true]);
  t.end();
});
test('WR2 a class counts when it is set; major alarms both platforms, once', (t) => {
  const story = talking('1001: tag major collapse', '1001: tag major collapse again');
  t.match(story.facts('alarm.major'), [{ platforms: ['12345', '110'] }]);
  t.equal(story.facts('call.tagged').length, 2);
  t.equal(story.refusal('3001: tag general x'), 'not-a-party');
  story.tell('1001: transfer 110');
  t.match(story.effects().filter((effect) => effect.type === 'tell-floor')[0], {
    message: { class: 'major' },
  });
  t.end();
});
