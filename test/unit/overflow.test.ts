// Overflow as pure machines: marks and dwell, an overflow's life, loans, the region, restoring from facts; and the floor
// under it: the lender's share kept, nobody offered after the end. No servers, no clock.
import fc from 'fast-check';
import { test } from 'tap';
import { createFloor, defaultRules, newSeat } from '../../server/domain/acd/floor.ts';
import type { Floor, Seat } from '../../server/domain/acd/floor.ts';
import { lendable } from '../../server/domain/acd/lent.ts';
import type { NewFact } from '../../server/domain/decision.ts';
import { decideOverflow } from '../../server/domain/overflow/machine.ts';
import type { OverflowEffect, OverflowInput } from '../../server/domain/overflow/machine.ts';
import type { Reading } from '../../server/domain/overflow/marks.ts';
import type { Readings } from '../../server/domain/overflow/reading.ts';
import { restoreOverflow } from '../../server/domain/overflow/restore.ts';
import { overflowRulesOf } from '../../server/domain/overflow/rules.ts';
import type { OverflowRules } from '../../server/domain/overflow/rules.ts';
import { emptyState } from '../../server/domain/overflow/state.ts';
import type { Overflow, OverflowState } from '../../server/domain/overflow/state.ts';
import type { OverflowCommand } from '../../server/protocol/overflow.ts';
import { crossing } from '../../server/protocol/overflow.ts';
import { Site } from '../../server/protocol/site.ts';

const data = {
  id: 'city',
  name: 'city',
  region: '450700',
  platforms: [
    {
      id: '12345',
      name: '12345',
      queue: 'q',
      numbers: ['12345'],
      serviceLevelSeconds: 15,
      answerWaiting: 'music',
    },
    {
      id: '110',
      name: '110',
      queue: 'p',
      numbers: ['110'],
      serviceLevelSeconds: 10,
      answerWaiting: 'ringing',
    },
  ],
  queues: [
    { id: 'q', platform: '12345', name: 'q' },
    { id: 'p', platform: '110', name: 'p' },
  ],
  seatGroups: [
    { id: 'own', platform: '12345', from: 1, to: 4, queues: ['q'] },
    { id: 'near', platform: '12345', remote: true, from: 11, to: 20, queues: [] },
    { id: 'far', platform: '12345', remote: true, from: 21, to: 30, queues: [] },
    {
      id: 'lines',
      platform: '12345',
      remote: true,
      from: 31,
      to: 34,
      queues: [],
      over: { trunk: 't', number: '12345' },
    },
    { id: 'police', platform: '110', remote: true, from: 41, to: 44, queues: [] },
  ],
  trunks: [{ id: 't', direction: 'out', address: '127.0.0.4:5060' }],
  lines: [],
  overflow: {
    groups: [
      { id: 'far', level: 2, lender: '柳州' },
      { id: 'lines', standing: true, preference: 4 },
    ],
  },
};
const site = Site.parse(data);
const usual = overflowRulesOf(site);
const start = 1_800_000_000_000;

const calm: Reading = {
  waiting: 0,
  oldestSeconds: 0,
  expectedSeconds: 0,
  ready: 4,
  localFree: 4,
  borrowedBusy: 0,
};
const full: Reading = { ...calm, waiting: 9, oldestSeconds: 50, expectedSeconds: 70, localFree: 0 };
const between: Reading = { ...calm, waiting: 3, oldestSeconds: 30, expectedSeconds: 40, localFree: 0 };

/** Overflow at a desk of its own: time passes when told, readings are what they are set to. */
class Bench {
  readonly rules: OverflowRules;
  state: OverflowState = emptyState;
  now = start;
  reading: Reading = calm;
  calls: Record<string, string[]> = {};
  facts: NewFact[] = [];
  effects: OverflowEffect[] = [];
  lent: readonly string[] = [];

