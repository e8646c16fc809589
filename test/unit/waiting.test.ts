// What a waiting caller hears and may press, and the question after the talk (R14, R15, OF7).
// It must not test the call back itself (call-back.test.ts).
import { test } from 'tap';
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
