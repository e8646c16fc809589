// The door: passwords, sessions, lockout, first accounts and what stands while the database is away (A3, G23, SV6).
// It must not test what a session may reach (api-rights.test.ts).
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { ensureFirstAccounts, plannedAccounts } from '../../server/api/auth/first-accounts.ts';
import { Lockout } from '../../server/api/auth/lockout.ts';
import { usualLimits } from '../../server/api/limits.ts';
import { openDesk, password } from '../doubles/api.ts';
import { AccountsDouble } from '../doubles/security.ts';
import { callView } from '../doubles/views.ts';

const canary = '13987650001';

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

test('G23 sign-in: a token of 256 bits, only its hash stored; who am I; sign-out ends it', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const opened = await desk.app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: { user: '1001', password },
  });
  t.equal(opened.statusCode, 201);
  const body = opened.json<Record<string, string>>();
  t.match(body, { user: '1001', role: 'seat', platform: '12345', seat: '1001', expiresAt: /Z$/ });
  t.equal(Buffer.from(body['token']!, 'base64url').length, 32);
  t.notOk(
    JSON.stringify([...desk.sessions.rows]).includes(body['token']!),
    'the token itself is stored nowhere',
  );
  t.equal(opened.headers['cache-control'], 'no-store');
  const headers = { authorization: `Bearer ${body['token']!}` };
  t.equal((await desk.app.inject({ url: '/v1/session', headers })).statusCode, 200);
  t.equal(
    (await desk.app.inject({ url: `/v1/session?token=${body['token']!}` })).statusCode,
    401,
    'never from an address (14.2.1)',
  );
  t.equal((await desk.app.inject({ method: 'DELETE', url: '/v1/session', headers })).statusCode, 204);
  const after = await desk.app.inject({ url: '/v1/session', headers });
  t.match(after.json(), { code: 'unauthenticated', status: 401 });
  t.equal(after.headers['www-authenticate'], 'Bearer realm="hotline"');
  await settled();
  t.match(
    desk.audit.rows.map(({ action }) => action),
    ['session.opened', 'session.closed'],
  );
});

test('A3 wrong user and wrong password look the same; five failures lock the name, known or not, longer each time', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const attempt = (user: string, secret: string) =>
    desk.app.inject({ method: 'POST', url: '/v1/session', payload: { user, password: secret } });
  for (const user of ['1001', 'nobody-such']) {
    const bodies = [];
    for (let n = 0; n < 5; n += 1) bodies.push((await attempt(user, 'wrong')).json<{ code: string }>().code);
    t.same(bodies, Array(5).fill('bad-credentials'), user);
    const locked = await attempt(user, user === '1001' ? password : 'wrong');
    t.match(locked.json(), { code: 'locked-out', status: 429 }, `${user} is locked, right password or not`);
    t.equal(locked.headers['retry-after'], '60');
  }
  t.equal(
    (await attempt('1002', 'wrong')).body,
    (await attempt('nobody-else', 'wrong')).body,
    'equal bodies',
  );
  desk.clock.at += 60_001;
  t.equal((await attempt('1001', 'wrong')).statusCode, 401, 'after 60 s it may try again');
  t.equal((await attempt('1001', password)).headers['retry-after'], '120', 'and the next lock is longer');
  desk.clock.at += 120_001;
  t.equal((await attempt('1001', password)).statusCode, 201);
  t.equal((await attempt('1001', 'wrong')).statusCode, 401, 'a success clears the count');
  await settled();
  t.ok(desk.audit.rows.some(({ action, subject }) => action === 'session.locked' && subject === '1001'));
  t.notOk(JSON.stringify(desk.audit.rows).includes(password));
});

test('A3 a burst of guesses at once is judged one by one; the lock survives a restart by what the database counted', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const burst = await Promise.all(
    Array.from({ length: 12 }, () =>
      desk.app.inject({ method: 'POST', url: '/v1/session', payload: { user: '1001', password: 'guess' } }),
    ),
  );
  t.equal(burst.filter(({ statusCode }) => statusCode === 401).length, 5);
  t.equal(burst.filter(({ statusCode }) => statusCode === 429).length, 7);
  await settled();
  const lockout = new Lockout(usualLimits);
  const { failures, lastFailureAt } = desk.accounts.rows.get('1001')!;
  lockout.recall('1001', failures, lastFailureAt);
  t.equal(lockout.lockedFor('1001', desk.clock.at), 60_000);
});

test('A3 an unknown user costs as much time as a known one', async (t) => {
  const desk = await openDesk({ limits: { failuresBeforeLock: 1_000, signInsPerMinute: 1_000 } });
  t.teardown(() => desk.app.close());
  const times: Record<string, number[]> = { '1001': [], 'no-such': [] };
  for (let n = 0; n < 12; n += 1) {
    for (const user of Object.keys(times)) {
      const began = process.cpuUsage();
      await desk.app.inject({ method: 'POST', url: '/v1/session', payload: { user, password: 'wrong' } });
      const { user: spent, system } = process.cpuUsage(began);
      times[user]!.push(spent + system);
    }
  }
  // CPU, not wall time: what argon2 burns is the same on a busy machine. Without the dummy hash the ratio would be over 10.
  const median = (list: number[]) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
  const ratio = median(times['1001']!) / median(times['no-such']!);
  t.ok(ratio > 0.5 && ratio < 2, `ratio of CPU times ${ratio.toFixed(2)}`);
});

