// Recordings on real Asterisk with real phones: one file per call through everything that happens to it, whose sound and length
// are measured; pause; what cannot be recorded; who may fetch it. It must not look into the server: files, facts and HTTP tell.
import { createHash } from 'node:crypto';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Test } from 'tap';
import type { Desk, Json } from '../../lab/desk.ts';
import { hasTone, listen } from '../../lab/phones/sound.ts';
import type { Softphone } from '../../lab/phones/softphone.ts';
import { headerBytes, sampleRate, samplesOf } from '../../lab/phones/wave.ts';
import { Scene } from './scene.ts';
import type { Talk } from './scene.ts';

t.setTimeout(300_000);
const scene = await Scene.start();
const { city } = scene;
t.teardown(() => scene.stop());
const folder = city.stack.folders.recordings;
const desk = await city.staff('1001');
const second = await city.staff('1002', { ready: false });
const police = await city.staff('3001');
const supervisor = await city.desk('sup-12345');

const factOf = async (call: string, type: string) =>
  (await city.timeline(call)).filter((fact) => fact.type === type);
const finished = async (call: string) => {
  await city.until(
    'the recording is finished',
    async () => (await factOf(call, 'recording.finished')).length > 0,
  );
  return (await factOf(call, 'recording.finished'))[0]?.data ?? {};
};
async function fetched(who: Desk, call: string, range?: string) {
  const response = await fetch(`${who.url}/v1/calls/${call}/recording`, {
    headers: { authorization: `Bearer ${who.token}`, ...(range === undefined ? {} : { range }) },
  });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}
const at = (phone: Softphone, type: string) =>
  phone.events.findLast((event) => event.type === type)?.at ?? Number.NaN;

/** A recording laid beside the clock: what was to be heard between two moments. */
class Heard {
  readonly samples: Int16Array;
  private readonly begun: number;
  constructor(file: Buffer, begun: number) {
    this.samples = samplesOf(file.subarray(headerBytes));
    this.begun = begun;
  }
  private cut(from: number, to: number): Int16Array {
    const index = (time: number) => Math.round(((time - this.begun) * sampleRate) / 1000);
    return this.samples.subarray(Math.max(0, index(from)), Math.max(0, index(to)));
  }
  tones(from: number, to: number): readonly number[] {
    return [...listen(this.cut(from, to)).tones].sort((a, b) => a - b);
  }
  has(phone: Softphone, from: number, to: number): boolean {
    return hasTone(phone.toneHz, this.cut(from, to));
  }
  /** Longest stretch without this phone's tone, in ms. */
  longestWithout(phone: Softphone): number {
    let longest = 0;
    let now = 0;
    const step = sampleRate / 50;
    for (let n = 0; n + step <= this.samples.length; n += step) {
      now = hasTone(phone.toneHz, this.samples.subarray(n, n + step)) ? 0 : now + 20;
      longest = Math.max(longest, now);
    }
    return longest;
  }
}
const tonesOf = (...phones: readonly Softphone[]) =>
  phones.map((phone) => phone.toneHz).sort((a, b) => a - b);
const noAlarm = async (t: Test, call: string) =>
  t.same(
    (await city.timeline(call)).filter(({ type }) => type.startsWith('alarm.recording')),
    [],
    'no alarm of its recording',
  );

await t.test(
  'G26 TW8 SV4 one file: music, seat, transfer, kill -9, three-way; its sound, length, hash and ranges',
  async (t) => {
    await desk.desk.must('/seats/1001/status', { status: 'break' });
    const caller = await city.citizen('13900002001');
    await caller.dial('12345');
    await caller.hears('music', 5000);
    const music = [Date.now() - 400, Date.now()] as const;
    await desk.desk.must('/seats/1001/status', { status: 'ready' });
    await caller.hears([desk.phone], 6000);
    await sleep(1500);
    const first = [Date.now() - 1200, Date.now()] as const;
    const id = String((await city.live())[0]?.['id']);
    t.equal((await scene.view(id))['recording'], 'on', 'the screens show it');
    t.equal((await fetched(supervisor, id)).status, 409, 'not finished yet');

    await desk.desk.must(`/calls/${id}/transfer`, { to: { line: '110' } });
    await caller.hears([police.phone], 6000);
    city.server.kill('SIGKILL');
    await sleep(1500);
    const without = [Date.now() - 1200, Date.now()] as const;
    await city.server.start();
    await second.desk.must('/seats/1002/status', { status: 'ready' });
    await city.until('1002 is registered', async () => (await city.seat('1002'))['phone'] === 'registered');
    await police.desk.must(`/calls/${id}/three-way`, { to: { seat: '1002' } });
    await caller.hears([police.phone, second.phone], 6000);
    await sleep(1500);
    const three = [Date.now() - 1200, Date.now()] as const;
    await caller.hangup();

    const data = await finished(id);
    const { status, headers, bytes } = await fetched(supervisor, id);
    t.equal(status, 200);
    t.equal(headers.get('content-type'), 'audio/wav');
    t.equal(createHash('sha256').update(bytes).digest('hex'), data['sha256'], 'the hash in the ledger');
    t.equal(headers.get('etag'), `"${String(data['sha256'])}"`);
    const seconds = (bytes.length - headerBytes) / 2 / sampleRate;
    const lasted = (at(caller, 'CALL_CLOSED') - at(caller, 'CALL_ESTABLISHED')) / 1000;
    t.ok(
      Math.abs(seconds - lasted) <= 0.5,
      `G26: ${seconds.toFixed(2)} s recorded of ${lasted.toFixed(2)} s`,
    );
    t.equal((await factOf(id, 'recording.started')).length, 1, 'one file');
    await noAlarm(t, id);
    const began = (await factOf(id, 'recording.started'))[0];
    const begun = Date.parse(began?.time ?? '');
    t.ok(
      begun - at(caller, 'CALL_ESTABLISHED') <= 500,
      `G26: begun ${begun - at(caller, 'CALL_ESTABLISHED')} ms after the answer`,
    );

    const heard = new Heard(bytes, begun);
    t.ok(heard.has(caller, ...music) && !heard.has(desk.phone, ...music), 'the caller over music');
    t.same(heard.tones(...first), tonesOf(caller, desk.phone), 'the first seat');
    t.same(heard.tones(...without), tonesOf(caller, police.phone), 'the second, while no server lived');
    t.same(heard.tones(...three), tonesOf(caller, police.phone, second.phone), 'three');
    t.ok(
      heard.longestWithout(caller) <= 300,
      `the caller throughout (${heard.longestWithout(caller)} ms without)`,
    );

    const head = await fetched(supervisor, id, 'bytes=0-3');
    t.match(
      [head.status, head.bytes.toString(), head.headers.get('content-range')],
      [206, 'RIFF', `bytes 0-3/${bytes.length}`],
    );
    t.same((await fetched(supervisor, id, 'bytes=-100')).bytes, bytes.subarray(-100));
    t.equal((await fetched(supervisor, id, `bytes=${bytes.length}-`)).status, 416);
    t.equal((await fetched(await city.desk('sup-110'), id)).status, 200, 'TW8: both platforms');
    t.equal((await fetched(desk.desk, id)).status, 403, 'no seat');
    t.equal((await fetched(await city.desk('audit'), id)).status, 403, 'no auditor');
    const audit = (await (await city.desk('audit')).get('/audit?limit=200')).body['items'] as Json[];
    t.equal(
      audit.filter((row) => row['action'] === 'recording.fetched').length,
      5,
      'each fetch is written down',
    );

    await city.witness.nothingLeft(2500);
    await caller.stop();
    for (const seat of [desk, second, police]) await scene.free(seat);
    await second.desk.must('/seats/1002/status', { status: 'break' });
  },
);

