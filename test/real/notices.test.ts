// A major matter on real parts: both platforms' supervisors are told in the moment of the tag, chased, through a killed server,
// until each has acknowledged it. It must not look into the server: streams, routes and the ledger tell.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Json } from '../../lab/desk.ts';
import { Scene, quick } from './scene.ts';

t.setTimeout(120_000);
const scene = await Scene.start({
  change: (site) => {
    quick(site);
    Object.assign(site, { notices: { chaseSeconds: 2 } });
  },
});
const { city } = scene;
t.teardown(() => scene.stop());
const desk = await city.staff('1001');

await t.test(
  'WR2 R24 SV4 told at once, chased until each platform acknowledges, over kill -9 of the server',
  async (t) => {
    const call = await scene.talk('12345', desk);
    const [own, police] = [await city.desk('sup-12345'), await city.desk('sup-110')];
    const noticesOf = async (who: typeof own) => (await who.get('/notices')).body['items'] as Json[];
    await desk.desk.must(`/calls/${call.id}/tag`, { class: 'urgent', summary: '浓烟' }, 'PUT');
    t.same(await noticesOf(police), [], 'urgent owes nobody a word');
    await desk.desk.must(
      `/calls/${call.id}/tag`,
      { class: 'major', summary: '厂房起火', place: '港口' },
      'PUT',
    );
    for (const [who, platform] of [
      [own, '12345'],
      [police, '110'],
    ] as const)
      t.match(await noticesOf(who), [
        { call: call.id, platform, class: 'major', summary: '厂房起火', raisedBy: '1001' },
      ]);
    t.equal(
      (await police.get(`/calls/${call.id}`)).status,
      404,
      "the call itself stays the other platform's",
    );
    const chased = async (who: typeof own) => Number((await noticesOf(who))[0]?.['chased'] ?? 0);
    await city.until('chased', async () => (await chased(own)) >= 1 && (await chased(police)) >= 1);

    city.server.kill('SIGKILL');
    await sleep(500);
    await city.server.start();
    const before = await chased(police);
    t.ok(before >= 1, 'it is still open');
    await city.until('chased again', async () => (await chased(police)) > before);
    const path = `/notices/${call.id}/acknowledge`;
    t.match(await police.must(path, { note: '已派警' }), { acknowledgedBy: 'sup-110', note: '已派警' });
    t.match(await police.post(path), { status: 409, body: { code: 'already-so' } });
    const silent = await chased(police);
    const open = await chased(own);
    await city.until('the other goes on', async () => (await chased(own)) > open);
    t.equal(await chased(police), silent, 'and this one does not');
    await own.must(path);
    const types = (await city.timeline(call.id))
      .map(({ type }) => type)
      .filter((type) => type.startsWith('notice.'));
    t.equal(types.filter((type) => type === 'notice.raised').length, 2);
    t.equal(types.filter((type) => type === 'notice.acknowledged').length, 2);
    await scene.close(t, call, [desk]);
  },
);
