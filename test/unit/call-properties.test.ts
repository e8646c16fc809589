// The call machine under random histories: every interleaving of callers, phones, people, faults and restarts keeps the
// invariants (goals §6 I1–I10, rules CL). Stories of known rules are in call-rules.test.ts.
// It must not wait for anything: the world is a toy with a clock of its own.
import fc from 'fast-check';
import { test } from 'tap';
import { decideCall } from '../../server/domain/call/decide.ts';
import type { CallInput, TimerName } from '../../server/domain/call/inputs.ts';
import type { Call } from '../../server/domain/call/state.ts';
import { Coverage, commandNames, phases, reachable, timerKinds } from '../call-world/coverage.ts';
import { playHistory } from '../call-world/history.ts';
import { regressions } from '../call-world/regressions.ts';
import { rules, spokenRules } from '../call-world/site.ts';
import { World } from '../call-world/world.ts';
import type { Said } from '../call-world/world.ts';

const histories = Number(process.env['HOTLINE_HISTORIES'] ?? 3000);
/** The same for everybody, so that a commit that was green stays green; HOTLINE_SEED=random looks where nobody looked yet. */
const usualSeed = 20_261_122;
const asked = process.env['HOTLINE_SEED'] ?? String(usualSeed);
const seed = asked === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(asked);

/** A history is only worth its name where these happen. */
const mustHappen = [
  'call.answered',
  'call.requeued',
  'call.reanswered',
  'call.recovered',
  'call.call-back-owed',
  'transfer.accepted',
  'transfer.attempt-failed',
  'transfer.returned',
  'transfer.returning',
  'transfer.cancelled',
  'transfer.orphaned',
  'transfer.escalated',
  'transfer.merged',
  'transfer.caller-lost',
  'threeway.joined',
  'threeway.consult-started',
  'threeway.ended',
  'outcome.proposed',
  'outcome.decided',
  'recording.started',
  'recording.paused',
  'recording.resumed',
  'alarm.recording-missing',
  'alarm.recording-disobeyed',
  'supervision.started',
  'supervision.changed',
  'supervision.took-over',
  'supervision.ended',
  'alarm.order-failed',
  'alarm.prompt-failed',
  'call.told-place',
  'call.call-back-wanted',
  'callback.kept',
  'call.rated',
  'offer.recalled',
];

const coverage = new Coverage();
const facts = new Set<string>();
const tapes = fc.array(fc.nat({ max: 0xffff }), { minLength: 20, maxLength: 240, size: 'max' });
const parts = 8;

for (let part = 0; part < parts; part += 1)
  test(`CL1 CL2 CL3 CL4 CL5 CL6 CL8 I8 random histories keep every invariant (${part + 1} of ${parts})`, (t) => {
    const began = performance.now();
    let steps = 0;
    const details = fc.check(
      fc.property(tapes, (tape) => {
        const world = playHistory(tape, coverage);
        for (const { type } of world.facts) facts.add(type);
        steps += world.steps;
      }),
      { numRuns: Math.ceil(histories / parts), seed: seed + part },
    );
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    t.comment(`${details.numRuns} histories, ${steps} steps, ${seconds} s, seed ${seed + part}`);
    t.notOk(
      details.failed,
      `a history broke an invariant; play it again with HOTLINE_SEED=${seed} HOTLINE_HISTORIES=${histories}, and when mended ` +
        'keep the tape in test/call-world/regressions.ts',
      { tape: JSON.stringify(details.counterexample?.[0]), found: String(details.errorInstance) },
    );
    t.end();
  });

test('G30 the histories visit at least 95 % of all pairs of phase and input, and every kind of turn', (t) => {
  t.comment(`${(coverage.share * 100).toFixed(1)} % of ${reachable.size} pairs visited`);
  t.ok(coverage.share >= 0.95, `not visited: ${coverage.missing.join(', ')}`);
  t.same(
    mustHappen.filter((type) => !facts.has(type)),
    [],
  );
  t.end();
});

for (const [name, tape] of Object.entries(regressions))
  test(`regression: ${name}`, (t) => {
    t.doesNotThrow(() => playHistory(tape));
    t.end();
  });

