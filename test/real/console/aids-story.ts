// A caller who says nothing: the desk notices and shows the site's script, a key is asked for and seen, the last moments are heard
// again by this seat alone, the decision is on record. And a supervisor's word to the seats. It must not ask the API for either.
import type { Test } from 'tap';
import { everyLook, fewLooks, judged, still } from './looks.ts';
import { wrappedUp } from './people.ts';
import type { People } from './people.ts';

const heard = -45;

export async function silentStory(t: Test, { city, first, police }: People): Promise<void> {
  const caller = await city.citizen('13907770008');
  await caller.dial('12345');
  await first.on('incoming').waitFor({ timeout: 8_000 });
  // Before the answer: a desk that heard one word would not take it for silent.
  await caller.mute();
  await first.press('answer');
  const script = first.on('silent-call');
  await script.filter({ hasText: '接通后未听到来电人声音' }).waitFor({ timeout: 15_000 });
  t.pass('SL1: nothing heard for so long: the script opens by itself');
  t.ok((await script.locator('ol li').count()) >= 5, 'with its steps');
  await everyLook(t, first, 'desk, a silent caller', fewLooks);

  await first.press('silence-ask');
  await script.filter({ hasText: '已提示 1 次' }).waitFor();
  const keys = first.on('silence-keys').filter({ hasText: '1' });
  // Till the caller is where keys are heard; a person presses more than once, too.
  for (let n = 0; n < 10 && !(await keys.isVisible()); n += 1) {
    await caller.dtmf('1');
    await keys.waitFor({ timeout: 1_500 }).catch(() => undefined);
  }
  await keys.waitFor({ timeout: 1_000 });
  t.pass('SL2: what the caller presses is on the screen');
  await caller.hears([first.toneHz], 15_000);

  await first.press('replay');
  const player = first.on('replay-sound');
  await player.waitFor({ timeout: 8_000 });
  await first.until(
    `(({ duration, currentTime }) => duration > 3 && currentTime > 0)(document.querySelector('[data-test="replay-sound"]'))`,
  );
  const [own = -200] = await first.plays('replay-sound', [first.toneHz]);
  t.ok(own > heard, `RC4: the last moments again, as they were recorded (${own.toFixed(0)} dB)`);
  await caller.hears([first.toneHz], 4_000);
  t.same(await judged(first), [], 'hearing again: WCAG 2.2 AA');
  await first.press('replay-stop');
  await player.waitFor({ state: 'detached' });
  t.equal(await police.on('replay').count(), 0, 'RC4: nobody else is offered it');

  await first.press('silence-call-back');
  await first.on('silence-decided').filter({ hasText: '无声，回拨核实' }).waitFor({ timeout: 5_000 });
  await first.press('tab-timeline');
  for (const words of ['无声来电，提示按键', '来电人按键', '无声来电处置结论'])
    await first.on('timeline').filter({ hasText: words }).waitFor();
  t.pass('SL3: question, key and decision are facts of the call, in words');
  await caller.hangup();
  await first.on('wrap-up').waitFor({ timeout: 5_000 });
  t.ok(await first.on('finish-wrap-up').isEnabled(), 'SL3: a decision that closes owes no tag');
  await wrappedUp(first);
}

export async function broadcastStory(t: Test, { city, first, police, chief }: People): Promise<void> {
  await chief.page.goto(`${city.server.url}/#/wall`);
  await chief.press('broadcast-open');
  await chief.page.getByRole('dialog').waitFor();
  await still(chief);
  t.ok(await chief.on('send-broadcast').isDisabled(), 'nothing is sent without words');
  await chief.page.locator('textarea[name=broadcast-text]').fill('台风红色预警：停水停电咨询按应急口径答复');
  await chief.press('send-broadcast');
  const told = first.on('broadcast').filter({ hasText: '台风红色预警' });
  await told.waitFor({ timeout: 8_000 });
  t.match(await told.innerText(), /sup-12345/u, 'BC1: with who sent it');
  await chief.on('sent-broadcast').filter({ hasText: '未读' }).first().waitFor();
  t.equal(await police.on('broadcast').count(), 0, "BC1: not on the other platform's desks");
  await everyLook(t, chief, 'a broadcast', fewLooks);
  await everyLook(t, first, 'desk with a broadcast', fewLooks);
  await first.page.reload();
  await told.waitFor({ timeout: 15_000 });
  t.pass('BC2: it stays until it is acknowledged, over a page loaded anew');
  await first.press('acknowledge-broadcast');
  await told.waitFor({ state: 'detached', timeout: 5_000 });
  await chief.on('broadcast-read').filter({ hasText: '已读 1' }).first().waitFor({ timeout: 8_000 });
  t.pass('BC2: read here, and the supervisor sees who has');
  await chief.page.getByRole('button', { name: '撤回' }).first().click();
  await chief.on('sent-broadcast').filter({ hasText: '已撤回' }).first().waitFor({ timeout: 5_000 });
  await chief.page.keyboard.press('Escape');
}
