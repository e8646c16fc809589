// Every screen judged by axe, WCAG 2.2 AA, in both languages and both themes. It must not judge taste: screenshots are for that.
import type { Test } from 'tap';
import { BrowserSeat } from '../browser-seat.ts';
import { allLooks, everyLook, fewLooks, judged, still } from './looks.ts';
import type { People } from './people.ts';

/** Tables made as others are, and the board of parts that the wall has: one look of each language and theme tells. */
const plain = new Set([
  '#/board',
  '#/calls',
  '#/tickets',
  '#/call-backs',
  '#/nuisance',
  '#/knowledge',
  '#/reports',
  '#/accounts',
  '#/exchange',
]);

export async function looksStory(t: Test, { city, first, police, chief }: People): Promise<void> {
  const opening = BrowserSeat.open(city, 'admin');
  t.teardown(async () => (await opening).close());
  await everyLook(t, first, 'desk, waiting', fewLooks);
  await first.page.locator('body').press('?');
  await first.page.getByRole('dialog').waitFor();
  await everyLook(t, first, 'keys', fewLooks);
  await first.page.keyboard.press('Escape');
  const caller = await city.citizen('13907770003');
  await caller.dial('12345');
  await first.on('incoming').waitFor({ timeout: 8_000 });
  t.same(await judged(first), [], 'desk, ringing: WCAG 2.2 AA');
  await first.press('answer');
  await first.hears([caller.toneHz]);
  await everyLook(t, first, 'desk, talking');
  await first.press('mode-three-way');
  await first.press('transfer-110');
  await police.on('answer').click({ timeout: 8_000 });
  await first.on('outcome').waitFor({ timeout: 5_000 });
  await everyLook(t, first, 'desk, three-way', fewLooks);

  const administrator = await opening;
  for (const [person, paths] of [
    [
      chief,
      ['#/wall', '#/board', '#/calls', '#/tickets', '#/call-backs', '#/nuisance', '#/knowledge', '#/reports'],
    ],
    [administrator, ['#/accounts', '#/exchange']],
  ] as const) {
    for (const path of paths) {
      await person.page.goto(`${city.server.url}/${path}`);
      await person.page.locator('main h1').waitFor({ state: 'attached' });
      await still(person);
      if (path === '#/wall') {
        await person.on('transfer-count').filter({ hasText: '1' }).waitFor();
        await person.on('tile-1001').filter({ hasText: '通话' }).waitFor();
        t.pass('the floor shows the three-way and the seat');
        await person.press('chart-overflow');
        await person.page
          .locator('table.sr-only')
          .filter({ hasText: '联动接听' })
          .locator('td')
          .filter({ hasText: /^1$/u })
          .first()
          .waitFor({ state: 'attached', timeout: 60_000 });
        t.pass("R14: the day's chart counts the call that a borrowed seat answered");
      }
      await everyLook(t, person, `${person.user} ${path}`, plain.has(path) ? fewLooks : allLooks);
      if (path === '#/wall') {
        await person.press('manage-overflow');
        await person.page.getByRole('dialog').waitFor();
        await everyLook(t, person, 'overflow in full', fewLooks);
        await person.page.keyboard.press('Escape');
      }
      if (path === '#/knowledge') {
        await person.press('write-knowledge');
        await person.page.getByRole('dialog').waitFor();
        t.same(await judged(person), [], 'an entry being written: WCAG 2.2 AA');
        await person.page.keyboard.press('Escape');
      }
      if (path === '#/reports') {
        await person.page.locator('select[name=report]').selectOption('staffing');
        await person.on('staffing').waitFor();
        await everyLook(t, person, 'staffing', fewLooks);
      }
      if (path === '#/calls') {
        await person.page.getByRole('button', { name: '查看' }).nth(0).click();
        await person.page.getByRole('dialog').waitFor();
        await still(person);
        t.same(await judged(person), [], 'a call in full: WCAG 2.2 AA');
      }
    }
    t.same(person.complaints, [], `${person.user}: no page complained`);
  }
  const { page } = administrator;
  await page.evaluate('sessionStorage.clear()');
  await page.goto('about:blank');
  await page.goto(`${city.server.url}/`);
  await page.locator('input[name=user]').waitFor();
  t.same(await judged(administrator), [], 'sign-in: WCAG 2.2 AA');
  await first.press('leave');
  await first.on('wrap-up').waitFor({ timeout: 5_000 });
  await everyLook(t, first, 'desk, wrap-up', fewLooks);
  await first.press('seat-tickets');
  await first.page.getByRole('dialog').locator('h1').waitFor();
  await everyLook(t, first, 'tickets over the desk', fewLooks);
  await caller.hangup();
}
