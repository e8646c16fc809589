// Desks' pages that go down: one with each call it is given, and all of them at once. The server lives; pages are bare ones.
// It must not lose a caller for it.
import type { Test } from 'tap';
import { BarePage } from '../bare-page.ts';
import { breaks } from './people.ts';
import type { People } from './people.ts';

/** The fault of 999 on 25 June 2023: agents' systems restarted whenever a call arrived. */
export async function crashingPage(t: Test, { scene, city, outage, first, second }: People): Promise<void> {
  await breaks(first);
  const page = await BarePage.open(await city.desk('1004'));
  page.crashing = true;
  const registered = async () => (await city.seat('1004'))['phone'] === 'registered';
  await page.desk.ready();
  await city.until('the page has its phone', registered);
  await second.desk.ready();
  for (let crash = 1; crash <= 3; crash += 1) {
    const began = Date.now();
    const talk = await scene.talk('12345', second);
    t.comment(`crash ${crash}: the next seat had the caller after ${talk.answeredAt - began} ms`);
    t.equal(page.crashes, crash, 'the page was given the call, and went down');
    await talk.caller.hangup();
    await scene.free(second);
    await talk.caller.stop();
    await city.until('the page is loaded anew', registered);
  }
  t.match(await city.seat('1004'), { status: 'ready', notResponding: true }, 'parked after three');
  const [alarm] = await outage.query<{ data: object }>(
    "select data from facts where type = 'alarm.seat-parked'",
  );
  t.match(alarm?.data, { seat: '1004', crashes: 3 }, 'and somebody is told');
  await scene.close(t, await scene.talk('12345', second), [second]);
  t.equal(page.crashes, 3, 'it is given no more calls');
  page.crashing = false;
  await page.desk.ready();
  t.match(await city.seat('1004'), { status: 'ready', notResponding: false }, 'until its person says ready');
  await page.desk.must('/seats/1004/sign-out');
  page.drop();
  await breaks(second);
  await first.desk.ready();
}

export async function allPagesDrop(t: Test, { scene, city, first }: People): Promise<void> {
  const talk = await scene.talk('12345', first);
  const pages = await Promise.all(
    ['1004', '1005', '1006', '3004', '3005'].map(async (seat) => BarePage.open(await city.desk(seat))),
  );
  for (const { desk } of pages) await desk.ready();
  const seats = () => Promise.all(pages.map(({ desk }) => city.seat(desk.user)));
  const all = (phone: string) => async () => (await seats()).every((seat) => seat['phone'] === phone);
  await city.until('all have their phones', all('registered'));
  for (const page of pages) page.drop();
  await city.until('the server knows', all('none'));
  t.ok(
    (await seats()).every(({ status }) => status === 'ready'),
    'F22: nobody is signed out',
  );
  await talk.caller.hears([first.phone], 3000);
  await Promise.all(pages.map((page) => page.connect()));
  const back = await city.until('all have their phones again', all('registered'));
  await city.until('all have their screens again', () => pages.every(({ heard }) => heard > 0));
  t.comment(`${pages.length} pages were whole again ${Math.round(back)} ms after they came back`);
  t.ok(
    (await seats()).every(({ status, notResponding }) => status === 'ready' && notResponding === false),
    'as they were, with the same sessions',
  );
  for (const page of pages) {
    await page.desk.must(`/seats/${page.desk.user}/sign-out`);
    page.drop();
  }
  await scene.close(t, talk, [first]);
}
