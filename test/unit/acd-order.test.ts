// Who is next: the floor's order, priority, ageing, redials, places and expected wait, by rule.
// It must not test offers' fates (acd.test.ts) or fairness over many histories (acd-oracle.test.ts).
import { test } from 'tap';
import fc from 'fast-check';
import { defaultRules, floorRulesOf } from '../../server/domain/acd/floor.ts';
import { Sorted } from '../../server/domain/acd/sorted.ts';
import { Site } from '../../server/protocol/site.ts';
import { queueRules, actor, Desk, one, two } from './acd-desk.ts';

test('OF2 G19 the sorted list under it is a sorted list, over chunks', (t) => {
  const numbers = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 3000 })), {
    minLength: 500,
    maxLength: 2000,
    size: 'max',
  });
  fc.assert(
    fc.property(numbers, (ops) => {
      const sorted = new Sorted<number>((a, b) => a - b);
      const naive = new Set<number>();
      for (const [add, n] of ops) {
        if (!add || naive.has(n)) {
          if (sorted.remove(n) !== naive.delete(n)) throw new Error(`remove ${n}`);
        } else {
          sorted.add(n);
          naive.add(n);
        }
      }
      const list = [...naive].sort((a, b) => a - b);
      if (JSON.stringify([...sorted]) !== JSON.stringify(list)) throw new Error('order');
      if (sorted.size !== list.length || sorted.first !== list[0]) throw new Error('size or first');
      for (let n = 0; n < 3000; n += 137) {
        const at = list.filter((m) => m < n).length;
        if (sorted.place(n) !== at || sorted.firstWhere((m) => m >= n) !== list[at])
          throw new Error(`place of ${n}`);
      }
    }),
    { seed: 1, numRuns: 20 },
  );
  const long = new Sorted<number>((a, b) => a - b);
  for (let n = 0; n < 20_000; n += 1) long.add((n * 7919) % 20_000);
  t.equal(long.size, 20_000);
  t.ok(
    [...long].every((n, at) => n === at),
    'many chunks, in order',
  );
  t.end();
});

test('TR14 a request for all rings every free seat, then those that become free, until one accepts', (t) => {
  const desk = new Desk([...two, { id: '1003', status: 'break' }]);
  desk.ask('r1');
  t.same(desk.ask('d', { all: true, head: true, class: 'urgent', purpose: 'transfer' }), ['d>1002']);
  t.same(desk.ask('r2'), ['r2#2']);
  t.same(
    desk.command('1003', { name: 'status', body: { status: 'ready' } }),
    ['d>1003'],
    'ahead of its queue',
  );
  desk.hear({ type: 'seat-released', seat: '1001', call: 'call-r1', talked: false, tagged: true });
  t.equal(desk.floor.seat('1001')?.request, 'd', 'a seat released from its offer joins in');
  t.same(desk.ends('d', '1003', 'accepted'), ['r2#1']);
  t.same(desk.ends('d', '1001', 'cancelled').concat(desk.ends('d', '1002', 'cancelled')), ['r2>1001']);
  t.end();
});

test('G19 head, class and prioritise move a caller; WR2 a class takes effect when set', (t) => {
  const desk = new Desk([]);
  for (const id of ['a', 'b', 'c']) {
    desk.ask(id);
    desk.pass(1000);
  }
  t.same(desk.ask('u', { class: 'urgent' }), ['u#1', 'a#2', 'b#3', 'c#4']);
  t.same(desk.ask('m', { class: 'major' }), ['m#1', 'u#2', 'a#3', 'b#4', 'c#5']);
  t.same(desk.hear({ type: 'tagged', call: 'call-c', seats: [], class: 'major' }), [
    'c#1',
    'm#2',
    'u#3',
    'a#4',
    'b#5',
  ]);
  const move = (call: string, head: boolean, id: string, queue = 'q12345') =>
    desk.step({ type: 'prioritise', id, actor, queue, call, head });
  t.same(move('call-b', true, 'p1'), ['b#1', 'c#2', 'm#3', 'u#4', 'a#5']);
  t.same(move('call-b', true, 'p1'), ['repeated']);
  t.same(move('call-b', true, 'p2'), ['!already-so']);
  t.same(move('call-z', true, 'p3'), ['!not-waiting']);
  t.same(move('call-b', true, 'p4', 'nowhere'), ['!not-found']);
  t.same(move('call-b', false, 'p5'), ['c#1', 'm#2', 'u#3', 'a#4', 'b#5']);
  t.same(desk.ask('n', { nuisance: true }), ['n#6']);
  desk.pass(1000);
  t.same(
    desk.ask('late'),
    ['late#6', 'n#7'],
    'R26: a nuisance caller is ranked last, and still waits in line',
  );
  t.same(desk.facts, ['queue.prioritised', 'queue.prioritised']);
  t.match(desk.floor.waiting('u'), { place: 3, class: 'urgent', head: false, call: 'call-u' });
  t.equal(desk.floor.queue('q12345', 2)?.calls.length, 2);
  t.end();
});

