// The stream: its doors, its beginning, replays and who gets what (A7, G14, G25, RC3, SV4).
// It must not test its limits (api-stream-limits.test.ts).
import { test } from 'tap';
import { callView, queueView, seatView } from '../doubles/views.ts';
import { listening, dial } from './stream-client.ts';
import type { Frame, Line } from './stream-client.ts';

const canary = '13987650001';

const sequences = (frames: readonly Frame[]): (number | string)[] =>
  frames.map((frame) => {
    if ('fact' in frame) return frame.fact.sequence;
    if ('mark' in frame) return `mark ${frame.mark.sequence}`;
    if ('changed' in frame) return `changed ${frame.changed.sequence}`;
    return 'snapshot' in frame ? `snapshot ${frame.snapshot.sequence}` : 'problem';
  });

test('A7 doors: a header or a single-use ticket, never an address; browsers only from our own origin or a listed one', async (t) => {
  const desk = await listening(t, { allowedOrigins: ['https://desk.example'] });
  const { url } = desk;
  const token = desk.token('1001');
  const authorization = `Bearer ${token}`;
  const refused = (attempt: Promise<Line>, status: number, why: string) =>
    t.rejects(attempt, { message: new RegExp(`${status}`) }, why);
  await refused(dial(url, {}), 401, 'nothing');
  await refused(dial(`${url}?token=${token}`, {}), 401, 'token in the address');
  await refused(
    dial(url, { headers: { authorization }, origin: 'https://evil.example' }),
    403,
    'another origin (CSWSH)',
  );
  await refused(dial(url, { headers: { authorization }, origin: 'null' }), 403, 'a sandboxed page');
  await refused(
    dial(url, { headers: { authorization: `Bearer ${desk.token('audit')}` } }),
    403,
    'a role without a stream',
  );
  const own = await dial(url, {
    headers: { authorization },
    origin: url.replace('ws:', 'http:').replace('/v1/stream', ''),
  });
  own.socket.close();
  const listed = await dial(url, { headers: { authorization }, origin: 'https://desk.example' });
  listed.socket.close();
  const ticketOf = async () =>
    (await desk.app.inject({ method: 'POST', url: '/v1/stream/ticket', headers: { authorization } })).json<{
      ticket: string;
    }>().ticket;
  const ticket = await ticketOf();
  const browser = await dial(url, { origin: 'https://desk.example' }, [
    'hotline.v1',
    `hotline.ticket.${ticket}`,
  ]);
  t.equal(browser.socket.protocol, 'hotline.v1', 'the ticket is not echoed');
  t.equal(browser.socket.extensions, '', 'no compression');
  browser.socket.close();
  await refused(dial(url, {}, ['hotline.v1', `hotline.ticket.${ticket}`]), 401, 'a ticket used before');
  const late = await ticketOf();
  desk.clock.at += 30_001;
  await refused(dial(url, {}, [`hotline.ticket.${late}`]), 401, 'a ticket too old');
  t.notOk(desk.logged.join('\n').includes(token), 'the token is in no log');
  t.notOk(desk.logged.join('\n').includes(ticket), 'nor the ticket');
});

