// The HTTP surface itself: lists, problems, abuse, health, descriptions, the console's files. Commands: api-commands.test.ts.
// It must not run an engine: the double answers.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { rules } from '../../server/api/rules.ts';
import { openDesk } from '../doubles/api.ts';
import { callView, seatView } from '../doubles/views.ts';
import { canary, json, mismatches } from './api-asking.ts';

test('RP6 R14 a hotline over all its queues: each its own, the system client all', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const ids = async (user: string) =>
    (await desk.app.inject({ url: '/v1/platforms', headers: desk.as(user) }))
      .json<{ items: { id: string }[] }>()
      .items.map(({ id }) => id);
  t.same(await ids('1001'), ['12345']);
  t.same(await ids('sup-110'), ['110']);
  t.same(await ids('system'), ['12345', '110']);
  const one = async (user: string, id: string) =>
    (await desk.app.inject({ url: `/v1/platforms/${id}`, headers: desk.as(user) })).statusCode;
  t.same(
    [await one('sup-110', '110'), await one('sup-110', '12345'), await one('sup-110', '999')],
    [200, 404, 404],
  );
});

test('lists: shape, scope and filters', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const { engine, app } = desk;
  engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  engine.live.set('c9', callView('c9', '110', canary, '3001'));
  engine.seatViews.set('1001', seatView('1001', '12345', { state: 'talking', call: 'c1' }));
  const items = async (user: string, url: string) =>
    (await app.inject({ url, headers: desk.as(user) })).json<{ items: { id: string; call?: string }[] }>()
      .items;
  const ids = async (user: string, url: string) => (await items(user, url)).map(({ id }) => id);
  t.same(await ids('1001', '/v1/calls?live=true'), ['c1']);
  t.same(await ids('1002', '/v1/calls?live=true'), []);
  t.same(await ids('sup-110', '/v1/calls?live=true'), ['c9']);
  t.same(await ids('system', '/v1/calls?live=true'), ['c1', 'c9']);
  t.same(await ids('sup-12345', '/v1/calls?limit=10&from=2026-11-22T00:00:00%2B08:00'), ['c1']);
  t.match(engine.filters.at(-1), { platform: '12345', limit: 10 });
  t.same(await ids('1001', '/v1/seats'), ['1001', '1002']);
  t.equal((await items('1001', '/v1/seats'))[0]?.call, 'c1', 'its own seat with its call');
  t.equal((await items('1002', '/v1/seats'))[0]?.call, undefined, "a colleague's without");
  t.same(await ids('system', '/v1/queues'), ['q-12345', 'q-110']);
  t.same(await ids('sup-110', '/v1/queues'), ['q-110']);
  t.same(await ids('1001', '/v1/lines'), ['110']);
  t.equal(
    (await app.inject({ url: '/v1/calls?limit=1000', headers: desk.as('1001') })).json<{ field: string }>()
      .field,
    'limit',
  );
  // A three-way's guest has the call, too; a supervisor sees it as soon as it is being handed over.
  engine.live.set(
    'c1',
    callView('c1', '12345', canary, '1001', {
      transfer: { id: 't', state: 'ringing', to: { line: '110' }, mode: 'one-click' },
    }),
  );
  t.same(await ids('sup-110', '/v1/calls?live=true'), ['c1', 'c9']);
  t.same(mismatches(desk), [], 'every answer matches its schema');
});

