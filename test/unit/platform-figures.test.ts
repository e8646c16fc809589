// The figures of a hotline over all its queues, counted by a floor that really runs. It must not know how queues count.
import { test } from 'tap';
import { createFloor, defaultRules, newSeat } from '../../server/domain/acd/floor.ts';
import type { FloorMessage } from '../../server/domain/call/effects.ts';
import type { Call } from '../../server/domain/call/state.ts';
import { expertLevel, rulesOf } from '../../server/domain/call/rules.ts';
import { platformView } from '../../server/engine/platform-views.ts';
import { seatsOf } from '../../server/engine/seats.ts';
import { StreamFrame } from '../../server/protocol/facts.ts';
import { Site } from '../../server/protocol/site.ts';
import { PlatformView } from '../../server/protocol/views.ts';

const platform = (id: string, queue: string, serviceLevelSeconds: number) => ({
  id,
  name: id,
  queue,
  numbers: [id],
  serviceLevelSeconds,
  answerWaiting: 'music',
});
const site = Site.parse({
  id: 'x',
  name: 'x',
  region: '450700',
  platforms: [platform('12345', 'a', 15), platform('110', 'p', 10)],
  queues: [
    { id: 'a', platform: '12345', name: 'a' },
    { id: 'b', platform: '12345', name: 'b' },
    { id: 'p', platform: '110', name: 'p' },
  ],
  seatGroups: [{ id: 'g', platform: '12345', from: 1, to: 2, queues: ['a', 'b'] }],
  trunks: [],
  lines: [],
});

test('RP6 R14 two queues of a hotline are counted together, a seat of both once', (t) => {
  let now = Date.UTC(2026, 10, 2, 1);
  const seats = ['1', '2'].map((id) => ({
    ...newSeat(
      { id, platform: '12345', group: 'g', remote: false, endpoint: `PJSIP/${id}`, queues: ['a', 'b'] },
      0,
    ),
    status: 'ready' as const,
    phone: 'registered' as const,
  }));
  const queues = site.queues.map((queue) => ({ ...queue, serviceLevelSeconds: 15 }));
  const floor = createFloor({ ...defaultRules, queues }, seats);
  const hear = (message: FloorMessage) => floor.step({ type: 'message', message, at: now });
  const ask = (request: string, queue: string) =>
    hear({
      type: 'request',
      request,
      call: `c-${request}`,
      purpose: 'arrival',
      wanted: { queue },
      class: 'general',
      since: now,
      head: false,
      all: false,
      callerNumber: '',
      except: [],
    });
  const answer = (request: string, seat: string) =>
    hear({ type: 'offer-ended', request, seat, result: 'accepted' });
  ask('r1', 'a');
  now += 4000;
  answer('r1', '1');
  ask('r2', 'b');
  answer('r2', '2');
  ask('r3', 'b');
  ask('r4', 'a');
  ask('r5', 'b');
  now += 2000;
  hear({ type: 'withdraw', request: 'r5', reason: 'abandoned' });
  now += 18_000;
  hear({ type: 'withdraw', request: 'r4', reason: 'abandoned' });
  const phases = ['queued', 'talking', 'talking', 'transferring', 'three-way', 'rating'];
  const calls = phases.map((name) => ({ platform: '12345', phase: { name } }) as unknown as Call);
  const view = platformView({ site, floor, calls, now }, '12345');
  t.match(view, {
    queues: ['a', 'b'],
    waiting: 1,
    oldestWaitSeconds: 20,
    live: { waiting: 1, talking: 2, transferring: 1, threeWay: 1 },
    seats: { signedIn: 2, ready: 0, talking: 2, wrapUp: 0, onBreak: 0 },
    today: {
      offered: 5,
      answered: 2,
      answeredInTime: 2,
      abandoned: 1,
      shortAbandoned: 1,
      serviceLevelSeconds: 15,
      meanWaitSeconds: 2,
      longestWaitSeconds: 4,
    },
  });
  t.equal(
    view?.today.serviceLevel?.toFixed(3),
    '0.667',
    'of those answered or given up, not of the short ones',
  );
  t.equal(view?.today.answerRate?.toFixed(3), '0.667');
  t.ok(PlatformView.safeParse(view).success);
  t.ok(StreamFrame.safeParse({ changed: { sequence: 1, platform: view } }).success);
  const quiet = platformView({ site, floor, calls, now }, '110');
  t.match(quiet, {
    waiting: 0,
    seats: { signedIn: 0 },
    today: { serviceLevel: null, meanWaitSeconds: null },
  });
  t.equal(platformView({ site, floor, calls, now }, '999'), null);
  t.end();
});

test('OF10 R14 experts are named by the site; one that serves no such queue is refused', (t) => {
  const given = { ...site, experts: [{ id: 'housing', name: '住房', queue: 'a', seats: ['2'] }] };
  const parsed = Site.parse(given);
  const asked = rulesOf(parsed).route({ line: 'housing' });
  t.match(asked, { kind: 'queue', queue: 'a', platform: '12345', skills: { housing: expertLevel } });
  const [ordinary, expert] = seatsOf(parsed, [], 0);
  t.match(
    expert,
    { skills: { housing: expertLevel }, tiers: { a: 1, b: 1 } },
    'ordinary calls after the others',
  );
  t.match([ordinary?.skills, ordinary?.tiers], [undefined, undefined]);
  const wrong = Site.safeParse({
    ...site,
    experts: [{ id: 'housing', name: '住房', queue: 'p', seats: ['2'] }],
  });
  t.match(wrong.error?.issues[0], { message: 'unknown seat 2 of queue p', path: ['experts', 0, 'seats', 0] });
  t.end();
});
