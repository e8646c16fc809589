// What a desk is given beside its calls, without servers: a silent caller asked for a key, the last moments heard again, a
// supervisor's word to the seats. Real phones and browsers are in test/real/console.test.ts.
import { PassThrough } from 'node:stream';
import { test } from 'tap';
import { acknowledge, end, isOwed, remember, send } from '../../server/domain/notice/broadcasts.ts';
import type { Broadcasts } from '../../server/domain/notice/broadcasts.ts';
import type { RecordingFiles } from '../../server/engine/ports.ts';
import type { Fact } from '../../server/protocol/facts.ts';
import { Story } from '../call-world/story.ts';
import { openDesk } from '../doubles/api.ts';
import { callView } from '../doubles/views.ts';

function talking(): Story {
  const story = new Story('spoken');
  story.tell('arrive 12345', 'answer 1001');
  return story;
}
const press = (story: Story, digit: string) =>
  story.world.tell('c1', { type: 'digit', leg: 'c1-caller', digit });
/** What is being said comes to its end. */
function said(story: Story): void {
  const [playing] = [...story.world.asterisk.playing.keys()];
  if (playing === undefined) throw new Error('nothing is being said');
  story.world.asterisk.playing.delete(playing);
  story.world.tell('c1', { type: 'said', playing, ok: true });
}

test('SL2 asked for a key both stay together, where keys are heard; what is pressed is a fact, until it is decided', (t) => {
  const story = talking();
  press(story, '7');
  t.equal(story.facts('call.key-pressed').length, 0, 'nobody asked');
  story.tell('1001: silence-ask');
  t.ok(story.together('caller', '1001'), 'CL2: nobody is left alone for it');
  t.equal(story.hears('caller'), 'bridge:c1.talk');
  t.notOk(story.channel('caller').armed, 'SV2: who talks is not taken away by the dead-man');
  t.equal(story.world.asterisk.playing.size, 1);
  t.equal(story.refusal('1001: silence-ask'), 'already-so', 'it is being asked');
  press(story, '1');
  said(story);
  story.tell('1001: silence-ask');
  press(story, '2');
  t.match(story.facts('call.key-pressed'), [{ digit: '1', keys: '1', seat: '1001' }, { keys: '12' }]);
  t.match(story.facts('call.silence-asked'), [{ asked: 1, seat: '1001' }, { asked: 2 }]);
  t.equal(story.refusal('1001: silence-decide unheard-of'), 'invalid-field');
  story.tell('1001: silence-decide call-back');
  t.equal(story.world.asterisk.playing.size, 0, 'what is still being said ends with the decision');
  t.match(story.facts('call.silence-decided'), [{ decision: 'call-back', keys: '12', asked: 2 }]);
  t.equal(story.call.disposition, 'silent:call-back', 'SL3: it closes: no tag is owed');
  t.equal(story.refusal('1001: silence-decide danger'), 'already-so');
  press(story, '3');
  t.equal(story.facts('call.key-pressed').length, 2);
  t.ok(story.together('caller', '1001'));
  t.end();
});

test('SL2 a transfer ends the question; who comes next hears the caller; not while the caller is held or waits', (t) => {
  const waiting = new Story();
  waiting.tell('away 1001 1002', 'arrive 12345');
  t.equal(waiting.refusal('1001: silence-ask'), 'not-a-party');
  const story = talking();
  story.tell('1001: hold caller');
  t.equal(story.refusal('1001: silence-ask'), 'wrong-phase');
  story.tell('1001: resume caller', '1001: silence-ask', '1001: transfer 110');
  t.equal(story.world.asterisk.playing.size, 0);
  t.equal(story.refusal('1001: silence-ask'), 'wrong-phase');
  story.tell('answer 3001');
  t.ok(story.together('caller', '3001'));
  press(story, '1');
  t.match(story.facts('call.key-pressed'), [{ seat: '3001' }], 'it may still be answered');
  t.end();
});

