// The call's rules of the caller and of offers (CL, OF), one test each, title by rule.
// It must not need a server: the machine alone, stepped by hand.
import { test } from 'tap';
import { Story } from '../call-world/story.ts';

const talking = (...more: readonly string[]): Story => {
  const story = new Story();
  story.tell('arrive 12345', 'answer 1001', 'wait 5', ...more);
  return story;
};

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
