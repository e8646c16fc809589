// Echoes: news said late, said twice, or said of what is long over. None of them may do harm.
// It must not say what only the world may say: what is true and new.
import { reachesOf } from '../../server/domain/call/state.ts';
import { timerKinds } from './coverage.ts';
import type { Tape } from './tape.ts';
import type { Said, World } from './world.ts';

/** Said late, said twice, or said of what is long over. */
export function echo(world: World, tape: Tape, of?: string): void {
  const ids = [...world.calls.keys(), ...world.dead.keys()];
  const id = of ?? tape.pick(ids);
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
  switch (tape.choose(22)) {
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
    case 15:
      return { type: 'leg-away', leg, on: tape.one(2) };
    case 16:
      return { type: 'leg-lost', leg: gone };
    case 17:
      return tape.one(2)
        ? { type: 'said', playing: gone, ok: true }
        : { type: 'stands', request: gone, place: 1, expectedSeconds: null };
    case 18:
      return { type: 'offer-recalled', request: tape.one(2) ? gone : reach, seat: '1009' };
    case 10:
      return tape.one(2) ? { type: 'leg-held', leg, on: true } : { type: 'digit', leg: gone, digit: '1' };
    case 11:
      return { type: 'leg-confirmed', leg: gone, by: 'key' };
    case 13:
      return { type: 'recording-started', name: gone };
    case 14:
      return {
        type: 'recording-failed',
        name: (tape.one(2) ? world.calls.get(call)?.recording?.name : undefined) ?? gone,
        order: tape.pick(['start', 'find', 'pause', 'resume']),
        status: 500,
      };
    default: {
      const kind = tape.pick(timerKinds);
      const name =
        kind === 'leave' || kind === 'attempt' || kind === 'supervisor' || kind === 'away'
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
