// Paper: a ticket written by hand, its drawer with deadlines and timeline, the list as a file that really arrives; and what a partner
// would not take, looked at and sent again from the dead-letter desk. It must not open tickets by the API.
import { readFile } from 'node:fs/promises';
import type { Test } from 'tap';
import { everyLook, fewLooks, still } from './looks.ts';
import type { People } from './people.ts';

const summary = '小区路灯连续三天不亮，夜间出行不便';

export async function ticketsStory(t: Test, { city, chief }: People): Promise<void> {
  const { page } = chief;
  await page.goto(`${city.server.url}/#/tickets`);
  await chief.press('new-ticket');
  const dialog = page.getByRole('dialog');
  await dialog.locator('textarea[name=new-summary]').waitFor();
  await still(chief);
  await everyLook(t, chief, 'a new ticket', fewLooks);
  await dialog.locator('select[name=source]').selectOption('internet');
  await dialog.locator('textarea[name=new-summary]').fill(summary);
  await dialog.locator('input[name=confidential]').check();
  await chief.press('open-new-ticket');

  const ticket = chief.on('ticket');
  await ticket.waitFor({ timeout: 8_000 });
  t.match(await ticket.innerText(), /路灯连续三天不亮/u, 'TK1: opened, and shown in full');
  await chief.on('confidential').waitFor();
  await chief.press('ticket-accept');
  await chief.on('ticket-state').filter({ hasText: '已受理' }).waitFor({ timeout: 5_000 });
  t.match(await ticket.innerText(), /剩余 \d+:\d\d/u, 'TK3: its next deadline counts down');
  await ticket.getByText('办理过程').waitFor();
  for (const step of ['登记', '受理'])
    await ticket.locator('ol li').filter({ hasText: step }).first().waitFor({ timeout: 5_000 });
  t.pass('TK1: what happened to it, in order and in words');
  await still(chief);
  await everyLook(t, chief, 'a ticket in full', fewLooks);
  await page.keyboard.press('Escape');
  await ticket.waitFor({ state: 'detached' });

  for (const [format, begins] of [
    ['CSV', '\uFEFF'],
    ['XLSX', 'PK'],
    ['NDJSON', '{'],
  ] as const) {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: format, exact: true }).click(),
    ]);
    const text = await readFile(await file.path(), format === 'XLSX' ? 'latin1' : 'utf8');
    t.ok(text.startsWith(begins), `TK8: ${file.suggestedFilename()} arrived, ${text.length} characters`);
    if (format !== 'XLSX') t.ok(text.includes(summary), 'with the ticket in it');
  }
}

export async function deadLettersStory(t: Test, { city, chief, partner }: People): Promise<void> {
  const { page } = chief;
  await page.goto(`${city.server.url}/#/exchange`);
  const row = page.getByRole('row').filter({ hasText: 'department' });
  const parked = row.locator('.chip');
  const again = page.getByRole('button', { name: '刷新' });
  const until = async (what: RegExp): Promise<void> => {
    for (let n = 0; n < 40; n += 1) {
      if (await parked.filter({ hasText: what }).isVisible()) return;
      await again.click();
      await page.waitForTimeout(250);
    }
    throw new Error(`The desk of dead letters shows ${await parked.innerText()}, not ${String(what)}.`);
  };
  await row.waitFor({ timeout: 8_000 });
  await until(/^[1-9]/u);
  await row.getByRole('button').click();
  const letters = page.getByRole('region', { name: '查看死信' });
  await letters.getByText('HTTP 400').first().waitFor({ timeout: 5_000 });
  t.pass('G13: what the partner calls wrong is on the desk, with its answer');
  await still(chief);
  await everyLook(t, chief, 'dead letters', fewLooks);
  partner.manner = () => 'take';
  await page.getByRole('button', { name: '全部重发' }).click();
  await page
    .getByRole('status')
    .filter({ hasText: /已重新排队 \d+ 条/u })
    .waitFor({ timeout: 5_000 });
  await until(/^0$/u);
  t.ok(partner.effects.length > 0, 'G13: sent again, and taken');
  t.same(partner.faults, [], 'as the partner knows our signature');
}
