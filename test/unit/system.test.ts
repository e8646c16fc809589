// The adapters to the machine itself: clock, timers, log, meter, site file, accounts file, and the ledger's spool file.
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { entryText, readSpoolLine, spoolLine } from '../../server/adapters/postgres/entry-text.ts';
import { LastSequence } from '../../server/adapters/postgres/last-sequence.ts';
import { Spool } from '../../server/adapters/postgres/spool.ts';
import { Tail } from '../../server/adapters/postgres/tail.ts';
import { readAccountsFile, writeAccountsFile } from '../../server/adapters/system/accounts-file.ts';
import { createClock } from '../../server/adapters/system/clock.ts';
import { createLog } from '../../server/adapters/system/log.ts';
import { createMeter } from '../../server/adapters/system/meter.ts';
import { loadSite } from '../../server/adapters/system/site.ts';
import { createTimers } from '../../server/adapters/system/timers.ts';
import type { Fact } from '../../server/protocol/facts.ts';
import type { Log } from '../../server/engine/ports.ts';

const nothing = (): void => undefined;
const quiet: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const folder = await mkdtemp(join(tmpdir(), 'hotline-system-'));
const fact = (sequence: number, call: string | null = null): Fact => ({
  sequence,
  type: 'call.arrived',
  time: '2026-11-20T08:00:00.000Z',
  call,
  platform: '110',
  actor: 'system:engine',
  data: { text: '中文，三方通话' },
});

test('CL7 F15 the clock never follows a jump of the wall clock', (t) => {
  let wall = 1_790_000_000_000;
  let steady = 500;
  const clock = createClock(
    () => wall,
    () => steady,
  );
  t.equal(clock.now(), wall);
  steady += 250;
  t.equal(clock.now(), 1_790_000_000_250);
  wall -= 3_600_000;
  t.equal(clock.now(), 1_790_000_000_250, 'an hour back');
  wall += 7_200_000;
  steady += 1;
  t.equal(clock.now(), 1_790_000_000_251, 'an hour forward');
  t.equal(clock.drift(), 3_600_000 - 251);
  t.ok(Math.abs(createClock().now() - Date.now()) < 1000);
  t.end();
});

test('F15 timers fire once, in order, not before their time, and can be stopped by name and by prefix', async (t) => {
  const clock = createClock();
  const errors: object[] = [];
  const timers = createTimers(clock, { ...quiet, error: (details) => errors.push(details) });
  const fired: string[] = [];
  const fire = (name: string) => () => fired.push(name);
  const now = clock.now();
  timers.start('a/offer', now + 40, fire('a/offer'));
  timers.start('a/wrap-up', now + 20, fire('a/wrap-up'));
  timers.start('b/offer', now + 10, fire('b/offer'));
  timers.start('b/offer', now + 60, () => {
    fired.push(clock.now() >= now + 60 ? 'b/offer in time' : 'b/offer early');
  });
  timers.start('c/1', now + 20, fire('c/1'));
  timers.start('c/2', now + 20, fire('c/2'));
  timers.start('past', now - 1000, fire('past'));
  timers.start('bad', now + 5, () => {
    throw new Error('a bug');
  });
  timers.start('far', now + 2 ** 33, fire('far'));
  timers.stopAll('c/');
  timers.stop('nobody');
  while (fired.length < 4) await sleep(5);
  t.strictSame(fired, ['past', 'a/wrap-up', 'a/offer', 'b/offer in time']);
  t.match(errors, [{ timer: 'bad' }]);
  t.equal(timers.size, 1, 'only the far one is left');
  timers.stopAll('');
  t.equal(timers.size, 0);
});

