// Who plays in the console's stories: one city, two call-takers and a supervisor in browsers, all signed in before the first
// story (tap takes a pause between two for the end), and how they are put right between two. It must not assert.
import type { City } from '../../../lab/city.ts';
import type { PartnerSystem } from '../../../lab/partner.ts';
import type { Softphone } from '../../../lab/phones/softphone.ts';
import type { BrowserSeat } from '../browser-seat.ts';

export interface People {
  readonly city: City;
  /** 12345's seat 1001; its network can be taken away. */
  readonly first: BrowserSeat;
  /** 110's seat 3001. */
  readonly police: BrowserSeat;
  readonly chief: BrowserSeat;
  /** Somebody at the foreign exchange, behind 119. */
  readonly fire: Softphone;
  /** Somebody at the neighbouring city's exchange. */
  readonly neighbour: Softphone;
  /** The other side's ticket system, which takes nothing until it is told to. */
  readonly partner: PartnerSystem;
}

/** After a call: tagged, wrapped up, ready again. */
export async function wrappedUp(seat: BrowserSeat): Promise<void> {
  await seat.on('wrap-up').waitFor({ timeout: 5_000 });
  if (await seat.on('finish-wrap-up').isDisabled()) await seat.press('save-tag');
  await seat.press('finish-wrap-up');
  await seat.state(/空闲/u);
}

/**
 * Before each story: whatever a story before it left, nobody is on the line, both seats are free and at their desks. One that
 * failed fails alone; after one that went well there is nothing to do.
 */
export async function settled({ city, first, police, chief, fire, neighbour }: People): Promise<void> {
  first.network(true);
  await city.sendHome();
  for (const phone of [fire, neighbour]) if (phone.state !== 'idle') await phone.hangup();
  for (const seat of [first, police]) {
    const { user } = seat;
    const now = async () => city.seat(user);
    await city.until(`seat ${user} is off the line`, async () =>
      ['idle', 'wrap-up'].includes(String((await now())['state'])),
    );
    const { state, status, call } = await now();
    if (state === 'idle' && status === 'ready' && (await isFree(seat))) continue;
    const desk = await city.desk(user);
    if (state === 'wrap-up') {
      if (typeof call === 'string')
        await desk.request('PUT', `/calls/${call}/tag`, { class: 'general', summary: '补记' });
      await desk.post(`/seats/${user}/wrap-up/finish`);
    }
    // Away from whatever was open, and its phone anew.
    await seat.page.goto('about:blank');
    await seat.page.goto(`${seat.url}/#/desk`);
    if ((await now())['status'] === 'offline') await seat.ready();
    await city.until(
      `phone of ${user} registered`,
      async () => (await now())['phone'] === 'registered',
      15_000,
    );
    await desk.post(`/seats/${user}/status`, { status: 'ready' });
    await seat.state(/空闲/u);
  }
  for (const { page } of [chief, first, police]) await page.keyboard.press('Escape');
}

const isFree = ({ page }: BrowserSeat): Promise<boolean> => page.locator('.idle').isVisible();
