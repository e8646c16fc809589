// The publisher on a real Valkey: fan-out, the live view, and every way of losing it (SV7, G12, F9–F11).
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { test } from 'tap';
import { openPublisher } from '../../server/adapters/valkey/publisher.ts';
import type { Publisher } from '../../server/engine/ports.ts';
import type { QueueView } from '../../server/protocol/views.ts';
import { callOf, factOf, noMeter, quiet, seatOf, Stand, until } from './ledger-stand.ts';

const stand = await Stand.start();
const { url } = stand.stack.valkey;

const queue: QueueView = {
  id: '110',
  platform: '110',
  name: '110接警',
  waiting: 0,
  oldestWaitSeconds: 0,
  seats: { signedIn: 0, ready: 0, talking: 0, wrapUp: 0 },
  calls: [],
  today: { offered: 0, answered: 0, answeredInTime: 0, abandoned: 0, shortAbandoned: 0 },
  expectedWait: null,
};

const open = async (cell: string, epoch = 1): Promise<Publisher> => {
  const publisher = openPublisher({ url, cell, epoch, log: quiet, meter: noMeter });
  await until('Valkey is there', () => publisher.state() === 'up');
  return publisher;
};

const witness = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
witness.on('error', () => undefined);
const versionIn = async (hash: string, id: string): Promise<number | null> => {
  const view = await witness.hget(hash, id);
  return view === null ? null : (JSON.parse(view) as { version: number }).version;
};

test('the publisher', async (t) => {
  t.teardown(async () => {
    witness.disconnect();
    await stand.stop();
  });

  await t.test(
    'G14 facts reach those who listen, in order; the view follows; ended calls leave it',
    async (t) => {
      const publisher = await open('plain');
      const heard: { fact: { sequence: number }; call?: { id: string } }[] = [];
      const listener = new Redis(url);
      await listener.subscribe('hotline:plain:facts');
      listener.on('message', (_channel, text: string) =>
        heard.push(JSON.parse(text) as (typeof heard)[number]),
      );
      for (let n = 1; n <= 200; n += 1) {
        publisher.publish(factOf(n, 'a'), {
          call: callOf('a', n),
          seat: seatOf('1001', n),
          queue: { ...queue, waiting: n },
        });
        if (n % 50 === 0) await sleep(5);
      }
      await until('all is heard', () => heard.length === 200);
      t.ok(heard.every(({ fact }, n) => fact.sequence === n + 1));
      t.equal(heard[0]?.call?.id, 'a');
      await until('the view is there', async () => (await versionIn('hotline:plain:calls', 'a')) === 200);
      t.equal(await versionIn('hotline:plain:seats', '1001'), 200);
      t.match(JSON.parse((await witness.hget('hotline:plain:queues', '110')) ?? '{}'), { waiting: 200 });
      publisher.publish(factOf(201, 'a'), { call: callOf('a', 201, { phase: 'ended' }) });
      await until(
        'the ended call is gone',
        async () => (await versionIn('hotline:plain:calls', 'a')) === null,
      );
      await until('presence is kept', async () => (await witness.get('hotline:plain:engine')) === '1');
      t.ok((await witness.ttl('hotline:plain:engine')) <= 3, 'and expires by itself');
      await publisher.close();
      listener.disconnect();
    },
  );

  await t.test('F11 an older view, or one of an older engine, changes nothing', async (t) => {
    const [older, newer] = [await open('epochs', 1), await open('epochs', 2)];
    newer.rebuild([callOf('a', 5)], [], []);
    await until('the newer view is there', async () => (await versionIn('hotline:epochs:calls', 'a')) === 5);
    older.publish(factOf(1, 'a'), { call: callOf('a', 9) });
    newer.publish(factOf(2, 'a'), { call: callOf('a', 4) });
    newer.publish(factOf(3, 'b'), { call: callOf('b', 1) });
    older.publish(factOf(4, 'b'), { call: callOf('c', 1) });
    await until(
      'all is written',
      async () =>
        (await versionIn('hotline:epochs:calls', 'b')) === 1 &&
        (await versionIn('hotline:epochs:calls', 'c')) === 1,
    );
    t.equal(await versionIn('hotline:epochs:calls', 'a'), 5);
    let asked = 0;
    older.onReconnect(() => (asked += 1));
    await sleep(1500);
    t.equal(asked, 0, 'an engine that was followed leaves the view alone');
    await Promise.all([older.close(), newer.close()]);
  });

  await t.test(
    'SV7 G12 wiped, killed, hung: the view is right again within 3 s; nothing throws, nothing waits',
    async (t) => {
      const publisher = await open('wiped');
      let version = 1;
      publisher.onReconnect(() =>
        publisher.rebuild([callOf('a', version)], [seatOf('1001', version)], [queue]),
      );
      const isRight = async () =>
        (await versionIn('hotline:wiped:calls', 'a')) === version &&
        (await versionIn('hotline:wiped:seats', '1001')) === version &&
        (await witness.hexists('hotline:wiped:queues', '110')) === 1;
      const change = (): void => {
        version += 1;
        publisher.publish(factOf(version, 'a'), {
          call: callOf('a', version),
          seat: seatOf('1001', version),
        });
      };
      const busyWhile = async (act: () => Promise<void>): Promise<number> => {
        let slowest = 0;
        const timer = setInterval(() => {
          const at = performance.now();
          for (let n = 0; n < 20; n += 1) change();
          slowest = Math.max(slowest, performance.now() - at);
        }, 10);
        await act();
        clearInterval(timer);
        return slowest;
      };
      const comeBack = async (what: string): Promise<void> => {
        const at = performance.now();
        await until(`the view is right after: ${what}`, isRight);
        const took = performance.now() - at;
        t.ok(took < 3000, `${what}: right after ${took.toFixed(0)} ms`);
      };
      await comeBack('the start');
      await witness.flushall();
      await comeBack('FLUSHALL');

      const slowest = await busyWhile(async () => {
        stand.stack.kill('valkey', 'SIGKILL');
        await until('it is noticed', () => publisher.state() === 'down');
        await sleep(500);
        await stand.stack.restart('valkey');
      });
      await comeBack('kill -9 under load');
      t.comment(`slowest 20 publishes while Valkey was away: ${slowest.toFixed(1)} ms`);

      await busyWhile(async () => {
        stand.stack.kill('valkey', 'SIGSTOP');
        await sleep(2500);
        stand.stack.kill('valkey', 'SIGCONT');
      });
      await comeBack('2.5 s of silence under load');
      await publisher.close();
      change();
      t.pass('publishing after the end throws nothing either');
    },
  );
});
