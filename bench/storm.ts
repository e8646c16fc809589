// A storm on four seats: 1.5 calls/s of 20 s for some minutes, overflow opened by rule to remote seats and to a trunk, drained
// by rule. Nobody may be lost and the order must be kept; prints what it took. It must not look into the server.
import { Sipp } from '../lab/phones/sipp.ts';
import { udpPort } from '../lab/phones/ports.ts';
import { City } from '../lab/city.ts';
import type { SiteData } from '../lab/city.ts';
import type { Desk, Json } from '../lab/desk.ts';
import { table } from './figures.ts';
import type { BenchOptions } from './options.ts';

const rate = 1.5;
const talkMs = 20_000;
const stretchMs = 30_000;

export async function storm(options: BenchOptions): Promise<readonly string[][]> {
  const own = await udpPort('127.0.0.1');
  const remote = await udpPort('127.0.0.1');
  const city = await City.start({ change: (site) => stormSite(site, own.port, remote.port), log: 'warn' });
  const started: Sipp[] = [];
  const sipp = async (given: Omit<Parameters<typeof Sipp.start>[0], 'root' | 'server'>): Promise<Sipp> => {
    const one = await Sipp.start({ root: city.stack.rootFolder, server: city.sip, ...given });
    started.push(one);
    return one;
  };
  try {
    const [host = '', port = ''] =
      city.site.trunks.find(({ id }) => id === 'nanning')?.address.split(':') ?? [];
    await sipp({ scenario: 'seat', host: '127.0.0.1', port: own.port, pauseMs: 500 });
    await sipp({ scenario: 'seat', host: '127.0.0.1', port: remote.port, pauseMs: 500 });
    await sipp({ scenario: 'seat', host, port: Number(port), pauseMs: 500 });
    const sup = await city.desk('sup-12345');
    await staff(city, sup);
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    const registered = await sup.request('PUT', '/overflow/groups/remote', { capacity: 10, expires });
    if (registered.status !== 202) throw new Error(`not registered: ${JSON.stringify(registered.body)}`);

    const calls = Math.round(options.minutes * 60 * rate);
    options.report(`${calls} calls at ${rate}/s of ${talkMs / 1000} s on four seats`);
    const began = Date.now();
    const callers = await sipp({
      scenario: 'caller',
      host: '127.0.0.2',
      service: '12345',
      number: '13800',
      rate,
      calls,
      pauseMs: talkMs,
    });
    const result = await callers.done((options.minutes * 60 + 180) * 1000);
    const open = (overflow: Json): boolean => overflow['state'] !== 'ended';
    const board = async (): Promise<Json[]> => (await sup.get('/overflow')).body['items'] as Json[];
    await city.until('overflow has drained', async () => !(await board()).some(open), 120_000);
    const drainedAfter = Math.round((Date.now() - began) / 1000 - options.minutes * 60);
    await city.witness.nothingLeft(5000);
    return await told(options, sup, { began, calls, result, drainedAfter, overflows: await board() });
  } finally {
    for (const one of started) await one.stop();
    await city.stop();
    await own.release();
    await remote.release();
  }
}

function stormSite(site: SiteData, own: number, remote: number): void {
  const group = (id: string, from: number, to: number, more: object) => ({
    id,
    platform: '12345',
    from,
    to,
    ...more,
  });
  Object.assign(site.timers, { wrapUpSeconds: 1 });
  site.mediaWatch = false;
  site.seatGroups = [
    group('own', 1001, 1004, { queues: ['12345'], contact: `sip:{seat}@127.0.0.1:${own}` }),
    group('remote', 2001, 2010, { remote: true, queues: [], contact: `sip:{seat}@127.0.0.1:${remote}` }),
    group('lines', 2901, 2930, { remote: true, queues: [], over: { trunk: 'nanning', number: '12345' } }),
    { id: '110', platform: '110', from: 3001, to: 3002, queues: ['110'] },
  ];
  Object.assign(site, {
    experts: [],
    overflow: {
      start: 'rule',
      high: { dwellSeconds: 5 },
      low: { dwellSeconds: 20 },
      minimumSeconds: 30,
      groups: [{ id: 'lines', standing: true, preference: 5 }],
    },
  });
}