  constructor(change: Partial<OverflowRules> = {}) {
    this.rules = { ...usual, ...change };
  }
  input(input: Omit<Extract<OverflowInput, { type: 'tick' }>, 'at'> | DistributiveOmit<OverflowInput>) {
    const groups = Object.fromEntries(
      this.rules.groups.map(({ id }) => [id, { ready: 5, busy: 0, calls: this.calls[id] ?? [] }]),
    );
    const readings: Readings = { queues: { q: this.reading, p: calm }, groups };
    const decision = decideOverflow(this.rules, this.state, { ...input, at: this.now }, readings);
    if (!decision.ok) return decision;
    this.state = decision.state;
    this.facts.push(...decision.facts);
    this.effects.push(...decision.effects);
    for (const effect of decision.effects) if (effect.queue === 'q') this.lent = effect.groups;
    return decision;
  }
  ask(command: OverflowCommand, actor = 'sup') {
    const decision = this.input({ type: 'command', actor, command });
    return decision.ok
      ? 'done'
      : `${decision.code}${decision.field === undefined ? '' : ` ${decision.field}`}`;
  }
  pass(seconds: number, reading: Reading = this.reading): void {
    this.reading = reading;
    for (let n = 0; n < seconds; n += 1) {
      this.now += 1000;
      this.input({ type: 'tick' });
    }
  }
  register(group: string, more: { consent?: 'given' | 'ask'; seconds?: number; preference?: number } = {}) {
    const expires = new Date(this.now + (more.seconds ?? 86_400) * 1000).toISOString();
    const body = { capacity: 4, preference: more.preference ?? 3, expires, consent: more.consent ?? 'given' };
    return this.ask({ name: 'register', group, body: { ...body, consent: body.consent } });
  }
  start(groups: string[] = [], when: 'now' | 'saturated' = 'now') {
    return this.ask({ name: 'start', body: { queue: 'q', groups, reason: '台风', when } });
  }
  get types(): string[] {
    return this.facts.map(({ type }) => type.replace('overflow.', ''));
  }
  get one(): Overflow {
    const found = this.state.overflows.at(-1);
    if (!found) throw new Error('there is no overflow yet');
    return found;
  }
  loan(group: string) {
    return this.one.loans.find((loan) => loan.group === group);
  }
}
type DistributiveOmit<T> = T extends unknown ? Omit<T, 'at'> : never;
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

test('OV3 a lender that wants to be asked: consent, refusal, no answer; registrations expire, are renewed, are recalled (OV7)', (t) => {
  const bench = new Bench();
  bench.register('near', { consent: 'ask' });
  bench.start(['near']);
  t.same([bench.loan('near')?.state, bench.lent], ['offered', []]);
  const say = (consent: boolean) =>
    bench.ask({ name: 'consent', overflow: bench.one.id, body: { group: 'near', consent } }, 'lender');
  t.equal(say(true), 'done');
  t.same([bench.loan('near')?.state, bench.lent], ['active', ['near']]);
  t.equal(say(false), 'already-so');
  t.equal(bench.ask({ name: 'recall', group: 'near', body: {} }, 'lender'), 'done');
  t.same([bench.loan('near')?.state, bench.lent], ['draining', []], 'OV7: at once');
  t.equal(bench.ask({ name: 'recall', group: 'near', body: {} }), 'registration-expired');
  bench.calls = { near: ['11'] };
  bench.pass(5);
  t.equal(bench.loan('near')?.state, 'draining', 'a call in progress');
  bench.calls = {};
  bench.pass(1);
  t.match(bench.loan('near'), { state: 'returned', why: 'recalled' });
  bench.register('near', { seconds: 30 });
  t.same(bench.lent, ['near'], 'registered again while it runs: it joins');
  bench.pass(20);
  bench.register('near', { seconds: 30 });
  bench.pass(20);
  t.same(bench.lent, ['near'], 'renewed');
  bench.pass(11);
  t.same([bench.lent, bench.loan('near')?.why], [[], 'registration-expired']);

  const silent = new Bench();
  silent.register('near', { consent: 'ask' });
  silent.start(['near']);
  silent.pass(60);
  t.equal(silent.loan('near')?.state, 'unanswered');
  const no = new Bench();
  no.register('near', { consent: 'ask' });
  no.start(['near']);
  no.ask({
    name: 'consent',
    overflow: no.one.id,
    body: { group: 'near', consent: false, reason: '本市也忙' },
  });
  t.match(no.loan('near'), { state: 'refused', why: '本市也忙' });
  no.pass(120);
  t.same(no.lent, []);
  t.equal(
    no.ask({
      name: 'register',
      group: 'near',
      body: { capacity: 11, preference: 1, expires: 'x', consent: 'given' },
    }),
    'invalid-field capacity',
  );
  t.end();
});

