// One history: callers, phones, people and faults do what the tape says, then everybody goes home and nothing may be left.
// It must not expect anything itself; the world and its invariants do.
import type { CallCommand } from '../../server/protocol/commands.ts';
import type { Actor, Target } from '../../server/protocol/words.ts';
import { reachesOf } from '../../server/domain/call/state.ts';
import type { Call, PhaseName } from '../../server/domain/call/state.ts';
import type { Coverage } from './coverage.ts';
import { commandNames, timerKinds } from './coverage.ts';
import { Violation } from './invariants.ts';
import { seats } from './site.ts';
import { Tape } from './tape.ts';
import { World } from './world.ts';
import type { Said } from './world.ts';

const targets: readonly [Target, ...Target[]] = [
  { line: '110' },
  { line: '12345' },
  { line: '119' },
  { line: 'water' },
  { line: 'court' },
  { line: 'port' },
  { seat: '3001' },
  { seat: '1002' },
  { queue: '110' },
  { line: 'unheard-of' },
];
const most = { calls: 3 };

export function playHistory(values: readonly number[], coverage: Coverage | null = null): World {
  const world = new World(coverage);
  const tape = new Tape(values);
  if (tape.one(16)) world.floor.held = true;
  world.arrive(tape.pick(['12345', '110']));
  if (!tape.one(3)) pickUp(world);
  while (!tape.over) {
    act(world, tape);
    if (world.crashed) world.recover(false);
  }
  goHome(world);
  return world;
}

function act(world: World, tape: Tape): void {
  const what = tape.choose(64);
  if (what < 20 && world.hearNews(tape.one(8) ? 1 : 0)) return;
  if (what < 34) {
    phone(world, tape);
    return;
  }
  if (what < 51) {
    command(world, tape);
    return;
  }
  if (what < 54) {
    echo(world, tape);
    return;
  }
  switch (what) {
    case 54:
    case 55: {
      caller(world, tape);
      return;
    }
    case 56:
    case 57:
      // A moment, or a minute and more.
      for (let left = tape.one(3) ? 14 : 1; left > 0; left -= 1) world.nextTimer();
      return;
    case 58:
    case 59: {
      arrive(world, tape);
      return;
    }
    case 60:
    case 61:
      if (world.floor.held) {
        world.hear(world.floor.open());
        return;
      }
      {
        world.hear(world.floor.ready(tape.pick(seats)?.id ?? ''));
        return;
      }
    case 62: {
      fault(world, tape);
      return;
    }
    default: {
      echo(world, tape);
      return;
    }
  }
}

/** Most stories begin with two who talk. */
function pickUp(world: World): void {
  const seat = [...world.asterisk.channels.values()].find((channel) => !channel.caller);
  if (!seat) return;
  seat.state = 'up';
  world.tell(seat.call, { type: 'leg-answered', leg: seat.id });
}

function arrive(world: World, tape: Tape): void {
  if (world.calls.size >= most.calls) return;
  const survivals = tape.one(6) ? 1 : 0;
  world.arrive(tape.pick(['12345', '110']), { survivals, up: survivals > 0 });
}

/** Somebody's phone does what phones do. */
function phone(world: World, tape: Tape): void {
  const channels = [...world.asterisk.channels.values()].filter((each) => !each.caller);
  const ringing = channels.filter((each) => each.state !== 'up');
  const channel = tape.pick(ringing.length > 0 && !tape.one(8) ? ringing : channels);
  if (!channel) return;
  const { id: leg, call } = channel;
  const gone = (cause: number, sipStatus?: number, how?: 'unreachable' | 'dropped') => {
    world.asterisk.remove(leg);
    world.say(call, {
      type: 'leg-ended',
      leg,
      cause,
      ...(sipStatus === undefined ? {} : { sipStatus }),
      ...(how === undefined ? {} : { how }),
    });
  };
  world.at += tape.choose(8) * 400;
  if (channel.state !== 'up')
    switch (tape.choose(10)) {
      case 0:
        channel.state = 'ringing';
        {
          world.say(call, { type: 'leg-ringing', leg });
          return;
        }
      case 1: {
        gone(17, 486);
        return;
      }
      case 2: {
        gone(21, 603);
        return;
      }
      case 3: {
        gone(38, 503, 'unreachable');
        return;
      }
      default:
        channel.state = 'up';
        {
          world.say(call, { type: 'leg-answered', leg });
          return;
        }
    }
  switch (tape.choose(12)) {
    case 0: {
      gone(16);
      return;
    }
    case 1: {
      gone(44, undefined, 'dropped');
      return;
    }
    case 2: {
      world.say(call, { type: 'leg-silent', leg });
      return;
    }
    case 3: {
      world.say(call, { type: 'leg-held', leg, on: tape.one(2) });
      return;
    }
    case 4: {
      world.say(call, { type: 'digit', leg, digit: '1' });
      return;
    }
    default: {
      world.say(call, { type: 'leg-confirmed', leg, by: tape.pick(['key', 'talk']) });
      return;
    }
  }
}