test('G19 nobody starves: after the largest bonus has passed, no later arrival goes first', (t) => {
  const arrivals = fc.array(
    fc.tuple(
      fc.nat({ max: 240_000 }),
      fc.constantFrom('general', 'urgent', 'major', 'major'),
      fc.nat({ max: 3 }),
    ),
    { minLength: 20, maxLength: 60, size: 'max' },
  );
  fc.assert(
    fc.property(arrivals, (list) => {
      const desk = new Desk(one);
      const since = new Map<string, number>();
      const waiting = new Set<string>();
      for (const [gap, chosen, served] of list) {
        desk.pass(gap);
        const id = `r${since.size}`;
        since.set(id, desk.now);
        waiting.add(id);
        desk.ask(id, { class: chosen });
        if (served > 0) continue;
        const request = desk.floor.seat('1001')?.request;
        if (request === undefined || request === null) continue;
        waiting.delete(request);
        const limit = defaultRules.ageing.majorSeconds * 1000;
        for (const left of waiting)
          if (since.get(request)! > since.get(left)! + limit) throw new Error(`${request} passed ${left}`);
        desk.ends(request, '1001', 'accepted');
        desk.hear({
          type: 'seat-released',
          seat: '1001',
          call: `call-${request}`,
          talked: false,
          tagged: true,
        });
      }
    }),
    { seed: 2, numRuns: 150 },
  );
  // One seat, a major call every 20 s that takes 30 s: overload by the highest class alone. The general caller of the start is served.
  const desk = new Desk(one);
  desk.ask('g');
  desk.ends('g', '1001', 'rejected');
  let waited = 0;
  for (let n = 0; desk.floor.seat('1001')?.request !== 'g'; n += 1) {
    desk.ask(`m${n}`, { class: 'major' });
    desk.ask(`n${n}`, { class: 'major' });
    const request = desk.floor.seat('1001')?.request ?? null;
    if (request === null) desk.pass(5000);
    else if (request !== 'g') desk.serve(request, '1001', 30_000);
    waited += 30;
    if (waited > 100_000) break;
  }
  t.comment(`the general caller waited ${waited} s under an endless storm of major ones`);
  const before = 2 * Math.ceil(1800 / 30) + 4;
  t.ok(waited / 30 <= before, 'at most those majors that came in its first half hour went before');
  t.end();
});

test('OF7 places are told to the first 20 and to whoever they pushed out, not to ten thousand', (t) => {
  const desk = new Desk([]);
  for (let n = 1; n <= 40; n += 1) {
    desk.pass(10);
    t.same(desk.ask(`r${n}`), [`r${n}#${n}`]);
  }
  const said = desk.ask('u', { class: 'urgent' });
  t.same(said, ['u#1', ...Array.from({ length: 19 }, (_, n) => `r${n + 1}#${n + 2}`), 'r20#21']);
  t.equal(desk.withdraw('u', 'abandoned').length, 20);
  t.same(desk.withdraw('r30', 'abandoned'), [], 'far behind nobody is told');
  t.same(desk.withdraw('r19', 'abandoned'), ['r20#19', 'r21#20']);
  t.end();
});

test('R14 skills: the needed level falls with the wait, and the floor wakes up for it; tiers join after theirs', (t) => {
  const desk = new Desk(
    [
      { id: '1001', skills: { zhuang: 1 } },
      { id: '1002', skills: { zhuang: 3 }, status: 'break' },
      { id: '1003', tiers: { q12345: 1 } },
    ],
    { tierSeconds: [0, 20] },
  );
  t.same(desk.ask('r1', { skills: { zhuang: 3 } }), ['r1#1']);
  t.same(desk.pass(59_999), []);
  t.same(desk.pass(1), ['r1>1001'], 'level 1 will do after 60 s');
  t.same(desk.ask('r2'), ['r2#1'], 'tier 1 waits 20 s');
  t.same(desk.pass(20_000), ['r2>1003']);
  t.same(desk.ask('r3', { skills: { zhuang: 3 } }), ['r3#1']);
  desk.pass(1);
  t.same(desk.ask('r4'), ['r4#2']);
  t.same(desk.command('1002', { name: 'status', body: { status: 'ready' } }), ['r3>1002', 'r4#1']);
  t.end();
});

