// What is left when a part dies: the server killed or hung, Asterisk, PostgreSQL, Valkey, everything. Real parts, real phones.
// It must not look into the server: phones are heard, Asterisk's witness and the ledger tell.
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { quick, Scene } from './scene.ts';
import { counts, Outage, rings, rungAt } from './outage.ts';

t.setTimeout(600_000);
const deadManSeconds = 6;
const scene = await Scene.start({
  change: (site) => {
    quick(site);
    Object.assign(site.timers, {
      deadManSeconds,
      transferSeatSeconds: 40,
      transferLineSeconds: 40,
      offerSeconds: 40,
    });
  },
});
const { city } = scene;
const outage = new Outage(city);
t.teardown(() => scene.stop());

const first = await city.staff('1001');

await t.test(
  'SV1 no server: a static seat rings; afterwards the ledger has the call, the seat and the true end',
  async (t) => {
    const number = '13900002001';
    const caller = await city.citizen(number);
    await outage.killServer();
    const dialled = Date.now();
    await caller.dial('12345');
    await first.phone.reaches('talking', 6000);
    const ringMs = rungAt(first.phone) - dialled;
    t.comment(`ring time without a server: ${ringMs} ms`);
    t.ok(ringMs < 2000, `the seat rang ${ringMs} ms after the caller dialled`);
    await caller.hears([first.phone], 5000);
    await first.phone.hears([caller], 3000);
    const restarted = await outage.startServer();
    t.comment(`restarted: ${JSON.stringify(restarted)}`);
    await caller.hears([first.phone], 3000);
    t.equal(caller.state, 'talking', 'the server being back does not touch the talk');
    await caller.hangup();
    const endedAt = Date.now();
    const call = await outage.ended(number);
    t.match(
      call.view,
      { platform: '12345', owner: '1001', phase: 'ended', recovered: true },
      'arrival, seat and end',
    );
    t.ok(Math.abs(Date.parse(String(call.view['endedAt'])) - endedAt) < 1500, 'its true end');
    t.same(
      [
        counts(call.facts, 'call.arrived'),
        counts(call.facts, 'call.survived'),
        counts(call.facts, 'call.ended'),
      ],
      [1, 1, 1],
      'each once',
    );
    await caller.stop();
    await city.witness.nothingLeft(3000);
  },
);

await t.test(
  'F1 kill -9: a talk ended in the gap has its true end, its seat its wrap-up; one that goes on is taken up',
  async (t) => {
    const second = await city.staff('1002');
    const gone = await scene.talk('12345', first);
    const stays = await scene.talk('12345', second);
    await outage.killServer();
    await stays.caller.hears([second.phone], 3000);
    await gone.caller.hangup();
    const endedAt = Date.now();
    await sleep(1200);
    const restarted = await outage.startServer();
    t.comment(`restarted: ${JSON.stringify(restarted)}`);
    t.equal(restarted.adopted, 1);
    await stays.caller.hears([second.phone], 3000);
    const number = String(gone.caller.user);
    const call = await outage.ended(number);
    t.match(call.view, { endReason: 'ended-while-away', recovered: true });
    t.ok(Math.abs(Date.parse(String(call.view['endedAt'])) - endedAt) < 1500, 'its true end');
    t.equal(counts(call.facts, 'call.ended'), 1);
    t.match(await city.seat('1001'), { state: 'wrap-up', owesTag: true }, 'WR1: the seat still owes its tag');
    t.match(await scene.view(stays.id), { phase: 'talking', owner: '1002', recovered: true });
    await scene.free(first);
    await scene.close(t, stays, [second]);
    await second.desk.must('/seats/1002/status', { status: 'break', reason: 'tea' });
  },
);
