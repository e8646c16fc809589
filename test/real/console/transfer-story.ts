// Transfers that come back: cancelled, refused, busy, unanswered; the caller is with the first seat again and the screen says why.
// It must not look behind the screen.
import type { Test } from 'tap';
import type { Softphone } from '../../../lab/phones/softphone.ts';
import { wrappedUp } from './people.ts';
import type { People } from './people.ts';

export async function refusedStory(t: Test, { city, first, police }: People): Promise<void> {
  const caller = await city.citizen('13907770002');
  await caller.dial('12345');
  await first.on('incoming').waitFor({ timeout: 8_000 });
  await first.page.keyboard.press('F2');
  await first.hears([caller.toneHz]);
  await first.page.keyboard.press('Control+Alt+1');
  await first.on('confirm-transfer').waitFor();
  await first.page.keyboard.press('Enter');
  await police.on('incoming').waitFor({ timeout: 5_000 });
  await first.press('cancel-transfer');
  await police.on('incoming').waitFor({ state: 'detached', timeout: 3_000 });
  await first.hears([caller.toneHz]);
  t.pass('TR8: cancelled, the target stops, the two talk again');

  await first.press('transfer-110');
  await police.on('reject').click({ timeout: 8_000 });
  await first.on('transfer-progress').filter({ hasText: '转接未成功' }).waitFor({ timeout: 25_000 });
  t.match(await first.on('transfer-progress').innerText(), /市民已回到您这里/u, 'TR6: said in words');
  await first.hears([caller.toneHz]);
  await first.press('mute');
  await caller.hears('silence', 4_000);
  await first.page.keyboard.press('F9');
  await caller.hears([first.toneHz], 4_000);
  t.pass('muted and heard again, by button and by key');
  await first.press('hold');
  await caller.hears('music', 4_000);
  await first.press('hold');
  await caller.hears([first.toneHz], 4_000);
  await caller.hangup();
  await first.on('wrap-up').waitFor({ timeout: 5_000 });
  t.ok(await first.on('finish-wrap-up').isDisabled(), 'WR1: nothing ends before the tag');
  await wrappedUp(first);
}

/** TR6: a number at the foreign exchange is busy, or rings in vain. */
export async function unreachedStory(t: Test, { city, first, fire }: People): Promise<void> {
  const caller = await city.citizen('13907770005');
  await caller.dial('12345');
  await first.on('incoming').waitFor({ timeout: 8_000 });
  await first.press('answer');
  await first.hears([caller.toneHz]);
  await first.press('transfer-119');
  await fire.reaches('ringing', 6_000);
  await fire.hangup();
  await back(t, first, caller, /对方占线|对方拒接/u, 'busy');

  await first.press('transfer-119');
  await fire.reaches('ringing', 6_000);
  await back(t, first, caller, /无人接听/u, 'unanswered');
  await fire.reaches('idle', 3_000);
  t.pass('TR6: what rang in vain rings no more');
  await caller.hangup();
  await wrappedUp(first);
}

async function back(
  t: Test,
  first: People['first'],
  caller: Softphone,
  why: RegExp,
  name: string,
): Promise<void> {
  const progress = first.on('transfer-progress').filter({ hasText: '转接未成功' });
  await progress.waitFor({ timeout: 20_000 });
  const words = await progress.innerText();
  t.match(words, why, `TR6: ${name}, in words`);
  t.match(words, /市民已回到您这里/u);
  await first.hears([caller.toneHz]);
  await caller.hears([first.toneHz], 4_000);
}
