// A supervisor listens, whispers and barges from the wall; a page that is loaded anew and a network that goes away leave the
// caller in music and come back by themselves. It must not help the page along.
import type { Test } from 'tap';
import { wrappedUp } from './people.ts';
import type { People } from './people.ts';

export async function supervisionStory(t: Test, { city, first, chief }: People): Promise<void> {
  const ear = await city.staff('1020', { ready: false });
  await city.until(
    'the phone at the wall is there',
    async () => (await city.seat('1020'))['phone'] === 'registered',
  );
  const caller = await city.citizen('13907770004');
  await caller.dial('12345');
  await first.press('answer');
  await first.hears([caller.toneHz]);
  await chief.on('tile-1001').filter({ hasText: '通话' }).waitFor();
  await chief.page.getByRole('button', { name: /^查看/u }).nth(0).click();
  await chief.page.locator('.supervise select').selectOption('1020');
  await chief.press('supervise-listen');
  await ear.phone.hears([caller.toneHz, first.toneHz], 6_000);
  await caller.hears([first.toneHz], 4_000);
  t.pass('listening: hears both, is heard by nobody');
  await chief.press('supervise-whisper');
  await first.hears([caller.toneHz, ear.phone.toneHz]);
  await caller.hears([first.toneHz], 4_000);
  t.pass('whispering: the seat hears, the caller does not');
  await chief.press('supervise-barge');
  await caller.hears([first.toneHz, ear.phone.toneHz], 4_000);
  t.pass('barging in: the caller hears both');
  await chief.page.getByRole('button', { name: '结束监控' }).click();
  await caller.hears([first.toneHz], 4_000);
  await chief.page.keyboard.press('Escape');

  // The new page is held back until the music was heard: a fast machine is back in the call before anybody could listen.
  const heard = Promise.withResolvers<undefined>();
  await first.page.route('**/assets/**', async (route) => {
    await heard.promise;
    await route.continue();
  });
  first.page.once('dialog', (dialog) => void dialog.accept());
  const loaded = first.page.reload();
  try {
    await caller.hears('music', 8_000);
    t.pass('RC1 CL2: notice and music, not silence, while the page is away');
  } finally {
    heard.resolve(undefined);
    await loaded;
    await first.page.unroute('**/assets/**');
  }
  const took = await first.hears([caller.toneHz], [], 20_000);
  await caller.hears([first.toneHz], 4_000);
  t.pass(`RC1: the page loaded anew is back in the same call by itself (${took} ms after the music)`);
  await first.state(/通话/u);

  first.network(false);
  await caller.hears('music', 6_000);
  t.pass('RC2 CL2: the network is gone, the caller has music and not silence');
  await first.page.waitForTimeout(2_500);
  first.network(true);
  const back = await first.hears([caller.toneHz], [], 20_000);
  await caller.hears([first.toneHz], 8_000);
  t.pass(`RC2: the network is back, and so is the sound (${back} ms later); nobody pressed anything`);
  await first.state(/通话/u);
  t.ok(await first.on('hang-up').isEnabled(), 'the call is on the screen as before');
  await first.press('hold');
  await caller.hears('music', 4_000);
  await first.press('hold');
  await caller.hears([first.toneHz], 6_000);
  t.pass('RC3: and its buttons do what they say');

  await chief.page.getByRole('button', { name: /^查看/u }).nth(0).click();
  await chief.page.locator('.supervise select').selectOption('1020');
  await chief.press('supervise-take-over');
  await caller.hears([ear.phone.toneHz], 6_000);
  await ear.phone.hears([caller.toneHz], 4_000);
  await first.on('wrap-up').waitFor({ timeout: 5_000 });
  await chief.on('tile-1020').filter({ hasText: '通话' }).waitFor();
  t.pass("SU3: taken over: the supervisor's seat has the caller, the first seat is out and in wrap-up");
  await chief.page.keyboard.press('Escape');
  await caller.hangup();
  await ear.phone.reaches('idle', 4_000);
  await wrappedUp(first);
}

export async function recordingStory(t: Test, { city, chief }: People): Promise<void> {
  const { page } = chief;
  await page.goto(`${city.server.url}/#/calls`);
  await page.getByRole('button', { name: /^查看/u }).last().click();
  await chief.on('fetch-recording').first().click({ timeout: 8_000 });
  const sound = chief.on('recording-sound');
  await sound.waitFor();
  await chief.until("document.querySelector('audio[controls]').duration > 5");
  t.match(await chief.on('recording').innerText(), /[0-9a-f]{64}/u, 'its hash is shown');
  await page.keyboard.press('Escape');
}
