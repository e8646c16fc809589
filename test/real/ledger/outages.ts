// PostgreSQL killed, hung and away, the writer killed, disks full: nothing refused that need not be, nothing lost, nothing twice.
// It must not wait for a database that is not there.
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { factOf, fenceOf, gapsAndDoubles, until, writeAtRate } from '../ledger-stand.ts';
import type { Test } from 'tap';
import type { Stand } from '../ledger-stand.ts';

export async function killedUnderLoad(t: Test, stand: Stand): Promise<void> {
  const url = await stand.freshDatabase();
  const folder = await stand.stateFolder();
  const ledger = await stand.ledger(url, folder);
  await ledger.lastSequence();
  const writing = writeAtRate(ledger, 1, 1800, 300);
  await sleep(1000);
  await stand.killPostgres();
  await until('the outage is noticed', () => ledger.state().database === 'down');
  await until('facts are spooled', () => ledger.state().spooled > 100);
  const recent = await ledger.facts(0, 10_000);
  t.ok(
    recent.every((fact, n) => fact.sequence === n + 1),
    'all facts can be read meanwhile',
  );
  t.ok((await ledger.timeline('call-3')).length > 40);
  await t.rejects(ledger.calls({ limit: 1 }), { code: 'records-away' });
  await sleep(1000);
  await stand.startPostgres();
  const { took, refused } = await writing;
  t.equal(refused, 0);
  t.equal(took.length, 1800);
  await until(
    'the spool is replayed',
    () => ledger.state().database === 'up' && ledger.state().spooled === 0,
  );
  await ledger.durable(1800);
  t.equal(await gapsAndDoubles(url, 1800), '');
  t.equal((await readFile(join(folder, 'facts.ndjson'))).length, 0, 'the spool is empty again');
  ledger.append({ facts: [factOf(1801)] });
  await ledger.durable(1801);
  t.equal(await gapsAndDoubles(url, 1801), '', 'and writing goes on directly');
  await ledger.close();
  took.sort((a, b) => a - b);
  t.comment(
    `durable: median ${took[900]?.toFixed(1)} ms, slowest ${took.at(-1)?.toFixed(0)} ms, over one kill -9 at 300 facts/s`,
  );
}

export async function hung(t: Test, stand: Stand): Promise<void> {
  const url = await stand.freshDatabase();
  const ledger = await stand.ledger(url, await stand.stateFolder());
  await ledger.lastSequence();
  await writeAtRate(ledger, 1, 100, 300);
  await stand.signalPostgres('SIGSTOP');
  const { took, refused } = await writeAtRate(ledger, 101, 300, 300);
  t.equal(refused, 0);
  t.equal(took.length, 300);
  t.equal(ledger.state().database, 'down');
  await stand.signalPostgres('SIGCONT');
  await until(
    'the spool is replayed',
    () => ledger.state().database === 'up' && ledger.state().spooled === 0,
  );
  t.equal(await gapsAndDoubles(url, 400), '');
  await ledger.close();
  t.comment(`durable while PostgreSQL hung: slowest ${Math.max(...took).toFixed(0)} ms`);
}

export async function killedInTheMiddle(t: Test, stand: Stand): Promise<void> {
  const url = await stand.freshDatabase();
  const database = stand.database(url);
  await (await database.connect('test')).end();
  let isOver = false;
  let [answered, failed] = [0, 0];
  const read = async (): Promise<void> => {
    while (!isOver) {
      await database.query
        .transaction()
        .execute(async (step) => {
          await step.selectFrom('seats').selectAll().execute();
          // Between two queries of a transaction nobody listens to the connection but us.
          await sleep(2);
          await step.selectFrom('seats').selectAll().execute();
        })
        .then(
          () => (answered += 1),
          () => (failed += 1),
        );
      await sleep(2);
    }
  };
  const readers = Array.from({ length: 8 }, read);
  await until('there is an answer', () => answered > 20);
  await stand.killPostgres();
  await until('there are failures', () => failed > 20);
  const before = answered;
  await stand.startPostgres();
  await until('there are answers again', () => answered > before + 20);
  isOver = true;
  await Promise.all(readers);
  t.pass(`${answered} answered, ${failed} failed`);
}