test('OF6 a caller who dials again within 60 s of giving up has its old place, once', (t) => {
  const desk = new Desk([]);
  const number = { callerNumber: '13800000001' };
  desk.ask('r1', number);
  desk.pass(30_000);
  desk.ask('r2');
  desk.withdraw('r1', 'abandoned');
  desk.pass(59_000);
  t.same(desk.ask('r3', number), ['r3#1', 'r2#2']);
  t.same(desk.facts, ['queue.place-kept']);
  t.same(desk.ask('r4', number), ['r4#3'], 'a second call beside it is a new one');
  desk.withdraw('r3', 'abandoned');
  desk.pass(60_001);
  t.same(desk.ask('r5', number), ['r5#3'], 'too late');
  desk.ask('r6', { callerNumber: 'anonymous' });
  desk.pass(10_000);
  desk.ask('r7');
  desk.withdraw('r6', 'abandoned');
  t.same(desk.ask('r8', { callerNumber: 'anonymous' }), ['r8#5'], 'a withheld number is many people');
  t.end();
});

test('R14 counters of the day, and the expected wait with its own error, withheld while bad', (t) => {
  const desk = new Desk(one);
  desk.ask('a');
  desk.ends('a', '1001', 'accepted');
  desk.ask('b');
  desk.pass(3000);
  desk.withdraw('b', 'abandoned');
  desk.ask('c');
  desk.pass(20_000);
  desk.ask('d');
  desk.hear({ type: 'seat-released', seat: '1001', call: 'call-a', talked: false, tagged: true });
  desk.ends('c', '1001', 'accepted');
  desk.pass(6000);
  desk.withdraw('d', 'abandoned');
  desk.ask('e', { purpose: 'transfer' });
  desk.withdraw('e', 'cancelled');
  t.same(desk.floor.queue('q12345')?.today, {
    offered: 5,
    answered: 2,
    answeredInTime: 1,
    abandoned: 1,
    shortAbandoned: 1,
    withdrawn: 1,
    waitedMs: 20_000,
    longestMs: 20_000,
  });
  t.equal(
    desk.floor.queue('q12345', 0, desk.now + 16 * 3_600_000)?.today.offered,
    0,
    'the day turns at midnight of the site',
  );

  // A steady queue: one seat, 60 s a call, five always waiting. Places then say the wait exactly.
  const steady = new Desk(one);
  for (let n = 0; n < 6; n += 1) steady.ask(`r${n}`);
  t.equal(steady.floor.load('q12345')?.expected, null, 'nothing is known yet');
  for (let n = 6; n < 40; n += 1) {
    const request = steady.floor.seat('1001')?.request ?? '';
    steady.serve(request, '1001', 60_000);
    steady.ask(`r${n}`);
  }
  const load = steady.floor.load('q12345');
  t.equal(load?.waiting, 5);
  t.ok(
    Math.abs((load?.expected?.seconds ?? 0) - 360) < 30,
    `sixth place: about 6 × 60 s (${load?.expected?.seconds ?? 'none'})`,
  );
  t.ok((load?.expected?.error.p90 ?? 99) < 30, 'and its error is known to be small');
  t.ok(
    (steady.floor.waiting('r38')?.expected?.seconds ?? 0) >
      (steady.floor.waiting('r36')?.expected?.seconds ?? 999),
  );
  const fresh = load?.expected?.seconds ?? 0;
  t.ok(
    (steady.floor.load('q12345', steady.now + 600_000)?.expected?.seconds ?? 0) > fresh,
    'it grows while nobody is served',
  );

  // Now calls last anything between a second and half an hour: the figure is off by much, so it is not given.
  for (let n = 40; n < 110; n += 1) {
    const request = steady.floor.seat('1001')?.request ?? '';
    steady.serve(request, '1001', n % 10 === 0 ? 1_800_000 : 1000);
    steady.ask(`r${n}`);
  }
  t.equal(steady.floor.load('q12345')?.expected, null, 'withheld');
  t.end();
});

test('R14 G21 rules come from the site, and steps that can be read two ways are refused', (t) => {
  const site = Site.parse({
    id: 'x',
    name: 'x',
    region: '450700',
    trunks: [],
    lines: [],
    seatGroups: [],
    platforms: [
      {
        id: '110',
        name: '110',
        queue: 'q110',
        numbers: ['110'],
        serviceLevelSeconds: 10,
        answerWaiting: 'ringing',
      },
    ],
    queues: [{ id: 'q110', platform: '110', name: '110' }],
  });
  const rules = floorRulesOf(site);
  t.match(rules, {
    coolDownSeconds: 10,
    wrapUpSeconds: 60,
    offerGuardSeconds: 60,
    queues: [{ id: 'q110', serviceLevelSeconds: 10 }],
  });
  const crossed = [
    { afterSeconds: 60, lower: 1 },
    { afterSeconds: 30, lower: 2 },
  ];
  t.throws(() => floorRulesOf(site, { relaxation: crossed }), /order/);
  t.end();
});