test('problems: one shape for everything that is refused, and no inner words', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const headers = { ...desk.as('1001'), ...json };
  desk.engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  const post = (payload: string, more: Record<string, string> = {}, url = '/v1/calls/c1/transfer') =>
    desk.app.inject({ method: 'POST', url, headers: { ...headers, ...more }, payload });
  const cases = [
    [await post('{"to":'), 400, 'bad-request'],
    [await post('{"to":{"line":"110"},"__proto__":{"admin":true}}'), 400, 'bad-request'],
    [await post('{"to":{"line":"110"},"constructor":{"prototype":{}}}'), 400, 'bad-request'],
    [await post('to=110', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'bad-request'],
    [await post('hello', { 'content-type': 'text/plain' }), 415, 'bad-request'],
    [await post(JSON.stringify({ to: { line: '110' }, note: 'x'.repeat(70_000) })), 413, 'payload-too-large'],
    [await post('{}'), 422, 'invalid-field', 'to'],
    [await post('{"to":{"line":"110","seat":"1"}}'), 422, 'invalid-field', 'to'],
    [await post('{"to":{"line":"110"},"mode":"warp"}'), 422, 'invalid-field', 'mode'],
    [await post('{"to":{"line":"110"},"note":"a\\u0000b"}'), 422, 'invalid-field', 'note'],
    [await post('{"to":{"line":"110"},"note":"\\ud800"}'), 422, 'invalid-field', 'note'],
    [await post('{"on":"yes"}', {}, '/v1/calls/c1/consult'), 422, 'invalid-field', 'on'],
    [await post('[]'), 422, 'invalid-field', 'body'],
    [await post('{}', {}, '/v1/calls/no%20such/hold'), 422, 'invalid-field', 'id'],
    [await post('{}', {}, '/v1/calls/none/hold'), 404, 'not-found'],
    [await post('{}', {}, '/v1/nothing'), 404, 'not-found'],
    [await desk.app.inject({ url: '/%zz' }), 400, 'bad-request'],
    [await desk.app.inject({ method: 'DELETE', url: '/v1/calls/c1', headers }), 404, 'not-found'],
  ] as const;
  for (const [answer, status, code, field] of cases) {
    t.equal(answer.statusCode, status, `${code} ${answer.body}`);
    t.match(answer.headers['content-type'], /^application\/problem\+json/);
    t.match(answer.json(), {
      type: `urn:hotline-link:problem:${code}`,
      title: String,
      status,
      code,
      message: /\S/,
      ...(field === undefined ? {} : { field }),
    });
  }
  desk.engine.refusal = 'not-ready';
  const away = await post('{"to":{"line":"110"}}');
  t.equal(away.statusCode, 503);
  t.equal(away.headers['retry-after'], '1');
});

test('A11 abuse: deep JSON, long names, floods and slow senders meet a limit and nothing else', async (t) => {
  const desk = await openDesk({
    limits: { requestsPer10s: 50, requestMs: 600, strangersPer10s: 20, connections: 50 },
  });
  t.teardown(() => desk.app.close());
  const headers = { ...desk.as('1001'), ...json };
  desk.engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  const deep = await desk.app.inject({
    method: 'POST',
    url: '/v1/calls/c1/tag',
    headers,
    payload: '['.repeat(32_000) + ']'.repeat(32_000),
  });
  t.equal(deep.statusCode, 404, 'no such method here');
  const deeper = await desk.app.inject({
    method: 'PUT',
    url: '/v1/calls/c1/tag',
    headers,
    payload: '['.repeat(32_000) + ']'.repeat(32_000),
  });
  t.equal(deeper.statusCode, 422);
  t.equal((await desk.app.inject({ url: `/v1/calls/${'a'.repeat(5_000)}`, headers })).statusCode, 400);
  for (const poison of ['{"__proto__":{"role":"administrator"}}', '{"constructor":{"prototype":{"role":1}}}'])
    t.equal(
      (await desk.app.inject({ method: 'PUT', url: '/v1/calls/c1/tag', headers, payload: poison }))
        .statusCode,
      400,
      'prototypes are not to be had',
    );
  t.equal(({} as Record<string, unknown>)['role'], undefined);
  const flood = await Promise.all(
    Array.from({ length: 60 }, () => desk.app.inject({ url: '/v1/session', headers })),
  );
  t.ok(flood.filter(({ statusCode }) => statusCode === 429).length >= 10, 'a loop is stopped');
  t.equal(
    (await desk.app.inject({ url: '/v1/session', headers: desk.as('1002') })).statusCode,
    200,
    'the next desk is not',
  );
  const guesses: number[] = [];
  for (let n = 0; n < 30; n += 1) {
    guesses.push(
      (
        await desk.app.inject({
          url: '/v1/session',
          headers: { authorization: `Bearer ${'x'.repeat(40)}${n}` },
        })
      ).statusCode,
    );
  }
  t.same(guesses, [...Array<number>(20).fill(401), ...Array<number>(10).fill(429)], 'guessed tokens');
  await desk.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = desk.app.server.address() as AddressInfo;
  const talk = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let heard = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      socket.on('data', (data) => (heard += data.toString()));
      socket.on('close', () => resolve(heard));
      socket.on('error', reject);
    });
  const [slow, large, huge] = await Promise.all([
    talk(
      'POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    ),
    talk(`GET /healthz HTTP/1.1\r\nHost: x\r\nX-Pad: ${'x'.repeat(20_000)}\r\n\r\n`),
    // Said to be 50 MB: refused by its length, before any of it has come.
    talk(
      `PUT /v1/calls/c1/tag HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${desk.as('1002').authorization}\r\nContent-Type: application/json\r\nContent-Length: 52428800\r\n\r\n{`,
    ),
  ]);
  t.match(slow, /^HTTP\/1\.1 408 /, 'slowloris');
  t.match(large, /^HTTP\/1\.1 431 /, 'headers over 16 kB');
  t.match(huge, /^HTTP\/1\.1 413 /, 'a body of 50 MB');
});