test('G25 the log masks numbers, names, secrets, and keeps errors readable', (t) => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(line) });
  log.debug({ a: 1 }, 'not written');
  log.info(
    {
      number: '13800000001',
      caller: { name: '张三', number: '0777-2800001' },
      sip: { password: 'hunter2', username: '1001' },
      url: 'postgres://hotline:hunter2@127.0.0.1/hotline',
      text: 'ID 45070019900101123X rang from 13900000002',
      sequence: 13_800_000_003,
      at: 1_790_000_000_000,
      list: [{ token: 'hunter2' }],
      error: Object.assign(new Error('no route to 13700000004', { cause: new Error('hunter') }), {
        code: 'X',
      }),
    },
    'call from 13600000005',
  );
  const line = lines.join('');
  t.equal(lines.length, 1);
  for (const leaked of [
    '13800000001',
    '2800001',
    '张三',
    'hunter2',
    '45070019900101123X',
    '13900000002',
    '13700000004',
    '13600000005',
  ]) {
    t.notOk(line.includes(leaked), `nothing of ${leaked}`);
  }
  t.match(JSON.parse(line), {
    number: '138****0001',
    sip: { username: '1001' },
    sequence: 13_800_000_003,
    at: 1_790_000_000_000,
    msg: 'call from 136****0005',
    error: { type: 'Error', code: 'X' },
  });
  t.end();
});

test('G27 the meter counts, and a wrong use is told once instead of thrown', async (t) => {
  const warnings: object[] = [];
  const meter = createMeter({ ...quiet, warn: (details) => warnings.push(details) });
  meter.count('hotline_calls_total', { platform: '110' });
  meter.count('hotline_calls_total', { platform: '110' }, 2);
  meter.gauge('hotline_waiting', 7);
  meter.observe('hotline_write_seconds', 0.004);
  for (let n = 0; n < 3; n += 1) meter.count('hotline_calls_total', { seat: '1' });
  meter.gauge('hotline_calls_total', 1);
  const text = await meter.text();
  t.match(text, 'hotline_calls_total{platform="110"} 3');
  t.match(text, 'hotline_waiting 7');
  t.match(text, 'hotline_write_seconds_bucket{le="0.005"} 1');
  t.match(text, 'process_cpu_seconds_total');
  t.equal(warnings.length, 1);
});

test('G21 a site file is taken whole or not at all, with its faults named', async (t) => {
  const good = new URL('../../site/qinzhou', import.meta.url).pathname;
  t.equal((await loadSite(good)).id, 'qinzhou');
  const text = await readFile(join(good, 'site.json'), 'utf8');
  const file = join(folder, 'site.json');
  await writeFile(file, text.replace('"queue": "110"', '"queue": "911"'));
  await t.rejects(loadSite(file), /platforms\.1\.queue: unknown queue 911/);
  await t.rejects(loadSite(join(folder, 'nowhere')), /Set HOTLINE_SITE/);
  for (let cut = 1; cut < text.length; cut += 97) {
    await writeFile(file, text.slice(0, cut));
    await t.rejects(loadSite(file), /whole JSON/, `cut at ${cut}`);
  }
});

test("A3 the accounts file is its owner's alone, whole or not there", async (t) => {
  const file = join(folder, 'made', 'accounts.json');
  t.equal(await readAccountsFile(file), null);
  const accounts = [{ user: '1001', password: 'x', role: 'seat', platform: '12345', seat: '1001' }] as const;
  await writeAccountsFile(file, accounts);
  t.strictSame(await readAccountsFile(file), accounts);
  t.equal((await stat(file)).mode & 0o777, 0o600);
  await writeFile(file, '[{"user":');
  await t.rejects(readAccountsFile(file), /is damaged/);
});

