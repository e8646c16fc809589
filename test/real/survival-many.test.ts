// Many calls up when the server is killed, when Asterisk dies, and when Asterisk hangs. Callers and seats without sound: SIPp.
// It must not say who hears whom (survival.test.ts does). HOTLINE_CALLS sets how many talk; the goals' number is 200.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Callers } from '../../bench/generator/callers.ts';
import { City } from '../../lab/city.ts';
import type { Desk, Json } from '../../lab/desk.ts';
import { udpPort } from '../../lab/phones/ports.ts';
import { Sipp } from '../../lab/phones/sipp.ts';
import { counts, Outage } from './outage.ts';

t.setTimeout(600_000);
const calls = Number(process.env['HOTLINE_CALLS'] ?? 100);
const firstSeat = 5001;
const seatPort = await udpPort('127.0.0.1');
const city = await City.start({
  supervise: true,
  change: (site) => {
    const contact = `sip:{seat}@127.0.0.1:${seatPort.port}`;
    const own = { from: firstSeat, to: firstSeat + calls - 1, contact };
    site.seatGroups = site.seatGroups.map((group) =>
      group['id'] === '12345' ? { ...group, ...own } : group,
    );
    Object.assign(site.timers, { wrapUpSeconds: 1, deadManSeconds: 60 });
    site.mediaWatch = false;
    // Its seats are not among these.
    Object.assign(site, { experts: [] });
  },
});
const outage = new Outage(city);
const root = city.stack.rootFolder;
const foreign = city.site.trunks.find(({ id }) => id === 'foreign')?.address.split(':') ?? [];
const phones: Sipp[] = [
  await Sipp.start({ root, scenario: 'seat', host: '127.0.0.1', port: seatPort.port, server: city.sip }),
  await Sipp.start({ root, scenario: 'seat', host: '127.0.0.3', port: Number(foreign[1]), server: city.sip }),
];
const callerPort = await udpPort('127.0.0.2');
const callers = new Callers({
  host: '127.0.0.2',
  port: callerPort.port,
  server: city.stack.sip,
  service: '12345',
});
await callers.open();
t.teardown(async () => {
  await Promise.all(phones.map((phone) => phone.stop()));
  await callers.close();
  await city.stop();
  await Promise.all([seatPort.release(), callerPort.release()]);
});
const sup = await city.desk('sup-12345');
const desks = new Map<string, Desk>();
await staffAll();

async function staffAll(): Promise<void> {
  const names = Array.from({ length: calls }, (_, n) => String(firstSeat + n));
  const { url, user, password } = city.stack.ari;
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let name = names.shift(); name !== undefined; name = names.shift()) {
        const desk = await city.desk(name);
        desks.set(name, desk);
        await desk.signIn();
        await desk.ready();
        // Nobody sends sound here; Asterisk would hang up after half a minute of that.
        await fetch(`${url}/asterisk/config/dynamic/res_pjsip/endpoint/${name}`, {
          method: 'PUT',
          headers: {
            authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify({ fields: [{ attribute: 'rtp_timeout', value: '0' }] }),
        });
      }
    }),
  );
  await free(calls);
}
/** Waits until so many seats could be offered a call. */
async function free(wanted: number, withinMs = 30_000): Promise<number> {
  return city.until(`${wanted} seats are free`, async () => (await queue())['ready'] === wanted, withinMs);
}
async function queue(): Promise<Json> {
  const { body } = await sup.get('/queues/12345');
  return { ...(body['seats'] as Json), calls: (body['calls'] as { call: string }[]).map(({ call }) => call) };
}
const live = async (): Promise<readonly Json[]> =>
  (await sup.get('/calls?live=true')).body['items'] as Json[];
