// A screen judged by axe, WCAG 2.2 AA, in the languages and themes asked for, when it stands still. It must not judge taste.
import { readFile } from 'node:fs/promises';
import type { Test } from 'tap';
import type { BrowserSeat } from '../browser-seat.ts';

const axe = await readFile(new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** What differs between themes is colour: the dark look of a screen already judged whole is judged by its contrast. */
export async function judged(seat: BrowserSeat, theme = 'light'): Promise<readonly string[]> {
  if ((await seat.page.evaluate('typeof axe')) === 'undefined') await seat.page.evaluate(axe);
  const rules =
    theme === 'dark'
      ? { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }
      : { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
  return seat.page.evaluate<readonly string[]>(`axe
    .run(document, { runOnly: ${JSON.stringify(rules)}, resultTypes: ['violations'] })
    .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 160) + ' ' + failureSummary)))`);
}

export const allLooks: readonly (readonly [locale: string, theme: string])[] = [
  ['zh-CN', 'light'],
  ['zh-CN', 'dark'],
  ['en', 'light'],
  ['en', 'dark'],
];
export const fewLooks: typeof allLooks = [
  ['zh-CN', 'light'],
  ['en', 'dark'],
];
export async function everyLook(t: Test, seat: BrowserSeat, screen: string, looks = allLooks): Promise<void> {
  for (const [locale, theme] of looks) {
    await seat.look(locale, theme);
    t.same(await judged(seat, theme), [], `${screen}, ${locale}, ${theme}: WCAG 2.2 AA`);
  }
  await seat.look('zh-CN', 'light');
}

/** What it reads has been read, and nothing moves any more. */
export async function still(seat: BrowserSeat): Promise<void> {
  await seat.page.locator('main [aria-busy="true"]').first().waitFor({ state: 'detached' });
  await seat.until(
    `document.getAnimations().every(({ playState, effect }) =>
      playState !== 'running' || effect?.getComputedTiming().iterations === Infinity)`,
  );
}