/** One call in each phase, as the engine meets them, with a leg of every kind where there is one. */
function callsByPhase(): Call[] {
  const found: Call[] = [];
  const keep = (world: World) => found.push(...world.calls.values());
  const start = (story: (world: World, call: string) => void, dialled = '12345', held = false) => {
    const world = new World();
    world.floor.held = held;
    story(world, world.arrive(dialled));
    keep(world);
  };
  const answer = (world: World) => {
    const ringing = [...world.asterisk.channels.values()].find((each) => !each.caller && each.state !== 'up');
    if (!ringing) throw new Error('Nobody rings here; the story of callsByPhase() must be put right.');
    ringing.state = 'up';
    world.tell(ringing.call, { type: 'leg-answered', leg: ringing.id });
  };
  const ask = (world: World, call: string, command: Extract<CallInput, { type: 'command' }>['command']) => {
    const actor = { user: '1001', role: 'seat', platform: '12345', seat: '1001' } as const;
    world.tell(call, { type: 'command', id: `k${world.steps}`, actor, command });
  };
  const transfer = { name: 'transfer', body: { to: { line: '110' }, mode: 'one-click' } } as const;
  start(() => undefined, '110', true);
  start((world) => {
    for (const seat of world.floor.seats.values()) seat.state = 'away';
    world.arrive('12345');
    world.arrive('110');
  });
  start(() => undefined);
  start(answer);
  for (const line of ['110', '119', 'water', 'court'])
    start((world, call) => {
      answer(world);
      ask(world, call, { ...transfer, body: { ...transfer.body, to: { line } } });
    });
  start((world, call) => {
    answer(world);
    ask(world, call, { name: 'three-way', body: { to: { line: '110' } } });
    keep(world);
    answer(world);
  });
  start((world, call) => {
    answer(world);
    ask(world, call, { ...transfer, body: { ...transfer.body, mode: 'consult' } });
    answer(world);
    keep(world);
    ask(world, call, { name: 'hang-up', body: {} });
    ask(world, call, { name: 'hang-up', body: {} });
  });
  start((world, call) => {
    answer(world);
    ask(world, call, { name: 'hang-up', body: {} });
  });
  const spoken = new World(null, spokenRules);
  const rated = spoken.arrive('12345');
  answer(spoken);
  ask(spoken, rated, { name: 'hang-up', body: {} });
  keep(spoken);
  return found;
}

