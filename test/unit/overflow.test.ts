// When overflow is suggested, started, drained and read back: marks, dwell, rules, plans, restarts (OV1, OV2, OV6, SV4).
// It must not test the lender's side (overflow-loans.test.ts).
import fc from 'fast-check';
import { test } from 'tap';
import type { Reading } from '../../server/domain/overflow/marks.ts';
import { restoreOverflow } from '../../server/domain/overflow/restore.ts';
import type { OverflowRules } from '../../server/domain/overflow/rules.ts';
import { emptyState } from '../../server/domain/overflow/state.ts';
import type { OverflowState } from '../../server/domain/overflow/state.ts';
import { crossing } from '../../server/protocol/overflow.ts';
import { Site } from '../../server/protocol/site.ts';
import { data, usual, start, calm, full, Bench } from './overflow-stage.ts';

const between: Reading = { ...calm, waiting: 3, oldestSeconds: 30, expectedSeconds: 40, localFree: 0 };

const ruled: Partial<OverflowRules> = {
  queues: usual.queues.map((queue) => ({ ...queue, policy: { ...queue.policy, start: 'rule' as const } })),
};

test('OV1 suggested when a high mark is passed for its dwell, with the numbers; withdrawn under the low one for its dwell', (t) => {
  const bench = new Bench();
  bench.pass(29, full);
  bench.pass(1, calm);
  bench.pass(30, full);
  t.same(bench.types, [], 'a dwell that is broken begins anew');
  bench.pass(1);
  t.same(bench.types, ['suggested']);
  t.same(bench.one.passed, [
    'oldest 50 s > 45 s',
    'expected 70 s > 60 s',
    'waiting per ready seat 9/4 > 1.5',
  ]);
  t.match(bench.facts[0]?.data, { queue: 'q', platform: '12345', reading: { waiting: 9 } });
  bench.pass(400, between);
  t.same(bench.types, ['suggested'], 'between the marks nothing happens');
  bench.pass(180, calm);
  t.equal(bench.types.length, 1);
  bench.pass(1);
  t.same(bench.types, ['suggested', 'withdrawn']);
  t.same(bench.effects, [], 'nothing was ever lent');
  t.end();
});

test('OV1 each mark alone suggests; nobody waiting suggests nothing', (t) => {
  const alone: [string, Partial<Reading>, boolean][] = [
    ['oldest', { waiting: 1, oldestSeconds: 46 }, true],
    ['expected', { waiting: 1, expectedSeconds: 61 }, true],
    ['per seat', { waiting: 7 }, true],
    ['no seat at all', { waiting: 1, ready: 0 }, true],
    ['expected, but nobody waits', { expectedSeconds: 500, oldestSeconds: 500 }, false],
    ['not known', { waiting: 1, expectedSeconds: null }, false],
  ];
  for (const [name, change, suggested] of alone) {
    const bench = new Bench();
    bench.pass(31, { ...calm, ...change });
    t.same(bench.types, suggested ? ['suggested'] : [], name);
  }
  const rules = usual.queues.map((queue) => ({
    ...queue,
    policy: {
      ...queue.policy,
      high: { ...queue.policy.high, waiting: 5 },
      low: { ...queue.policy.low, waiting: 2 },
    },
  }));
  const counting = new Bench({ queues: rules });
  counting.pass(31, { ...calm, waiting: 6 });
  t.same(counting.one.passed, ['waiting 6 > 5'], 'waiting is a mark where the site gives one');
  t.end();
});

