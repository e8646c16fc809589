// The stream's own limits: sockets, messages, slow readers, the end of session and server (A11, 7.4.1).
// It must not test what is sent to whom (api-stream.test.ts).
import { test } from 'tap';
import { Subscriber } from '../../server/api/stream/subscriber.ts';
import type { Socket } from '../../server/api/stream/subscriber.ts';
import { Involvement } from '../../server/api/involvement.ts';
import { Scope } from '../../server/api/scope.ts';
import { usualLimits } from '../../server/api/limits.ts';
import { EngineDouble } from '../doubles/engine.ts';
import { listening, dial } from './stream-client.ts';
import type { Line } from './stream-client.ts';

test('7.4.1 sockets end with their session: sign-out, an administrator, and elsewhere', async (t) => {
  const desk = await listening(t, { limits: { socketCheckMs: 200, sessionFreshMs: 100 } });
  const open = async (token: string): Promise<Line> => {
    const line = await dial(desk.url, { headers: { authorization: `Bearer ${token}` } });
    line.hello();
    await line.have(1);
    return line;
  };
  const tokens = ['1001', '1002', '3001'].map((user) => desk.token(user));
  const [one, two, three] = await Promise.all(tokens.map(open));
  await desk.app.inject({
    method: 'DELETE',
    url: '/v1/session',
    headers: { authorization: `Bearer ${tokens[0]!}` },
  });
  t.equal(await one!.closed, 4401, 'sign-out');
  await desk.app.inject({ method: 'DELETE', url: '/v1/accounts/1002/sessions', headers: desk.as('admin') });
  t.equal(await two!.closed, 4401, 'an administrator');
  desk.sessions.rows.clear();
  const began = performance.now();
  desk.clock.at += 1_000;
  t.equal(await three!.closed, 4401, 'another node, or expiry');
  t.comment(
    `seen after ${(performance.now() - began).toFixed(0)} ms with a check every 200 ms; in service every 3 s`,
  );
});

test("A11 the stream's own limits: sockets a session, a hello in time, sense in messages, their size and number", async (t) => {
  const desk = await listening(t, { limits: { socketsPerSession: 2, helloMs: 300, messagesPer10s: 5 } });
  const headers = { authorization: `Bearer ${desk.token('1001')}` };
  const [first, second] = [await dial(desk.url, { headers }), await dial(desk.url, { headers })];
  await t.rejects(dial(desk.url, { headers }), { message: /429/ });
  t.equal(await first.closed, 1008, 'no hello');
  await second.closed;
  const odd = await dial(desk.url, { headers });
  odd.socket.send('nonsense');
  odd.socket.send('{"hello":{"lastSequence":-1}}');
  const frames = await odd.have(2);
  t.match(frames, [{ problem: { code: 'bad-request' } }, { problem: { code: 'bad-request' } }]);
  for (let n = 0; n < 6; n += 1) odd.socket.send('nonsense');
  t.equal(await odd.closed, 1008);
  const large = await dial(desk.url, { headers });
  large.socket.on('error', () => undefined);
  large.socket.send('x'.repeat(10_000));
  t.not(await large.closed, 1000, 'too large a message ends the socket');
  const binary = await dial(desk.url, { headers });
  binary.socket.send(Buffer.from([1, 2]));
  t.equal(await binary.closed, 1003);
});

test('a slow reader gets a snapshot when it has drained, or is closed; nothing is dropped silently', async (t) => {
  const desk = await listening(t, { limits: { socketBytes: 32_768, slowMs: 60_000 } });
  const { engine } = desk;
  const line = await dial(desk.url, { headers: { authorization: `Bearer ${desk.token('sup-12345')}` } });
  line.hello();
  await line.have(1);
  line.socket.pause();
  const long = { text: '长'.repeat(4_000) };
  // More than the kernel's buffers hold, so that it waits in ours.
  for (let n = 0; n < 1_500; n += 1) {
    engine.happen('seat.status-changed', { platform: '12345', data: long });
    if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  line.socket.resume();
  const snapshots = () => line.frames.filter((frame) => 'snapshot' in frame).length;
  while (snapshots() < 2) await line.have(line.frames.length + 1);
  t.match(line.frames.at(-1), { snapshot: { sequence: 1500 } });
  t.ok(line.frames.length < 1_500, `${line.frames.length} frames, then the snapshot`);
  engine.happen('seat.status-changed', { platform: '12345' });
  while (!line.frames.some((frame) => 'fact' in frame && frame.fact.sequence === 1501))
    await line.have(line.frames.length + 1);
  t.match(line.frames.at(-1), { after: 1500, fact: { sequence: 1501 } }, 'and goes on live');
});

test('a subscriber alone: too slow is closed, a silent peer dropped, pings and marks go out', (t) => {
  const engine = new EngineDouble();
  let now = 0;
  const out: string[] = [];
  const socket: Socket & { bufferedAmount: number } = {
    bufferedAmount: 0,
    send: (text) => void out.push(text),
    ping: () => void out.push('ping'),
    close: (code) => void out.push(`close ${code}`),
    terminate: () => void out.push('terminate'),
  };
  const actor = { user: '1002', role: 'seat', platform: '12345', seat: '1002' } as const;
  const make = () =>
    new Subscriber(socket, actor, 'hash', {
      engine,
      scope: new Scope(engine, new Involvement(engine)),
      limits: usualLimits,
      ticks: () => now,
    });
  const late = make();
  now += 10_001;
  late.tick();
  t.same(out, ['close 1008'], 'no hello in 10 s');
  out.length = 0;
  const silent = make();
  void silent.message('{"hello":{}}');
  for (let n = 0; n < 4; n += 1) {
    now += 5_000;
    silent.tick();
  }
  const quiet = JSON.stringify({ after: 0, mark: { sequence: 0 } });
  t.same(
    out.slice(1),
    ['ping', quiet, 'ping', quiet, 'ping', quiet, 'terminate'],
    'RC3: pinged and told that all is quiet each 5 s, dropped after 15 s of silence',
  );
  t.ok(silent.closed);
  t.end();
});

test('the server stops: streams are told to connect again', async (t) => {
  const desk = await listening(t);
  const line = await dial(desk.url, { headers: { authorization: `Bearer ${desk.token('1001')}` } });
  await desk.app.close();
  t.equal(await line.closed, 1001);
});
