// Overflow started from the board while the only seat talks: a waiting caller is answered in the neighbouring city, the floor
// says so, the board ends it. It must not start anything by the API.
import type { Test } from 'tap';
import { wrappedUp } from './people.ts';
import type { People } from './people.ts';

export async function overflowStory(t: Test, { city, first, chief, neighbour }: People): Promise<void> {
  const talking = await city.citizen('13907770006');
  await talking.dial('12345');
  await first.press('answer');
  await first.hears([talking.toneHz]);
  const waiting = await city.citizen('13907770007');
  await waiting.dial('12345');
  await waiting.hears('music', 6_000);
  await chief.page.goto(`${city.server.url}/#/wall`);
  await chief.on('waiting-12345').filter({ hasText: '1' }).waitFor({ timeout: 5_000 });

  await chief.press('manage-overflow');
  t.ok(await chief.on('start-overflow-12345').isDisabled(), 'nothing starts without a reason');
  await chief.page.locator('input[name=overflow-reason]').fill('台风期间来电激增');
  await chief.page.getByRole('checkbox', { name: /nanning-trunk/u }).check();
  await chief.press('start-overflow-12345');
  await chief.on('overflow-running').waitFor({ timeout: 8_000 });
  await neighbour.reaches('ringing', 10_000);
  await neighbour.accept();
  await waiting.hears([neighbour.toneHz], 6_000);
  await neighbour.hears([waiting.toneHz], 4_000);
  t.pass('OV4: answered by a seat of the neighbouring city, by tone');
  await talking.hears([first.toneHz], 4_000);
  await chief
    .on('overflow-running')
    .filter({ hasText: /接听 1/u })
    .waitFor({ timeout: 12_000 });

  await chief.press('escalate');
  await chief.press('escalate-confirm');
  await chief.press('note-region');
  await chief.page.locator('input[name=region-by]').fill('自治区值班室');
  t.ok(await chief.on('region-granted').isDisabled(), 'granted is granted by naming who comes');
  await chief.page.locator('input[name=region-group][value=nanning]').check();
  await chief.press('region-granted');
  await chief.on('overflow-running').filter({ hasText: '已同意' }).waitFor({ timeout: 8_000 });
  t.pass('OV3: the region is asked, and its word noted by hand with a name');
  await chief.press('end-overflow-12345');
  await chief.on('overflow-running').waitFor({ state: 'detached', timeout: 12_000 });
  await chief.page.keyboard.press('Escape');
  await waiting.hears([neighbour.toneHz], 4_000);
  t.pass('OV6: it ends by draining: who talks goes on talking');
  await waiting.hangup();
  await neighbour.reaches('idle', 5_000);

  await first.press('mark-nuisance');
  await first.on('nuisance-marked').waitFor({ timeout: 5_000 });
  await first.page.locator('input[name=class][value=major]').check();
  await first.page.locator('textarea[name=summary]').fill('化工厂气体泄漏');
  await first.press('save-tag');
  await chief.on('notice-count').filter({ hasText: '1' }).waitFor({ timeout: 8_000 });
  await chief.press('acknowledge-notice');
  await chief.on('notice-count').filter({ hasText: '0' }).waitFor({ timeout: 8_000 });
  t.pass('WR2 R24: a major matter is told to the supervisor, who says so');
  await talking.hangup();
  await wrappedUp(first);

  await chief.page.goto(`${city.server.url}/#/nuisance`);
  await chief.press('nuisance-confirm');
  await chief.press('nuisance-decide');
  await chief.on('nuisance').filter({ hasText: '已确认' }).waitFor({ timeout: 5_000 });
  const file = chief.page.waitForEvent('download');
  await chief.press('nuisance-evidence');
  t.match(
    (await file).suggestedFilename(),
    /^nuisance-.*\.zip$/u,
    'R26: confirmed by a second person, with its evidence',
  );
}