test('OV1 marks that cross are refused, in the site and by a supervisor; the last good ones stand', (t) => {
  const cross = (overflow: object) => Site.safeParse({ ...data, overflow });
  t.match(cross({ low: { oldestSeconds: 45 } }).error?.issues, [
    { path: ['overflow', 'low', 'oldestSeconds'], message: /marks-cross/ },
  ]);
  t.match(cross({ high: { waiting: 3 } }).error?.issues, [{ message: /marks-cross/ }], 'one end alone');
  t.match(cross({ queues: { q: { high: { expectedSeconds: 10 } } } }).error?.issues, [
    { path: ['overflow', 'queues', 'q', 'low', 'expectedSeconds'] },
  ]);
  t.notOk(cross({ groups: [{ id: 'own' }] }).success, 'a group that is not remote cannot be borrowed');
  t.ok(cross({ queues: { q: { high: { oldestSeconds: 90 } } } }).success);
  const bench = new Bench();
  t.equal(
    bench.ask({ name: 'policy', queue: 'q', body: { low: { oldestSeconds: 60 } } }),
    'marks-cross low.oldestSeconds',
  );
  t.same(bench.state, emptyState);
  t.equal(
    bench.ask({ name: 'policy', queue: 'q', body: { high: { oldestSeconds: 90 }, start: 'rule' } }),
    'done',
  );
  t.match(bench.state.policies['q'], {
    high: { oldestSeconds: 90, expectedSeconds: 60 },
    start: 'rule',
    end: 'rule',
  });
  t.equal(bench.ask({ name: 'policy', queue: 'none', body: {} }), 'not-found');
  fc.assert(
    fc.property(fc.nat(200), fc.nat(200), (up, down) => {
      const marks = { oldestSeconds: 50, expectedSeconds: 50, perReadySeat: 1, dwellSeconds: 1 };
      const low = { ...marks, oldestSeconds: 1, perReadySeat: 0 };
      const found = crossing({ ...marks, expectedSeconds: up }, { ...low, expectedSeconds: down });
      t.equal(found, down >= up ? 'expectedSeconds' : null);
    }),
    { numRuns: 50 },
  );
  t.end();
});

test('OV2 OV3 started by hand: refusals say why, preferred groups first, a second start is refused', (t) => {
  const bench = new Bench();
  t.equal(
    bench.ask({ name: 'start', body: { queue: 'x', groups: [], reason: 'r', when: 'now' } }),
    'unknown-target queue',
  );
  t.equal(bench.start(['nobody']), 'unknown-group groups.0');
  t.equal(bench.start(['police']), 'unknown-group groups.0', "another hotline's group");
  t.equal(bench.start(['lines', 'far']), 'region-first groups.1');
  t.equal(bench.start(['near']), 'registration-expired groups.0');
  t.equal(bench.register('near', { seconds: 0 }), 'registration-expired expires');
  t.equal(bench.register('near', { preference: 2 }), 'done');
  t.equal(bench.start(), 'done');
  t.same(bench.lent, ['near', 'lines'], 'with this very step, the preferred group first');
  t.same(bench.effects.at(-1)?.terms, { near: { keep: 0.2, most: 4 }, lines: { keep: 0, most: 4 } });
  t.match(bench.one, { state: 'running', how: 'hand', by: 'sup', reason: '台风' });
  t.equal(bench.start(), 'overflow-running');
  t.equal(bench.start(['near'], 'saturated'), 'overflow-running');
  t.equal(new Bench({ groups: [] }).start(), 'no-group-registered');
  t.end();
});

test('OV2 by rule and by a pre-armed plan; a person who said no is not overruled until it has passed', (t) => {
  const rule = new Bench(ruled);
  rule.pass(31, full);
  t.match(rule.one, { state: 'running', how: 'rule', by: 'system:engine' });
  t.same(rule.types, ['suggested', 'started', 'group-active']);
  rule.ask({ name: 'end', overflow: rule.one.id, body: { reason: '不需要' } });
  rule.pass(600);
  t.equal(rule.state.overflows.length, 1, 'declined');
  rule.pass(1, calm);
  rule.pass(31, full);
  t.equal(rule.state.overflows.length, 2, 'another saturation is another question');

  const plan = new Bench();
  t.equal(plan.start(['lines'], 'saturated'), 'done');
  t.match(plan.one, { state: 'armed', planned: ['lines'] });
  t.same(plan.lent, []);
  plan.pass(31, full);
  t.match(plan.one, { state: 'running', how: 'plan', by: 'sup' });
  t.same(plan.lent, ['lines']);

  const late = new Bench({ ...ruled, groups: usual.groups.filter(({ id }) => id === 'near') });
  late.pass(60, full);
  t.equal(late.one.state, 'suggested', 'by rule, but nobody is registered');
  late.register('near');
  late.pass(1);
  t.equal(late.one.state, 'running');
  t.end();
});

