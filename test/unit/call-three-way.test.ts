// The call's rules of three-way calls (TW): who hears whom, who leaves, who decides the outcome.
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
