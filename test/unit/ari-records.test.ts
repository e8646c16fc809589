// Asterisk's own call records: lines of one call made one, each read once over rotation and restarts.
// It must not need an Asterisk: the files are written here.
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { createCallRecords } from '../../server/adapters/ari/call-records.ts';
import { mergeLines, parseLine } from '../../server/adapters/ari/record-lines.ts';
import { meter, log } from './ari-lane.ts';

const line = (
  call: string,
  from: number,
  to: number,
  more = '"Stasis","hotline,arrive,12345,x,0","engine"',
) => `"${call}","hotline-1.0","139","offer","${from}.5","${from + 1}.25","${to}.000001","ANSWERED",${more}\n`;

test('SV1 lines of one call make one record; quotes and commas of callers do no harm', (t) => {
  const lines = [
    line('c-1', 100, 110),
    line('c-1', 110, 130, '"Queue","survival-12345,tc,,,5","survival","12345","PJSIP/1001-0000002a"'),
    line('', 101, 102),
    line('c-0', 90, 95, '"Queue","survival-110,""x"",,,5","survival"'),
  ].map((text) => parseLine(text.trim()));
  t.notOk(lines.includes(null));
  t.strictSame(mergeLines(lines.flatMap((one) => one ?? [])), [
    {
      call: 'c-0',
      number: '139',
      dialled: '110',
      start: 90_500,
      answer: 91_250,
      end: 95_000,
      seat: null,
      survivedWith: null,
    },
    {
      call: 'c-1',
      number: '139',
      dialled: '12345',
      start: 100_500,
      answer: 101_250,
      end: 130_000,
      seat: '1001',
      survivedWith: '1001',
    },
  ]);
  for (const bad of ['', '"a"', 'x,y', line('../x', 1, 2).trim(), line('c-1', Number.NaN, 2).trim()])
    t.equal(parseLine(bad), null, bad);
  t.end();
});

test('F1 call records: each once, over half-written lines, rotation, a new process and a call still settling', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hotline-records-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, 'calls.csv');
  let now = 1_000_000;
  const make = () =>
    createCallRecords({ file, placeFile: join(folder, 'place'), clock: { now: () => now }, log, meter });
  const calls = async (records: ReturnType<typeof make>) => (await records.read()).map(({ call }) => call);
  let records = make();
  t.strictSame(await calls(records), [], 'no file yet');
  await writeFile(file, line('c-1', 10, 20) + line('c-2', 11, 21).slice(0, 30));
  t.strictSame(await calls(records), ['c-1']);
  await appendFile(file, line('c-2', 11, 21).slice(30) + 'nonsense\n' + line('c-3', 12, 22));
  t.strictSame(await calls(records), ['c-2', 'c-3']);
  t.strictSame(await calls(records), []);

  await appendFile(file, line('c-4', 13, 900) + line('c-5', 14, 23) + line('c-4', 900, 1000));
  t.strictSame(await calls(records), [], 'c-4 has ended this moment: its lines stay together');
  now += 5000;
  t.strictSame(await calls(records), ['c-4', 'c-5']);

  records = make();
  t.strictSame(await calls(records), ['c-4', 'c-5'], 'the last batch again: nobody said it was taken');
  t.strictSame(await calls(records), []);

  await appendFile(file, line('c-6', 15, 24));
  await rename(file, join(folder, 'calls.csv.1'));
  await writeFile(file, line('c-7', 16, 25));
  records = make();
  t.strictSame(await calls(records), ['c-6', 'c-7'], 'the tail of the rotated file first');
  await writeFile(file, '');
  await appendFile(file, line('c-8', 17, 26).slice(0, 60));
  t.strictSame(await calls(records), [], 'emptied in place');
  await appendFile(file, line('c-8', 17, 26).slice(60));
  t.strictSame(await calls(records), ['c-8']);
});
