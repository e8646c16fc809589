// Supervision of one call, told as stories in the model world whose invariants hold in them, too: who hears whom in each mode,
// what a supervisor's leg may never change, and what seats are shown of it.
import { test } from 'tap';
import { Scope } from '../../server/api/scope.ts';
import { Involvement } from '../../server/api/involvement.ts';
import { createFloor, floorRulesOf } from '../../server/domain/acd/floor.ts';
import type { EngineFace } from '../../server/engine/face.ts';
import { seatsOf } from '../../server/engine/seats.ts';
import { phoneRefused } from '../../server/engine/supervising.ts';
import { callView } from '../../server/engine/views.ts';
import type { Actor } from '../../server/protocol/words.ts';
import { site } from '../call-world/site.ts';
import { Story } from '../call-world/story.ts';

const talking = (...more: readonly string[]): Story => {
  const story = new Story();
  story.tell('arrive 12345', 'answer 1001', 'wait 5', ...more);
  return story;
};
const listening = (...more: readonly string[]): Story =>
  talking('sup-12345: supervise listen 1002', 'answer 1002', ...more);
const orders = (story: Story, type: string) => story.effects().filter((effect) => effect.type === type);
const muted = (story: Story, name: string): boolean => story.channel(name).muted;

test('SU1 a supervisor listens: with the others, muted before it joins, nobody is moved for it', (t) => {
  const story = talking('sup-12345: supervise listen 1002');
  t.equal(story.seat('1002'), 'talking', 'its seat is off the floor while its phone rings');
  t.ok(story.together('caller', '1001'));
  story.tell('answer 1002');
  t.ok(story.together('caller', '1001', '1002'));
  t.ok(muted(story, '1002'));
  const types = story.effects().map(({ type }) => type);
  t.ok(types.indexOf('mute') < types.indexOf('bridge-add'), 'nobody hears a moment of it');
  t.same(orders(story, 'bridge-add'), [{ type: 'bridge-add', bridge: 'c1.talk', legs: ['c1.1002.3'] }]);
  t.equal(story.call.owner, '1001');
  t.same(story.call.seats, ['1001'], 'it is no call-taker');
  t.match(story.facts('supervision.started'), [
    { seat: '1002', by: 'sup-12345', mode: 'listen', hidden: true },
  ]);
  story.tell('sup-12345: supervise-end');
  t.ok(story.together('caller', '1001'));
  t.equal(story.seat('1002'), 'idle', 'no wrap-up for listening');
  t.match(story.facts('supervision.ended'), [{ reason: 'ended' }]);
  t.end();
});

test('SU2 modes switch in place: whisper to the seat alone, barge in, listen again', (t) => {
  const story = listening();
  story.tell('sup-12345: supervise whisper');
  t.equal(story.hears('1002'), 'bridge:c1.whisper.1002');
  t.equal(story.hears('whisper'), 'bridge:c1.whisper.1002');
  t.ok(story.together('caller', '1001'), 'caller and seat stay where they are');
  t.notOk(muted(story, '1002'));
  const [caller, seat, supervisor] = callView(story.call, null).parties;
  t.same(caller?.hears, ['c1.1001.2'], 'the caller does not hear it');
  t.same(seat?.hears, ['c1-caller', 'c1.1002.3']);
  t.same(supervisor?.hears, ['c1.1001.2', 'c1-caller'], 'the supervisor hears both');
  story.tell('sup-12345: supervise barge');
  t.ok(story.together('caller', '1001', '1002'));
  t.notOk(muted(story, '1002'));
  t.throws(() => story.channel('whisper'), 'the tap is gone');
  story.tell('sup-12345: supervise whisper', 'sup-12345: supervise listen');
  t.ok(story.together('caller', '1001', '1002'));
  t.ok(muted(story, '1002'));
  t.same(
    story.facts('supervision.changed').map(({ from, mode }) => [from, mode]),
    [
      ['listen', 'whisper'],
      ['whisper', 'barge'],
      ['barge', 'whisper'],
      ['whisper', 'listen'],
    ],
  );
  t.equal(story.facts('supervision.started').length, 1);
  t.end();
});

test('SU2 until its tap stands, and when that is lost, a whisper is as silent as listening', (t) => {
  const story = talking('sup-12345: supervise whisper 1002');
  story.world.failNext = 1;
  story.tell('answer 1002');
  t.equal(story.call.legs.find((leg) => leg.role === 'supervisor')?.supervision?.mode, 'listen');
  t.ok(muted(story, '1002'));
  story.tell('fail 0', 'wait 3');
  t.ok(story.together('caller', '1001', '1002'));
  story.tell('sup-12345: supervise whisper');
  t.notOk(muted(story, '1002'));
  story.tell('bye whisper');
  t.ok(muted(story, '1002'), 'not heard by the caller instead');
  t.match(story.facts('supervision.changed').at(-1), {
    from: 'whisper',
    mode: 'listen',
    reason: 'seat-left',
  });
  t.end();
});

