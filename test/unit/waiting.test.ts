// What a waiting caller is told, the place it may keep, the question after its talk, and the call back: pure machines, the floor among
// them. The sound of it is test/real/waiting.test.ts's.
import { test } from 'tap';
import { createFloor, defaultRules, newSeat } from '../../server/domain/acd/floor.ts';
import type { Floor, FloorEffect, Seat } from '../../server/domain/acd/floor.ts';
import { decideCallBacks, hasAttempt } from '../../server/domain/callback/desk.ts';
import type { CallBackEffect, CallBackInput, CallBacks } from '../../server/domain/callback/desk.ts';
import { keptBy } from '../../server/domain/callback/kept.ts';
import type { FloorMessage } from '../../server/domain/call/effects.ts';
import type { Fact } from '../../server/protocol/facts.ts';
import { Site, SitePlatform } from '../../server/protocol/site.ts';
import { Story } from '../call-world/story.ts';
import { site } from '../call-world/site.ts';

const said = (story: Story) =>
  story
    .effects()
    .flatMap((effect) =>
      effect.type === 'say' ? [effect.sounds.map((sound) => sound.split('/').at(-1))] : [],
    );
function over(story: Story, ok = true): void {
  const [playing] = [...story.world.asterisk.playing.keys()];
  if (playing === undefined) throw new Error('nothing is being said');
  story.world.asterisk.playing.delete(playing);
  story.world.tell('c1', { type: 'said', playing, ok });
}
const press = (story: Story, digit: string) =>
  story.world.tell('c1', { type: 'digit', leg: 'c1-caller', digit });
function waiting(): Story {
  const story = new Story('spoken');
  story.tell('away 1001 1002', 'arrive 12345');
  return story;
}

test('R15 OF7 place and wait are said at intervals between the music, to 12345 alone', (t) => {
  const story = waiting();
  t.equal(story.hears('caller'), 'music');
  story.tell('wait 5');
  t.same(said(story), [['place-1', 'minutes-2']], '70 s are two minutes; no offer before its time');
  t.equal(story.hears('caller'), 'bridge:c1.say');
  t.ok(story.channel('caller').armed, 'SV2: with the server gone nobody else takes it out of there');
  over(story);
  t.equal(story.hears('caller'), 'music');
  story.tell('wait 20');
  t.same(said(story), [['place-1', 'minutes-2', 'call-back-offer']]);
  story.tell('ready 1001', 'answer 1001');
  t.ok(story.together('caller', '1001'), 'in the middle of a word');
  t.equal(story.world.asterisk.playing.size, 0);
  t.match(story.facts('call.told-place'), [{ place: 1, expectedSeconds: 70 }, { callBackOffered: true }]);

  const police = new Story('spoken');
  police.tell('away 3001 3002', 'arrive 110', 'wait 120');
  t.equal(police.facts('call.told-place').length, 0);
  t.equal(police.hears('caller'), 'ringing');
  const menus = site.platforms.map((platform) => SitePlatform.parse({ ...platform, waiting: {} }));
  t.match(Site.safeParse({ ...site, platforms: menus }).error?.issues, [{ message: /OF7/ }], 'nor by data');
  t.end();
});

test('CL2 what cannot be played is alarmed once and leaves the caller its music', (t) => {
  const story = waiting();
  story.tell('wait 5');
  over(story, false);
  t.equal(story.hears('caller'), 'music');
  story.tell('wait 120');
  t.equal(story.facts('alarm.prompt-failed').length, 1);
  t.equal(story.facts('call.told-place').length, 1);
  const unheard = waiting();
  unheard.tell('wait 5', 'wait 31');
  t.equal(unheard.facts('alarm.prompt-failed').length, 0);
  t.equal(unheard.hears('caller'), 'music', 'an end that nobody told');
  t.end();
});