test('OV6 the end drains: by rule after its least time and the low marks, not while borrowed seats carry it; statistics for both sides', (t) => {
  const bench = new Bench();
  bench.start(['lines']);
  const id = bench.one.id;
  for (const result of ['offered', 'answered', 'offered', 'missed'] as const)
    bench.input({ type: 'offer', result, queue: 'q', group: 'lines', seat: '31', call: 'c1' });
  bench.input({ type: 'talked', queue: 'q', group: 'lines', seconds: 80 });
  bench.pass(10, full);
  bench.pass(700, { ...calm, localFree: 2, borrowedBusy: 3 });
  t.equal(bench.one.state, 'running', 'three borrowed calls do not fit on two free seats');
  bench.calls = { lines: ['31'] };
  bench.pass(181, { ...calm, localFree: 3, borrowedBusy: 3 });
  t.equal(bench.one.state, 'draining');
  t.same(bench.lent, []);
  bench.pass(1000);
  t.equal(bench.one.state, 'draining', 'however long the call is');
  t.equal(bench.ask({ name: 'end', overflow: id, body: {} }), 'no-overflow');
  bench.calls = {};
  bench.pass(1);
  t.equal(bench.one.state, 'ended');
  const tally = { offered: 2, answered: 1, missed: 1, talkSeconds: 80 };
  t.match(bench.facts.at(-1)?.data, {
    statistics: { peak: { waiting: 9 }, borrower: tally, lenders: [{ group: 'lines', ...tally }] },
  });
  t.match(
    bench.facts.find(({ type }) => type === 'overflow.call-taken')?.data,
    { call: 'c1', seat: '31', group: 'lines', queue: 'q', platform: '12345' },
    'OV4: both homes',
  );
  const hand = new Bench({
    queues: usual.queues.map((queue) => ({ ...queue, policy: { ...queue.policy, end: 'hand' as const } })),
  });
  hand.start();
  hand.pass(900, calm);
  t.match(hand.one, { state: 'running', endSuggested: true });
  t.equal(hand.types.filter((type) => type === 'end-suggested').length, 1);
  t.end();
});

test('OV1 OV2 OV6 property: it never flaps, whatever the readings do; the state is put together again from its facts', (t) => {
  const reading = fc.record({
    waiting: fc.nat(20),
    oldestSeconds: fc.nat(90),
    expectedSeconds: fc.option(fc.nat(120)),
    ready: fc.nat(8),
    localFree: fc.nat(4),
    borrowedBusy: fc.nat(4),
  });
  const stretch = fc.tuple(
    fc.constantFrom(calm, full, between).chain((one) => fc.oneof(fc.constant(one), reading)),
    fc.integer({ min: 1, max: 400 }),
  );
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 14 }), (stretches) => {
      const bench = new Bench(ruled);
      let times: { type: string; at: number }[] = [];
      for (const [next, seconds] of stretches) {
        bench.reading = next;
        for (let n = 0; n < seconds; n += 1) {
          const before = bench.facts.length;
          bench.pass(1);
          times = [...times, ...bench.facts.slice(before).map(({ type }) => ({ type, at: bench.now }))];
        }
      }
      const turns = times.filter(({ type }) => type === 'overflow.started' || type === 'overflow.draining');
      turns.forEach(({ type, at }, n) => {
        const last = turns[n - 1];
        if (!last) return;
        if (last.type === type) throw new Error(`${type} twice in a row`);
        const least = type === 'overflow.draining' ? usual.minimumSeconds : 30;
        if (at - last.at < least * 1000)
          throw new Error(`${type} only ${(at - last.at) / 1000} s after ${last.type}`);
      });
      const facts = bench.facts.map((fact, n) => ({
        ...fact,
        sequence: n + 1,
        time: new Date(bench.now).toISOString(),
        call: null,
        platform: null,
        data: JSON.parse(JSON.stringify(fact.data)) as Record<string, unknown>,
      }));
      const newest = [...new Map(facts.map((fact) => [fact.data['about'], fact])).values()];
      const back = restoreOverflow(bench.rules, newest, bench.now);
      const shape = ({ overflows }: OverflowState) =>
        overflows.map(({ id, state, loans }) => [
          id,
          state,
          loans.map(({ group, state: now }) => [group, now]),
        ]);
      if (JSON.stringify(shape(back)) !== JSON.stringify(shape(bench.state)))
        throw new Error(`${JSON.stringify(shape(back))} is not ${JSON.stringify(shape(bench.state))}`);
    }),
    { numRuns: 40 },
  );
  t.pass('40 histories');
  t.end();
});

