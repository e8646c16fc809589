// A nuisance caller on real parts: marked by its seat, confirmed by a supervisor, ranked last over a restart and answered all the same;
// the evidence fetched as one file, its recording the ledger's. It must not look into the server.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { unzip } from '../zip.ts';
import { Scene } from './scene.ts';

t.setTimeout(120_000);
const scene = await Scene.start();
const { city } = scene;
t.teardown(() => scene.stop());
const desk = await city.staff('1001');
const number = '13900005001';

await t.test(
  'R26 SV4 marked, confirmed, known again over kill -9 and still answered; the evidence is whole',
  async (t) => {
    const sup = await city.desk('sup-12345');
    const first = await city.citizen(number);
    await first.dial('12345');
    await first.hears([desk.phone], 8000);
    const id = String((await city.live())[0]?.['id']);
    t.match(await desk.desk.must(`/calls/${id}/nuisance`, { reason: '辱骂' }), {
      call: id,
      state: 'marked',
      number: '139****5001',
    });
    await sleep(1500);
    await desk.desk.must(`/calls/${id}/hang-up`, { disposition: 'nuisance' });
    await first.reaches('idle');
    await first.stop();
    await scene.free(desk);
    t.match(await sup.must(`/nuisance/${id}/confirm`), {
      state: 'confirmed',
      decidedBy: 'sup-12345',
      score: { calls: 1, disposedNuisance: 1 },
    });
    const types = async () => (await city.timeline(id)).map(({ type }) => type);
    await city.until('the recording is finished', async () => (await types()).includes('recording.finished'));

    city.server.kill('SIGKILL');
    await sleep(500);
    await city.server.start();
    await city.until('1001 is free', async () => (await city.seat('1001'))['phone'] === 'registered');
    const again = await city.citizen(number);
    await again.dial('12345');
    await again.hears([desk.phone], 10_000);
    t.match((await city.live())[0], { nuisance: true, owner: '1001' }, 'last in its queue, and answered');
    await again.hangup();

    const response = await fetch(`${sup.url}/v1/nuisance/${id}/evidence`, {
      headers: { authorization: `Bearer ${sup.token}` },
    });
    t.equal(response.status, 200);
    const files = unzip(Buffer.from(await response.arrayBuffer()));
    const voice = [...files].find(([path]) => path.includes(id) && path.endsWith('/recording.wav'))?.[1];
    const finished = (await city.timeline(id)).find(({ type }) => type === 'recording.finished');
    t.equal(
      createHash('sha256')
        .update(voice ?? '')
        .digest('hex'),
      finished?.data['sha256'],
      "the recording is the ledger's",
    );
    t.match(String(files.get('manifest.json')), /"madeBy": "sup-12345"/u);
    t.equal((await desk.desk.get('/nuisance')).status, 403);
    t.equal((await (await city.desk('sup-110')).get(`/nuisance/${id}`)).status, 404, "the other platform's");
    await city.witness.nothingLeft(2500);
    await again.stop();
  },
);
