// The console in real browsers on real Asterisk: people press buttons, tones tell who hears whom, screens tell the rest.
// The stories are in console/; they must not call the API for what a button does.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { firstScreen } from '../../console/first-screen.ts';
import { freshBuild } from '../../console/fresh-build.ts';
import { newSecret, PartnerSystem } from '../../lab/partner.ts';
import type { Softphone } from '../../lab/phones/softphone.ts';
import { BrowserSeat } from './browser-seat.ts';
import { broadcastStory, silentStory } from './console/aids-story.ts';
import { callStory } from './console/call-story.ts';
import { doorStory } from './console/door-story.ts';
import { looksStory } from './console/looks-story.ts';
import { overflowStory } from './console/overflow-story.ts';
import { settled } from './console/people.ts';
import type { People } from './console/people.ts';
import { recordingStory, supervisionStory } from './console/supervision-story.ts';
import { deadLettersStory, ticketsStory } from './console/tickets-story.ts';
import { refusedStory, unreachedStory } from './console/transfer-story.ts';
import { Scene } from './scene.ts';

t.setTimeout(400_000);
await freshBuild();
const key = newSecret();
/** Calls everything wrong, and asks to be asked again at once: what waits for days is on the desk in moments. */
const partner = new PartnerSystem(key);
partner.checksTime = false;
partner.manner = () => ({ status: 400, retryAfterSeconds: 0.05 });
const partnerUrl = await partner.start();
t.teardown(() => partner.stop());
const scene = await Scene.start({
  environment: async (folder) => {
    const file = join(folder, 'partners.json');
    const department = {
      mode: 'webhook',
      id: 'department',
      platforms: ['12345'],
      keys: [key],
      url: partnerUrl,
      allow: [new URL(partnerUrl).host],
      inner: true,
    };
    await writeFile(file, JSON.stringify([department]), { mode: 0o600 });
    return { HOTLINE_PARTNERS: file };
  },
  change: (site) => {
    // Long enough to press a button in a browser on a slow machine, short enough to wait for in vain.
    Object.assign(site.timers, { transferLineSeconds: 8 });
    Object.assign(site, { secondFactor: { requiredFor: ['auditor'] } });
    Object.assign(site.silentCall, { keys: true });
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
await Promise.all([first.ready(), police.ready()]);
const people: People = { city, first, police, chief, fire, neighbour, partner };

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
  [
    'SL1 SL2 SL3 RC4 R28 a silent caller: noticed, asked for a key, heard again by its seat alone, decided',
    silentStory,
  ],
  ['BC1 BC2 a supervisor tells its seats something; it stays until each has read it', broadcastStory],
  ['R26 R28 a supervisor hears the recording of a call, and is shown its hash', recordingStory],
  [
    'OV3 OV4 OV6 WR2 R26 from the board: overflow, the region, a major matter, a nuisance caller',
    overflowStory,
  ],
  ['R22 TK1 TK3 TK8 R12 a ticket by hand, its drawer, and the list as files', ticketsStory],
  ['G13 R13 a partner that takes nothing: the dead-letter desk, and sent again', deadLettersStory],
  ['SE1 SE2 SE3 R28 the door with a second factor, and the audit behind it', doorStory],
  ['G36 every screen in both languages and both themes meets WCAG 2.2 AA', looksStory],
];
for (const [title, story] of stories)
  await t.test(title, async (t) => {
    await settled(people);
    await story(t, people);
  });
