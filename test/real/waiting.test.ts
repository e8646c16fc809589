// What callers are told while they wait, the place that is kept for who hangs up, and the question after the talk, on real Asterisk
// with real phones. It must not understand what is spoken: facts say what was said, the ear that it was never silent.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Scene, quick } from './scene.ts';

t.setTimeout(200_000);
const scene = await Scene.start({
  spoken: true,
  change: (site) => {
    quick(site);
    Object.assign(site.timers, { deadManSeconds: 10 });
    for (const platform of site.platforms)
      if (platform['id'] === '12345')
        Object.assign(platform, {
          waiting: {
            firstSeconds: 1,
            everySeconds: 4,
            callBack: { trunk: 'citizens', afterSeconds: 1, ringSeconds: 10, againSeconds: 2 },
          },
          satisfaction: { seconds: 12 },
        });
  },
});
const { city } = scene;
t.teardown(() => scene.stop());
const desk = await city.staff('1001', { ready: false });
const typesOf = async (call: string) => (await city.timeline(call)).map(({ type }) => type);
const only = async () => String((await city.live())[0]?.['id']);

await t.test(
  'R14 R15 CL2 SV2 told its place between the music, offered a seat in the middle of a word, rated after the seat has left',
  async (t) => {
    const caller = await city.citizen('13900004001');
    await caller.dial('12345');
    await caller.hears('music', 5000);
    const id = await only();
    await city.until('told its place', async () => (await typesOf(id)).includes('call.told-place'));
    t.match((await city.timeline(id)).find(({ type }) => type === 'call.told-place')?.data, {
      place: 1,
      expectedSeconds: null,
      callBackOffered: true,
    });
    await city.until(
      'told again, so the first was heard to its end',
      async () => (await typesOf(id)).filter((type) => type === 'call.told-place').length === 2,
      30_000,
    );
    await desk.desk.ready();
    await caller.hears([desk.phone], 8000);
    t.equal((await typesOf(id)).filter((type) => type.startsWith('alarm.')).length, 0, 'nothing failed');

    await desk.desk.must(`/calls/${id}/hang-up`);
    t.equal((await city.seat('1001'))['state'], 'wrap-up', 'R14: the seat is off the call at once');
    await caller.hears('music', 3000);
    await desk.desk.must(`/calls/${id}/tag`, { class: 'general', summary: '噪音' }, 'PUT');
    await desk.desk.must('/seats/1001/wrap-up/finish');
    t.equal(caller.state, 'talking', 'the caller is still asked');
    await caller.dtmf('4');
    await city.until('rated', async () => (await typesOf(id)).includes('call.rated'));
    await caller.reaches('idle', 9000);
    t.match((await city.timeline(id)).find(({ type }) => type === 'call.rated')?.data, {
      score: 4,
      seat: '1001',
      platform: '12345',
    });
    const { ms } = caller.recording.longestSilence();
    t.ok(ms < 2000, `CL2: never silent for 2 s (${ms} ms)`);
    t.match((await city.timeline(id)).find(({ type }) => type === 'call.ended')?.data, {
      reason: 'ended-by-seat',
    });
    await city.witness.nothingLeft(2500);
    await caller.stop();
  },
);

await t.test(
  'SV2 SV4 a server killed in the middle of a word: music again with the next, and nobody is left in silence',
  async (t) => {
    await desk.desk.must('/seats/1001/status', { status: 'break', reason: 'test' });
    const caller = await city.citizen('13900004002');
    await caller.dial('12345');
    await caller.hears('music', 5000);
    const id = await only();
    await city.until('told its place', async () => (await typesOf(id)).includes('call.told-place'));
    await sleep(500);
    city.server.kill('SIGKILL');
    await sleep(500);
    await city.server.start();
    await caller.hears('music', 5000);
    const { ms } = caller.recording.longestSilence();
    t.ok(ms < 2000, `CL2: never silent for 2 s (${ms} ms)`);
    await caller.hangup();
    await city.witness.nothingLeft(2500);
    await caller.stop();
  },
);
