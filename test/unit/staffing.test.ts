// Erlang B, C and A beside published values and beside the simulation, which is the server's own floor in virtual time.
// It must not need a server; the simulated hours are seeded, so that the same figures come each time.
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import t, { test } from 'tap';
import {
  erlangB,
  erlangC,
  linesFor,
  outlookA,
  outlookC,
  seatsFor,
} from '../../server/domain/acd/staffing.ts';
import { Site } from '../../server/protocol/site.ts';
import { Agenda } from '../../lab/simulate/agenda.ts';
import { totalOf } from '../../lab/simulate/figures.ts';
import { planOf } from '../../lab/simulate/plan.ts';
import type { Crowd, Plan } from '../../lab/simulate/plan.ts';
import { World } from '../../lab/simulate/world.ts';

t.setTimeout(120_000);
const near = (value: number, published: number, digits: number) =>
  Math.abs(value - published) <= 0.5 * 10 ** -digits + 1e-12;
const site = Site.parse(
  JSON.parse(await readFile(new URL('../../site/qinzhou/site.json', import.meta.url), 'utf8')),
);

test('R16 Erlang B and C give the published values', (t) => {
  t.ok(near(erlangB(10, 10), 0.2146, 4), 'Erlang B: 10 erlang on 10 lines lose 21.46 %');
  t.ok(near(erlangC(2, 3), 4 / 9, 6), 'Erlang C: 2 erlang on 3 servers: 4/9 wait');
  // The worked example of the trade press: 100 calls in half an hour of 3 minutes, 14 agents, 20 s.
  const example = outlookC({ callsPerHour: 200, handleSeconds: 180 }, 14, 20);
  t.ok(near(example.waits, 0.174, 3) && near(example.inTime, 0.888, 3), '17.4 % wait, 88.8 % in 20 s');
  t.ok(near(example.meanWaitSeconds, 7.8, 1) && near(example.occupancy, 0.714, 3), '7.8 s, 71.4 % busy');
  t.equal(
    seatsFor({ callsPerHour: 678, handleSeconds: 240 }, { share: 0.9, withinSeconds: 15 }, null)?.seats,
    54,
  );
  t.equal(
    seatsFor({ callsPerHour: 325, handleSeconds: 120 }, { share: 0.95, withinSeconds: 10 }, null)?.seats,
    17,
  );
  t.equal(linesFor(42, 0.001), 62, "the city's trunk channels");
  t.same(outlookC({ callsPerHour: 200, handleSeconds: 180 }, 10, 20), {
    seats: 10,
    waits: 1,
    inTime: 0,
    abandons: 0,
    meanWaitSeconds: Infinity,
    occupancy: 1,
  });
  t.end();
});

test('R16 Erlang A gives the published values: 48 calls a minute of 1 min, 50 agents, patience 2 min', (t) => {
  // Garnett, Mandelbaum, Reiman: Designing a Call Center with Impatient Customers (2002).
  const demand = { callsPerHour: 2880, handleSeconds: 60 };
  const patient = outlookC(demand, 50, 20);
  t.ok(
    near(patient.meanWaitSeconds, 20.8, 1) && near(patient.occupancy, 0.96, 2),
    'nobody gives up: 20.8 s, 96 %',
  );
  const human = outlookA(demand, 120, 50, 20);
  t.ok(near(human.abandons, 0.031, 3), '3.1 % give up');
  t.ok(near(human.meanWaitSeconds, 3.7, 1), '3.7 s');
  t.ok(near(human.occupancy, 0.93, 2), '93 % busy');
  t.end();
});

test('R16 property: with endless patience A is C; more seats are never worse; the fewest seats are the fewest', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 20, max: 400 }),
      fc.integer({ min: 1, max: 60 }),
      (callsPerHour, handleSeconds, spare) => {
        const demand = { callsPerHour, handleSeconds };
        const seats = Math.ceil((callsPerHour / 3600) * handleSeconds) + spare;
        const c = outlookC(demand, seats, 15);
        const a = outlookA(demand, 1e7, seats, 15);
        if (c.waits < 0.5 && Math.abs(c.inTime - a.inTime) > 0.002)
          throw new Error(`${c.inTime} ${a.inTime}`);
        const less = outlookA(demand, 90, seats, 15);
        const more = outlookA(demand, 90, seats + 1, 15);
        if (more.inTime < less.inTime - 1e-9 || more.abandons > less.abandons + 1e-9)
          throw new Error('worse');
        const goal = { share: 0.9, withinSeconds: 15 };
        const found = seatsFor(demand, goal, 90);
        if (!found || found.inTime < 0.9) throw new Error('too few');
        if (found.seats > 1 && outlookA(demand, 90, found.seats - 1, 15).inTime >= 0.9)
          throw new Error('too many');
      },
    ),
    { numRuns: 60 },
  );
  t.pass('60 demands');
  t.end();
});

