// Second factors: enrolled, confirmed, asked for, each code good once, sealed at rest, removed by an administrator. app.inject, no port.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOTP, URI } from 'otpauth';
import { test } from 'tap';
import { openSealing } from '../../server/adapters/system/sealing.ts';
import type { SecondFactors } from '../../server/engine/security-ports.ts';
import type { Role } from '../../server/protocol/words.ts';
import { openDesk, password } from '../doubles/api.ts';

class FactorsDouble implements SecondFactors {
  readonly rows = new Map<string, { sealed: string; confirmed: boolean; lastStep: number }>();
  find = (user: string) => Promise.resolve(this.rows.get(user) ?? null);
  list = () => Promise.resolve([...this.rows].map(([user, { confirmed }]) => ({ user, confirmed })));
  begin(user: string, sealed: string) {
    if (this.rows.get(user)?.confirmed === true) return Promise.resolve(false);
    this.rows.set(user, { sealed, confirmed: false, lastStep: 0 });
    return Promise.resolve(true);
  }
  take(user: string, sealed: string, step: number) {
    const row = this.rows.get(user);
    if (!row || row.sealed !== sealed || row.lastStep >= step) return Promise.resolve(false);
    this.rows.set(user, { sealed, confirmed: true, lastStep: step });
    return Promise.resolve(true);
  }
  remove = (user: string) => Promise.resolve(this.rows.delete(user));
}

type Test = { teardown(act: () => unknown): void };

async function open(t: Test, requiredFor: readonly Role[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'factor-'));
  const keyFile = join(folder, 'second-factor.key');
  const store = new FactorsDouble();
  const sealing = await openSealing(keyFile);
  const desk = await openDesk({ secondFactor: { store, sealing, requiredFor, issuer: '钦州' } });
  t.teardown(async () => {
    await desk.app.close();
    await rm(folder, { recursive: true });
  });
  const post = async (url: string, payload: object, user?: string) =>
    desk.app.inject({
      method: 'POST',
      url,
      payload,
      ...(user === undefined ? {} : { headers: desk.as(user) }),
    });
  const signIn = (user: string, otp?: string) =>
    post('/v1/session', { user, password, ...(otp === undefined ? {} : { otp }) });
  const enrol = async (user: string): Promise<TOTP> => {
    const reply = await post('/v1/session/otp', { user, password });
    const parsed = URI.parse(reply.json<{ uri: string }>().uri);
    if (!(parsed instanceof TOTP)) throw new Error(reply.body);
    return parsed;
  };
  const now = (totp: TOTP, steps = 0) => totp.generate({ timestamp: desk.clock.at + steps * 30_000 });
  const code = (reply: { readonly body: string }) => (JSON.parse(reply.body) as { code?: string }).code;
  return { desk, store, sealing, folder, keyFile, post, signIn, enrol, now, code };
}

