// The console in real browsers on real Asterisk: people press buttons, tones tell who hears whom, screens tell the rest.
// The stories are in console/; they must not call the API for what a button does.
import t from 'tap';
import type { Test } from 'tap';
import { firstScreen } from '../../console/first-screen.ts';
import { freshBuild } from '../../console/fresh-build.ts';
import type { Softphone } from '../../lab/phones/softphone.ts';
import { BrowserSeat } from './browser-seat.ts';
import { callStory } from './console/call-story.ts';
import { looksStory } from './console/looks-story.ts';
import { overflowStory } from './console/overflow-story.ts';
import type { People } from './console/people.ts';
import { recordingStory, supervisionStory } from './console/supervision-story.ts';
import { refusedStory, unreachedStory } from './console/transfer-story.ts';
import { Scene } from './scene.ts';

t.setTimeout(400_000);
await freshBuild();
const scene = await Scene.start({
  change: (site) => {
    // Long enough to press a button in a browser on a slow machine, short enough to wait for in vain.
    Object.assign(site.timers, { transferLineSeconds: 8 });
    for (const line of site.lines) if ('trunk' in line.route) line.route['acceptance'] = 'answer';
  },
});
const { city } = scene;
t.teardown(() => scene.stop());
async function opened(user: string, cuttable = false): Promise<BrowserSeat> {
  const seat = await BrowserSeat.open(city, user, { cuttable });
  t.teardown(() => seat.close());
  return seat;
}
async function phoneAt(number: string, trunk: string): Promise<Softphone> {
  const phone = await scene.foreignPhone(number, trunk);
  t.teardown(() => phone.stop({ kill: true }));
  return phone;
}
const [fire, neighbour, first, police, chief] = await Promise.all([
  phoneAt('119', 'foreign'),
  phoneAt('12345', 'nanning'),
  opened('1001', true),
  opened('3001'),
  opened('sup-12345'),
]);
const people: People = { city, first, police, chief, fire, neighbour };

await t.test('design §5 the first screen of a desk is light: at most 500 kB with gzip', async (t) => {
  const { files, gzipBytes, ms } = await firstScreen(first.page);
  t.comment(`${files} files, ${Math.round(gzipBytes / 1024)} kB with gzip, all there after ${ms} ms`);
  t.ok(files > 3 && gzipBytes <= 500 * 1024, `${gzipBytes} bytes`);
});

const stories: readonly (readonly [title: string, story: (t: Test, people: People) => Promise<void>])[] = [
  [
    'RC3 TR2–TR5 TW2 TW5 a call by browser: answered, tagged, handed over, three-way, outcome, wrap-up',
    callStory,
  ],
  ['TR6 TR8 a refused and a cancelled transfer bring the caller back, and the screen says why', refusedStory],
  ['TR6 a busy and an unanswered number bring the caller back, and the screen says why', unreachedStory],
  [
    'design §4 RC1 RC2 supervision from the wall; a page loaded anew and a network that drops leave music and come back',
    supervisionStory,
  ],
  ['R26 R28 a supervisor hears the recording of a call, and is shown its hash', recordingStory],
  [
    'OV3 OV4 OV6 WR2 R26 from the board: overflow, the region, a major matter, a nuisance caller',
    overflowStory,
  ],
  ['G36 every screen in both languages and both themes meets WCAG 2.2 AA', looksStory],
];
for (const [title, story] of stories) await t.test(title, (t) => story(t, people));
