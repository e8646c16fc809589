// Who plays in the console's stories: one city, two call-takers and a supervisor in browsers, all signed in before the first
// story (tap takes a pause between two for the end). It must not assert.
import type { City } from '../../../lab/city.ts';
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
}

/** After a call: tagged, wrapped up, ready again. */
export async function wrappedUp(seat: BrowserSeat): Promise<void> {
  await seat.on('wrap-up').waitFor({ timeout: 5_000 });
  if (await seat.on('finish-wrap-up').isDisabled()) await seat.press('save-tag');
  await seat.press('finish-wrap-up');
  await seat.state(/空闲/u);
}
