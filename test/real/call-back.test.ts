// A place kept by one digit and the call back, on real Asterisk with real phones: the citizen hangs up, is rung when its turn comes, and
// talks with the seat that was reserved for it; through a killed server. It must not look into the server.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Json } from '../../lab/desk.ts';
import { Scene, quick } from './scene.ts';

t.setTimeout(120_000);
const scene = await Scene.start({
  spoken: true,
  change: (site) => {
    quick(site);
    for (const platform of site.platforms)
      if (platform['id'] === '12345')
        Object.assign(platform, {
          waiting: {
            firstSeconds: 1,
            everySeconds: 4,
            callBack: { trunk: 'citizens', afterSeconds: 1, ringSeconds: 20, againSeconds: 2 },
          },
        });
  },
});
const { city } = scene;
t.teardown(() => scene.stop());
const number = '13900004003';
const [desk, home] = await Promise.all([
  city.staff('1001', { ready: false }),
  scene.foreignPhone(number, 'citizens'),
]);
const sup = await city.desk('sup-12345');
const kept = async () => (await sup.get('/call-backs/kept')).body['items'] as Json[];
const types = async (id: string) => (await city.timeline(id)).map(({ type }) => type);

/** Waits, presses the digit, hangs up; its place is kept. */
async function keepsPlace(): Promise<string> {
  const caller = await city.citizen(number);
  await caller.dial('12345');
  await caller.hears('music', 5000);
  const id = String((await city.live())[0]?.['id']);
  await city.until('offered', async () => (await types(id)).includes('call.told-place'));
  await caller.dtmf('1');
  await city.until('kept', async () => (await types(id)).includes('call.call-back-wanted'));
  await caller.hangup();
  await city.until('its place is kept', async () => (await kept()).length === 1);
  await caller.stop();
  return id;
}

await t.test(
  'R15 OF6 SV4 kept by one digit, over kill -9; rung in its turn and joined with the seat reserved for it',
  async (t) => {
    const id = await keepsPlace();
    t.match(await kept(), [{ call: id, queue: '12345', number: '139****4003', attempts: 0, ringing: false }]);

    city.server.kill('SIGKILL');
    await sleep(500);
    await city.server.start();
    t.match(await kept(), [{ call: id, attempts: 0 }], 'as before the server died');

    await desk.desk.ready();
    await home.reaches('ringing', 12_000);
    t.equal((await city.seat('1001'))['state'], 'reserved', 'nobody else gets that seat');
    t.match(await kept(), [{ ringing: true, seat: '1001' }]);
    await home.accept();
    await home.hears([desk.phone], 8000);
    await desk.phone.hears([home], 4000);
    const call = (await city.live())[0] ?? {};
    t.match(call, { callBackOf: id, owner: '1001', platform: '12345' });
    t.same(await kept(), []);
    t.same(
      (await types(id)).filter((type) => type.startsWith('callback.')),
      ['callback.kept', 'callback.dialled', 'callback.connected'],
    );
    const arrived = (await city.timeline(String(call['id']))).find(({ type }) => type === 'call.arrived');
    t.match(arrived?.data, { callBackOf: id });
    await home.hangup();
    await city.witness.nothingLeft(2500);
    await scene.wrapUp(desk);
  },
);

await t.test(
  'CL4 SV1 the server dies while the citizen is rung: answered, it is with a static seat, and is not rung again afterwards',
  async (t) => {
    await desk.desk.must('/seats/1001/status', { status: 'break', reason: 'tea' });
    const id = await keepsPlace();
    await desk.desk.ready();
    await home.reaches('ringing', 12_000);
    city.server.kill('SIGKILL');
    await city.until('the server is gone', () => city.server.pid === undefined);
    await home.accept();
    await home.hears([desk.phone], 8000);
    await desk.phone.hears([home], 4000);
    await city.server.start();
    await city.until('nobody is owed a call', async () => (await kept()).length === 0);
    t.equal((await types(id)).at(-1), 'callback.connected');
    await home.hears([desk.phone], 3000);
    await home.hangup();
    await city.witness.nothingLeft(2500);
    const rung = home.events.filter(({ type }) => type === 'CALL_INCOMING').length;
    await city.until('the ledger has its end', async () => {
      const { items } = (await sup.get(`/calls?limit=1`)).body as { items: Json[] };
      return String(items[0]?.['id']) === `${id}-b1` && items[0]?.['phase'] === 'ended';
    });
    t.equal(rung, 2, 'once in each story');
    await home.stop();
  },
);