function caller(world: World, tape: Tape): void {
  const channel = tape.pick([...world.asterisk.channels.values()].filter((each) => each.caller));
  if (!channel) return;
  const { id: leg, call } = channel;
  if (tape.one(4)) {
    world.say(call, { type: 'digit', leg, digit: '5' });
    return;
  }
  if (tape.one(5)) {
    world.say(call, { type: 'leg-silent', leg });
    return;
  }
  world.asterisk.remove(leg);
  world.say(call, { type: 'leg-ended', leg, cause: 16, ...(tape.one(4) ? { how: 'dropped' } : {}) });
}

function fault(world: World, tape: Tape): void {
  switch (tape.choose(8)) {
    case 0: {
      world.recover(false);
      return;
    }
    case 1: {
      world.recover(true);
      return;
    }
    case 2:
      world.crashAfter = 1 + tape.choose(6);
      return;
    case 3:
    case 4:
      // As while calls are adopted after a restart: the floor takes requests and answers none.
      world.floor.held = true;
      return;
    default:
      world.failNext = 1 + tape.choose(3);
  }
}

function command(world: World, tape: Tape): void {
  const talking = [...world.calls.values()].filter((each) => each.legs.length > 1);
  const call = tape.pick(talking.length > 0 && !tape.one(8) ? talking : [...world.calls.values()]);
  if (!call) return;
  if (call.phase.name === 'offering' && !tape.one(6)) {
    phone(world, tape);
    return;
  }
  const present = call.legs.flatMap((leg) => (leg.seat === null || leg.state !== 'up' ? [] : [leg.seat]));
  const seat = (tape.one(8) ? undefined : tape.pick(present)) ?? tape.pick(seats)?.id ?? '';
  const asked = wish(world, call, tape);
  const chief = asked.name.startsWith('supervise') ? !tape.one(6) : tape.one(12);
  const platform = seat.startsWith('3') ? '110' : '12345';
  const actor: Actor = chief
    ? { user: `sup-${platform}`, role: 'supervisor', platform, seat: null }
    : { user: seat, role: 'seat', platform, seat };
  const id = `k${world.steps}`;
  world.at += tape.choose(4) * 700;
  const said = { type: 'command', id, actor, command: asked } as const;
  const done = world.tell(call.id, said);
  if (world.crashed) return;
  // TR1: the same key again does nothing, and says so.
  if (done.ok && world.calls.has(call.id) && tape.one(4)) {
    const before = world.calls.get(call.id);
    const again = world.tell(call.id, said);
    if (!again.ok || again.repeated !== true || world.calls.get(call.id) !== before)
      throw new Violation(`TR1 the command ${said.command.name} was carried out twice`);
  }
}

/** What people do where a call is; one in four commands is anything at all. */
const likely: Record<PhaseName, readonly CallCommand['name'][]> = {
  arriving: ['tag'],
  queued: ['tag'],
  offering: ['tag'],
  talking: [
    'transfer',
    'transfer',
    'three-way',
    'three-way',
    'hold',
    'resume',
    'mute',
    'unmute',
    'supervise',
  ],
  transferring: ['transfer-cancel', 'transfer-merge', 'mute'],
  'three-way': [
    'outcome',
    'outcome',
    'consult',
    'consult',
    'three-way',
    'hold',
    'resume',
    'leave',
    'transfer-merge',
    'transfer-cancel',
    'hang-up',
    'supervise',
    'supervise-end',
  ],
  ending: ['tag'],
};

function wish(world: World, call: Call, tape: Tape): CallCommand {
  const party = tape.pick(['caller', ...call.legs.map((leg) => leg.id)]);
  const name = tape.pick(tape.one(4) ? commandNames : likely[call.phase.name]) ?? 'tag';
  const reason = tape.one(2) ? { reason: 'asked' } : {};
  switch (name) {
    case 'tag':
      return {
        name,
        body: {
          class: tape.pick(['general', 'urgent', 'major']),
          item: '',
          region: '',
          place: '',
          summary: '',
        },
      };
    case 'hold':
    case 'resume':
      return { name, body: { party } };
    case 'mute':
    case 'unmute':
      return { name, body: tape.one(2) ? {} : { party } };
    case 'transfer': {
      const mode = tape.one(4) ? 'consult' : 'one-click';
      return { name, body: { to: tape.pick(targets), mode, danger: tape.one(5), ...reason } };
    }
    case 'three-way':
      return { name, body: { to: tape.pick(targets) } };
    case 'consult':
      return { name, body: { on: tape.one(2) } };
    case 'outcome':
      return {
        name,
        body: { acceptedBy: tape.pick(['12345', '12345', '110', 'both']), danger: tape.one(9), note: 'n' },
      };
    case 'leave':
      return { name, body: tape.one(3) ? { disposition: 'told' } : {} };
    case 'hang-up':
      return {
        name,
        body: { ...(tape.one(3) ? { disposition: 'told' } : {}), ...(tape.one(2) ? { party } : {}) },
      };
    case 'guide':
      return { name, body: { line: tape.one(3) ? 'unheard-of' : '119' } };
    case 'supervise': {
      // The engine has looked that it is free (engine/supervising.ts).
      const seat = tape.pick([...world.floor.seats.values()].filter((each) => each.state === 'idle'))?.id;
      return {
        name,
        body: {
          mode: tape.pick(['listen', 'whisper', 'barge', 'take-over']),
          visible: tape.one(2),
          ...(seat === undefined ? {} : { seat }),
        },
      };
    }
    case 'transfer-cancel':
    case 'transfer-merge':
    case 'supervise-end':
      return { name, body: {} };
  }
}

