// The Asterisk adapter on a real Asterisk: calls, failing legs, cuts, crashes, takeovers, phones, records.
// The stories are in ari/; they must not need our server.
import { test } from 'tap';
import { startLab } from './ari-desk.ts';
import type { Test } from 'tap';
import type { Lab } from './ari-desk.ts';
import { wholeCall, failingLegs, strayed } from './ari/calls.ts';
import { cut, hungThenDead } from './ari/cuts.ts';
import { phone, secrets, noEngine } from './ari/phones.ts';

const lab = await startLab();

const stories: readonly (readonly [title: string, story: (t: Test, lab: Lab) => Promise<void>])[] = [
  ['CL6 a whole call leaves nothing behind and costs few events', wholeCall],
  ['OF5 TR6 busy, no answer, unavailable, unknown, cancelled: each leg ends once and says why', failingLegs],
  [
    'SV4 F4 cut from Asterisk: it comes back, orders of the gap are done in order, a leg half dialled rings',
    cut,
  ],
  [
    'SV2 a caller the dead-man took is found outside, its end is told, and it comes back with its visits',
    strayed,
  ],
  ['TR4 the phone: sound, beep, key, talk, its own transfer key', phone],
  ['G23 a secret lives from sign-in to sign-out, and the next phone inherits nothing', secrets],
  ['SV1 F1 with no engine a static seat takes the call, and Asterisk wrote its own record of it', noEngine],
  [
    'F5 F6 Asterisk hangs, then dies: the watchdog tells, orders for the dead are dropped, the new one is another',
    hungThenDead,
  ],
];

test('the Asterisk adapter', async (t) => {
  t.teardown(() => lab.stop());
  for (const [title, story] of stories) await t.test(title, (t) => story(t, lab));
});
