// What can run out, told in time: the marks, and what this machine says of itself. It must not fill anything.
import { tmpdir } from 'node:os';
import { test } from 'tap';
import { createLimits } from '../../server/adapters/system/limits.ts';
import { watchLimits } from '../../server/domain/guard/limits.ts';

test('F24 told once at 80 %, and again when it is under 70 %; each limit by itself', (t) => {
  const at = (used: number) => [{ limit: 'open-files', used, most: 1000 }];
  const told = (step: ReturnType<typeof watchLimits>) => step.facts.map(({ type }) => type);
  const low = watchLimits(new Set(), at(799));
  t.same(told(low), []);
  const near = watchLimits(low.near, [...at(800), { limit: 'state-disk', used: 99, most: 100 }]);
  t.same(told(near), ['alarm.limit-near', 'alarm.limit-near']);
  t.match(near.facts[0]?.data, { limit: 'open-files', used: 800, most: 1000, percent: 80 });
  const still = watchLimits(near.near, at(710));
  t.same(told(still), [], 'between the marks it is as it was, and what could not be read stays');
  const eased = watchLimits(still.near, at(699));
  t.same([told(eased), [...eased.near]], [['alarm.limit-eased'], ['state-disk']]);
  t.end();
});

test('F24 this machine: open files and disks; what cannot be read is left out', async (t) => {
  const read = await createLimits({
    'state-disk': tmpdir(),
    'recordings-disk': '/nowhere/at/all',
    none: undefined,
  }).read();
  t.same(
    read.map(({ limit }) => limit),
    ['open-files', 'state-disk'],
  );
  for (const { used, most } of read) t.ok(used > 0 && used <= most);
});