/** Said late, said twice, or said of what is long over. */
function echo(world: World, tape: Tape): void {
  const ids = [...world.calls.keys(), ...world.dead.keys()];
  const id = tape.pick(ids);
  if (id === undefined) return;
  const call = world.calls.get(id);
  const legs = call?.legs.filter((leg) => leg.state !== 'waiting').map((leg) => leg.id) ?? [];
  const reach = (call && reachesOf(call)[0]?.id) ?? `${id}.r1`;
  const gone = `${id}.gone.99`;
  const leg = tape.one(2) ? gone : (tape.pick(legs) ?? gone);
  const said = stale(world, tape, id, leg, reach, gone);
  // A phone that never was cannot be hung up; the engine would only ever hear of one that was.
  if (said.type === 'leg-answered' && said.leg === gone) return;
  world.tell(id, said);
}

function stale(world: World, tape: Tape, call: string, leg: string, reach: string, gone: string): Said {
  const known = world.asterisk.channels.get(leg)?.state;
  switch (tape.choose(18)) {
    case 12:
      // A call that is alive is compared by the world, truthfully.
      return world.calls.has(call)
        ? { type: 'digit', leg, digit: '1' }
        : { type: 'adopted', epoch: 2, bridged: {}, bridges: [] };
    case 0:
      return {
        type: 'arrived',
        call,
        leg: `${call}-caller`,
        dialled: '12345',
        number: '1',
        name: '',
        survivals: tape.choose(3),
        up: world.asterisk.channels.get(`${call}-caller`)?.state === 'up',
      };
    case 1:
      return { type: 'leg-ringing', leg: known === 'down' ? gone : leg };
    case 2:
      return { type: 'leg-answered', leg: known === 'up' ? leg : `${call}-caller` };
    case 3:
      return { type: 'leg-ended', leg: gone, cause: 16 };
    case 5:
      return { type: 'placed', request: tape.one(2) ? gone : reach, place: 2 };
    case 6:
      return { type: 'refused', request: gone, reason: 'no-such-queue' };
    case 7:
      return { type: 'offered', request: gone, seat: '1009', endpoint: 'PJSIP/1009', platform: '12345' };
    case 8:
      return { type: 'effect-failed', effect: 'music', leg: gone, status: 404 };
    case 9:
      return { type: 'leg-silent', leg };
    case 10:
      return tape.one(2) ? { type: 'leg-held', leg, on: true } : { type: 'digit', leg: gone, digit: '1' };
    case 11:
      return { type: 'leg-confirmed', leg: gone, by: 'key' };
    default: {
      const kind = tape.pick(timerKinds);
      const name =
        kind === 'leave' || kind === 'attempt' || kind === 'supervisor'
          ? (`${kind}:${gone}` as const)
          : kind === 'reach'
            ? (`reach:${gone}` as const)
            : kind;
      // One that runs is the clock's to fire.
      return world.timers.has(`${call}:${name}`)
        ? { type: 'timer', name: `leave:${gone}` }
        : { type: 'timer', name };
    }
  }
}

/** Everybody hangs up; what is still running runs out; then the city is silent. */
function goHome(world: World): void {
  if (world.crashed) world.recover(false);
  world.crashAfter = null;
  world.failNext = 0;
  world.hear(world.floor.open());
  for (const channel of [...world.asterisk.channels.values()]) {
    if (!channel.caller) continue;
    world.asterisk.remove(channel.id);
    world.say(channel.call, { type: 'leg-ended', leg: channel.id, cause: 16 });
  }
  for (let left = 500; left > 0; left -= 1) if (!world.hearNews() && !world.nextTimer()) break;
  const { channels, bridges } = world.asterisk;
  if (world.calls.size + channels.size + bridges.size + world.floor.requests.size + world.timers.size > 0)
    throw new Violation(
      `CL6 left over: calls ${[...world.calls.keys()].join()}, channels ${[...channels.keys()].join()}, ` +
        `bridges ${[...bridges.keys()].join()}, requests ${[...world.floor.requests.keys()].join()}, timers ${[...world.timers.keys()].join()}`,
    );
}
