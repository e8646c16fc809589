// A kept place: the citizen who hung up is called back in its turn, or served when it calls in (R15, OF6, SV4).
// It must not test what is said while waiting (waiting.test.ts).
import { test } from 'tap';
import { createFloor, defaultRules, newSeat } from '../../server/domain/acd/floor.ts';
import type { Floor, FloorEffect, Seat } from '../../server/domain/acd/floor.ts';
import { decideCallBacks, hasAttempt } from '../../server/domain/callback/desk.ts';
import type { CallBackEffect, CallBackInput, CallBacks } from '../../server/domain/callback/desk.ts';
import { keptBy } from '../../server/domain/callback/kept.ts';
import type { FloorMessage } from '../../server/domain/call/effects.ts';
import type { Fact } from '../../server/protocol/facts.ts';
import { Story } from '../call-world/story.ts';

/** The desk of call backs before the real floor, as the engine runs them. */
class Desk {
  at = 1_000_000;
  readonly floor: Floor;
  readonly happened: string[] = [];
  readonly dialled: { readonly id: string; readonly number: string }[] = [];
  readonly offers: string[] = [];
  state: CallBacks = new Map();
  readonly rules = {
    digit: '1',
    trunk: 'citizens',
    afterSeconds: 30,
    ringSeconds: 25,
    attempts: 2,
    againSeconds: 120,
    expireSeconds: 3600,
  };

  constructor(seats: readonly string[]) {
    this.floor = createFloor(
      { ...defaultRules, queues: [{ id: 'q', platform: '12345', name: 'q', serviceLevelSeconds: 15 }] },
      seats.map((id): Seat => ({
        ...newSeat(
          { id, platform: '12345', group: 'own', remote: false, endpoint: `PJSIP/${id}`, queues: ['q'] },
          0,
        ),
        status: 'ready',
        phone: 'registered',
      })),
    );
  }
  message(message: FloorMessage): void {
    const answer = this.floor.step({ type: 'message', message, at: this.at });
    if (answer.ok) for (const effect of answer.effects) this.told(effect);
  }
  private told(effect: FloorEffect): void {
    if (effect.type !== 'tell-call') return;
    const { call, input } = effect;
    if (input.type !== 'offered') return;
    if (hasAttempt(this.state, call)) this.tell({ type: 'offered', id: call, seat: input.seat });
    else this.offers.push(`${call} ${input.seat}`);
  }
  tell(
    input: CallBackInput extends infer I ? (I extends { at: number } ? Omit<I, 'at'> : never) : never,
  ): void {
    const step = decideCallBacks(() => this.rules, this.state, { ...input, at: this.at });
    this.state = step.state;
    for (const { facts } of step.written) this.happened.push(...facts.map(({ type }) => type));
    for (const effect of step.effects) this.perform(effect);
  }
  private perform(effect: CallBackEffect): void {
    if (effect.type === 'floor') this.message(effect.message);
    else if (effect.type === 'dial') this.dialled.push({ id: effect.id, number: effect.entry.number });
    else if (effect.type === 'arrived') this.request(effect.id, effect.entry.since, true);
    else this.happened.push('hang-up');
  }
  request(call: string, since = this.at, head = false): void {
    const request = `${call}.r1`;
    this.message({
      type: 'request',
      request,
      call,
      purpose: 'arrival',
      wanted: { queue: 'q' },
      class: 'general',
      since,
      head,
      all: false,
      callerNumber: call,
      except: [],
    });
  }
  keep(call: string, since: number, number = `1390000${call}`): void {
    this.tell({
      type: 'kept',
      kept: {
        call,
        platform: '12345',
        queue: 'q',
        number,
        class: 'general',
        since,
        keptAt: this.at,
        attempts: 0,
      },
    });
  }
}

test("R15 OF6 the kept place is the queue's own: a seat is reserved in its turn, then the citizen rings, then that seat", (t) => {
  const desk = new Desk(['1']);
  desk.request('c-1');
  t.same(desk.offers, ['c-1 1']);
  desk.at += 1000;
  desk.request('c-3', desk.at + 5000);
  desk.keep('c-2', desk.at);
  desk.keep('c-9', desk.at, '1390000c-2');
  t.equal(desk.state.size, 1, 'single flight: one place for one number');
  t.same(desk.dialled, [], 'nobody is rung while no seat is free for it');
  desk.message({ type: 'offer-ended', request: 'c-1.r1', seat: '1', result: 'cancelled' });
  desk.message({ type: 'withdraw', request: 'c-1.r1', reason: 'abandoned' });
  t.same(desk.dialled, [{ id: 'c-2-b1', number: '1390000c-2' }], 'before who came later');
  t.equal(desk.floor.seat('1')?.state, 'reserved');
  desk.tell({ type: 'answered', id: 'c-2-b1' });
  t.same(desk.offers, ['c-1 1', 'c-2-b1 1'], 'the seat that was reserved is its own');
  t.equal(desk.state.size, 0);
  t.same(desk.happened, ['callback.dialled', 'callback.connected']);
  t.match(desk.floor.queue('q')?.today, { offered: 3, withdrawn: 0 }, 'a kept place is no call of its own');
  t.end();
});

