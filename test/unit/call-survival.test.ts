// The call's rules when something is lost or comes back: seats that return (RC), the engine's own death (SV), and what is owed (WR).
// It must not need a server: the machine alone, stepped by hand.
import { test } from 'tap';
import { Story } from '../call-world/story.ts';

const talking = (...more: readonly string[]): Story => {
  const story = new Story();
  story.tell('arrive 12345', 'answer 1001', 'wait 5', ...more);
  return story;
};

const threeWay = (...more: readonly string[]): Story =>
  talking('1001: three-way 110', 'answer 3001', 'wait 5', ...more);

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

test('F21 OF5 a phone that goes while it is rung: the next seat in the same step, and its leg is hung up', (t) => {
  for (const before of [[], ['rings 1001']]) {
    const story = new Story();
    story.tell('arrive 12345', ...before, 'lost 1001');
    t.match(story.facts('offer.unreachable')[0], { seat: '1001' });
    t.same(
      story.facts('offer.made').map(({ seat }) => seat),
      ['1001', '1002'],
    );
    t.notOk(
      story.call.legs.some(({ seat }) => seat === '1001'),
      'nothing of it is left',
    );
    story.tell('answer 1002');
    t.ok(story.together('caller', '1002'));
  }
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