function everyInput(call: Call): Said[] {
  const legs = [...call.legs.map((leg) => leg.id), 'unknown'];
  const actors = [
    { user: '1001', role: 'seat', platform: '12345', seat: '1001' },
    { user: '3009', role: 'seat', platform: '110', seat: '3009' },
    { user: 'sup-110', role: 'supervisor', platform: '110', seat: null },
  ] as const;
  const requests = ['unknown', ...Array.from({ length: 5 }, (_, n) => `${call.id}.r${n}`)];
  const timers = [
    ...(Object.keys(call.timers) as TimerName[]),
    ...timerKinds.map((kind) =>
      kind === 'leave' || kind === 'reach' || kind === 'attempt' || kind === 'supervisor' || kind === 'away'
        ? (`${kind}:unknown` as const)
        : kind,
    ),
  ];
  // Every field a command may need, as the api would have checked it; what a command does not know it does not see.
  const whole = {
    to: { line: '119' },
    mode: 'one-click',
    party: 'caller',
    on: true,
    class: 'major',
    summary: '',
    line: '119',
    danger: false,
  };
  const bodies = [
    whole,
    {
      ...whole,
      acceptedBy: '110',
      note: 'n',
      on: false,
      class: 'general',
      mode: 'consult',
      disposition: 'told',
    },
    { ...whole, acceptedBy: 'nobody', note: 'n', to: { seat: '3001' }, danger: true, line: 'nowhere' },
    { ...whole, acceptedBy: 'both', to: { line: 'nowhere' }, party: 'unknown' },
    { ...whole, acceptedBy: '12345', to: { line: '110' }, danger: true, party: call.legs.at(-1)?.id ?? '' },
  ];
  return [
    ...[0, 7].map((survivals): Said => {
      const leg = `${call.id}-caller`;
      return {
        type: 'arrived',
        call: call.id,
        leg,
        dialled: '110',
        number: '1',
        name: '',
        survivals,
        up: true,
      };
    }),
    ...legs.flatMap((leg): Said[] => [
      { type: 'leg-ringing', leg },
      { type: 'leg-answered', leg },
      { type: 'leg-ended', leg, cause: 16 },
      { type: 'leg-ended', leg, cause: 17, sipStatus: 486 },
      { type: 'leg-ended', leg, cause: 44, how: 'dropped', recovered: true },
      { type: 'leg-held', leg, on: true },
      { type: 'leg-silent', leg },
      { type: 'leg-away', leg, on: true },
      { type: 'leg-away', leg, on: false },
      { type: 'leg-lost', leg },
      { type: 'leg-confirmed', leg, by: 'key' },
      { type: 'digit', leg, digit: '1' },
      { type: 'effect-failed', effect: 'bridge-add', leg, status: 400 },
      { type: 'effect-failed', effect: 'answer', leg, status: 500 },
    ]),
    { type: 'effect-failed', effect: 'bridge-make', leg: null, status: 500 },
    { type: 'recording-started', name: call.recording?.name ?? 'unknown' },
    { type: 'said', playing: call.saying?.playing ?? 'unknown', ok: true },
    { type: 'said', playing: call.saying?.playing ?? 'unknown', ok: false },
    ...(['start', 'find', 'pause', 'resume'] as const).map((order): Said => ({
      type: 'recording-failed',
      name: call.recording?.name ?? 'unknown',
      order,
      status: 500,
    })),
    ...requests.flatMap((request): Said[] => [
      { type: 'offered', request, seat: '1009', endpoint: 'PJSIP/1009', platform: '12345' },
      { type: 'placed', request, place: 3 },
      { type: 'stands', request, place: 3, expectedSeconds: 90 },
      { type: 'offer-recalled', request, seat: call.legs.at(-1)?.seat ?? '1009' },
      { type: 'refused', request, reason: 'no-such-queue' },
    ]),
    ...timers.map((name): Said => ({ type: 'timer', name })),
    { type: 'adopted', epoch: 3, bridged: {}, bridges: [] },
    ...actors.flatMap((actor) =>
      commandNames.flatMap((name) =>
        bodies.map((body, n): Said => ({
          type: 'command',
          id: `${name}${n}`,
          actor,
          command: { name, body } as Extract<CallInput, { type: 'command' }>['command'],
        })),
      ),
    ),
  ];
}

test('G30 every input is handled in every phase: pure, versioned, plain data', (t) => {
  const calls = callsByPhase();
  t.same([...new Set(calls.map((call) => call.phase.name))].sort(), [...phases].sort(), 'all phases');
  const coverage = new Coverage();
  let pairs = 0;
  for (const call of calls)
    for (const said of everyInput(call)) {
      const input = { ...said, at: call.arrivedAt + 5000 } as CallInput;
      const frozen = JSON.stringify(call);
      coverage.visit(call.phase.name, input);
      pairs += 1;
      const once = decideCall(rules, call, input);
      const again = decideCall(rules, JSON.parse(frozen) as Call, input);
      if (JSON.stringify(once) !== JSON.stringify(again))
        t.fail(`not a function of its arguments: ${JSON.stringify(input)}`);
      if (JSON.stringify(call) !== frozen) t.fail(`the state before was changed: ${JSON.stringify(input)}`);
      if (once.ok && once.state !== call && once.state.version !== call.version + 1)
        t.fail(`a change without a version: ${JSON.stringify(input)}`);
    }
  t.same(coverage.missing, [], 'every pair of phase and input');
  t.comment(`${calls.length} calls × inputs = ${pairs} steps`);
  t.end();
});

test('CL1 a number of no platform is no call, and nothing but an arrival begins one', (t) => {
  const at = 1_000_000;
  const arrived = {
    type: 'arrived',
    at,
    call: 'c',
    leg: 'c-caller',
    number: '1',
    name: '',
    survivals: 0,
    up: false,
  } as const;
  t.same(decideCall(rules, null, { ...arrived, dialled: '999' }), { ok: false, code: 'unknown-target' });
  t.same(decideCall(rules, null, { type: 'digit', at, leg: 'x', digit: '1' }), {
    ok: false,
    code: 'call-ended',
  });
  t.end();
});