test('R15 not reached it is rung again with its place, then it is on the call-back list; so is what waits too long', (t) => {
  const desk = new Desk(['1']);
  desk.keep('c-1', desk.at);
  t.equal(desk.dialled.length, 1);
  desk.tell({ type: 'ended', id: 'c-1-b1', cause: 17 });
  t.equal(desk.floor.seat('1')?.state, 'idle', 'the seat takes others meanwhile');
  desk.tell({ type: 'tick' });
  t.equal(desk.dialled.length, 1);
  desk.at += 120_000;
  desk.tell({ type: 'tick' });
  t.same(desk.dialled.at(-1), { id: 'c-1-b2', number: '1390000c-1' });
  desk.at += 31_000;
  desk.tell({ type: 'tick' });
  t.same(desk.happened, [
    'callback.dialled',
    'callback.failed',
    'callback.dialled',
    'callback.expired',
    'call.call-back-owed',
    'hang-up',
  ]);
  t.equal(desk.state.size, 0);

  const late = new Desk([]);
  late.keep('c-1', late.at);
  late.at += 3_600_000;
  late.tell({ type: 'tick' });
  t.same(late.happened, ['callback.expired', 'call.call-back-owed']);
  t.equal(late.floor.queue('q')?.waiting, 0);
  t.end();
});

test('R15 who calls in by itself has its place back and is not called any more', (t) => {
  const desk = new Desk([]);
  const first = desk.at;
  desk.keep('c-1', first, '13900000001');
  desk.at += 60_000;
  desk.request('c-2');
  desk.request('c-3');
  desk.tell({ type: 'called-in', number: '13900000001', platform: '12345', call: 'c-3' });
  t.same(
    desk.floor.queue('q')?.calls.map(({ call }) => call),
    ['c-3', 'c-2'],
  );
  t.same(desk.happened, ['callback.called-in']);
  t.end();
});

test('SV4 R15 a kept place is read back from its newest fact; an attempt nobody saw the end of counts', (t) => {
  const fact = (type: string): Fact => ({
    sequence: 1,
    type,
    time: '2026-11-22T02:00:00.000Z',
    call: 'c-1',
    platform: '12345',
    actor: 'system:engine',
    data: {
      about: 'callback:c-1',
      platform: '12345',
      queue: 'q',
      number: '13900000001',
      class: 'urgent',
      placeSince: '2026-11-22T01:58:00.000Z',
      attempts: 0,
    },
  });
  t.match(keptBy(fact('callback.kept')), {
    call: 'c-1',
    class: 'urgent',
    attempts: 0,
    since: Date.parse('2026-11-22T01:58:00Z'),
  });
  t.match(keptBy(fact('callback.dialled')), { attempts: 1 });
  for (const type of ['callback.connected', 'callback.called-in', 'callback.expired'])
    t.equal(keptBy(fact(type)), null);
  t.equal(keptBy({ ...fact('callback.kept'), data: {} }), null);
  t.end();
});

test('OV7 a lender that recalls has what rings at its seats stopped, and the caller its place', (t) => {
  const remote = (id: string): Seat => ({
    ...newSeat(
      { id, platform: '12345', group: 'near', remote: true, endpoint: `PJSIP/${id}`, queues: [] },
      0,
    ),
    status: 'ready',
    phone: 'registered',
  });
  const desk = new Desk([]);
  const floor = createFloor(
    { ...defaultRules, queues: [{ id: 'q', platform: '12345', name: 'q', serviceLevelSeconds: 15 }] },
    [remote('11'), remote('12')],
  );
  Object.assign(desk, { floor });
  const borrow = (groups: string[], recalled: string[]) =>
    floor.step({ type: 'borrowed', queue: 'q', groups, recalled, at: desk.at });
  borrow(['near'], []);
  desk.request('c-1');
  t.same(desk.offers, ['c-1 11']);
  const recall = borrow([], ['near']);
  if (!recall.ok) throw new Error('refused');
  t.match(
    recall.effects.filter((effect) => effect.type === 'tell-call'),
    [{ call: 'c-1', input: { type: 'offer-recalled', request: 'c-1.r1', seat: '11' } }],
  );
  desk.message({ type: 'offer-ended', request: 'c-1.r1', seat: '11', result: 'recalled' });
  t.match(floor.seat('11'), { state: 'idle', misses: 0, coolDownUntil: null }, 'no fault of the seat');
  t.match(floor.queue('q')?.calls, [{ call: 'c-1', place: 1 }], 'at once, not after a while');
  t.same(desk.offers, ['c-1 11'], 'and nobody of the lender is offered');

  const story = new Story();
  story.tell('arrive 12345');
  const [request] = [...story.world.floor.requests.keys()];
  story.world.tell('c1', { type: 'offer-recalled', request: request ?? '', seat: '1001' });
  t.same(story.facts('offer.recalled'), [{ seat: '1001', request, purpose: 'arrival' }]);
  t.equal(story.facts('offer.made').length, 2, 'the next seat');
  t.end();
});