test('SE1 RFC 6238 appendix B: the codes are those of every authenticator', (t) => {
  const totp = new TOTP({ secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', digits: 8 });
  const expected = {
    59: '94287082',
    1111111109: '07081804',
    1234567890: '89005924',
    20000000000: '65353130',
  };
  for (const [at, code] of Object.entries(expected))
    t.equal(totp.generate({ timestamp: Number(at) * 1000 }), code, `at ${at} s`);
  t.end();
});

test('SE1 nobody is asked for a code who has none; enrolled counts from the first code on', async (t) => {
  const { desk, signIn, enrol, now, code, store } = await open(t);
  t.equal((await signIn('sup-12345')).statusCode, 201);
  const totp = await enrol('sup-12345');
  t.equal((await signIn('sup-12345')).statusCode, 201, 'shown, not confirmed: the password is enough');
  t.equal(code(await signIn('sup-12345', '000000')), 'otp-refused', 'a wrong code is wrong all the same');
  t.equal((await signIn('sup-12345', now(totp))).statusCode, 201);
  t.equal(store.rows.get('sup-12345')?.confirmed, true);
  t.equal(code(await signIn('sup-12345')), 'otp-required');
  t.equal(code(await signIn('sup-12345', now(totp))), 'otp-refused', 'the same code again');
  desk.clock.at += 30_000;
  t.equal((await signIn('sup-12345', now(totp))).statusCode, 201, 'the next one');
  t.equal((await signIn('1001')).statusCode, 201, 'nobody else is concerned');
});

test('SE1 a clock may be one step off either way; a code before the newest one taken is refused', async (t) => {
  const { desk, signIn, enrol, now, code } = await open(t);
  const totp = await enrol('audit');
  t.equal(code(await signIn('audit', now(totp, -2))), 'otp-refused');
  t.equal(code(await signIn('audit', now(totp, 2))), 'otp-refused');
  t.equal((await signIn('audit', now(totp, 1))).statusCode, 201, 'a fast clock');
  t.equal(code(await signIn('audit', now(totp))), 'otp-refused', 'older than the newest taken');
  desk.clock.at += 60_000;
  t.equal((await signIn('audit', now(totp, -0))).statusCode, 201);
});

test('SE2 the site asks it of a role: no session without it, enrolment by the password alone', async (t) => {
  const { signIn, enrol, now, code, post } = await open(t, ['supervisor', 'administrator', 'auditor']);
  t.equal(code(await signIn('sup-110')), 'otp-enrolment-required');
  const totp = await enrol('sup-110');
  t.equal(code(await signIn('sup-110')), 'otp-enrolment-required', 'until a code was seen');
  t.equal((await signIn('sup-110', now(totp))).statusCode, 201);
  t.equal(code(await post('/v1/session/otp', { user: 'sup-110', password })), 'already-enrolled');
  t.equal((await signIn('1001')).statusCode, 201, 'not of call-takers here');
  t.equal((await signIn('system')).statusCode, 201, 'nor of machines');
  const wrong = await post('/v1/session/otp', { user: 'sup-12345', password: 'wrong' });
  t.match([wrong.statusCode, code(wrong)], [401, 'bad-credentials']);
});

test('SE3 A3 codes cannot be tried out: wrong ones lock the name as wrong passwords do, and the password does not clear them', async (t) => {
  const { desk, signIn, enrol, now, code } = await open(t);
  const totp = await enrol('admin');
  t.equal((await signIn('admin', now(totp))).statusCode, 201);
  desk.clock.at += 30_000;
  for (let n = 0; n < 5; n += 1) {
    t.equal(code(await signIn('admin', now(totp, 9))), 'otp-refused');
    if (n < 4) t.equal(code(await signIn('admin')), 'otp-required', 'does not count, and clears nothing');
  }
  t.equal(code(await signIn('admin', now(totp))), 'locked-out', 'the right one too');
  desk.clock.at += 61_000;
  t.equal((await signIn('admin', now(totp))).statusCode, 201);
});

test('SE4 an administrator removes what was lost, with every session; enrols for somebody; sees who has one; all of it audited', async (t) => {
  const { desk, signIn, enrol, now, post, code, store } = await open(t);
  const totp = await enrol('sup-12345');
  const token = (await signIn('sup-12345', now(totp))).json<{ token: string }>().token;
  const remove = (user: string, by: string) =>
    desk.app.inject({ method: 'DELETE', url: `/v1/accounts/${user}/otp`, headers: desk.as(by) });
  t.equal((await remove('sup-12345', 'sup-110')).statusCode, 403);
  const listed = await desk.app.inject({ url: '/v1/accounts', headers: desk.as('admin') });
  const { items } = listed.json<{ items: { user: string; otp: string }[] }>();
  t.match(
    items.filter(({ otp }) => otp !== 'none'),
    [{ user: 'sup-12345', otp: 'on' }],
  );
  t.equal((await remove('sup-12345', 'admin')).json<{ closed: number }>().closed, 1);
  const after = await desk.app.inject({
    url: '/v1/session',
    headers: { authorization: `Bearer ${token}` },
  });
  t.equal(after.statusCode, 401);
  t.equal(code(await remove('sup-12345', 'admin')), 'not-found');
  const given = await post('/v1/accounts/sup-12345/otp', {}, 'admin');
  t.equal(given.statusCode, 201);
  t.equal(code(await post('/v1/accounts/nobody/otp', {}, 'admin')), 'not-found');
  const fresh = URI.parse(given.json<{ uri: string }>().uri) as TOTP;
  t.match([fresh.issuer, fresh.label, fresh.digits, fresh.period], ['钦州', 'sup-12345', 6, 30]);
  desk.clock.at += 30_000;
  t.equal((await signIn('sup-12345', now(fresh))).statusCode, 201);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const acts = desk.audit.rows.filter(({ action }) => action.startsWith('second-factor'));
  t.match(
    acts.map(({ action, actor }) => `${actor} ${action}`),
    [
      'sup-12345 second-factor.begun',
      'sup-12345 second-factor.confirmed',
      'admin second-factor.removed',
      'admin second-factor.begun',
      'sup-12345 second-factor.confirmed',
    ],
  );
  for (const { secret } of [totp, fresh]) {
    const kept = JSON.stringify([...store.rows.values(), ...desk.audit.rows, ...desk.logged]);
    t.notOk(kept.includes(secret.base32), 'the secret is stored sealed, and logged nowhere');
  }
});

test('SE5 sealed: for one user, by one key, kept for its owner alone; another key opens nothing and is told', async (t) => {
  const { sealing, keyFile, folder, desk, store, enrol, signIn, now, code } = await open(t);
  t.equal((await stat(keyFile)).mode & 0o777, 0o600);
  const sealed = sealing.seal('secret', 'sup-12345');
  t.equal(sealing.open(sealed, 'sup-12345'), 'secret');
  t.equal(sealing.open(sealed, 'sup-110'), null, 'moved to another row');
  t.equal(sealing.open(`A${sealed.slice(1)}`, 'sup-12345'), null, 'changed');
  t.equal(sealing.open('', 'sup-12345'), null);
  t.not(sealed, sealing.seal('secret', 'sup-12345'), 'never the same twice');
  const again = await openSealing(keyFile);
  t.equal(again.open(sealed, 'sup-12345'), 'secret', 'after a restart');
  const other = await openSealing(join(folder, 'other.key'));
  t.equal(other.open(sealed, 'sup-12345'), null);
  await writeFile(join(folder, 'short.key'), 'c2hvcnQ=\n');
  await t.rejects(openSealing(join(folder, 'short.key')), { message: /is not a key of 32 bytes/ });
  t.equal((await readFile(join(folder, 'short.key'), 'utf8')).trim(), 'c2hvcnQ=', 'not written over');
  const totp = await enrol('admin');
  const row = store.rows.get('admin');
  if (row) row.sealed = other.seal(totp.secret.base32, 'admin');
  t.equal(code(await signIn('admin', now(totp))), 'otp-refused');
  t.ok(desk.logged.some((line) => line.includes('second-factor.key')));
});
