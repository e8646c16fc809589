// A whole call by browser: answered, tagged, handed over, three-way, outcome, wrap-up. It must not press what a person cannot.
import type { Test } from 'tap';
import type { People } from './people.ts';

export async function callStory(t: Test, { city, first, police }: People): Promise<void> {
  const caller = await city.citizen('13907770001');
  await caller.dial('12345');

  await first.on('incoming').waitFor({ timeout: 8_000 });
  t.match(
    await first.on('caller-number').first().innerText(),
    '13907770001',
    'OF3: the number is there before the answer',
  );
  await first
    .on('answer-within')
    .filter({ hasText: /秒后转下一坐席/u })
    .waitFor();
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

  await first.on('caller-history').filter({ hasText: '首次来电' }).waitFor({ timeout: 4_000 });
  t.pass('TR3: what is known of the number');
  await first.press('tab-knowledge');
  await first.page.locator('input[name=question]').fill('夜间施工');
  await first.on('miss-knowledge').click();
  await first.page.getByText('已登记为待解答问题').waitFor();
  t.pass('KN: a question without an answer is put on the list, by a press');

  await first.page.locator('input[name=class][value=urgent]').check();
  t.match(
    await first.on('class-definition').innerText(),
    /第五条 · 紧急[\s\S]*正在发生的违法犯罪/u,
    "R18: the plan's words stand beside the choice",
  );
  await first.page.locator('input[name=item]').fill('噪音扰民');
  await first.page.locator('textarea[name=summary]').fill('楼上夜间施工，双方争执');
  await first.press('save-tag');
  await first.on('tag-state').filter({ hasText: '已保存' }).waitFor();

  await first.page.locator('input[name=note]').fill('当事人情绪激动');
  await first
    .on('load-110')
    .filter({ hasText: /空闲 1 · 排队 0/u })
    .waitFor({ timeout: 8_000 });
  t.pass('TR2: how the other side stands is seen before the press');
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
}