test('R15 CL4 one digit keeps the place: who hangs up then is called back, who stays is served as before', (t) => {
  const story = waiting();
  press(story, '1');
  t.equal(story.facts('call.call-back-wanted').length, 0, 'not before it was offered');
  story.tell('wait 5');
  over(story);
  story.tell('wait 20');
  press(story, '1');
  t.same([...story.world.asterisk.playing.keys()].length, 1, 'the offer stops where it is');
  over(story);
  t.equal(story.hears('caller'), 'music');
  story.tell('bye caller');
  t.match(story.facts('callback.kept'), [
    { about: 'callback:c1', number: '13800000001', queue: '12345', class: 'general' },
  ]);
  t.match(story.facts('call.ended'), [{ reason: 'call-back-kept' }]);
  t.equal(story.facts('call.call-back-owed').length, 0);

  const stays = waiting();
  stays.tell('wait 5');
  over(stays);
  stays.tell('wait 20');
  press(stays, '1');
  stays.tell('ready 1001', 'answer 1001', 'bye caller');
  t.equal(stays.facts('callback.kept').length, 0);
  t.end();
});

test('R14 after the talk the seat is free at once and the caller is asked; a digit is a fact, none is no matter', (t) => {
  const talk = () => {
    const story = new Story('spoken');
    story.tell('arrive 12345', 'answer 1001', 'wait 5');
    return story;
  };
  const story = talk();
  story.tell('1001: hang-up');
  t.same([story.phase, story.seat('1001')], ['rating', 'wrap-up']);
  t.same(said(story), [['satisfaction']]);
  t.equal(story.refusal('1001: transfer 110'), 'call-ended');
  t.equal(story.refusal('1001: tag general hole'), null, 'its tag is still welcome');
  t.equal(story.refusal('1001: guide 119'), null);
  press(story, '9');
  t.equal(story.facts('call.rated').length, 0, 'no such mark');
  press(story, '4');
  press(story, '1');
  t.match(story.facts('call.rated'), [{ score: 4, seat: '1001' }], 'once');
  over(story);
  t.equal(story.phase, 'ending');
  t.match(story.facts('call.ended'), [{ reason: 'ended-by-seat' }]);

  const mute = talk();
  mute.tell('bye 1001');
  t.equal(mute.phase, 'rating', 'a phone hung up is the same');
  mute.tell('wait 10');
  t.match(mute.facts('call.ended'), [{ reason: 'seat-left' }]);
  for (const [name, lines] of Object.entries({
    'a grave matter': ['1001: tag major fire'],
    nuisance: ['1001: hang-up nuisance'],
  })) {
    const grave = talk();
    grave.tell(...lines);
    if (grave.phase === 'talking') grave.tell('1001: hang-up');
    t.equal(grave.facts('call.ended').length, 1, `${name} is not asked`);
  }
  const police = new Story('spoken');
  police.tell('arrive 110', 'answer 3001', '3001: hang-up');
  t.equal(police.facts('call.ended').length, 1, 'nor is 110');
  const crash = talk();
  crash.tell('1001: hang-up', 'crash');
  t.same([crash.phase, crash.hears('caller')], ['rating', 'music']);
  crash.tell('wait 11');
  t.equal(crash.facts('call.ended').length, 1, 'a restart does not forget its end');
  t.end();
});

/** The desk of call backs before the real floor, as the engine runs them. */
class Desk {
  at = 1_000_000;
  readonly floor: Floor;
  readonly happened: string[] = [];
  readonly dialled: { readonly id: string; readonly number: string }[] = [];
  readonly offers: string[] = [];
  state: CallBacks = new Map();
  readonly rules = {
    digit: '1',
    trunk: 'citizens',
    afterSeconds: 30,
    ringSeconds: 25,
    attempts: 2,
    againSeconds: 120,
    expireSeconds: 3600,
  };