test('G14 hello: a snapshot without a number, the missed facts in order with one, a snapshot when too far; then live', async (t) => {
  const desk = await listening(t, { limits: { replayAtMost: 500 } });
  const { engine } = desk;
  const headers = { authorization: `Bearer ${desk.token('sup-12345')}` };
  for (let n = 0; n < 450; n += 1)
    engine.happen('seat.status-changed', { platform: '12345', data: { seat: '1001' } });
  const fresh = await dial(desk.url, { headers });
  fresh.hello();
  await fresh.have(1);
  t.match(fresh.frames[0], {
    snapshot: {
      sequence: 450,
      calls: [],
      seats: [{ id: '1001' }, { id: '1002' }],
      queues: [{ id: 'q-12345' }],
    },
  });
  const behind = await dial(desk.url, { headers });
  behind.hello(40);
  // Facts that happen while the replay is being read are neither lost nor doubled.
  for (let n = 0; n < 30; n += 1) {
    engine.happen('seat.status-changed', { platform: '12345', data: { seat: '1001' } });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await behind.have(440);
  const told = behind.frames.flatMap((frame) => ('fact' in frame ? [frame.fact.sequence] : []));
  t.same(
    told,
    Array.from({ length: 440 }, (_, n) => 41 + n),
    'every fact once, in order',
  );
  let last = 40;
  for (const frame of behind.frames) {
    if (!('after' in frame)) continue;
    t.equal(frame.after, last, 'each frame names the one before');
    if ('fact' in frame) last = frame.fact.sequence;
    if ('mark' in frame) last = frame.mark.sequence;
  }
  await fresh.have(31);
  t.same(
    sequences(fresh.frames).slice(1),
    Array.from({ length: 30 }, (_, n) => 451 + n),
  );
  for (let n = 0; n < 100; n += 1) engine.happen('seat.status-changed', { platform: '12345' });
  const far = await dial(desk.url, { headers });
  far.hello(40);
  await far.have(1);
  t.same(sequences(far.frames), ['snapshot 580'], 'too far behind');
  const ahead = await dial(desk.url, { headers });
  ahead.hello(99_999);
  await ahead.have(1);
  t.same(sequences(ahead.frames), ['snapshot 580'], "another ledger's number");
  engine.oldest = 550;
  const hole = await dial(desk.url, { headers });
  hole.hello(500);
  await hole.have(1);
  t.same(sequences(hole.frames), ['snapshot 580'], 'facts that cannot be had are not skipped over');
  hole.hello(580);
  await hole.have(2);
  t.same(
    sequences(hole.frames),
    ['snapshot 580', 'mark 580'],
    'a second hello, after a gap the client saw, is answered',
  );
});

test('RC3 a replay ends with the views of now', async (t) => {
  const desk = await listening(t);
  const { engine } = desk;
  engine.happen(
    'call.answered',
    { call: 'c1', platform: '12345', data: { seat: '1001' } },
    { call: callView('c1', '12345', canary, '1001') },
  );
  engine.happen(
    'seat.state-changed',
    { platform: '12345', data: { seat: '1001' } },
    { seat: seatView('1001', '12345', { state: 'talking', call: 'c1', version: 9 }) },
  );
  engine.happen(
    'transfer.started',
    { call: 'c1', platform: '12345', data: { to: { line: '110' } } },
    { call: callView('c1', '12345', canary, '1001', { phase: 'transferring', version: 8 }) },
  );
  const seat = await dial(desk.url, { headers: { authorization: `Bearer ${desk.token('1001')}` } });
  seat.hello(0);
  const frames = await seat.have(4);
  t.same(sequences(frames), [1, 2, 3, 'mark 3']);
  t.notOk('call' in frames[0]!, 'an old fact carries no old view');
  t.match(frames[1], { seat: { id: '1001', version: 9 } });
  t.match(frames[2], { call: { id: 'c1', version: 8, phase: 'transferring', caller: { number: canary } } });
});

test('SV4 after a restart a seat is replayed the facts of the call it still has', async (t) => {
  const desk = await listening(t);
  const { engine } = desk;
  const fact = {
    time: '2026-11-22T02:00:00.000Z',
    call: 'c1',
    platform: '12345',
    actor: 'system:engine',
    data: {},
  };
  // As found at start: facts in the ledger, the call adopted, and no change told yet.
  engine.facts.push(
    { ...fact, sequence: 1, type: 'call.held' },
    { ...fact, sequence: 2, type: 'call.resumed' },
    { ...fact, sequence: 3, type: 'call.held', call: 'c2' },
  );
  engine.live.set('c1', callView('c1', '12345', canary, '1001'));
  engine.live.set('c2', callView('c2', '12345', canary, '1002'));
  const line = await dial(desk.url, { headers: { authorization: `Bearer ${desk.token('1001')}` } });
  line.hello(0);
  t.same(sequences(await line.have(3)), [1, 2, 'mark 3']);
  t.match(line.frames[1], { call: { id: 'c1', caller: { number: canary } } });
});

test('G25 scope: each role gets what is its own; the canary number reaches the seat that has the call and nobody else', async (t) => {
  const desk = await listening(t);
  const { engine } = desk;
  const open = async (user: string): Promise<Line> => {
    const line = await dial(desk.url, { headers: { authorization: `Bearer ${desk.token(user)}` } });
    line.hello();
    await line.have(1);
    return line;
  };
  const [owner, colleague, police, sup, supPolice, system] = await Promise.all(
    ['1001', '1002', '3001', 'sup-12345', 'sup-110', 'system'].map(open),
  );
  const waiting = queueView('12345', {
    waiting: 1,
    calls: [{ call: 'c1', place: 1, since: '2026-11-22T02:00:00.000Z' }],
  });
  const mine = callView('c1', '12345', canary, '1001');
  const note = { note: `ring ${canary}` };
  engine.happen(
    'call.arrived',
    { call: 'c1', platform: '12345', data: { number: canary, name: canary } },
    { call: callView('c1', '12345', canary, null), queue: waiting },
  );
  engine.happen(
    'call.answered',
    { call: 'c1', platform: '12345', data: { seat: '1001' } },
    { call: mine, seat: seatView('1001', '12345', { state: 'talking', call: 'c1' }) },
  );
  engine.happen(
    'transfer.started',
    { call: 'c1', platform: '12345', data: { to: { line: '110' }, ...note } },
    {
      call: {
        ...mine,
        transfer: { id: 't1', state: 'requested', to: { line: '110' }, mode: 'one-click', ...note },
      },
    },
  );
  const handed = callView('c1', '12345', canary, '3001', {
    parties: callView('c1', '110', canary, '3001').parties,
  });
  engine.happen(
    'transfer.accepted',
    { call: 'c1', platform: '12345', data: { seat: '3001' } },
    { call: handed, seat: seatView('1001', '12345', { state: 'wrap-up' }) },
  );
  engine.happen(
    'call.tagged',
    { call: 'c1', platform: '12345', data: { summary: canary } },
    { call: { ...handed, version: 9 } },
  );
  engine.happen('alarm.trunk-down', { data: { trunk: 'out' } });
  await Promise.all([
    owner!.have(5),
    colleague!.have(4),
    police!.have(3),
    sup!.have(7),
    supPolice!.have(5),
    system!.have(7),
  ]);
  t.same(
    sequences(owner!.frames),
    ['snapshot 0', 'changed 1', 2, 3, 4],
    'the first seat, up to the fact that took it off',
  );
  t.same(
    sequences(colleague!.frames),
    ['snapshot 0', 'changed 1', 'changed 2', 'changed 4'],
    'a colleague sees the queue and that the seat is busy',
  );
  t.match(colleague!.frames[2], { changed: { seat: { id: '1001', state: 'talking' } } });
  t.notOk(colleague!.text[2]!.includes('c1'), 'not with which call');
  t.same(sequences(police!.frames), ['snapshot 0', 4, 5]);
  t.same(sequences(sup!.frames), ['snapshot 0', 1, 2, 3, 4, 5, 6]);
  t.same(
    sequences(supPolice!.frames),
    ['snapshot 0', 3, 4, 5, 6],
    'the other platform from the moment the call is being handed over',
  );
  t.same(sequences(system!.frames), ['snapshot 0', 1, 2, 3, 4, 5, 6]);
  for (const [who, line] of Object.entries({ colleague, sup, supPolice, system }))
    t.notOk(line!.text.join().includes(canary), `${who} never sees it`);
  t.ok(owner!.text[2]!.includes(canary) && owner!.text[3]!.includes(canary), 'the owner does');
  t.notOk(owner!.text[4]!.includes(canary), 'no more once it is off');
  t.ok(police!.text[1]!.includes(canary), 'the new owner does');
  t.match(sup!.frames[1], {
    fact: { data: { number: '139****0001' } },
    call: { caller: { number: '139****0001', name: '王**' } },
  });
});
