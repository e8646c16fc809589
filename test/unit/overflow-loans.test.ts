// What a lender keeps: floors, shares, limits, recall and preference of borrowed groups on the real floor (OV3, OV6, OV7).
// It must not test marks or starting (overflow.test.ts).
import fc from 'fast-check';
import { test } from 'tap';
import { createFloor, defaultRules } from '../../server/domain/acd/floor.ts';
import type { Floor, Seat } from '../../server/domain/acd/floor.ts';
import { lendable } from '../../server/domain/acd/lent.ts';
import { full, Bench, remote } from './overflow-stage.ts';

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
