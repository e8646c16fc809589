// One history: callers, phones, people and faults do what the tape says, then everybody goes home and nothing may be left.
// It must not expect anything itself; the world and its invariants do.
import type { Actor } from '../../server/protocol/words.ts';
import type { Call } from '../../server/domain/call/state.ts';
import type { Coverage } from './coverage.ts';
import { echo } from './echoes.ts';
import { Violation } from './invariants.ts';
import { everyRules, seats } from './site.ts';
import { Tape } from './tape.ts';
import { wish } from './wishes.ts';
import { World } from './world.ts';

const most = { calls: 3 };

export function playHistory(values: readonly number[], coverage: Coverage | null = null): World {
  const world = new World(coverage, everyRules);
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
  // Both are short, and much may come between.
  if (world.asterisk.playing.size > 0 && tape.one(4)) {
    playedOut(world, tape);
    return;
  }
  const rated = [...world.calls.values()].find(({ phase }) => phase.name === 'rating');
  if (rated && tape.one(2)) {
    if (tape.one(2)) command(world, tape, rated);
    else echo(world, tape, rated.id);
    return;
  }
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
      if (tape.one(4)) echo(world, tape);
      else if (tape.one(3)) recall(world, tape);
      else playedOut(world, tape);
      return;
    }
  }
}

/** A prompt is over, or could not be played. */
function playedOut(world: World, tape: Tape): void {
  const [playing] = tape.pick([...world.asterisk.playing]) ?? [];
  if (playing === undefined) return;
  world.asterisk.playing.delete(playing);
  world.say(playing.slice(0, playing.indexOf('.')), { type: 'said', playing, ok: !tape.one(5) });
}

/** A seat that rings is not lent any more. */
function recall(world: World, tape: Tape): void {
  const seat = tape.pick([...world.floor.seats.values()].filter((each) => each.state === 'offered'));
  if (seat?.call == null || seat.request === null) return;
  world.tell(seat.call, { type: 'offer-recalled', request: seat.request, seat: seat.id });
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
    case 5: {
      if (tape.one(3)) world.say(call, { type: 'leg-away', leg, on: tape.one(2) });
      return;
    }
    case 6: {
      if (tape.one(4)) world.say(call, { type: 'leg-lost', leg });
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
    world.say(call, { type: 'digit', leg, digit: tape.pick(['1', '5', '9']) });
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

function command(world: World, tape: Tape, of?: Call): void {
  const talking = [...world.calls.values()].filter((each) => each.legs.length > 1);
  const call = of ?? tape.pick(talking.length > 0 && !tape.one(8) ? talking : [...world.calls.values()]);
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