test('SL2 CL2 a question cut short by the loss of its seat is not gone on with in the queue, nor a place told in a talk', (t) => {
  const story = new Story('spoken');
  story.tell('away 1002', 'arrive 12345', 'answer 1001', '1001: silence-ask', 'drop 1001');
  t.equal(story.phase, 'queued');
  t.equal(story.world.asterisk.playing.size, 0);
  t.equal(story.hears('caller'), 'music');
  story.tell('wait 6');
  t.equal(story.world.asterisk.playing.size, 1, 'it is told its place');
  story.tell('ready 1002', 'answer 1002');
  t.equal(story.world.asterisk.playing.size, 0);
  t.ok(story.together('caller', '1002'));
  t.end();
});

const seat = (id: string, queues = ['12345']) => ({ id, platform: '12345', queues });
const start = Date.parse('2026-11-22T02:00:00.000Z');
const told = (step: ReturnType<typeof acknowledge>) => {
  if ('ok' in step) throw new Error(`refused: ${step.code}`);
  return step;
};

test('BC1 BC2 meant for a platform or a queue, owed until read, over or taken back; a restart changes nothing', (t) => {
  const wish = {
    id: 'b1',
    platform: '12345',
    queue: '12345',
    text: '台风',
    sentBy: 'sup',
    expiresAt: start + 60_000,
  };
  const sent = send(new Map(), wish, start);
  const { broadcast } = sent;
  t.ok(isOwed(broadcast, seat('1001'), start));
  t.notOk(isOwed(broadcast, seat('2001', []), start), 'not its queue');
  t.notOk(isOwed(broadcast, { ...seat('3001'), platform: '110' }, start));
  t.notOk(isOwed(broadcast, seat('1001'), start + 60_000), 'its time is over');
  const read = told(acknowledge(sent.broadcasts, 'b1', seat('1001'), '1001', start + 5000));
  t.notOk(isOwed(read.broadcast, seat('1001'), start + 6000));
  t.ok(isOwed(read.broadcast, seat('1002'), start + 6000));
  t.match(acknowledge(read.broadcasts, 'b1', seat('1001'), '1001', start), { code: 'already-so' });
  t.match(acknowledge(read.broadcasts, 'b1', seat('9', []), '9', start), { code: 'not-found' });
  t.match(end(read.broadcasts, 'b1', '110', 'sup-110', start), { code: 'not-found' }, "another platform's");
  const over = told(end(read.broadcasts, 'b1', '12345', 'sup', start + 7000));
  t.notOk(isOwed(over.broadcast, seat('1002'), start + 8000));
  t.match(end(over.broadcasts, 'b1', '12345', 'sup', start + 9000), { code: 'already-so' });

  const fact = (data: Fact['data']): Fact => ({
    sequence: 1,
    type: 'broadcast.acknowledged',
    time: new Date(start).toISOString(),
    call: null,
    platform: '12345',
    actor: '1001',
    data: JSON.parse(JSON.stringify(data)) as Fact['data'],
  });
  const again = [read.fact].map(({ data }) => fact({ ...data })).reduce<Broadcasts>(remember, new Map());
  t.same(again.get('b1'), read.broadcast, 'the newest fact tells all of it');
  t.equal(remember(new Map(), fact({ about: 'notice:x', id: 'b9' })).size, 0);
  t.equal(
    send(over.broadcasts, { ...wish, id: 'b2' }, start + 90_000_000).broadcasts.size,
    1,
    'kept for a day',
  );
  t.end();
});