  constructor(seats: readonly string[]) {
    this.floor = createFloor(
      { ...defaultRules, queues: [{ id: 'q', platform: '12345', name: 'q', serviceLevelSeconds: 15 }] },
      seats.map((id): Seat => ({
        ...newSeat(
          { id, platform: '12345', group: 'own', remote: false, endpoint: `PJSIP/${id}`, queues: ['q'] },
          0,
        ),
        status: 'ready',
        phone: 'registered',
      })),
    );
  }
  message(message: FloorMessage): void {
    const answer = this.floor.step({ type: 'message', message, at: this.at });
    if (answer.ok) for (const effect of answer.effects) this.told(effect);
  }
  private told(effect: FloorEffect): void {
    if (effect.type !== 'tell-call') return;
    const { call, input } = effect;
    if (input.type !== 'offered') return;
    if (hasAttempt(this.state, call)) this.tell({ type: 'offered', id: call, seat: input.seat });
    else this.offers.push(`${call} ${input.seat}`);
  }
  tell(
    input: CallBackInput extends infer I ? (I extends { at: number } ? Omit<I, 'at'> : never) : never,
  ): void {
    const step = decideCallBacks(() => this.rules, this.state, { ...input, at: this.at });
    this.state = step.state;
    for (const { facts } of step.written) this.happened.push(...facts.map(({ type }) => type));
    for (const effect of step.effects) this.perform(effect);
  }
  private perform(effect: CallBackEffect): void {
    if (effect.type === 'floor') this.message(effect.message);
    else if (effect.type === 'dial') this.dialled.push({ id: effect.id, number: effect.entry.number });
    else if (effect.type === 'arrived') this.request(effect.id, effect.entry.since, true);
    else this.happened.push('hang-up');
  }
  request(call: string, since = this.at, head = false): void {
    const request = `${call}.r1`;
    this.message({
      type: 'request',
      request,
      call,
      purpose: 'arrival',
      wanted: { queue: 'q' },
      class: 'general',
      since,
      head,
      all: false,
      callerNumber: call,
      except: [],
    });
  }
  keep(call: string, since: number, number = `1390000${call}`): void {
    this.tell({
      type: 'kept',
      kept: {
        call,
        platform: '12345',
        queue: 'q',
        number,
        class: 'general',
        since,
        keptAt: this.at,
        attempts: 0,
      },
    });
  }
}

test("R15 OF6 the kept place is the queue's own: a seat is reserved in its turn, then the citizen rings, then that seat", (t) => {
  const desk = new Desk(['1']);
  desk.request('c-1');
  t.same(desk.offers, ['c-1 1']);
  desk.at += 1000;
  desk.request('c-3', desk.at + 5000);
  desk.keep('c-2', desk.at);
  desk.keep('c-9', desk.at, '1390000c-2');
  t.equal(desk.state.size, 1, 'single flight: one place for one number');
  t.same(desk.dialled, [], 'nobody is rung while no seat is free for it');
  desk.message({ type: 'offer-ended', request: 'c-1.r1', seat: '1', result: 'cancelled' });
  desk.message({ type: 'withdraw', request: 'c-1.r1', reason: 'abandoned' });
  t.same(desk.dialled, [{ id: 'c-2-b1', number: '1390000c-2' }], 'before who came later');
  t.equal(desk.floor.seat('1')?.state, 'reserved');
  desk.tell({ type: 'answered', id: 'c-2-b1' });
  t.same(desk.offers, ['c-1 1', 'c-2-b1 1'], 'the seat that was reserved is its own');
  t.equal(desk.state.size, 0);
  t.same(desk.happened, ['callback.dialled', 'callback.connected']);
  t.match(desk.floor.queue('q')?.today, { offered: 3, withdrawn: 0 }, 'a kept place is no call of its own');
  t.end();
});

test('R15 not reached it is rung again with its place, then it is on the call-back list; so is what waits too long', (t) => {
  const desk = new Desk(['1']);
  desk.keep('c-1', desk.at);
  t.equal(desk.dialled.length, 1);
  desk.tell({ type: 'ended', id: 'c-1-b1', cause: 17 });
  t.equal(desk.floor.seat('1')?.state, 'idle', 'the seat takes others meanwhile');
  desk.tell({ type: 'tick' });
  t.equal(desk.dialled.length, 1);
  desk.at += 120_000;
  desk.tell({ type: 'tick' });
  t.same(desk.dialled.at(-1), { id: 'c-1-b2', number: '1390000c-1' });
  desk.at += 31_000;
  desk.tell({ type: 'tick' });
  t.same(desk.happened, [
    'callback.dialled',
    'callback.failed',
    'callback.dialled',
    'callback.expired',
    'call.call-back-owed',
    'hang-up',
  ]);
  t.equal(desk.state.size, 0);

  const late = new Desk([]);
  late.keep('c-1', late.at);
  late.at += 3_600_000;
  late.tell({ type: 'tick' });
  t.same(late.happened, ['callback.expired', 'call.call-back-owed']);
  t.equal(late.floor.queue('q')?.waiting, 0);
  t.end();
});