test('G23 sessions end by age, by idleness, by an administrator, and elsewhere', async (t) => {
  const desk = await openDesk({ limits: { sessionIdleMs: 600_000 } });
  t.teardown(() => desk.app.close());
  const get = async (headers: { authorization: string }) =>
    (await desk.app.inject({ url: '/v1/session', headers })).statusCode;
  const old = desk.as('1001');
  t.equal(await get(old), 200);
  desk.clock.at += 600_001;
  t.equal(await get(old), 401, 'idle');
  t.equal(desk.sessions.rows.size, 0, 'and closed in the store');
  const busy = desk.as('1001');
  for (let n = 0; n < 9; n += 1) {
    desk.clock.at += 400_000;
    t.equal(await get(busy), n < 8 ? 200 : 401, `in use, ${n}`);
  }
  const [one, two, other] = [desk.as('1002'), desk.as('1002'), desk.as('3001')];
  t.same(await Promise.all([get(one), get(two), get(other)]), [200, 200, 200]);
  const ended = await desk.app.inject({
    method: 'DELETE',
    url: '/v1/accounts/1002/sessions',
    headers: desk.as('admin'),
  });
  t.same(ended.json(), { closed: 2 });
  t.same(await Promise.all([get(one), get(two), get(other)]), [401, 401, 200]);
  desk.sessions.rows.clear();
  desk.clock.at += 2_001;
  t.equal(await get(other), 401, 'ended by another node: seen within 2 s');
});

test('SV6 a known session goes on while the database is away or hangs; a new one is told to wait', async (t) => {
  const desk = await openDesk({ limits: { sessionWaitMs: 30 } });
  t.teardown(() => desk.app.close());
  desk.engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  const headers = desk.as('1001');
  const hold = async () =>
    (await desk.app.inject({ method: 'POST', url: '/v1/calls/c1/hold', headers })).statusCode;
  t.equal(await hold(), 202);
  const asked = desk.sessions.finds;
  t.equal(await hold(), 202);
  t.equal(desk.sessions.finds, asked, 'a command costs no query');
  desk.sessions.away = true;
  desk.audit.away = true;
  desk.clock.at += 5_000;
  t.equal(await hold(), 202, 'away');
  desk.sessions.hangs = true;
  desk.clock.at += 5_000;
  t.equal(await hold(), 202, 'hangs');
  desk.sessions.hangs = false;
  const stranger = await desk.app.inject({ url: '/v1/session', headers: desk.as('1002') });
  t.match(stranger.json(), { code: 'database-away', status: 503 });
  t.equal(stranger.headers['retry-after'], '1');
  const signIn = await desk.app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: { user: '1001', password },
  });
  t.equal(signIn.statusCode, 503);
  const reveal = await desk.app.inject({
    method: 'POST',
    url: '/v1/calls/c1/reveal',
    headers,
    payload: { reason: 'call back' },
  });
  t.equal(reveal.statusCode, 503, 'an unaudited reveal does not happen');
  t.notOk(reveal.body.includes(canary));
  desk.audit.away = false;
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  t.equal(
    desk.audit.rows.filter(({ action }) => action === 'call.hold').length,
    4,
    'the audit of the commands follows, none lost',
  );
});

test('first accounts: from the site, each with its own password, written before they exist, 0600, once', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'accounts-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, 'accounts.json');
  const site = {
    platforms: ['12345', '110'].map((id) => ({
      id,
      name: id,
      queue: id,
      numbers: [id],
      serviceLevelSeconds: 15,
      answerWaiting: 'music' as const,
      ringingAnswerSeconds: 20,
    })),
    seatGroups: [
      { id: 'a', platform: '12345', remote: false, from: 1001, to: 1020, queues: [] },
      { id: 'nanning', platform: '12345', remote: true, from: 2001, to: 2010, queues: [] },
      { id: 'b', platform: '110', remote: false, from: 3001, to: 3010, queues: [] },
    ],
  };
  t.equal(plannedAccounts(site).length, 45);
  const accounts = new AccountsDouble();
  const began = performance.now();
  const made = await ensureFirstAccounts(accounts, site, file);
  t.comment(`45 accounts in ${(performance.now() - began).toFixed(0)} ms`);
  t.equal(accounts.rows.size, 45);
  t.equal(new Set(made.map((entry) => entry.password)).size, 45);
  t.match(accounts.rows.get('2003'), {
    role: 'seat',
    platform: '12345',
    seat: '2003',
    passwordHash: /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/,
  });
  t.equal((await stat(file)).mode & 0o777, 0o600);
  const written = JSON.parse(await readFile(file, 'utf8')) as unknown[];
  t.same(written, made);
  t.same(Object.keys(written[0] as object), ['user', 'password', 'role', 'platform']);
  t.same(
    made.filter(({ role }) => role !== 'seat').map(({ user }) => user),
    ['sup-12345', 'sup-110', 'audit', 'admin', 'system'],
  );
  t.same(await ensureFirstAccounts(accounts, site, file), [], 'nothing is made twice');
  accounts.rows.delete('1001');
  const again = await ensureFirstAccounts(accounts, site, file);
  t.same(
    again,
    made.filter(({ user }) => user === '1001'),
    'a crash in between: the written password is the one',
  );
  await writeFile(file, 'torn');
  accounts.rows.delete('1001');
  await t.rejects(ensureFirstAccounts(accounts, site, file), {
    message: /is not a list of accounts; move it away/,
  });
});