async function staff(city: City, sup: Desk): Promise<void> {
  const seats = [
    ...Array.from({ length: 4 }, (_, n) => 1001 + n),
    ...Array.from({ length: 10 }, (_, n) => 2001 + n),
  ];
  for (const seat of seats) {
    const desk = await city.desk(String(seat));
    await desk.signIn();
    await desk.ready();
  }
  const there = async (): Promise<boolean> => {
    const all = (await sup.get('/seats')).body['items'] as Json[];
    return all.every(({ phone, platform }) => platform !== '12345' || phone === 'registered');
  };
  await city.until('all phones and the trunk answer', there, 20_000);
}

type Seen = {
  readonly began: number;
  readonly calls: number;
  readonly result: Awaited<ReturnType<Sipp['done']>>;
  readonly drainedAfter: number;
  readonly overflows: readonly Json[];
};

async function told(options: BenchOptions, sup: Desk, seen: Seen): Promise<readonly string[][]> {
  const all: Json[] = [];
  for (let cursor = ''; ;) {
    const page = (await sup.get(`/calls?limit=200${cursor}`)).body;
    all.push(...(page['items'] as Json[]));
    if (typeof page['next'] !== 'string') break;
    cursor = `&cursor=${page['next']}`;
  }
  const offers: { arrived: number; offered: number }[] = [];
  for (const { id } of all) {
    const facts = (await sup.get(`/calls/${String(id)}/timeline`)).body['items'] as Json[];
    const first = (type: string): number => Number(facts.find((fact) => fact['type'] === type)?.['sequence']);
    offers.push({ arrived: first('call.arrived'), offered: first('offer.made') });
  }
  offers.sort((a, b) => a.arrived - b.arrived);
  const passed = offers.filter((each, n) => n > 0 && each.offered < (offers[n - 1]?.offered ?? 0)).length;
  const time = (call: Json, name: string): number => Date.parse(String(call[name]));
  const rows: string[][] = [];
  for (let from = seen.began; from < seen.began + options.minutes * 60_000; from += stretchMs) {
    const these = all.filter(
      (call) => time(call, 'arrivedAt') >= from && time(call, 'arrivedAt') < from + stretchMs,
    );
    const waits = these.map((call) => (time(call, 'answeredAt') - time(call, 'arrivedAt')) / 1000);
    const inTime = waits.filter((wait) => wait <= 15).length;
    rows.push([
      `${Math.round((from - seen.began) / 1000)} s`,
      String(these.length),
      `${Math.round((100 * inTime) / Math.max(1, these.length))} %`,
      `${(waits.reduce((sum, wait) => sum + wait, 0) / Math.max(1, waits.length)).toFixed(1)} s`,
      `${Math.max(0, ...waits).toFixed(1)} s`,
    ]);
  }
  options.print(table(['from', 'calls', 'in 15 s', 'mean wait', 'longest'], rows));
  for (const { startedAt, drainingAt, reason, groups } of seen.overflows.toReversed()) {
    const after = (at: unknown): string => `${Math.round((Date.parse(String(at)) - seen.began) / 1000)} s`;
    const answered = (groups as Json[]).map(
      ({ group, tally }) => `${String(group)} ${String((tally as Json)['answered'])}`,
    );
    options.print(
      `overflow from ${after(startedAt)} (${String(reason)}) to ${after(drainingAt)}: answered by ${answered.join(', ')}`,
    );
  }
  options.print(
    `${seen.calls} calls: ${seen.result.successful} answered and ended well, ${seen.result.failed} lost, ${all.length} in the ledger, ${passed} offered out of turn; drained ${seen.drainedAfter} s after the last began`,
  );
  if (seen.result.successful !== seen.calls || all.length !== seen.calls || passed > 0)
    throw new Error('The storm was not survived as it must be: see the figures above.');
  return rows;
}
