// Recordings without Asterisk: a call's own part told as stories, the files measured and swept, what is judged missing, short,
// silent, and ranges over HTTP are in test/real/recording.test.ts. It must not wait for a clock.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tap, { test } from 'tap';
import { toneWave } from '../../lab/phones/wave.ts';
import { callOfRecording, order } from '../../server/adapters/ari/recording.ts';
import { callOfTap } from '../../server/adapters/ari/tapping.ts';
import type { AriReply, AriRequest } from '../../server/adapters/ari/access.ts';
import { openRecordings } from '../../server/adapters/recordings/files.ts';
import type { Call } from '../../server/domain/call/state.ts';
import type { NewFact } from '../../server/domain/decision.ts';
import { Recordings } from '../../server/engine/recordings.ts';
import { callView } from '../../server/engine/views.ts';
import { Story } from '../call-world/story.ts';

const nothing = (): void => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const clock = { now: () => Date.parse('2026-11-22T12:00:00Z') };
const id = 'c-00000000-0000-4000-8000-000000000001';
const name = `2026/11/22/${id}`;

const folder = await mkdtemp(join(tmpdir(), 'hotline-recording-'));
tap.teardown(() => rm(folder, { recursive: true, force: true }));
let cases = 0;
/** A folder of its own with one file in it, and what is written down of it. */
async function house(bytes: Buffer | null, keepDays = 30) {
  cases += 1;
  const place = join(folder, String(cases));
  const list = join(place, 'open.ndjson');
  await mkdir(join(place, '2026/11/22'), { recursive: true });
  if (bytes) await writeFile(join(place, `${name}.wav`), bytes);
  const files = openRecordings(place, list, clock);
  const facts: NewFact[] = [];
  const alive = new Set<string>();
  const make = () =>
    new Recordings({
      files: openRecordings(place, list, clock),
      clock,
      log,
      keepDays,
      alive: (call) => alive.has(call),
      note: async (_call, _platform, fact) => void facts.push(fact),
    });
  return { place, list, files, facts, alive, make };
}
const began = clock.now() - 10_000;
const call = (change: Partial<NonNullable<Call['recording']>> = {}): Call =>
  ({
    id,
    platform: '12345',
    recording: { name, state: 'on', since: began, pausedAt: null, pausedMs: 0, failures: 0, ...change },
  }) as unknown as Call;
const types = (facts: readonly NewFact[]) => facts.map(({ type }) => type);

test('G26 finished: bytes, length, hash as of the file itself; a whole one raises nothing', async (t) => {
  const wave = toneWave(600, 10);
  const { make, facts, list } = await house(wave);
  const recordings = make();
  recordings.follow(call());
  recordings.recorded(name, began + 10_300);
  recordings.recorded(name, began + 10_300);
  await recordings.stop();
  t.same(types(facts), ['recording.finished'], 'once');
  t.match(facts[0]?.data, {
    file: name,
    bytes: wave.length,
    seconds: 10,
    expectedSeconds: 10.3,
    sha256: createHash('sha256').update(wave).digest('hex'),
  });
  t.equal((await readFile(list, 'utf8')).trim().split('\n').length, 2);
});

test('G26 missing, short and silent files are alarms; a pause is no loss', async (t) => {
  const missing = await house(null);
  const short = await house(toneWave(600, 5));
  const silent = await house(Buffer.concat([toneWave(600, 1).subarray(0, 44), Buffer.alloc(160_000)]));
  const paused = await house(toneWave(600, 5));
  for (const { make, facts, alarms, change } of [
    { ...missing, alarms: ['alarm.recording-missing'], change: {} },
    { ...short, alarms: ['recording.finished', 'alarm.recording-short'], change: {} },
    { ...silent, alarms: ['recording.finished', 'alarm.recording-silent'], change: {} },
    { ...paused, alarms: ['recording.finished'], change: { pausedMs: 2000, pausedAt: began + 7000 } },
  ]) {
    const recordings = make();
    recordings.follow(call());
    recordings.follow(call(change));
    recordings.recorded(name, began + 10_000);
    await recordings.stop();
    t.same(types(facts), alarms);
  }
});

test('SV4 what was being written when the engine died is finished by the next, once its call is nowhere', async (t) => {
  const { make, facts, alive, list } = await house(toneWave(600, 10));
  make().follow(call());
  await writeFile(list, `${await readFile(list, 'utf8')}{"open":{"na`);
  alive.add(id);
  const waiting = make();
  waiting.settle();
  await waiting.stop();
  t.same(facts, [], 'the call goes on');
  alive.clear();
  const next = make();
  next.settle();
  await next.stop();
  t.match(facts, [{ type: 'recording.finished', data: { recovered: true, seconds: 10 } }]);
  const last = make();
  last.settle();
  await last.stop();
  t.equal(facts.length, 1, 'and never again');
});

test('R28 a file whose time is over is deleted with a fact; nothing else is touched', async (t) => {
  const { make, facts, place, files } = await house(toneWave(600, 1), 10);
  for (const [day, file] of [
    ['2026/11/11', `${id}.wav`],
    ['2026/11/12', `${id}.2.wav`],
    ['2026/11/11', 'notes.txt'],
  ] as const) {
    await mkdir(join(place, day), { recursive: true });
    await writeFile(join(place, day, file), 'x');
  }
  const recordings = make();
  recordings.start();
  await recordings.stop();
  t.match(facts, [{ type: 'recording.deleted', data: { file: `2026/11/11/${id}`, keepDays: 10 } }]);
  t.equal(facts.length, 1);
  t.equal(await files.size(`2026/11/11/${id}`), null);
  t.equal(await files.size(`2026/11/12/${id}.2`), 1, 'ten days old today');
  t.equal(await readFile(join(place, '2026/11/11/notes.txt'), 'utf8'), 'x');
  t.equal(await files.size(`../1/2026/11/22/${id}`), null, 'no way out of the folder');
  t.throws(() => files.read('2026/11/22/../../1/x', 0, 1));
});