const talking = async (): Promise<number> => (await live()).filter(({ phase }) => phase === 'talking').length;
async function stay(count: number, number: string): Promise<void> {
  const before = await talking();
  const options = { root, scenario: 'caller-stays', host: '127.0.0.2', server: city.sip, rate: 20 } as const;
  phones.push(await Sipp.start({ ...options, calls: count, number }));
  await city.until(`${count} more talk`, async () => (await talking()) === before + count, 60_000);
}
const shape = async (): Promise<{ channels: string[]; bridges: string[] }> => ({
  // Legs alone: what records a call hangs on its caller's leg, and ends with it.
  channels: (await city.witness.channels())
    .filter(({ name }) => !name.startsWith('Snoop/'))
    .map(({ id }) => id)
    .toSorted(),
  bridges: (await city.witness.bridges())
    .map(({ id, channels }) => `${id}: ${channels.toSorted().join(' ')}`)
    .toSorted(),
});
type Owed = { id: number; call: string; class: string; reason: string; done: boolean };
const owed = async (): Promise<readonly Owed[]> => (await sup.get('/call-backs')).body['items'] as Owed[];

await t.test(
  `SV4 F1 kill -9 with ${calls} calls up: all talk on and are taken up, the queue keeps its order`,
  async (t) => {
    const leavers = ['13100000001', '13100000002'];
    for (const number of leavers) callers.call(number);
    await city.until('the first two talk', async () => (await talking()) === 2);
    await stay(calls - 2, '13200');
    const waiting = ['13100000011', '13100000012', '13100000013'];
    for (const [index, number] of waiting.entries()) {
      callers.call(number);
      await city.until(
        `${number} waits`,
        async () => ((await queue())['calls'] as string[]).length === index + 1,
      );
    }
    await sleep(200);
    const places = (await queue())['calls'];
    const before = await shape();
    t.equal(before.channels.length, 2 * calls + waiting.length);
    await outage.killServer();
    for (const number of leavers) callers.end(number, 0);
    const endedAt = Date.now();
    await city.until(
      'two callers have left',
      async () => (await shape()).channels.length <= 2 * calls + waiting.length - 2,
    );
    await sleep(1100);
    const restarted = await outage.startServer();
    t.comment(
      `${calls} calls: compared in ${restarted.ms} ms; start → ready ${restarted.readyMs} ms; ${JSON.stringify(restarted)}`,
    );
    t.equal(restarted.adopted, calls - 2 + waiting.length, 'all who are there are taken up');
    t.ok(restarted.ms < 2000, `SV4: taken up ${restarted.ms} ms after the comparison began`);
    const gone = new Set<string>();
    for (const number of leavers) {
      const call = await outage.ended(number);
      gone.add(call.id);
      t.match(call.view, { endReason: 'ended-while-away', recovered: true });
      t.ok(Math.abs(Date.parse(String(call.view['endedAt'])) - endedAt) < 2000, 'its true end');
      t.equal(counts(call.facts, 'call.ended'), 1);
    }
    // The two seats that came free have taken the first two who waited.
    await city.until('the first two who waited talk', async () => (await talking()) === calls, 15_000);
    t.same((await queue())['calls'], (places as string[]).slice(2), 'F1: in the order of their arrival');
    const after = await shape();
    const stayed = before.bridges.filter((bridge) => ![...gone].some((id) => bridge.startsWith(id)));
    t.same(
      stayed.filter((bridge) => !after.bridges.includes(bridge)),
      [],
      'SV4: every talk has its bridge and its legs as before',
    );
    t.equal(after.channels.length, 2 * calls + 1, 'no leg twice');
    t.equal(after.bridges.length, calls, 'no bridge twice');
    const [one] = (await live()).filter(({ phase }) => phase === 'talking');
    const desk = desks.get(String(one?.['owner']));
    await desk?.must(`/calls/${String(one?.['id'])}/transfer`, { to: { line: '119' } });
    await city.until('the transfer is accepted', async () => {
      const { body } = await sup.get(`/calls/${String(one?.['id'])}`);
      return (body['transfer'] as Json | undefined)?.['state'] === 'accepted';
    });
    t.pass('one that was taken up is transferred');
    t.equal(await outage.sequenceFault(), null, 'CL7');
  },
);