test('system: health, readiness with its parts, metrics for this machine or a system session', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const { app, engine } = desk;
  t.equal((await app.inject({ url: '/healthz' })).statusCode, 200);
  t.same((await app.inject({ url: '/readyz' })).json(), { ready: true, parts: { asterisk: 'up' } });
  engine.ready = false;
  const down = await app.inject({ url: '/readyz' });
  t.equal(down.statusCode, 503);
  t.match(down.json(), { code: 'not-ready', ready: false, parts: { asterisk: 'down' } });
  t.match((await app.inject({ url: '/metrics' })).body, /^hotline_calls 1/);
  const far = { remoteAddress: '192.0.2.7' };
  t.equal((await app.inject({ url: '/metrics', ...far })).statusCode, 401);
  t.equal(
    (await app.inject({ url: '/metrics', headers: { 'x-forwarded-for': '127.0.0.1' } })).statusCode,
    401,
    'behind a proxy nobody is here',
  );
  t.equal((await app.inject({ url: '/metrics', ...far, headers: desk.as('sup-110') })).statusCode, 403);
  t.equal((await app.inject({ url: '/metrics', ...far, headers: desk.as('system') })).statusCode, 200);
});

test('descriptions: OpenAPI 3.1 names every route and its roles, AsyncAPI 3.0 the stream, /docs reads it', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const open = (await desk.app.inject({ url: '/openapi.json' })).json<{
    openapi: string;
    paths: Record<string, Record<string, { 'x-who-may'?: unknown; summary?: string }>>;
    components: { schemas: object };
  }>();
  t.match(open.openapi, /^3\.1/);
  for (const route of Object.keys(rules)) {
    const [method, url] = route.split(' ') as [string, string];
    if (!url.startsWith('/v1') || url === '/v1/stream') continue;
    const described = open.paths[url.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    t.ok(described?.summary, `${route} is described`);
    t.same(described?.['x-who-may'], rules[route], `${route} says who may`);
  }
  t.match(
    Object.keys(open.components.schemas),
    ['Call', 'Problem'].map(() => String),
  );
  for (const name of ['Call', 'Seat', 'Queue', 'Problem', 'Fact'])
    t.ok(name in open.components.schemas, name);
  const stream = await desk.app.inject({ url: '/asyncapi.json' });
  t.match(stream.json(), { asyncapi: '3.0.0', channels: { stream: { address: '/v1/stream' } } });
  t.match(stream.body, /lastSequence/);
  const docs = await desk.app.inject({ url: '/docs/' });
  t.equal(docs.statusCode, 200);
  t.match(docs.headers['content-security-policy'], /default-src 'self'/);
  t.equal((await desk.app.inject({ url: '/docs/static/swagger-ui.css' })).statusCode, 200);
  t.match((await desk.app.inject({ url: '/' })).body, /\/docs/);
});

test('the console is served at / where it was built, and nothing beside it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'console-'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>desk</title>');
  const desk = await openDesk({ consoleFolder: folder });
  t.teardown(async () => {
    await desk.app.close();
    await rm(folder, { recursive: true });
  });
  const page = await desk.app.inject({ url: '/' });
  t.match(page.body, /desk/);
  t.match(page.headers, {
    'content-security-policy': /script-src 'self'/,
    'x-content-type-options': 'nosniff',
    'permissions-policy': /microphone=\(self\)/,
  });
  t.equal((await desk.app.inject({ url: '/../package.json' })).statusCode, 404);
  t.equal((await desk.app.inject({ url: '/..%2f..%2fetc/passwd' })).statusCode, 404);
  t.equal((await desk.app.inject({ url: '/v1/nothing' })).statusCode, 404);
  t.equal((await desk.app.inject({ url: '/v1/calls' })).statusCode, 401);
});
