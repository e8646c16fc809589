// The door with a second factor: an auditor, whose role must have one here, enrols, signs in by a code, verifies the chain and
// follows one name through it. It must not know the secret but from the screen.
import { TOTP } from 'otpauth';
import type { Test } from 'tap';
import { BrowserSeat } from '../browser-seat.ts';
import { everyLook, fewLooks, judged, still } from './looks.ts';
import type { People } from './people.ts';

export async function doorStory(t: Test, { city }: People): Promise<void> {
  const auditor = await BrowserSeat.atDoor(city, 'audit');
  t.teardown(() => auditor.close());
  const { page } = auditor;
  t.same(await judged(auditor), [], 'sign-in: WCAG 2.2 AA');
  const submit = page.locator('button[type=submit]');
  await submit.click();
  await page.getByRole('alert').filter({ hasText: '身份验证器' }).waitFor();
  await page.getByRole('button', { name: '绑定身份验证器' }).click();
  const secret = page.locator('form code');
  await secret.waitFor();
  await everyLook(t, auditor, 'a second factor being enrolled', fewLooks);
  const totp = new TOTP({ secret: (await secret.innerText()).replaceAll(' ', '') });
  const code = page.locator('input[name=otp]');
  await code.fill('000000');
  await submit.click();
  await page.getByRole('alert').filter({ hasText: '动态码错误' }).waitFor();
  t.pass('SE3: a wrong code opens nothing, and is said so');
  await code.fill(totp.generate());
  await submit.click();
  await page.locator('header.bar').waitFor();
  t.pass('SE1 SE2: enrolled at the door, in by a code of the authenticator');

  await auditor.press('verify');
  await auditor.on('verdict').filter({ hasText: '完整' }).waitFor();
  await page.getByText('启用身份验证器').first().waitFor();
  await still(auditor);
  await everyLook(t, auditor, 'the audit', fewLooks);
  await auditor
    .on('audit-subject')
    .filter({ hasText: /^audit$/u })
    .first()
    .click();
  await still(auditor);
  t.equal(
    await page.locator('input[name=subject]').inputValue(),
    'audit',
    'R28: narrowed to one name by a press',
  );
  t.same(auditor.complaints, [], 'no page complained');
}