test('SU3 taking over: the supervisor has the caller, the first seat its tone and its wrap-up', (t) => {
  const story = listening('sup-12345: supervise take-over');
  t.equal(story.phase, 'talking');
  t.equal(story.call.owner, '1002');
  t.ok(story.together('caller', '1002'));
  t.notOk(muted(story, '1002'));
  t.match(story.facts('supervision.took-over'), [{ seat: '1002', from: '1001', by: 'sup-12345' }]);
  t.equal(story.facts('supervision.took-over')[0]?.['hidden'], undefined, 'the seat put out is told');
  story.tell('wait 1');
  t.equal(story.seat('1001'), 'wrap-up');
  t.equal(story.call.firstReceiver, '12345');
  t.same(story.call.seats, ['1001', '1002']);
  story.tell('wait 5', 'bye 1002');
  t.equal(story.phase, 'gone', 'now its leaving ends the call, like any seat');
  t.equal(story.seat('1002'), 'wrap-up');

  const atOnce = talking('sup-12345: supervise take-over 1002', 'answer 1002');
  t.equal(atOnce.call.owner, '1002', 'asked for with the first press');
  t.end();
});

test('SU3 in a three-way it replaces the seat of its own platform; the agreement goes on', (t) => {
  const story = talking('1001: three-way 110', 'answer 3001', 'wait 5', '1001: outcome 12345');
  story.tell('sup-110: supervise listen 3002', 'answer 3002');
  t.ok(story.together('caller', '1001', '3001', '3002'));
  story.tell('sup-110: supervise whisper');
  t.match(
    story.call.legs.find((leg) => leg.role === 'whisper'),
    { tap: { of: 'c1.3001.4' } },
    'it whispers to its own seat',
  );
  story.tell('sup-110: supervise take-over', 'wait 1');
  t.equal(story.phase, 'three-way');
  t.ok(story.together('caller', '1001', '3002'));
  t.equal(story.call.owner, '1001');
  t.equal(story.seat('3001'), 'wrap-up');
  story.tell('3002: outcome 12345');
  t.match(story.call.outcome ?? story.facts('outcome.decided')[0], { acceptedBy: '12345', by: 'agreement' });
  t.end();
});

test('SU4 it keeps no call alive, ends none, and its loss changes nothing', (t) => {
  for (const how of ['bye', 'drop', 'unreachable']) {
    const story = listening(`${how} 1002`);
    t.equal(story.phase, 'talking', how);
    t.ok(story.together('caller', '1001'));
    t.equal(story.seat('1002'), 'idle');
    t.match(story.facts('supervision.ended'), [{ reason: 'left' }]);
    t.same(story.facts('threeway.left'), []);
  }
  const left = listening('sup-12345: supervise barge', 'bye 1001');
  t.equal(left.phase, 'gone', 'the seat hung up: the call is over');
  t.match(left.facts('call.ended')[0], { reason: 'seat-left' });
  t.match(left.facts('supervision.ended')[0], { reason: 'call-ended' });
  const lost = listening('drop 1001');
  t.equal(lost.hears('caller'), 'notice');
  t.equal(lost.hears('1002'), 'notice', 'waits with the caller');
  const gone = listening('sup-12345: supervise whisper', 'bye caller');
  t.equal(gone.phase, 'gone');
  t.equal(gone.world.asterisk.channels.size, 0);
  t.equal(gone.seat('1002'), 'idle');
  const rings = talking('sup-12345: supervise listen 1002', 'bye caller');
  t.equal(rings.world.asterisk.channels.size, 0, 'its phone stops with the call');
  t.match(rings.facts('supervision.ended')[0], { reason: 'call-ended' });
  t.end();
});

test('SU4 a phone nobody picks up is given back; a transfer passes it by', (t) => {
  const story = talking('sup-12345: supervise listen 1002', 'rings 1002', 'wait 13');
  t.match(story.facts('supervision.ended'), [{ reason: 'no-answer' }]);
  t.equal(story.seat('1002'), 'idle');
  t.equal(story.phase, 'talking');
  const passing = listening('1001: transfer 110');
  t.equal(passing.hears('1002'), 'ringing', 'it hears what the caller hears');
  t.equal(passing.refusal('sup-12345: supervise barge'), 'wrong-phase');
  passing.tell('answer 3001', 'wait 1');
  t.ok(passing.together('caller', '3001', '1002'));
  t.ok(muted(passing, '1002'));
  const held = listening('1001: hold caller');
  t.equal(held.hears('caller'), 'music', 'a listener is no company');
  t.equal(held.hears('1002'), 'silence');
  const consult = listening('1001: three-way 110', 'answer 3001', '1001: consult on');
  t.ok(consult.together('1001', '3001', '1002'), 'it hears the seats where they talk');
  t.equal(consult.hears('caller'), 'music');
  t.end();
});