test('SV8 the spool: cut at any byte, damaged in the middle, longer than a chunk', async (t) => {
  const path = join(folder, 'spool');
  const file = join(path, 'facts.ndjson');
  const open = async (): Promise<{ spool: Spool; found: number[] }> => {
    const found: number[] = [];
    const spool = await Spool.open(path, quiet, (entry) =>
      found.push(...entry.facts.map((one) => one.sequence)),
    );
    return { spool, found };
  };
  const texts = [1, 2, 3, 4].map((sequence) => entryText({ facts: [fact(sequence)] }, 7, sequence - 1));
  const { spool } = await open();
  await Promise.all([spool.append(texts.slice(0, 2)), spool.append(texts.slice(2))]);
  t.strictSame([spool.entries, spool.last], [4, 4]);
  t.strictSame((await spool.read(0)).lines, texts, 'read as written');
  await spool.close();
  t.equal((await stat(file)).mode & 0o777, 0o600);
  const whole = await readFile(file);
  const lastLine = Buffer.byteLength(spoolLine(texts[3]!));
  for (let cut = 1; cut <= lastLine; cut += 1) {
    await writeFile(file, whole);
    await truncate(file, whole.length - cut);
    const { spool: mended, found } = await open();
    if (found.length !== 3 || mended.size !== whole.length - lastLine)
      t.fail(`cut by ${cut}: ${String(found)}`);
    await mended.append([texts[3]!]);
    await mended.close();
    if (!(await readFile(file)).equals(whole)) t.fail(`cut by ${cut}: what was added after it is not whole`);
  }
  await writeFile(file, whole);
  await appendFile(file, Buffer.alloc(5000));
  const zeros = await open();
  t.strictSame(zeros.found, [1, 2, 3, 4], 'a hole of zeros after a power cut');
  await zeros.spool.close();

  const damaged = Buffer.from(whole);
  damaged[damaged.indexOf('"sequence":2') + 11] = 0x39;
  await writeFile(file, damaged);
  const middle = await open();
  t.strictSame(middle.found, [1, 3, 4], 'a damaged line does not take the others with it');
  t.strictSame(
    (await middle.spool.read(0)).lines.map((line) => line.last),
    [1, 3, 4],
  );
  t.ok(
    (await readdir(path)).some((name) => name.includes('damaged')),
    'and a copy is kept for a person',
  );
  const long = entryText({ facts: [{ ...fact(5), data: { text: '长'.repeat(400_000) } }] }, 7, 4);
  await middle.spool.append([long]);
  let at = 0;
  const read: number[] = [];
  for (;;) {
    const { lines, next } = await middle.spool.read(at);
    if (lines.length === 0) break;
    read.push(...lines.map((line) => line.last));
    at = next;
  }
  t.strictSame(read, [1, 3, 4, 5]);
  const clearing = middle.spool.clear(at);
  const appending = middle.spool.append([texts[0]!]);
  t.equal(await clearing, true);
  await appending;
  t.equal(middle.spool.entries, 1, 'what is appended during a clearing stays');
  t.equal(await middle.spool.clear(1), false, 'nothing is cleared that was not read');
  await middle.spool.close();
  t.equal(readSpoolLine('short'), null);
});

test('CL7 the last sequence outlives the process, and never goes back', async (t) => {
  const path = join(folder, 'numbers');
  await mkdir(path);
  const one = new LastSequence(path);
  t.equal(one.value, 0);
  one.keep(2 ** 31 + 5);
  one.keep(7);
  const two = new LastSequence(path);
  t.equal(two.value, 2 ** 31 + 5);
  one.close();
  two.close();
  await writeFile(join(path, 'last-sequence'), 'nonsense');
  const three = new LastSequence(path);
  t.equal(three.value, 0);
  three.close();
});

test('G16 what the ledger holds in memory has an end', (t) => {
  const tail = new Tail();
  for (let sequence = 1; sequence <= 100_000; sequence += 1)
    tail.add({ facts: [fact(sequence, `c${sequence % 5}`)] }, sequence);
  t.ok(tail.after(0, Infinity).length <= 40_000);
  t.equal(tail.after(0, Infinity).at(-1)?.sequence, 100_000);
  t.strictSame(
    tail.after(99_990, 3).map((one) => one.sequence),
    [99_991, 99_992, 99_993],
  );
  t.strictSame(tail.after(100_000, 3), []);
  t.end();
});

test('cleaning', async () => rm(folder, { recursive: true, force: true }));
