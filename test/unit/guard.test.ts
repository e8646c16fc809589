// Who guesses at phones' secrets: the lines of Asterisk's log, and what is decided on them, without servers.
// It must not open a socket; test/real/abuse.test.ts has the real ones.
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { createSipGuesses, guessIn } from '../../server/adapters/ari/sip-guesses.ts';
import { watchOver } from '../../server/domain/guard/guesses.ts';
import type { Watch } from '../../server/domain/guard/guesses.ts';
import { createMeter } from '../../server/adapters/system/meter.ts';

const line = (event: string, remote: string): string =>
  `[2026-11-22 02:00:00.001] SECURITY[77] res_security_log.c: SecurityEvent="${event}",EventTV="2026-11-22T02:00:00.001+0000",Severity="Error",Service="PJSIP",EventVersion="1",AccountID="1001",SessionID="x",LocalAddress="IPV4/UDP/127.0.0.1/5060",RemoteAddress="${remote}",Challenge=""`;

test('A4 a guess is a wrong answer to a challenge, over a transport of phones', (t) => {
  t.equal(guessIn(line('ChallengeResponseFailed', 'IPV4/UDP/198.51.100.7/5999')), '198.51.100.7');
  t.equal(guessIn(line('ChallengeResponseFailed', 'IPV6/TCP/2001:db8::7/5999')), '2001:db8::7');
  t.equal(guessIn(line('ChallengeResponseFailed', 'IPV4/WS/127.0.0.1/5999')), null, 'our own proxy');
  for (const event of ['ChallengeSent', 'InvalidAccountID', 'SuccessfulAuth'])
    t.equal(guessIn(line(event, 'IPV4/UDP/198.51.100.7/5999')), null, `${event} proves nothing`);
  t.end();
});

const rules = { guesses: 3, withinSeconds: 60, quietSeconds: 600 };

test('A4 told at the limit, and not again for a while; slow ones are somebody who cannot type; memory has an end', (t) => {
  const step = (watch: Watch, n: number, at: number) =>
    watchOver(rules, watch, Array<string>(n).fill('198.51.100.7'), at);
  const two = step(new Map(), 2, 0);
  t.same(two.facts, []);
  t.same(step(two.watch, 1, 120_000).facts, [], 'one a minute');
  const told = step(two.watch, 500, 1000);
  t.match(
    told.facts.map(({ type, data }) => [type, data]),
    [['alarm.sip-guessing', { address: '198.51.100.7', guesses: 3 }]],
  );
  t.equal(told.facts.length, 1, 'once');
  t.same(step(told.watch, 50, 30_000).facts, []);
  t.equal(step(told.watch, 50, 700_000).facts.length, 1, 'again after its time');
  const many = watchOver(
    rules,
    new Map(),
    Array.from({ length: 9000 }, (_, n) => `198.51.${n >> 8}.${n & 255}`),
    0,
  );
  t.equal(many.watch.size, 5000);
  t.equal(watchOver(rules, many.watch, [], 90_000_000).watch.size, 0, 'forgotten after a day');
  t.end();
});

test('A4 the log is read from where it ended, over half lines and rotation', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hotline-guard-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'security.log');
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const door = createSipGuesses(file, createMeter(quiet));
  const guess = `${line('ChallengeResponseFailed', 'IPV4/UDP/198.51.100.7/5999')}\n`;
  await writeFile(file, guess);
  t.same(await door.read(), [], 'what was there before this start');
  await appendFile(file, guess.repeat(2) + guess.slice(0, 50));
  t.equal((await door.read()).length, 2);
  await appendFile(file, guess.slice(50));
  t.equal((await door.read()).length, 1, 'a half line is read when it is whole');
  await rename(file, `${file}.1`);
  t.same(await door.read(), []);
  await writeFile(file, guess);
  t.equal((await door.read()).length, 1);
});