await t.test('G26 paused with a reason: not in the file, and the file is whole all the same', async (t) => {
  const call = await scene.talk('12345', desk);
  await sleep(1000);
  const pressed = await desk.desk.post(`/calls/${call.id}/recording/pause`, {});
  t.match(pressed, { status: 422, body: { code: 'invalid-field' } }, 'a reason is owed');
  await desk.desk.must(`/calls/${call.id}/recording/pause`, { reason: 'bank card' });
  t.equal((await scene.view(call.id))['recording'], 'paused');
  t.match(await desk.desk.post(`/calls/${call.id}/recording/pause`, { reason: 'again' }), {
    status: 409,
    body: { code: 'already-so' },
  });
  await sleep(2000);
  await desk.desk.must(`/calls/${call.id}/recording/resume`);
  await sleep(1000);
  await scene.close(t, call, [desk]);
  const data = await finished(call.id);
  const lasted = (at(call.caller, 'CALL_CLOSED') - at(call.caller, 'CALL_ESTABLISHED')) / 1000;
  const gap = lasted - Number(data['seconds']);
  t.ok(gap > 1.7 && gap < 2.7, `${gap.toFixed(2)} s of ${lasted.toFixed(2)} s are not in the file`);
  t.match((await factOf(call.id, 'recording.paused'))[0]?.data, { reason: 'bank card', seat: '1001' });
  await noAlarm(t, call.id);
});

await t.test(
  'F14 what cannot be written is an alarm and never a call; recorded again once it can be',
  async (t) => {
    const [year = ''] = await readdir(folder);
    await rename(join(folder, year), join(folder, `away-${year}`));
    await writeFile(join(folder, year), 'no folder');
    const restore = async () => {
      await rm(join(folder, year), { recursive: true });
      await rename(join(folder, `away-${year}`), join(folder, year));
    };
    let call: Talk;
    try {
      call = await scene.talk('12345', desk);
      await city.until(
        'the alarm',
        async () => (await factOf(call.id, 'alarm.recording-missing')).length === 1,
        4000,
      );
      t.equal((await scene.view(call.id))['recording'], 'missing');
      t.match(await desk.desk.post(`/calls/${call.id}/recording/pause`, { reason: 'x' }), {
        body: { code: 'not-recording' },
      });
      await call.caller.hears([desk.phone], 2000);
    } finally {
      await restore();
    }
    await city.until(
      'it is recorded after all',
      async () => (await scene.view(call.id))['recording'] === 'on',
      20_000,
    );
    await sleep(2000);
    await scene.close(t, call, [desk]);
    const { seconds } = await finished(call.id);
    t.ok(Number(seconds) > 1, `${String(seconds)} s of some two are in the file`);
    t.equal((await factOf(call.id, 'alarm.recording-missing')).length, 1, 'said once');
  },
);

await t.test('SV4 a call that ends while no server lives is measured by the next', async (t) => {
  const call = await scene.talk('12345', desk);
  await sleep(1000);
  city.server.kill('SIGKILL');
  await call.caller.hangup();
  await sleep(500);
  await city.server.start();
  const data = await finished(call.id);
  t.match(data, { recovered: true });
  const { bytes } = await fetched(supervisor, call.id);
  t.equal(createHash('sha256').update(bytes).digest('hex'), data['sha256']);
  await call.caller.stop();
});
