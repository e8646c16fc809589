// The console in real browsers on real Asterisk: people press buttons, tones tell who hears whom, screens tell the rest.
// It must not call the API for what a button does.
import { readFile } from 'node:fs/promises';
import t from 'tap';
import type { Test } from 'tap';
import { firstScreen } from '../../console/first-screen.ts';
import { freshBuild } from '../../console/fresh-build.ts';
import { City } from '../../lab/city.ts';
import { BrowserSeat } from './browser-seat.ts';

t.setTimeout(400_000);
const axe = await readFile(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
await freshBuild();
const city = await City.start();
t.teardown(() => city.stop());
const first = await BrowserSeat.open(city, '1001');
t.teardown(() => first.close());
const police = await BrowserSeat.open(city, '3001');
t.teardown(() => police.close());
// Everybody before the first story: tap takes a pause between two for the end.
const chief = await BrowserSeat.open(city, 'sup-12345');
t.teardown(() => chief.close());

await t.test('design §5 the first screen of a desk is light: at most 500 kB with gzip', async (t) => {
  const { files, gzipBytes, ms } = await firstScreen(first.page);
  t.comment(`${files} files, ${Math.round(gzipBytes / 1024)} kB with gzip, all there after ${ms} ms`);
  t.ok(files > 3 && gzipBytes <= 500 * 1024, `${gzipBytes} bytes`);
});

await t.test(
  'RC3 TR2–TR5 TW2 TW5 a call by browser: answered, tagged, handed over, three-way, outcome, wrap-up',
  async (t) => {
    await first.ready();
    await police.ready();
    const caller = await city.citizen('13907770001');
    await caller.dial('12345');

    await first.on('incoming').waitFor({ timeout: 8_000 });
    t.match(
      await first.on('caller-number').first().innerText(),
      '13907770001',
      'OF3: the number is there before the answer',
    );
    await first.state(/振铃/u);
    await first.press('answer');
    await first.hears([caller.toneHz], [police.toneHz]);
    await caller.hears([first.toneHz], 4_000);
    t.pass('CL9: two-way audio by tone');
    await first.state(/通话/u);
    const codec = first.on('quality');
    await codec.waitFor();
    t.match(await codec.innerText(), /良好/u, 'the quality of the line is shown');

    await first.on('recording-state').filter({ hasText: '录音中' }).waitFor();
    await first.press('pause-recording');
    await first.press('pause-card');
    await first.on('recording-state').filter({ hasText: '录音已暂停' }).waitFor();
    await first.press('resume-recording');
    await first.on('recording-state').filter({ hasText: '录音中' }).waitFor();
    t.pass('R26: paused with a reason and taken up again, as the facts say');

    await first.page.locator('input[name=class][value=urgent]').check();
    t.match(
      await first.page.locator('#class-definition').innerText(),
      /第五条 · 紧急[\s\S]*正在发生的违法犯罪/u,
      "R18: the plan's words stand beside the choice",
    );
    await first.page.locator('input[name=item]').fill('噪音扰民');
    await first.page.locator('textarea[name=summary]').fill('楼上夜间施工，双方争执');
    await first.press('save-tag');
    await first.on('tag-state').filter({ hasText: '已保存' }).waitFor();

    await first.page.locator('input[name=note]').fill('当事人情绪激动');
    await first.press('transfer-110');
    await first.on('transfer-state').filter({ hasText: '对方振铃' }).waitFor({ timeout: 5_000 });
    t.match(
      await first.on('transfer-progress').innerText(),
      /请不要挂电话，我们帮您转接/u,
      'the script is on the screen',
    );
    await police.on('incoming').waitFor({ timeout: 5_000 });
    const context = await police.on('incoming').innerText();
    for (const word of ['转接来电', '紧急', '楼上夜间施工，双方争执', '当事人情绪激动', '12345 热线'])
      t.ok(context.includes(word), `TR3: “${word}” before the answer`);
    await police.press('answer');
    await police.hears([caller.toneHz], [first.toneHz]);
    await caller.hears([police.toneHz], 4_000);
    t.pass('TR5: caller and target hear each other, nobody else');
    await first.on('wrap-up').waitFor({ timeout: 5_000 });
    await first.press('finish-wrap-up');
    await first.state(/空闲/u);

    await police.press('mode-three-way');
    await police.press('transfer-12345');
    await first.on('incoming').waitFor({ timeout: 8_000 });
    t.match(await first.on('incoming').innerText(), /三方邀请/u);
    await police.hears([caller.toneHz]);
    t.pass('TW1: while the third rings the two go on talking');
    await first.press('answer');
    await first.hears([caller.toneHz, police.toneHz]);
    await police.hears([caller.toneHz, first.toneHz]);
    t.pass('TW2: all three hear each other');
    t.match(
      await police.on('party-caller').innerText(),
      /能听到.*3001.*1001|能听到.*1001.*3001/u,
      'TW2: who hears whom is shown',
    );

    await police.press('consult');
    await police.hears([first.toneHz], [caller.toneHz]);
    await caller.hears('music', 4_000);
    t.pass('TW3: the seats talk alone, the caller has music');
    await police.press('consult');
    await police.hears([caller.toneHz, first.toneHz]);

    await police.press('outcome-110');
    await first.on('outcome').filter({ hasText: '110 受理' }).waitFor();
    await first.press('outcome-110');
    await police.on('outcome').filter({ hasText: '已确定：110 受理' }).waitFor({ timeout: 5_000 });
    t.pass('TW5: equal proposals decide, both screens say so');
    await first.press('leave');
    await first.on('wrap-up').waitFor({ timeout: 5_000 });
    await police.hears([caller.toneHz], [first.toneHz]);
    t.pass('TW4: the others go on talking');
    await police.press('hang-up');
    await police.press('confirm-hang-up');
    await caller.reaches('idle', 5_000);
    await police.on('wrap-up').waitFor({ timeout: 5_000 });
    await city.witness.nothingLeft(3_000);
    for (const seat of [first, police]) {
      await seat.press('finish-wrap-up');
      await seat.state(/空闲/u);
    }
    t.same([...first.complaints, ...police.complaints], [], 'no page complained');
  },
);

await t.test(
  'TR6 TR8 a refused and a cancelled transfer bring the caller back, and the screen says why',
  async (t) => {
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
    await first.press('save-tag');
    await first.press('finish-wrap-up');
    await first.state(/空闲/u);
  },
);

await t.test(
  'design §4 RC1 a supervisor listens, whispers and barges from the wall; a page that goes away leaves music',
  async (t) => {
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

    first.page.once('dialog', (dialog) => void dialog.accept());
    await first.page.reload();
    await caller.hears('music', 4_000);
    t.pass('RC1 CL2: notice and music, not silence, while the page is away');
    const took = await first.hears([caller.toneHz], [], 20_000);
    await caller.hears([first.toneHz], 4_000);
    t.pass(`RC1: the page loaded anew is back in the same call by itself (${took} ms after the music)`);
    await first.state(/通话/u);

    first.freeze(true);
    await caller.hears('music', 6_000);
    t.pass('RC2 CL2: the seat froze, the caller has music');
    first.freeze(false);
    await first.hears([caller.toneHz], [], 15_000);
    await caller.hears([first.toneHz], 6_000);
    t.pass('RC2: it is back, and nobody had to do anything');
    await caller.hangup();
    await first.on('wrap-up').waitFor({ timeout: 5_000 });
    await first.press('save-tag');
    await first.press('finish-wrap-up');
    await first.state(/空闲/u);
  },
);

await t.test('R26 R28 a supervisor hears the recording of a call, and is shown its hash', async (t) => {
  const { page } = chief;
  await page.goto(`${city.server.url}/#/calls`);
  await page.getByRole('button', { name: /^查看/u }).last().click();
  await chief.on('fetch-recording').first().click({ timeout: 8_000 });
  const sound = chief.on('recording-sound');
  await sound.waitFor();
  await page.waitForFunction("document.querySelector('audio[controls]').duration > 5");
  t.match(await chief.on('recording').innerText(), /[0-9a-f]{64}/u, 'its hash is shown');
  await page.keyboard.press('Escape');
});

/** What differs between themes is colour: the dark look of a screen already judged whole is judged by its contrast. */
async function judged(seat: BrowserSeat, theme = 'light'): Promise<readonly string[]> {
  if ((await seat.page.evaluate('typeof axe')) === 'undefined') await seat.page.evaluate(axe);
  const rules =
    theme === 'dark'
      ? { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }
      : { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
  return seat.page.evaluate<readonly string[]>(`axe
    .run(document, { runOnly: ${JSON.stringify(rules)}, resultTypes: ['violations'] })
    .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 160) + ' ' + failureSummary)))`);
}

const allLooks: readonly (readonly [locale: string, theme: string])[] = [
  ['zh-CN', 'light'],
  ['zh-CN', 'dark'],
  ['en', 'light'],
  ['en', 'dark'],
];
/** Tables made as others are: one look of each language and theme tells. */
const plain = new Set(['#/tickets', '#/reports', '#/exchange']);

async function everyLook(t: Test, seat: BrowserSeat, screen: string, looks = allLooks): Promise<void> {
  for (const [locale, theme] of looks) {
    await seat.look(locale, theme);
    t.same(await judged(seat, theme), [], `${screen}, ${locale}, ${theme}: WCAG 2.2 AA`);
  }
  await seat.look('zh-CN', 'light');
}

await t.test('G36 every screen in both languages and both themes meets WCAG 2.2 AA', async (t) => {
  await everyLook(t, first, 'desk, waiting');
  await first.page.locator('body').press('?');
  await first.page.getByRole('dialog').waitFor();
  await everyLook(t, first, 'keys');
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
  await everyLook(t, first, 'desk, three-way');

  for (const [user, paths] of [
    ['sup-12345', ['#/wall', '#/board', '#/calls', '#/tickets', '#/reports']],
    ['audit', ['#/audit']],
    ['admin', ['#/accounts', '#/exchange']],
  ] as const) {
    const person = await BrowserSeat.open(city, user);
    t.teardown(() => person.close());
    for (const path of paths) {
      await person.page.goto(`${city.server.url}/${path}`);
      await person.page.locator('main h1').waitFor({ state: 'attached' });
      await person.page.waitForTimeout(800);
      if (path === '#/wall') {
        await person.on('transfer-count').filter({ hasText: '1' }).waitFor();
        await person.on('tile-1001').filter({ hasText: '通话' }).waitFor();
        t.pass('the floor shows the three-way and the seat');
      }
      if (path === '#/audit') {
        await person.press('verify');
        await person.on('verdict').filter({ hasText: '完整' }).waitFor();
      }
      await everyLook(
        t,
        person,
        `${user} ${path}`,
        plain.has(path)
          ? [
              ['zh-CN', 'light'],
              ['en', 'dark'],
            ]
          : allLooks,
      );
      if (path === '#/calls') {
        await person.page.getByRole('button', { name: '查看' }).nth(0).click();
        await person.page.getByRole('dialog').waitFor();
        await person.page.waitForTimeout(600);
        t.same(await judged(person), [], 'a call in full: WCAG 2.2 AA');
      }
    }
    t.same(person.complaints, [], `${user}: no page complained`);
    await person.page.evaluate('sessionStorage.clear()');
    await person.page.goto('about:blank');
    await person.page.goto(`${city.server.url}/`);
    await person.page.locator('input[name=user]').waitFor();
    t.same(await judged(person), [], 'sign-in: WCAG 2.2 AA');
  }
  await first.press('leave');
  await first.on('wrap-up').waitFor({ timeout: 5_000 });
  await everyLook(t, first, 'desk, wrap-up');
  await caller.hangup();
});