test('SU5 what is refused: twice, in the wrong phase, without a phone, by a seat', (t) => {
  const story = listening();
  t.equal(story.refusal('sup-12345: supervise listen'), 'already-supervised');
  t.equal(story.refusal('sup-12345: supervise barge 1001'), 'already-supervised', 'at another phone');
  t.equal(story.refusal('sup-110: supervise listen'), 'invalid-field');
  t.equal(story.refusal('sup-110: supervise listen 9999'), 'unknown-target');
  t.equal(story.refusal('1001: supervise listen 3002'), 'forbidden');
  t.equal(story.refusal('sup-110: supervise-end'), 'not-a-party');
  story.tell('sup-110: supervise listen 3002', 'answer 3002');
  t.ok(story.together('caller', '1001', '1002', '3002'), "the other platform's supervisor, too");
  const waiting = new Story();
  waiting.tell('away 1001 1002', 'arrive 12345');
  t.equal(waiting.refusal('sup-12345: supervise listen 1002'), 'wrong-phase');
  t.end();
});

test('TR1 SU5 the phone must be free at the floor; the same key again, and a change of mode, are not looked at twice', (t) => {
  const story = talking();
  const boss: Actor = { user: 'sup-12345', role: 'supervisor', platform: '12345', seat: null };
  const floor = createFloor(floorRulesOf(site), seatsOf(site, [], 0));
  const asked = (seat: string, id = 'k99') =>
    phoneRefused(floor, story.call, id, boss, {
      name: 'supervise',
      body: { mode: 'listen', seat, visible: false },
    });
  t.equal(asked('1002'), 'not-signed-in');
  const sign = { name: 'sign-in', body: { phone: 'desk' } } as const;
  floor.step({ type: 'command', id: 's', at: 1, actor: boss, seat: '1002', command: sign });
  t.equal(asked('1002'), 'phone-not-registered');
  floor.step({ type: 'phone', seat: '1002', registered: true, at: 2 });
  t.equal(asked('1002'), null, 'on a break it may listen');
  const message = {
    type: 'seat-adopted',
    seat: '1002',
    call: 'c1',
    state: 'talking',
    request: null,
  } as const;
  floor.step({ type: 'message', at: 3, message });
  t.equal(asked('1002'), 'seat-busy');
  story.tell('sup-12345: supervise listen 1002');
  t.equal(asked('1002'), null, 'it is its own already: the call answers');
  t.match(story.tell('sup-12345: again supervise listen 1002')[0]?.decision, { ok: true, repeated: true });
  t.end();
});

test('SV4 after a crash it listens, whispers and may take over as before; its seat is off the floor', (t) => {
  const story = listening('sup-12345: supervise whisper', 'crash');
  t.equal(story.hears('1002'), 'bridge:c1.whisper.1002');
  t.notOk(muted(story, '1002'));
  t.ok(story.together('caller', '1001'));
  t.equal(story.seat('1002'), 'talking');
  story.tell('sup-12345: supervise listen', 'crash');
  t.ok(muted(story, '1002'));
  const gone = listening('sup-12345: supervise whisper', 'vanish 1001', 'crash');
  t.equal(gone.call.owner, null);
  t.match(gone.facts('supervision.changed').at(-1), { mode: 'listen' });
  const rung = talking('sup-12345: supervise take-over 1002', 'answer-unheard 1002', 'crash');
  t.equal(rung.call.owner, '1002', 'answered while nobody listened');
  t.end();
});

test('SU6 a hidden supervisor is shown to supervisors alone; a visible one to the seat, too', (t) => {
  const view = (visible: string) => {
    const story = talking(`sup-12345: supervise barge 1002 ${visible}`, 'answer 1002');
    return { shown: callView(story.call, null), fact: story.facts('supervision.started')[0] ?? {} };
  };
  const engine = { liveCalls: () => [], seat: () => null } as unknown as EngineFace;
  const scope = new Scope(engine, new Involvement(engine));
  const seat: Actor = { user: '1001', role: 'seat', platform: '12345', seat: '1001' };
  const boss: Actor = { user: 'sup-110', role: 'supervisor', platform: '110', seat: null };
  const hidden = view('');
  const open = view('visible');
  const fact = (data: Readonly<Record<string, unknown>>) =>
    ({
      sequence: 1,
      type: 'supervision.started',
      time: '',
      call: 'c1',
      platform: '12345',
      actor: 'sup-12345',
      data,
    }) as const;
  t.same(
    scope.call(seat, hidden.shown).parties.map(({ id, hears }) => [id, hears]),
    [
      ['c1-caller', ['c1.1001.2']],
      ['c1.1001.2', ['c1-caller']],
    ],
  );
  t.notOk(scope.mayFact(seat, fact(hidden.fact), hidden.shown, new Set()));
  t.equal(scope.call(boss, hidden.shown).parties[2]?.hidden, true);
  t.match(scope.call(seat, open.shown).parties[2], { role: 'supervisor', supervises: 'barge' });
  t.same(scope.call(seat, open.shown).parties[0]?.hears, ['c1.1001.2', 'c1.1002.3']);
  t.ok(scope.mayFact(seat, fact(open.fact), open.shown, new Set()));
  t.end();
});