test('BC1 BC2 R28 a supervisor sends to its own, a seat reads and acknowledges, both are in the audit', async (t) => {
  const desk = await openDesk();
  t.teardown(() => desk.app.close());
  const ask = (user: string, method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object) =>
    desk.app.inject({
      method,
      url: `/v1/broadcasts${path}`,
      headers: { ...desk.as(user), 'idempotency-key': crypto.randomUUID() },
      ...(payload === undefined ? {} : { payload }),
    });
  t.equal((await ask('sup-12345', 'POST', '', { text: '台风' })).statusCode, 202);
  t.equal((await ask('sup-12345', 'POST', '', { text: '台风', queue: 'q-110' })).statusCode, 422);
  t.equal((await ask('sup-12345', 'POST', '', { text: ' ' })).statusCode, 422);
  t.equal((await ask('1001', 'POST', '', { text: '台风' })).statusCode, 403);
  t.match((await ask('1001', 'GET', '')).json(), { items: [{ id: 'b1' }] });
  t.same((await ask('3001', 'GET', '')).json(), { items: [] });
  t.equal((await ask('1001', 'POST', '/b1/acknowledge', {})).statusCode, 202);
  t.equal((await ask('sup-110', 'DELETE', '/b1')).statusCode, 404);
  t.equal((await ask('sup-12345', 'DELETE', '/b1')).statusCode, 202);
  t.equal((await ask('audit', 'GET', '')).statusCode, 403);
  await desk.app.close();
  t.same(
    desk.audit.rows.map(({ action }) => action).filter((action) => action.startsWith('broadcast.')),
    ['broadcast.send', 'broadcast.acknowledge', 'broadcast.end', 'broadcast.end'],
  );
});

const bytesPerSecond = 16_000;
/** A recording of so many seconds in which the nth second holds nothing but n. */
function counting(seconds: number): Buffer {
  const sound = Buffer.alloc(seconds * bytesPerSecond);
  for (let second = 0; second < seconds; second += 1)
    for (let at = second * bytesPerSecond; at < (second + 1) * bytesPerSecond; at += 2)
      sound.writeInt16LE(second, at);
  // Half a sample more: it is being written.
  return Buffer.concat([Buffer.alloc(44), sound, Buffer.alloc(1)]);
}

test('RC4 R28 the last moments to a seat that is in the call, written down first; to nobody else', async (t) => {
  const file = counting(200);
  const recordings = {
    size: (name: string) => Promise.resolve(name === 'now' ? file.length : null),
    read: (_name: string, from: number, to: number) => {
      const stream = new PassThrough();
      stream.end(file.subarray(from, to + 1));
      return stream;
    },
  } as unknown as RecordingFiles;
  const desk = await openDesk({ recordings });
  t.teardown(() => desk.app.close());
  desk.engine.live.set('c1', callView('c1', '12345', '13900001111', '1001'));
  const ask = (user: string, seconds: number) =>
    desk.app.inject({ url: `/v1/calls/c1/replay?seconds=${seconds}`, headers: desk.as(user) });
  t.equal((await ask('1001', 60)).json<{ code: string }>().code, 'not-recording');
  desk.engine.happen('recording.started', { call: 'c1', data: { file: 'before' } });
  desk.engine.happen('alarm.recording-missing', { call: 'c1', data: { file: 'before' } });
  desk.engine.happen('recording.started', { call: 'c1', data: { file: 'now' } });
  const answer = await ask('1001', 60);
  t.equal(answer.headers['content-type'], 'audio/wav');
  const wave = answer.rawPayload;
  t.equal(wave.length, 44 + 60 * bytesPerSecond);
  t.same([wave.readUInt32LE(40), wave.readUInt32LE(24)], [60 * bytesPerSecond, 8000]);
  t.same(
    [wave.readInt16LE(44), wave.readInt16LE(wave.length - 2)],
    [140, 199],
    'the last minute, whole samples',
  );
  t.equal(
    (await ask('1001', 600)).rawPayload.length,
    44 + 120 * bytesPerSecond,
    'as far back as the site allows',
  );
  t.same(
    desk.audit.rows
      .filter(({ action }) => action === 'recording.replayed')
      .map(({ actor, subject }) => [actor, subject]),
    [
      ['1001', 'c1'],
      ['1001', 'c1'],
    ],
  );
  for (const user of ['1002', '3001', 'sup-12345', 'audit'])
    t.ok([403, 404].includes((await ask(user, 60)).statusCode), user);
  desk.audit.away = true;
  t.equal((await ask('1001', 60)).statusCode, 503, 'not without its entry');
});
