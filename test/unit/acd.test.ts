// The floor case by case: what each rule looks like from outside. Orders over random histories are acd-oracle.test.ts's.
// It must not reach inside the floor, save for the sorted list it stands on.
import { test } from 'tap';
import fc from 'fast-check';
import { createFloor, defaultRules, floorRulesOf, newSeat } from '../../server/domain/acd/floor.ts';
import type { Floor, FloorInput, FloorRules, FloorTimer, Seat } from '../../server/domain/acd/floor.ts';
import type { FloorMessage } from '../../server/domain/call/effects.ts';
import { Sorted } from '../../server/domain/acd/sorted.ts';
import { Site } from '../../server/protocol/site.ts';

type Untimed<T> = T extends unknown ? Omit<T, 'at'> : never;
type Request = Extract<FloorMessage, { type: 'request' }>;
const queueRules = (id: string) => ({ id, platform: id.slice(1), name: id, serviceLevelSeconds: 15 });
const siteRules: FloorRules = { ...defaultRules, queues: [queueRules('q12345'), queueRules('q110')] };
const actor = { user: 'sup', role: 'supervisor', platform: '12345', seat: null } as const;

class Desk {
  floor: Floor;
  /** 09:00 in Beijing. */
  now = Date.UTC(2026, 10, 2, 1);
  timers = new Map<FloorTimer, number>();
  said: string[] = [];
  facts: string[] = [];
  count = 0;

  constructor(seats: (Partial<Seat> & { id: string })[], rules: Partial<FloorRules> = {}, held = false) {
    const made = seats.map((seat) => ({
      ...newSeat(
        {
          platform: '12345',
          group: 'local',
          remote: false,
          endpoint: `PJSIP/${seat.id}`,
          queues: ['q12345'],
          ...seat,
        },
        0,
      ),
      status: 'ready' as const,
      phone: 'registered' as const,
      ...seat,
    }));
    this.floor = createFloor({ ...siteRules, ...rules }, made, { held });
  }

  /** What was said in this step: `r1>1001` offered, `r1#2` placed, `r1!reason` refused. */
  step(untimed: Untimed<FloorInput>): string[] {
    const answer = this.floor.step({ ...untimed, at: this.now });
    if (!answer.ok) return [`!${answer.code}`];
    const said: string[] = [];
    for (const effect of answer.effects) {
      if (effect.type === 'timer-start') this.timers.set(effect.name, effect.at);
      if (effect.type === 'timer-stop') this.timers.delete(effect.name);
      if (effect.type !== 'tell-call') continue;
      const { input } = effect;
      if (input.type === 'offered') said.push(`${input.request}>${input.seat}`);
      if (input.type === 'placed') said.push(`${input.request}#${input.place}`);
      if (input.type === 'refused') said.push(`${input.request}!${input.reason}`);
    }
    this.said.push(...said);
    this.facts.push(...answer.facts.map(({ type }) => type));
    if (answer.repeated) said.push('repeated');
    return said;
  }

  hear(message: FloorMessage): string[] {
    return this.step({ type: 'message', message });
  }

  ask(request: string, change: Partial<Request> = {}): string[] {
    return this.hear({
      type: 'request',
      request,
      call: `call-${request}`,
      purpose: 'arrival',
      wanted: { queue: 'q12345' },
      class: 'general',
      since: this.now,
      head: false,
      all: false,
      callerNumber: '',
      except: [],
      ...change,
    });
  }

  ends(
    request: string,
    seat: string,
    result: Extract<FloorMessage, { type: 'offer-ended' }>['result'],
  ): string[] {
    return this.hear({ type: 'offer-ended', request, seat, result });
  }

  withdraw(request: string, reason: 'abandoned' | 'cancelled' | 'timed-out' | 'answered'): string[] {
    return this.hear({ type: 'withdraw', request, reason });
  }

  command(
    seat: string,
    command: Extract<FloorInput, { type: 'command' }>['command'],
    id = `k${(this.count += 1)}`,
  ): string[] {
    return this.step({ type: 'command', id, actor, seat, command });
  }

  /** The seat talks with that request's caller and is free again after `ms`. */
  serve(request: string, seat: string, ms: number): void {
    this.ends(request, seat, 'accepted');
    this.pass(ms);
    const call = this.floor.seat(seat)?.call ?? '';
    this.hear({ type: 'seat-released', seat, call, talked: true, tagged: true });
    this.command(seat, { name: 'wrap-up-finish', body: {} });
  }

