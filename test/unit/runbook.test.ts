// The runbook and the console's words against the code: no alarm without a line for whoever is on duty, no fact of a
// timeline shown as a code. It must not judge the advice or the wording.
import { globSync, readFileSync } from 'node:fs';
import { test } from 'tap';
import { messages } from '../../console/src/i18n/messages.ts';

const root = new URL('../..', import.meta.url).pathname;
const read = (file: string): string => readFileSync(`${root}/${file}`, 'utf8');
/** Families of facts that name their types as plain text in the code. */
const families =
  'alarm|broadcast|call|callback|notice|nuisance|offer|outcome|overflow|queue|recording|seat|supervision|threeway|transfer';
const written = new Set(
  globSync('server/{domain,engine}/**/*.ts', { cwd: root }).flatMap(
    (file) => read(file).match(new RegExp(`(?<=')(?:${families})\\.[a-z-]+(?=')`, 'gu')) ?? [],
  ),
);

test('R23 every alarm the server can raise is explained in the runbook', (t) => {
  const runbook = read('docs/RUNBOOK.md');
  const alarms = [...written].filter((type) => type.startsWith('alarm.'));
  t.ok(alarms.length >= 15, 'alarms were found');
  for (const alarm of alarms) t.match(runbook, `| \`${alarm}\` |`, `${alarm} is in docs/RUNBOOK.md`);
  t.end();
});

test('R12 every fact of calls, seats and queues has its words in Chinese and English', (t) => {
  t.ok(written.size >= 80, 'facts were found');
  for (const [language, { facts }] of Object.entries(messages)) {
    const known = new Set<string>(Object.keys(facts));
    t.same(
      [...written].filter((type) => !known.has(type.replace('.', '_'))),
      [],
      `none is shown as a code in ${language}`,
    );
  }
  t.end();
});
