// Pictures of every screen, both languages, both themes, from the real thing with real calls, into screenshots/.
// They are to be looked at; nothing here judges them. `node console/screenshots.ts [part of a name]` takes only those.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TOTP } from 'otpauth';
import { City } from '../lab/city.ts';
import { BrowserSeat } from '../test/real/browser-seat.ts';
import { freshBuild } from './fresh-build.ts';

const folder = join(import.meta.dirname, '../screenshots');
const only = process.argv[2] ?? '';
const looks = [
  ['zh-CN', 'light'],
  ['zh-CN', 'dark'],
  ['en', 'light'],
  ['en', 'dark'],
] as const;
const wide = { width: 1920, height: 1080 };
const usual = { width: 1366, height: 768 };

async function picture(seat: BrowserSeat, name: string): Promise<void> {
  if (!name.includes(only)) return;
  for (const [locale, theme] of looks) {
    await seat.look(locale, theme);
    await seat.page.waitForTimeout(250);
    await seat.page.screenshot({ path: join(folder, `${name}.${locale}.${theme}.png`) });
  }
  await seat.look('zh-CN', 'light');
  await seat.page.setViewportSize(wide);
  await seat.page.waitForTimeout(400);
  await seat.page.screenshot({ path: join(folder, `${name}.wide.png`) });
  await seat.page.setViewportSize(usual);
}

/** Two entries written as a supervisor writes them. */
async function known(sup: BrowserSeat): Promise<void> {
  await sup.page.goto(`${city.server.url}/#/knowledge`);
  for (const [question, answer, words] of [
    ['家中突然停水怎么办？', '先确认是否欠费；片区抢修可拨打供水热线，或留下地址由我们转办。', '断水，没水'],
    [
      '夜间几点后不得施工？',
      '城市市区噪声敏感区域内，晚22时至次日晨6时禁止产生噪声的建筑施工作业。',
      '扰民，噪音',
    ],
  ] as const) {
    await sup.press('write-knowledge');
    await sup.page.locator('input[name=question]').fill(question);
    await sup.page.locator('textarea[name=answer]').fill(answer);
    await sup.page.locator('input[name=words]').fill(words);
    await sup.press('save-knowledge');
    await sup.page.getByText(question).first().waitFor();
  }
}

/** Through the door with a second factor, enrolled on the way. */
async function enrolled(user: string): Promise<BrowserSeat> {
  const seat = await BrowserSeat.atDoor(city, user);
  open.push(seat);
  const { page } = seat;
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: '绑定身份验证器' }).click();
  const secret = page.locator('form code');
  await secret.waitFor();
  await picture(seat, 'sign-in-enrol');
  await page
    .locator('input[name=otp]')
    .fill(new TOTP({ secret: (await secret.innerText()).replaceAll(' ', '') }).generate());
  await page.locator('button[type=submit]').click();
  await page.locator('header.bar').waitFor();
  return seat;
}