  pass(ms: number): string[] {
    const said: string[] = [];
    const until = this.now + ms;
    for (;;) {
      const due = [...this.timers].filter(([, at]) => at <= until).sort(([, x], [, y]) => x - y)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.now = Math.max(this.now, due[1]);
      said.push(...this.step({ type: 'timer', name: due[0] }));
    }
    this.now = until;
    return said;
  }
}
const one = [{ id: '1001' }];
const two = [{ id: '1001' }, { id: '1002', idleSince: 1 }];

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

test('OF4 OF5 OF6 a failed offer goes to the next seat at once, place and first arrival kept', (t) => {
  const desk = new Desk(two);
  t.same(desk.ask('r1'), ['r1>1001'], 'longest idle');
  t.same(desk.ask('r2'), ['r2>1002']);
  desk.pass(1000);
  t.same(desk.ask('r3'), ['r3#1']);
  t.same(desk.ends('r2', '1002', 'rejected'), ['r2#1', 'r3#2'], 'ahead of the later one');
  t.same(desk.ends('r2', '1002', 'rejected'), ['repeated'], 'told twice, done once');
  t.same(desk.ends('r1', '1001', 'timed-out'), ['r1#1', 'r2#2', 'r3#3']);
  t.same(desk.pass(5000), ['r1>1002', 'r2#1', 'r3#2'], 'the reject is slept off after 5 s');
  t.same(desk.pass(5000), ['r2>1001', 'r3#1'], 'the miss after 10 s');
  t.equal(desk.floor.seat('1001')?.misses, 1);
  desk.ends('r2', '1001', 'timed-out');
  t.equal(desk.floor.seat('1001')?.notResponding, true);
  t.same(desk.pass(40_000), [], 'nothing is offered to it any more');
  t.end();
});

test('OF5 the seat that failed a call is offered it again only when no other is free', (t) => {
  const desk = new Desk(two);
  desk.ask('r1');
  desk.ends('r1', '1001', 'rejected');
  t.same(desk.said, ['r1>1001', 'r1>1002']);
  desk.pass(6000);
  t.same(desk.ends('r1', '1002', 'rejected'), ['r1>1001'], 'nobody else');
  desk.pass(6000);
  desk.step({ type: 'phone', seat: '1003', registered: true });
  t.same(desk.ends('r1', '1001', 'busy'), ['r1>1002']);
  t.end();
});

test('OF1 OF8 messages twice, late or in another order change nothing', (t) => {
  const desk = new Desk(two);
  desk.ask('r1');
  t.same(desk.ask('r1'), ['repeated']);
  t.same(desk.withdraw('r1', 'answered'), []);
  t.equal(desk.floor.seat('1001')?.state, 'reserved', 'a withdrawal frees the request alone');
  t.same(desk.ends('r1', '1001', 'accepted'), []);
  t.equal(desk.floor.seat('1001')?.state, 'talking', 'answered told before accepted');
  t.same(desk.withdraw('r1', 'answered'), ['repeated']);
  t.same(desk.ends('r1', '1001', 'accepted'), ['repeated']);
  t.same(desk.ask('r1'), ['repeated'], 'an ended request does not come back');
  t.equal(desk.floor.seat('1002')?.state, 'idle');

  desk.ask('r2');
  t.same(
    desk.ends('r2', '1002', 'cancelled'),
    [],
    'a cancelled offer is not made again before its withdrawal can come',
  );
  t.same(desk.withdraw('r2', 'cancelled'), []);
  t.match(desk.floor.seat('1002'), { state: 'idle', idleSince: 1 }, 'idle time kept');
  t.same(desk.pass(5000), []);
  desk.ask('r3');
  desk.ends('r3', '1002', 'cancelled');
  t.same(desk.pass(1000), ['r3>1002'], 'and a caller whose withdrawal never comes is not lost');

  desk.withdraw('r3', 'abandoned');
  t.same(desk.pass(1000), []);
  t.equal(
    desk.floor.seat('1002')?.state,
    'idle',
    'CL5: an offer nobody ends is freed within 1 s of its withdrawal',
  );
  t.notOk(desk.facts.some((fact) => fact.startsWith('alarm')));
  t.end();
});