await t.test(
  'SV5 F5 Asterisk killed with all these calls up: everybody is owed a call, the gravest first; seats are free; calls come',
  async (t) => {
    const up = await live();
    const [general, major, urgent] = up.filter(
      ({ phase, owner }) => phase === 'talking' && owner !== undefined,
    );
    await desks
      .get(String(urgent?.['owner']))
      ?.must(`/calls/${String(urgent?.['id'])}/tag`, { class: 'urgent' }, 'PUT');
    await desks
      .get(String(major?.['owner']))
      ?.must(`/calls/${String(major?.['id'])}/tag`, { class: 'major' }, 'PUT');
    t.ok(general);
    const died = performance.now();
    await outage.kill('asterisk');
    await city.until('every caller is owed a call', async () => (await owed()).length >= up.length, 20_000);
    const owedMs = Math.round(performance.now() - died);
    const list = await owed();
    t.comment(`${up.length} callers owed a call ${owedMs} ms after Asterisk died`);
    t.ok(owedMs < 5000, `SV5: ${owedMs} ms`);
    t.same(
      list.slice(0, 2).map(({ call }) => call),
      [major?.['id'], urgent?.['id']],
      'highest class first',
    );
    t.same(
      new Set(list.map(({ call }) => call)),
      new Set(up.map(({ id }) => id)),
      'each once, and nobody else',
    );
    await city.until(
      'the server is ready again',
      async () => (await fetch(`${city.server.url}/readyz`)).ok,
      30_000,
    );
    const readyAt = performance.now();
    await city.until('no seat is in a call', async () => {
      const { body } = await sup.get('/seats');
      return (body['items'] as Json[]).every(({ state }) => state === 'idle' || state === 'wrap-up');
    });
    t.ok(performance.now() - readyAt < 3000, 'seats are off their calls');
    const [gravest] = list;
    const path = `/call-backs/${String(gravest?.id)}/done`;
    await sup.must(path, { result: 'not-reached' });
    const isDone = async () => (await owed()).find(({ id }) => id === gravest?.id)?.done;
    t.equal(await isDone(), false, 'not reached: still owed a call');
    const settled = await sup.post(path, { result: 'reached', note: 'calm now' }, 'settled-once');
    t.match(settled, { status: 202, body: { done: true } });
    t.match(await sup.post(path, { result: 'reached', note: 'calm now' }, 'settled-once'), { status: 202 });
    t.match(await sup.post(path, { result: 'not-needed' }), { status: 409, body: { code: 'already-so' } });
    t.equal(await isDone(), true, 'reached: no more');
    t.same(
      (await city.timeline(String(gravest?.call)))
        .filter(({ type }) => type === 'call.called-back')
        .map(({ actor, data }) => [actor, data['result'], data['note']]),
      [
        ['sup-12345', 'not-reached', undefined],
        ['sup-12345', 'reached', 'calm now'],
      ],
      'who said so, and with what end',
    );
    await free(calls);
    await stay(3, '13300');
    t.pass('new calls reach seats that never registered anew');
  },
);

await t.test(
  'F6 Asterisk hangs: it is killed and started again, and its callers are owed a call',
  async (t) => {
    const up = (await live()).map(({ id }) => String(id));
    const pid = city.stack.pid('asterisk');
    const hung = performance.now();
    const since = (): number => Math.round(performance.now() - hung);
    city.stack.kill('asterisk', 'SIGSTOP');
    await city.until('it was killed', () => city.stack.pid('asterisk') !== pid, 15_000);
    const killedMs = since();
    await city.until(
      'every caller is owed a call',
      async () => {
        const list = new Set((await owed()).map(({ call }) => call));
        return up.every((id) => list.has(id));
      },
      20_000,
    );
    const owedMs = since();
    await city.until(
      'the server is ready again',
      async () => (await fetch(`${city.server.url}/readyz`)).ok,
      30_000,
    );
    t.comment(`hung → killed ${killedMs} ms → callers owed a call ${owedMs} ms → ready ${since()} ms`);
    t.ok(owedMs - killedMs < 5000, 'SV5: within 5 s of its death');
    const alarms = await outage.query<{ type: string }>(
      "select type from facts where type like 'alarm.asterisk%' order by sequence",
    );
    t.ok(
      alarms.some(({ type }) => type === 'alarm.asterisk-hung'),
      'F6: the watchdog told of it',
    );
    await free(calls);
    await stay(2, '13400');
    t.equal(await outage.sequenceFault(), null, 'CL7');
  },
);