test('R15 who calls in by itself has its place back and is not called any more', (t) => {
  const desk = new Desk([]);
  const first = desk.at;
  desk.keep('c-1', first, '13900000001');
  desk.at += 60_000;
  desk.request('c-2');
  desk.request('c-3');
  desk.tell({ type: 'called-in', number: '13900000001', platform: '12345', call: 'c-3' });
  t.same(
    desk.floor.queue('q')?.calls.map(({ call }) => call),
    ['c-3', 'c-2'],
  );
  t.same(desk.happened, ['callback.called-in']);
  t.end();
});

test('SV4 R15 a kept place is read back from its newest fact; an attempt nobody saw the end of counts', (t) => {
  const fact = (type: string): Fact => ({
    sequence: 1,
    type,
    time: '2026-11-22T02:00:00.000Z',
    call: 'c-1',
    platform: '12345',
    actor: 'system:engine',
    data: {
      about: 'callback:c-1',
      platform: '12345',
      queue: 'q',
      number: '13900000001',
      class: 'urgent',
      placeSince: '2026-11-22T01:58:00.000Z',
      attempts: 0,
    },
  });
  t.match(keptBy(fact('callback.kept')), {
    call: 'c-1',
    class: 'urgent',
    attempts: 0,
    since: Date.parse('2026-11-22T01:58:00Z'),
  });
  t.match(keptBy(fact('callback.dialled')), { attempts: 1 });
  for (const type of ['callback.connected', 'callback.called-in', 'callback.expired'])
    t.equal(keptBy(fact(type)), null);
  t.equal(keptBy({ ...fact('callback.kept'), data: {} }), null);
  t.end();
});

test('OV7 a lender that recalls has what rings at its seats stopped, and the caller its place', (t) => {
  const remote = (id: string): Seat => ({
    ...newSeat(
      { id, platform: '12345', group: 'near', remote: true, endpoint: `PJSIP/${id}`, queues: [] },
      0,
    ),
    status: 'ready',
    phone: 'registered',
  });
  const desk = new Desk([]);
  const floor = createFloor(
    { ...defaultRules, queues: [{ id: 'q', platform: '12345', name: 'q', serviceLevelSeconds: 15 }] },
    [remote('11'), remote('12')],
  );
  Object.assign(desk, { floor });
  const borrow = (groups: string[], recalled: string[]) =>
    floor.step({ type: 'borrowed', queue: 'q', groups, recalled, at: desk.at });
  borrow(['near'], []);
  desk.request('c-1');
  t.same(desk.offers, ['c-1 11']);
  const recall = borrow([], ['near']);
  if (!recall.ok) throw new Error('refused');
  t.match(
    recall.effects.filter((effect) => effect.type === 'tell-call'),
    [{ call: 'c-1', input: { type: 'offer-recalled', request: 'c-1.r1', seat: '11' } }],
  );
  desk.message({ type: 'offer-ended', request: 'c-1.r1', seat: '11', result: 'recalled' });
  t.match(floor.seat('11'), { state: 'idle', misses: 0, coolDownUntil: null }, 'no fault of the seat');
  t.match(floor.queue('q')?.calls, [{ call: 'c-1', place: 1 }], 'at once, not after a while');
  t.same(desk.offers, ['c-1 11'], 'and nobody of the lender is offered');

  const story = new Story();
  story.tell('arrive 12345');
  const [request] = [...story.world.floor.requests.keys()];
  story.world.tell('c1', { type: 'offer-recalled', request: request ?? '', seat: '1001' });
  t.same(story.facts('offer.recalled'), [{ seat: '1001', request, purpose: 'arrival' }]);
  t.equal(story.facts('offer.made').length, 2, 'the next seat');
  t.end();
});