test('CL3 an offer whose end is never told is given up with an alarm, its caller offered on', (t) => {
  const desk = new Desk(two);
  desk.ask('r1');
  t.same(desk.pass(60_000), ['r1>1002']);
  t.same(desk.facts, ['alarm.offer-stuck']);
  t.equal(desk.floor.seat('1001')?.state, 'idle');
  t.same(desk.ends('r1', '1001', 'timed-out'), ['repeated'], 'its late end is nobody’s');
  desk.ends('r1', '1002', 'accepted');
  desk.step({ type: 'call-gone', call: 'call-r1' });
  t.equal(desk.floor.seat('1002')?.state, 'wrap-up', 'a call that vanished frees its seat');
  desk.ask('r2');
  desk.step({ type: 'call-gone', call: 'call-r2' });
  t.equal(desk.floor.seat('1001')?.state, 'idle');
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

test('TR2 a wanted seat is offered if available, else the call is told at once', (t) => {
  const desk = new Desk(one);
  t.same(desk.ask('r1', { wanted: { seat: '1001' } }), ['r1>1001']);
  t.same(desk.ask('r2', { wanted: { seat: '1001' } }), ['r2!seat-unavailable']);
  t.same(desk.ask('r3', { wanted: { seat: '9' } }), ['r3!seat-unavailable']);
  t.same(desk.ask('r4', { wanted: { queue: 'nowhere' } }), ['r4!no-such-queue']);
  t.same(desk.ends('r1', '1001', 'rejected'), ['r1!seat-unavailable']);
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

test('SV4 after a restart nothing is offered until every call is adopted', (t) => {
  const desk = new Desk(
    [
      { id: '1001', state: 'talking', call: 'old' },
      { id: '1002' },
      { id: '1003', state: 'wrap-up', call: 'x', wrapUpUntil: Date.UTC(2026, 10, 2, 1) + 7000 },
    ],
    {},
    true,
  );
  t.equal(desk.floor.seat('1001')?.state, 'idle', 'what a kept row says of calls is forgotten');
  t.same(desk.ask('r1', { since: desk.now - 5000 }), ['r1#1']);
  t.same(desk.ask('w', { wanted: { seat: '1002' } }), []);
  desk.hear({ type: 'seat-adopted', seat: '1001', call: 'old', state: 'talking', request: null });
  desk.hear({ type: 'seat-adopted', seat: '1002', call: 'call-r2', state: 'ringing', request: 'r2' });
  t.same(desk.ask('r2'), [], 'its seat rings already');
  t.same(desk.step({ type: 'open' }), ['w!seat-unavailable']);
  t.equal(desk.timers.get('wrap-up:1003'), desk.now + 7000, 'wrap-ups go on with the time they had left');
  t.same(desk.ends('r2', '1002', 'accepted'), []);
  t.same(desk.pass(7000), ['r1>1003']);
  t.end();
});

test('OV3 OV6 remote seats serve while borrowed, local ones first; ending drains', (t) => {
  const desk = new Desk([
    { id: '2001', remote: true, group: 'nanning', queues: [] },
    { id: '2002', remote: true, group: 'beihai', queues: [] },
    { id: '1001', idleSince: 900 },
  ]);
  const borrow = (...groups: string[]) => desk.step({ type: 'borrowed', queue: 'q12345', groups });
  t.same(desk.ask('r1'), ['r1>1001']);
  t.same(desk.ask('r2'), ['r2#1']);
  t.same(borrow('beihai', 'nanning'), ['r2>2002'], 'preferred group first, at once');
  desk.ends('r1', '1001', 'timed-out');
  t.same(desk.said.at(-1), 'r1>2001');
  desk.ends('r2', '2002', 'accepted');
  borrow();
  t.equal(desk.floor.seat('2002')?.state, 'talking', 'calls in progress untouched');
  desk.hear({ type: 'seat-released', seat: '2002', call: 'call-r2', talked: false, tagged: true });
  t.same(desk.ask('r3'), ['r3#1'], 'no new offers');
  t.match(desk.floor.load('q12345'), { waiting: 1, seats: { signedIn: 1, available: 0 } });
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

test('WR1 R18 commands: refused with a code, repeated without effect, unknown seats not found', (t) => {
  const desk = new Desk([{ id: '1001', status: 'offline' }]);
  t.same(desk.command('1001', { name: 'status', body: { status: 'ready' } }), ['!not-signed-in']);
  t.same(desk.command('1001', { name: 'sign-in', body: { phone: 'desk' } }, 'k'), []);
  t.same(desk.command('1001', { name: 'sign-in', body: { phone: 'desk' } }, 'k'), ['repeated']);
  t.equal(desk.floor.seat('1001')?.version, 1);
  t.same(desk.command('1001', { name: 'sign-in', body: { phone: 'desk' } }), ['!already-signed-in']);
  t.same(desk.command('1001', { name: 'status', body: { status: 'ready' } }), []);
  t.same(desk.command('nobody', { name: 'help', body: {} }), ['!not-found']);
  t.same(desk.command('1001', { name: 'help', body: {} }), []);
  t.same(desk.facts, ['seat.signed-in', 'seat.ready', 'seat.help-asked']);
  desk.ask('r1');
  t.same(desk.command('1001', { name: 'sign-out', body: {} }), ['!seat-busy']);
  desk.step({ type: 'phone', seat: '1001', registered: false });
  t.equal(desk.floor.seat('1001')?.state, 'reserved', 'a phone that vanishes takes no call away');
  desk.ends('r1', '1001', 'unreachable');
  t.same(desk.step({ type: 'phone', seat: '1001', registered: true }), ['r1>1001']);
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

test('RC1 a seat that lost its call is waited for: its phone back, its caller before anybody else', (t) => {
  const back = (change: Partial<Request> = {}) => {
    const desk = new Desk(one);
    desk.ask('r1');
    desk.ends('r1', '1001', 'accepted');
    desk.step({ type: 'phone', seat: '1001', registered: false });
    desk.hear({ type: 'seat-released', seat: '1001', call: 'call-r1', talked: true, tagged: false });
    const until = desk.now + 20_000;
    const said = desk.ask('r2', {
      call: 'call-r1',
      wanted: { seat: '1001' },
      resume: true,
      until,
      ...change,
    });
    t.same(said, [], 'it waits');
    return desk;
  };
  const desk = back();
  desk.ask('r3', { head: true });
  t.same(desk.pass(5_000), []);
  t.same(desk.step({ type: 'phone', seat: '1001', registered: true }), ['r2>1001']);
  t.equal(desk.floor.seat('1001')?.state, 'reserved', 'out of its wrap-up');
  t.same(back().pass(20_000), ['r2!seat-unavailable'], 'not for ever');
  const gone = back();
  t.same(
    gone.command('1001', { name: 'force', body: { action: 'break', reason: 'ill' } }),
    ['r2!seat-unavailable'],
    'nor for one that will not come',
  );
  const stale = new Desk(one);
  stale.ask('r1');
  stale.ends('r1', '1001', 'accepted');
  stale.hear({ type: 'seat-released', seat: '1001', call: 'call-r1', talked: true, tagged: true });
  const until = stale.now + 20_000;
  t.same(stale.ask('r2', { call: 'call-r1', wanted: { seat: '1001' }, resume: true, until }), ['r2>1001']);
  t.same(stale.ends('r2', '1001', 'unreachable'), [], 'the phone had gone before the floor knew');
  t.same(stale.step({ type: 'phone', seat: '1001', registered: true }), ['r2>1001']);
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

test('OF9 nobody is passed, and nobody waits for who is not coming: a break, a refusal, urgency, 110, withheld numbers', (t) => {
  const make = () => {
    const desk = new Desk([{ id: '1001' }, { id: '1002', queues: ['q12345', 'q110'] }], {
      personalSeconds: 60,
      queues: [{ ...queueRules('q12345'), personalWaitSeconds: 15 }, queueRules('q110')],
    });
    desk.ask('r1', { callerNumber: '13900000007' });
    desk.hear({ type: 'offer-ended', request: 'r1', seat: '1001', result: 'accepted' });
    return desk;
  };
  const again = { callerNumber: '13900000007' };
  const onBreak = make();
  t.same(onBreak.ask('r2', again), ['r2#1']);
  t.same(
    onBreak.command('1001', { name: 'status', body: { status: 'break' } }),
    ['r2>1002'],
    'it has chosen its break meanwhile',
  );
  const urgent = make();
  t.same(urgent.ask('r2', { ...again, class: 'urgent' }), ['r2>1002']);
  const given = make();
  t.same(given.ask('r2', { ...again, head: true }), ['r2>1002'], 'given back to its queue');
  const late = make();
  late.hear({ type: 'seat-released', seat: '1001', call: 'call-r1', talked: true, tagged: true });
  late.pass(61_000);
  t.same(late.ask('r2', again), ['r2>1002'], 'too long ago: longest idle');
  const behind = make();
  behind.ask('x1', { callerNumber: '13900000001' });
  behind.hear({ type: 'offer-ended', request: 'x1', seat: '1002', result: 'accepted' });
  behind.ask('x2', { callerNumber: '13900000002' });
  behind.pass(1000);
  behind.ask('r2', again);
  behind.hear({ type: 'seat-released', seat: '1001', call: 'call-r1', talked: true, tagged: true });
  t.same(
    behind.command('1001', { name: 'wrap-up-finish', body: {} }),
    ['x2>1001', 'r2#1'],
    'OF6: whose turn it is stays first',
  );
  const refused = make();
  refused.hear({ type: 'seat-released', seat: '1001', call: 'call-r1', talked: true, tagged: true });
  refused.command('1001', { name: 'wrap-up-finish', body: {} });
  t.same(refused.ask('r2', again), ['r2>1001']);
  t.same(
    refused.hear({ type: 'offer-ended', request: 'r2', seat: '1001', result: 'rejected' }),
    ['r2>1002'],
    'it does not want it',
  );
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