await freshBuild();
await mkdir(folder, { recursive: true });
const city = await City.start({
  change: (site) =>
    Object.assign(site, {
      secondFactor: { requiredFor: ['auditor'] },
      silentCall: { ...site.silentCall, keys: true },
    }),
});
const open: BrowserSeat[] = [];
const enter = async (user: string): Promise<BrowserSeat> => {
  const seat = await BrowserSeat.open(city, user);
  open.push(seat);
  return seat;
};
try {
  const first = await enter('1001');
  await picture(first, 'desk-signed-out');
  await first.ready();
  const police = await enter('3001');
  await police.ready();
  await picture(first, 'desk-waiting');
  const caller = await city.citizen('13907770001');
  await caller.dial('12345');
  await first.on('incoming').waitFor();
  await first.page.screenshot({ path: join(folder, 'desk-ringing.png') });
  await first.press('answer');
  await first.hears([caller.toneHz]);
  await first.page.locator('input[name=class][value=urgent]').check();
  await first.page.locator('input[name=item]').fill('噪音扰民');
  await first.page.locator('input[name=place]').fill('钦南区 永福西大街 12 号 3 栋');
  await first.page
    .locator('textarea[name=summary]')
    .fill('楼上夜间施工，来电人与业主发生争执，双方情绪激动，请求到场处理。');
  await picture(first, 'desk-talking');
  await first.press('silent-open');
  await first.press('silence-ask');
  await first.press('replay');
  await first.on('replay-sound').waitFor();
  await picture(first, 'desk-silent');
  await first.press('replay-stop');
  await first.press('silence-spoke');
  await first.press('silent-open');
  await first.press('save-tag');
  await first.press('transfer-110');
  await first.on('transfer-state').filter({ hasText: '对方振铃' }).waitFor();
  await first.page.screenshot({ path: join(folder, 'desk-transferring.png') });
  await police.page.screenshot({ path: join(folder, 'desk-transfer-arrives.png') });
  await first.press('merge-transfer');
  await police.press('answer');
  await police.hears([caller.toneHz, first.toneHz]);
  await first.press('outcome-110');
  await police.on('outcome').filter({ hasText: '110 受理' }).waitFor();
  await picture(police, 'desk-three-way');

  await Promise.all(['1002', '1003'].map((seat) => city.staff(seat)));
  await city.staff('1004', { ready: false });
  for (const number of ['13807771111', '15907772222', '18877773333', '17707774444']) {
    const each = await city.citizen(number);
    await each.dial('12345');
    await first.page.waitForTimeout(700);
  }
  const sup = await enter('sup-12345');
  await sup.page.waitForTimeout(1500);
  await picture(sup, 'wall');
  await sup.press('broadcast-open');
  await sup.page
    .locator('textarea[name=broadcast-text]')
    .fill('台风红色预警：停水停电咨询按应急口径答复，涉险警情直接转 110。');
  await sup.press('send-broadcast');
  await sup.on('sent-broadcast').first().waitFor();
  await first.on('broadcast').waitFor();
  await picture(sup, 'broadcast');
  await picture(first, 'desk-broadcast');
  await sup.page.keyboard.press('Escape');
  await first.press('acknowledge-broadcast');
  await sup.press('manage-overflow');
  await sup.page.locator('input[name=overflow-reason]').fill('台风期间来电激增');
  await sup.page.getByRole('checkbox', { name: /nanning-trunk/u }).check();
  await sup.press('start-overflow-12345');
  await sup.on('overflow-running').waitFor();
  await sup.press('escalate');
  await sup.press('escalate-confirm');
  await sup.press('note-region');
  await picture(sup, 'overflow');
  await sup.page.keyboard.press('Escape');
  await sup.page.getByRole('button', { name: '查看' }).nth(0).click();
  await sup.page.getByRole('dialog').waitFor();
  await sup.page.waitForTimeout(700);
  await picture(sup, 'wall-call');
  await sup.page.keyboard.press('Escape');
  await sup.page.goto(`${city.server.url}/#/board`);
  await sup.page.waitForTimeout(1200);
  await picture(sup, 'board');
  await first.press('mark-nuisance');
  await first.press('tab-knowledge');
  await first.page.locator('input[name=question]').fill('停水');
  await first.page.waitForTimeout(600);
  await first.on('miss-knowledge').click();
  await picture(first, 'desk-knowledge');
  await first.press('leave');
  await first.on('wrap-up').waitFor();
  await picture(first, 'desk-wrap-up');
  await first.page.getByRole('button', { name: '设置' }).click();
  await first.page.getByRole('dialog').waitFor();
  await picture(first, 'settings');
  await first.page.keyboard.press('Escape');
  await first.press('seat-tickets');
  await first.page.getByRole('dialog').locator('h1').waitFor();
  await first.page.waitForTimeout(800);
  await picture(first, 'desk-tickets');
  await first.page.keyboard.press('Escape');
  await known(sup);
  for (const screen of ['calls', 'tickets', 'call-backs', 'nuisance', 'knowledge', 'reports', 'exchange']) {
    await sup.page.goto(`${city.server.url}/#/${screen}`);
    await sup.page.waitForTimeout(900);
    if (screen === 'reports') {
      await picture(sup, 'reports');
      await sup.page.locator('select[name=report]').selectOption('staffing');
      await sup.on('staffing').waitFor();
      await picture(sup, 'staffing');
    } else await picture(sup, screen);
    if (screen !== 'tickets') continue;
    await sup.press('new-ticket');
    await sup.page.getByRole('dialog').locator('textarea[name=new-summary]').waitFor();
    await picture(sup, 'new-ticket');
    await sup.page.keyboard.press('Escape');
    await sup.on('open-ticket').first().click();
    await sup.on('ticket').waitFor();
    await picture(sup, 'ticket');
    await sup.page.keyboard.press('Escape');
  }
  for (const [user, name] of [
    ['audit', 'audit'],
    ['admin', 'accounts'],
  ] as const) {
    const person = user === 'audit' ? await enrolled(user) : await enter(user);
    if (user === 'audit') await person.press('verify');
    await person.page.waitForTimeout(900);
    await picture(person, name);
  }
  await first.page.evaluate('sessionStorage.clear()');
  const door = open.at(-1);
  if (door) {
    await door.page.evaluate('sessionStorage.clear()');
    await door.page.goto('about:blank');
    await door.page.goto(`${city.server.url}/`);
    await door.page.locator('input[name=user]').waitFor();
    await picture(door, 'sign-in');
  }
} finally {
  await Promise.all(open.map((seat) => seat.close()));
  await city.stop();
}