const steady = (queue: string, callsPerHour: number, hours: number, change: Partial<Crowd>): Plan => ({
  name: 'steady',
  hours,
  overflow: null,
  seed: 7,
  stretchSeconds: 3600,
  crowds: [
    {
      queue,
      callsPerHour: () => callsPerHour,
      talkSeconds: 240,
      wrapUpSeconds: 0,
      patienceSeconds: Infinity,
      ringSeconds: 0,
      variation: 0,
      redials: 0,
      seats: 54,
      ...change,
    },
  ],
});

test('G5 R16 the simulation and the formulas agree within 3 points', (t) => {
  // As many hours as it takes for chance to be well under that: long calls on busy seats forget slowly.
  for (const [queue, calls, talkSeconds, seats, patienceSeconds, hours, within] of [
    ['12345', 678, 240, 54, Infinity, 60, 15],
    ['12345', 678, 240, 48, 120, 24, 15],
    ['110', 325, 120, 17, Infinity, 40, 10],
    ['110', 325, 120, 12, 60, 40, 10],
  ] as const) {
    const plan = steady(queue, calls, hours, { seats, talkSeconds, patienceSeconds });
    const figures = new World(site, plan).run().queues.get(queue);
    if (!figures) throw new Error('no figures');
    // The first hours fill the empty city.
    const total = totalOf(figures, 2, hours - 1);
    const demand = { callsPerHour: calls, handleSeconds: talkSeconds };
    const formula =
      patienceSeconds === Infinity
        ? outlookC(demand, seats, within)
        : outlookA(demand, patienceSeconds, seats, within);
    const gaveUp = total.abandoned / total.offered;
    const off = Math.abs(total.serviceLevel - formula.inTime);
    t.ok(
      off <= 0.03 && Math.abs(gaveUp - formula.abandons) <= 0.03,
      `${queue} with ${seats} seats, patience ${patienceSeconds}: ${total.serviceLevel.toFixed(3)} beside ${formula.inTime.toFixed(3)}, gave up ${gaveUp.toFixed(3)} beside ${formula.abandons.toFixed(3)}`,
    );
  }
  t.end();
});

test('R10 OV1 OV6 a storm in virtual time: overflow answers more, in order of events, and gives everything back', (t) => {
  const plan = planOf(site, {
    day: 'storm',
    busyHour: { '12345': 200, '110': 30 },
    seats: {},
    overflow: null,
    seed: 3,
    patienceSeconds: 120,
    stormTimes: 5,
  });
  const overflow = {
    pressSeconds: 60,
    musterSeconds: [60, 120] as const,
    remoteSeats: 20,
    trunkLines: 5,
    regionSeats: 20,
    regionSeconds: 300,
  };
  const without = new World(site, plan).run().queues.get('12345');
  const lent = new World(site, { ...plan, overflow }).run();
  const helped = lent.queues.get('12345');
  if (!without || !helped) throw new Error('no figures');
  const [alone, together] = [totalOf(without, 14, 16), totalOf(helped, 14, 16)];
  t.ok(
    together.connected > alone.connected + 0.15,
    `connected in the storm: ${alone.connected.toFixed(2)} alone, ${together.connected.toFixed(2)} with overflow`,
  );
  t.ok(together.borrowed > 100);
  const said = lent.said.map(({ type }) => type.replace('overflow.', ''));
  const order = ['suggested', 'started', 'region-asked', 'region-granted', 'draining', 'ended'].map((type) =>
    said.indexOf(type),
  );
  t.same(
    order.toSorted((a, b) => a - b),
    order,
    said.join(' '),
  );
  t.ok(order.every((place) => place >= 0));
  t.equal(
    said.filter((type) => type === 'group-active').length,
    said.filter((type) => type === 'group-returned').length,
  );
  const short = { ...plan, hours: 2 };
  const day = () => JSON.stringify([...new World(site, short).run().queues.values()]);
  t.equal(day(), day(), 'the same seed is the same day');
  t.end();
});

test('the agenda gives the earliest first, and of one moment the first put in', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), (times) => {
      const agenda = new Agenda<number>();
      times.forEach((at, n) => agenda.add(at, n));
      const taken: { at: number; what: number }[] = [];
      for (let next = agenda.take(); next; next = agenda.take()) taken.push({ at: next.at, what: next.what });
      const wanted = times.map((at, what) => ({ at, what })).sort((a, b) => a.at - b.at || a.what - b.what);
      if (JSON.stringify(taken) !== JSON.stringify(wanted)) throw new Error(JSON.stringify(taken));
    }),
  );
  t.pass('100 agendas');
  t.end();
});