test('SV4 after a restart registrations, changed marks and loans are there, and the floor is told again', (t) => {
  const bench = new Bench();
  bench.register('near');
  bench.ask({ name: 'policy', queue: 'q', body: { high: { oldestSeconds: 99 } } });
  bench.start();
  bench.input({ type: 'offer', result: 'answered', queue: null, group: 'near', seat: '11', call: 'c1' });
  const facts = bench.facts.map((fact, n) => ({
    ...fact,
    sequence: n + 1,
    time: '',
    call: null,
    platform: null,
  }));
  const back = new Bench();
  back.state = restoreOverflow(back.rules, facts.reverse(), bench.now);
  back.now = bench.now;
  back.input({ type: 'resume' });
  t.same(back.lent, ['near', 'lines']);
  t.equal(back.loan('near')?.tally.answered, 1);
  t.match(back.state.policies['q'], { high: { oldestSeconds: 99 } });
  const broken = facts.map((fact) => ({
    ...fact,
    data: { about: 'x', id: 7, state: 'y', registration: [], policy: 3 },
  }));
  t.same(restoreOverflow(usual, broken, start), emptyState, 'a fact it cannot read is left out');
  t.end();
});

test('SV6 OV2 what the database tells only later is laid under what was done meanwhile; of two of one queue the earlier goes on', (t) => {
  const before = new Bench();
  before.register('near');
  before.start(['near']);
  const facts = before.facts.map((fact, n) => ({
    ...fact,
    sequence: n + 1,
    time: '',
    call: null,
    platform: null,
  }));
  const late = new Bench();
  late.now = before.now + 60_000;
  late.input({ type: 'resume' });
  t.equal(late.start(['lines']), 'done', 'knows of none and starts one');
  t.same(late.lent, ['lines']);
  const read = restoreOverflow(late.rules, facts, late.now);
  late.input({ type: 'resume', read });
  t.same(
    late.state.overflows.map(({ id, state }) => [id === before.one.id, state]),
    [
      [true, 'running'],
      [false, 'ended'],
    ],
  );
  t.same(late.lent, ['near', 'lines'], 'nobody is given back for it');
  t.equal(late.start(), 'overflow-running');
  t.same(late.types.slice(-2), ['rejoined', 'ended']);
  late.input({ type: 'resume', read });
  t.equal(late.state.overflows.filter(({ state }) => state === 'running').length, 1, 'told twice it is one');

  const calm = new Bench();
  calm.now = before.now + 1000;
  calm.input({ type: 'resume' });
  calm.input({ type: 'resume', read: restoreOverflow(calm.rules, facts, calm.now) });
  t.same(calm.lent, ['near'], 'with nothing done meanwhile it simply goes on');
  t.end();
});