/** A story in which calls are recorded. */
const recorded = (...lines: readonly string[]): Story => {
  const story = new Story(true);
  story.tell('arrive 12345', ...lines);
  return story;
};
const ordersOf = (story: Story, type: string) => story.effects().filter((effect) => effect.type === type);

test('G26 TW8 recorded from the answer on, by one tap on the caller, through everything, under a name nobody chose', (t) => {
  const story = new Story(true);
  story.tell('away 1001 1002', 'arrive 12345');
  t.match(
    ordersOf(story, 'tap'),
    [{ of: 'c1-caller', whisper: false, role: 'recorder' }],
    'with the music already',
  );
  t.match(story.call.recording, { state: 'on', name: '2001/09/09/c1' });
  story.tell(
    'ready 1001',
    'answer 1001',
    'wait 5',
    '1001: three-way 110',
    'answer 3001',
    '1001: hold caller',
    'crash',
  );
  t.equal(story.facts('recording.started').length, 1, 'one file');
  t.match(
    ordersOf(story, 'recording-find'),
    [{ name: '2001/09/09/c1' }],
    'found again by its name after a crash',
  );
  t.equal(story.call.legs.filter(({ role }) => role === 'recorder').length, 1);
  t.notOk(
    callView(story.call, null).parties.some(({ role }) => role === 'recorder'),
    'nobody on the call',
  );
  story.tell('bye caller');
  t.equal(story.phase, 'gone');
  t.equal(story.world.asterisk.channels.size, 0);
  const police = new Story(true);
  police.tell('away 3001 3002', 'arrive 110');
  t.equal(police.call.recording, undefined, 'not while it only rings');
  t.end();
});

test('F14 refused, never begun, lost: one alarm, tried again under a further name, and the call knows nothing of it', (t) => {
  const story = new Story(true);
  story.world.asterisk.recordings.set('2001/09/09/c1', 'somebody');
  story.tell('arrive 12345', 'answer 1001');
  t.match(story.facts('alarm.recording-missing'), [{ reason: 'refused', status: 409 }]);
  t.equal(callView(story.call, null).recording, 'missing');
  t.equal(story.refusal('1001: recording-pause'), 'not-recording');
  t.ok(story.together('caller', '1001'));
  story.tell('wait 16');
  t.match(story.call.recording?.name, /^2001\/09\/09\/c1\.\d+$/);
  t.equal(callView(story.call, null).recording, 'on');
  story.tell('drop recorder', 'wait 2');
  t.match(story.facts('alarm.recording-missing')[1], { reason: 'lost' });
  story.tell('wait 2');
  t.equal(story.facts('recording.started').length, 2);
  t.equal(story.phase, 'talking');
  t.end();
});

test('G26 pause and resume: with a reason, by a party, kept over a part that was lost', (t) => {
  const story = recorded('answer 1001', 'wait 5');
  t.equal(story.refusal('3001: recording-pause'), 'not-a-party');
  story.tell('1001: recording-pause');
  t.match(story.facts('recording.paused'), [{ reason: 'bank card', seat: '1001' }]);
  t.equal(callView(story.call, null).recording, 'paused');
  t.equal(story.refusal('1001: recording-pause'), 'already-so');
  story.tell('drop recorder', 'wait 3');
  t.equal(story.world.facts.filter(({ type }) => type === 'recording.started').length, 2);
  t.equal(callView(story.call, null).recording, 'paused', 'the new part is paused, too');
  story.tell('wait 4', '1001: recording-resume');
  t.equal(callView(story.call, null).recording, 'on');
  t.equal(story.refusal('1001: recording-resume'), 'already-so');
  t.end();
});

test('G26 at Asterisk: an earlier order of our own that is found going on is no failure; ids and names say whose they are', async (t) => {
  const asked: AriRequest[] = [];
  const lane = (replies: readonly AriReply[]) => {
    const left = [...replies];
    return {
      request: async (request: AriRequest) => {
        asked.push(request);
        return left.shift() ?? { status: 500, body: '' };
      },
      reset: nothing,
      close: async () => undefined,
    };
  };
  const start = { type: 'recording-start', leg: `${id}.recorder.3`, name } as const;
  const live = (leg: string) => ({
    status: 200,
    body: JSON.stringify({ state: 'recording', target_uri: `channel:${leg}` }),
  });
  const conflict = { status: 409, body: '' };
  t.equal(await order(lane([{ status: 201, body: '' }]), start), null, 'its event says so');
  t.match(await order(lane([conflict, live(start.leg)]), start), { type: 'recording-started', name });
  t.match(await order(lane([conflict, live('another')]), start), { type: 'recording-failed', status: 409 });
  t.match(await order(lane([{ status: 0, body: '' }]), { ...start, type: 'recording-find' }), null);
  t.match(await order(lane([{ status: 404, body: '' }]), { type: 'recording-pause', name, on: true }), {
    type: 'recording-failed',
    order: 'pause',
  });
  t.equal(asked[0]?.path, `channels/${id}.recorder.3/record`);
  t.equal(callOfRecording(name), id);
  t.equal(callOfRecording(`${name}.7`), id);
  t.equal(callOfRecording(`survival/${id}`), '');
  t.equal(callOfTap({ id: `${id}.recorder.3`, name: 'Snoop/x-00000001' }), id);
  t.equal(callOfTap({ id: `${id}.1001.3`, name: 'PJSIP/1001-00000001' }), '');
});