test('OF9 R14 a caller who calls again is given to the seat that had it; kept for it a moment; then to anybody', (t) => {
  const desk = new Desk([{ id: '1001' }, { id: '1002' }], {
    personalSeconds: 1800,
    queues: [{ ...queueRules('q12345'), personalWaitSeconds: 15 }, queueRules('q110')],
  });
  const again = { callerNumber: '13900000007' };
  t.same(desk.ask('r1', again), ['r1>1001']);
  desk.hear({ type: 'offer-ended', request: 'r1', seat: '1001', result: 'accepted' });
  desk.hear({ type: 'seat-released', seat: '1001', call: 'call-r1', talked: true, tagged: true });
  desk.pass(61_000);
  // 1002 has been idle for longer: it is whose turn it would be.
  t.same(desk.ask('r2', again), ['r2>1001']);
  t.ok(desk.facts.includes('queue.asked-first'));
  desk.hear({ type: 'offer-ended', request: 'r2', seat: '1001', result: 'accepted' });
  t.same(desk.ask('r3', again), ['r3#1'], 'it talks: the other, free, is not asked');
  desk.hear({ type: 'seat-released', seat: '1001', call: 'call-r2', talked: true, tagged: true });
  t.same(desk.command('1001', { name: 'wrap-up-finish', body: {} }), ['r3>1001'], 'free in time');
  desk.hear({ type: 'offer-ended', request: 'r3', seat: '1001', result: 'accepted' });
  t.same(desk.ask('r4', again), ['r4#1']);
  t.same(desk.pass(14_999), []);
  t.same(desk.pass(1), ['r4>1002'], 'not in time: anybody');
  desk.hear({ type: 'offer-ended', request: 'r4', seat: '1002', result: 'accepted' });
  t.same(desk.ask('r5', { callerNumber: '13900000008' }), ['r5#1'], 'somebody else waits as anybody does');
  t.end();
});

test('OF9 after a restart: who had whom is told out of the ledger, calls taken up count, what is newer stands', (t) => {
  const rules = {
    personalSeconds: 1800,
    queues: [{ ...queueRules('q12345'), personalWaitSeconds: 15 }, queueRules('q110')],
  };
  const desk = new Desk([{ id: '1001' }, { id: '1002' }, { id: '1003' }, { id: '1004' }], rules);
  const caller = (n: number) => ({ callerNumber: `1390000000${n}` });
  const free = (seat: string, call: string) => {
    desk.hear({ type: 'seat-released', seat, call, talked: true, tagged: true });
    desk.command(seat, { name: 'wrap-up-finish', body: {} });
  };
  desk.pass(1000);
  desk.hear({
    type: 'seat-adopted',
    seat: '1003',
    call: 'old',
    state: 'talking',
    request: null,
    number: '13900000003',
  });
  free('1003', 'old');
  const before = (seat: string, number: string, ago: number) => ({ seat, number, at: desk.now - ago });
  desk.step({
    type: 'talked-before',
    talks: [
      before('1001', '13900000002', 1_801_000),
      before('1001', '13900000001', 60_000),
      before('1002', '13900000001', 30_000),
      before('1002', '13900000003', 20_000),
      before('1002', 'anonymous', 10_000),
      before('9999', '13900000004', 10_000),
    ],
  });
  t.same(desk.ask('r1', caller(1)), ['r1>1002'], 'the last of several');
  t.same(desk.ask('r2', caller(2)), ['r2>1001'], 'too long ago: whose turn it is');
  t.same(desk.ask('r3', caller(3)), ['r3>1003'], 'the call that was taken up ended after it');
  t.same(desk.ask('r4', { callerNumber: 'anonymous' }), ['r4>1004']);
  t.end();
});

test('R14 an expert is asked by its line; ordinary calls come to it last', (t) => {
  const desk = new Desk([{ id: '1001' }, { id: '1019', skills: { housing: 3 }, tiers: { q12345: 1 } }]);
  t.same(desk.ask('r1', { purpose: 'transfer', skills: { housing: 3 } }), ['r1>1019']);
  t.same(desk.ask('r2', { purpose: 'transfer', skills: { housing: 3 } }), ['r2#1'], 'nobody else will do');
  desk.hear({ type: 'withdraw', request: 'r2', reason: 'cancelled' });
  desk.hear({ type: 'offer-ended', request: 'r1', seat: '1019', result: 'cancelled' });
  desk.hear({ type: 'withdraw', request: 'r1', reason: 'cancelled' });
  t.same(desk.ask('r3'), ['r3>1001'], 'ordinary calls: others first');
  t.same(desk.ask('r4'), ['r4>1019'], 'and then the expert, rather than wait');
  t.end();
});