test('OV5 the region: suggested with the numbers, asked with a deadline, granted, refused, unanswered, answered late', (t) => {
  const begun = () => {
    const bench = new Bench();
    bench.start();
    return bench;
  };
  const grant = (bench: Bench, groups: string[], answer: 'granted' | 'refused' = 'granted') =>
    bench.ask(
      { name: 'grant', overflow: bench.one.id, body: { answer, groups, by: '自治区', channel: 'phone' } },
      'sup',
    );
  const escalate = (bench: Bench) =>
    bench.ask({
      name: 'escalate',
      overflow: bench.one.id,
      body: { reason: '不够', seats: 20, deadlineSeconds: 120 },
    });
  const bench = begun();
  bench.pass(180, full);
  t.match(bench.types.at(-1), 'region-suggested');
  bench.pass(60);
  t.equal(bench.types.filter((type) => type === 'region-suggested').length, 1, 'once');
  t.equal(grant(bench, ['far']), 'no-escalation');
  t.equal(escalate(bench), 'done');
  t.equal(escalate(bench), 'already-so');
  t.match(bench.one.region, { state: 'asked', askedBy: 'sup', seats: 20, deadline: bench.now + 120_000 });
  t.equal(grant(bench, []), 'invalid-field groups');
  t.equal(grant(bench, ['nobody']), 'unknown-group groups.0');
  t.equal(grant(bench, ['far']), 'done');
  t.match(bench.one.region, { state: 'granted', answeredBy: '自治区', enteredBy: 'sup', channel: 'phone' });
  t.same(bench.lent, ['lines', 'far'], 'own level first');
  t.equal(grant(bench, ['far']), 'already-so');

  const refused = begun();
  escalate(refused);
  t.equal(grant(refused, [], 'refused'), 'done');
  t.equal(refused.one.region?.state, 'refused');
  t.equal(escalate(refused), 'done', 'may be asked again');

  const silent = begun();
  escalate(silent);
  silent.pass(120);
  t.equal(silent.one.region?.state, 'none');
  t.equal(silent.types.at(-1), 'region-unanswered');
  t.equal(grant(silent, ['far']), 'done');
  t.match(silent.facts.find(({ type }) => type === 'overflow.region-granted')?.data, { late: true });

  const ruledRegion = new Bench({ region: 'rule' });
  ruledRegion.start();
  ruledRegion.pass(180, full);
  t.match(ruledRegion.one.region, { state: 'asked', askedBy: 'system:engine' });
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

test('OV7 OV6 a recall tells the floor whose ringing must stop; an end by the borrower lets it ring', (t) => {
  const bench = new Bench();
  bench.register('near');
  bench.start(['near']);
  t.same(bench.effects.at(-1)?.recalled, []);
  t.equal(bench.ask({ name: 'recall', group: 'near', body: {} }), 'done');
  t.match(bench.effects.at(-1), { groups: [], recalled: ['near'] });
  const ended = new Bench();
  ended.register('near');
  ended.start(['near']);
  ended.ask({ name: 'end', overflow: ended.one.id, body: {} });
  t.match(ended.effects.at(-1), { groups: [], recalled: [] });
  t.end();
});

test("OV3 the lender's floor counts whole seats, rounded up: of one to five ready seats one stays, of six two", (t) => {
  const share = (keep: number, most: number | null = null) =>
    [0, 1, 2, 5, 6, 10, 11].map((ready) => lendable(ready, { keep, most }));
  t.same(share(0.2), [0, 0, 1, 4, 4, 8, 8]);
  t.same(share(0), [0, 1, 2, 5, 6, 10, 11]);
  t.same(share(0.2, 3), [0, 0, 1, 3, 3, 3, 3]);
  t.end();
});

const remote = (id: string, group: string): Seat => ({
  ...newSeat({ id, platform: '12345', group, remote: true, endpoint: `PJSIP/${id}`, queues: [] }, 0),
  status: 'ready',
  phone: 'registered',
});
const floorOf = (seats: readonly Seat[]): Floor =>
  createFloor(
    { ...defaultRules, queues: [{ id: 'q', platform: '12345', name: 'q', serviceLevelSeconds: 15 }] },
    seats,
  );
const offersOf = (answer: ReturnType<Floor['step']>): string[] =>
  answer.ok
    ? answer.effects.flatMap((effect) =>
        effect.type === 'tell-call' && effect.input.type === 'offered' ? [effect.input.seat] : [],
      )
    : [];
const request = (id: string) => ({
  type: 'request' as const,
  request: id,
  call: id,
  purpose: 'arrival' as const,
  wanted: { queue: 'q' },
  class: 'general' as const,
  since: 0,
  head: false,
  all: false,
  callerNumber: id,
  except: [],
});

test("OV3 OV6 OV7 property: the lender's share and capacity are kept, and nobody is offered who is not borrowed", (t) => {
  const act = fc.record({
    kind: fc.constantFrom(
      'call',
      'call',
      'accept',
      'miss',
      'hang-up',
      'finish',
      'break',
      'ready',
      'lend',
      'end',
    ),
    pick: fc.nat(99),
    keep: fc.constantFrom(0, 0.2, 0.5),
    most: fc.option(fc.integer({ min: 1, max: 6 })),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(act, { maxLength: 80 }), (size, acts) => {
      const ids = Array.from({ length: size }, (_, n) => `r${n}`);
      const floor = floorOf(ids.map((id) => remote(id, 'g')));
      let terms: { keep: number; most: number | null } | null = null;
      let at = 1;
      const seatsIn = (...states: string[]) =>
        floor.seats().filter(({ state, status }) => states.includes(state) && status === 'ready');
      const check = (answer: ReturnType<Floor['step']>) => {
        const offered = offersOf(answer);
        if (offered.length === 0) return;
        if (terms === null) throw new Error(`${offered.join()} offered though nothing is borrowed`);
        const ready = floor
          .seats()
          .filter(({ status, notResponding }) => status === 'ready' && !notResponding);
        const busy = ready.filter(({ state }) => state !== 'idle');
        if (busy.length > lendable(ready.length, terms))
          throw new Error(`${busy.length} of ${ready.length} in use with ${JSON.stringify(terms)}`);
      };
      for (const { kind, pick, keep, most } of acts) {
        at += 1;
        const tell = (message: Parameters<Floor['step']>[0] & { type: 'message' }) =>
          check(floor.step(message));
        const of = (...states: string[]) => {
          const found = seatsIn(...states);
          return found[pick % Math.max(1, found.length)];
        };
        const command = (seat: string, name: 'wrap-up-finish' | 'status', status?: 'ready' | 'break') =>
          check(
            floor.step({
              type: 'command',
              id: `m${at}`,
              actor: { user: 'x', role: 'supervisor', platform: null, seat: null },
              seat,
              command: name === 'status' ? { name, body: { status: status ?? 'ready' } } : { name, body: {} },
              at,
            }),
          );
        if (kind === 'call') tell({ type: 'message', at, message: request(`c${at}`) });
        else if (kind === 'lend') {
          terms = { keep, most };
          check(floor.step({ type: 'borrowed', queue: 'q', groups: ['g'], terms: { g: terms }, at }));
        } else if (kind === 'end') {
          terms = null;
          check(floor.step({ type: 'borrowed', queue: 'q', groups: [], at }));
        } else if (kind === 'accept' || kind === 'miss') {
          const seat = of('reserved', 'ringing');
          if (seat?.request == null) continue;
          const result = kind === 'accept' ? 'accepted' : 'rejected';
          tell({
            type: 'message',
            at,
            message: { type: 'offer-ended', request: seat.request, seat: seat.id, result },
          });
        } else if (kind === 'hang-up') {
          const seat = of('talking');
          if (seat?.call == null) continue;
          const { id, call } = seat;
          tell({
            type: 'message',
            at,
            message: { type: 'seat-released', seat: id, call, talked: true, tagged: true },
          });
        } else if (kind === 'finish') {
          const seat = of('wrap-up');
          if (seat) command(seat.id, 'wrap-up-finish');
        } else command(ids[pick % size] ?? '', 'status', kind);
      }
    }),
    { numRuns: 400 },
  );
  t.pass('400 histories');
  t.end();
});

test('OV3 OF4 WR1 a line of a trunk has nobody to miss an offer, wrap up or owe a tag; its limit is its number of lines', (t) => {
  const seats = ['31', '32'].map((id): Seat => ({ ...remote(id, 'lines'), unattended: true }));
  const floor = floorOf(seats);
  floor.step({
    type: 'borrowed',
    queue: 'q',
    groups: ['lines'],
    terms: { lines: { keep: 0, most: 2 } },
    at: 1,
  });
  for (const id of ['a', 'b', 'c']) floor.step({ type: 'message', message: request(id), at: 2 });
  t.same(floor.queue('q')?.waiting, 1, 'two calls at once, the third keeps its place');
  const end = (seat: string, call: string, result: 'accepted' | 'timed-out', at: number) =>
    floor.step({ type: 'message', message: { type: 'offer-ended', request: call, seat, result }, at });
  end('31', 'a', 'accepted', 3);
  const release = floor.step({
    type: 'message',
    message: { type: 'seat-released', seat: '31', call: 'a', talked: true, tagged: false },
    at: 4,
  });
  t.same(offersOf(release), ['31'], 'free at once');
  t.same(release.ok && release.facts.map(({ type }) => type), ['call.left-untagged']);
  for (let at = 10; at < 15; at += 1) {
    const seat = floor.seat('32');
    if (seat?.request != null) end('32', seat.request, 'timed-out', at * 100_000);
    floor.step({ type: 'timer', name: 'cool-down:32', at: at * 100_000 + 50_000 });
  }
  t.match(floor.seat('32'), { notResponding: false, misses: 0 });
  t.end();
});

test('OV3 local seats first, then the borrowed groups in order of preference', (t) => {
  const local: Seat = { ...remote('1', 'own'), remote: false, queues: ['q'], idleSince: 99 };
  const floor = floorOf([remote('21', 'b'), remote('11', 'a'), local]);
  t.same(offersOf(floor.step({ type: 'borrowed', queue: 'q', groups: ['a', 'b'], at: 1 })), []);
  const order = ['x', 'y', 'z'].flatMap((id) =>
    offersOf(floor.step({ type: 'message', message: request(id), at: 100 })),
  );
  t.same(order, ['1', '11', '21']);
  t.end();
});