export async function writerKilled(t: Test, stand: Stand): Promise<void> {
  const url = await stand.freshDatabase();
  const folder = await stand.stateFolder();
  const writer = new URL('../../writers/ledger-writer.ts', import.meta.url).pathname;
  let said = 0;
  let lost = 0;
  for (let round = 1; round <= 10; round += 1) {
    const child = spawn(process.execPath, [writer, url, folder, String(round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const stored: number[] = [];
    let start = -1;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [word, number] = line.split(' ');
      if (word === 'start') start = Number(number);
      else if (word === 'stored') stored.push(Number(number));
      else lost += 1;
    });
    await until('the writer writes', () => stored.length > 0);
    t.ok(start >= said, `round ${round} goes on at or after ${said}`);
    if (round === 8) await stand.startPostgres();
    await sleep(Math.random() * 500);
    // Everything at once: those that follow start without PostgreSQL, from the small file and the spool.
    if (round === 4) stand.stack.kill('postgres', 'SIGKILL');
    child.kill('SIGKILL');
    await ended;
    said = Math.max(said, ...stored);
  }
  const ledger = await stand.ledger(url, folder, fenceOf(99));
  const last = await ledger.lastSequence();
  t.ok(last >= said, 'nothing that was said is missing');
  await until('the spool is replayed', () => ledger.state().spooled === 0);
  t.equal(await gapsAndDoubles(url, last), '');
  t.equal(lost, 0);
  await ledger.close();
  t.comment(`10 kills, ${said} facts said to be stored, ${last} stored`);
}

export async function spoolCut(t: Test, stand: Stand): Promise<void> {
  const url = await stand.freshDatabase();
  const folder = await stand.stateFolder();
  const away = await stand.ledger('postgres://nobody@127.0.0.1:1/none', folder);
  t.equal(await away.lastSequence(), 0);
  for (let sequence = 1; sequence <= 5; sequence += 1) {
    away.append({ facts: [factOf(sequence, 'a', { text: '转接' })] });
    await away.durable(sequence);
  }
  await away.close();
  const path = join(folder, 'facts.ndjson');
  const whole = await readFile(path);
  await writeFile(path, whole.subarray(0, whole.length - 9));
  const ledger = await stand.ledger(url, folder);
  t.equal(await ledger.lastSequence(), 4);
  await until('the spool is replayed', () => ledger.state().spooled === 0);
  t.equal(await gapsAndDoubles(url, 4), '');
  await ledger.close();
}

export async function noDisk(t: Test, stand: Stand): Promise<void> {
  const url = await stand.freshDatabase();
  const folder = await stand.stateFolder();
  const small = join(folder, 'small');
  await mkdir(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]);
  t.teardown(() => execFileSync('umount', ['-l', small]));
  const ledger = await stand.ledger(url, small);
  await ledger.lastSequence();
  await writeFile(join(small, 'filler'), Buffer.alloc(56 * 1024));
  await stand.killPostgres();
  const { refused } = await writeAtRate(ledger, 1, 60, 300, (sequence) => ({
    facts: [factOf(sequence, 'a', { text: 'x'.repeat(500) })],
  }));
  t.ok(refused > 0, `${refused} of 60 refused`);
  await t.rejects(ledger.durable(60), { code: 'not-stored' });
  await writeFile(join(small, 'filler'), '');
  await ledger.durable(60);
  t.pass('stored in the spool once there was room');
  await stand.startPostgres();
  await until(
    'the spool is replayed',
    () => ledger.state().database === 'up' && ledger.state().spooled === 0,
  );
  t.equal(await gapsAndDoubles(url, 60), '');
  await ledger.close();
}
