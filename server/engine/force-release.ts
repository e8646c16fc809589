// A supervisor takes a seat off what it is in: the call by its own command, so that its caller is put back in the queue; an
// offer by silencing the phone. It must not touch the seat itself: the floor does that after it.
import type { Actor } from '../protocol/words.ts';
import type { Floor } from '../domain/acd/floor.ts';
import { isParty, legOf, seatLeg } from '../domain/call/state.ts';
import type { Dispatcher, Stepped } from './dispatcher.ts';
import type { Clock, Telephony } from './ports.ts';

export interface ForceParts {
  readonly dispatcher: Dispatcher;
  readonly floor: Floor;
  readonly telephony: Telephony;
  readonly clock: Clock;
}

/** `id`: the command's key; the call remembers its part of it, so that a repeat does nothing twice (TR1). */
export function releaseCall(parts: ForceParts, seat: string, id: string, actor: Actor): Stepped {
  const { dispatcher, floor, telephony, clock } = parts;
  const done: Stepped = { ok: true, repeated: false };
  const callId = floor.seat(seat)?.call ?? null;
  const call = callId === null ? undefined : dispatcher.calls.get(callId);
  const leg =
    call && (seatLeg(call, seat) ?? call.legs.find((each) => each.seat === seat && each.supervision));
  if (!call || !leg) return done;
  const command = { name: 'hang-up', body: { party: leg.id } } as const;
  if (leg.state === 'up' && isParty(leg)) {
    const stepped = dispatcher.call(call.id, {
      type: 'command',
      id: `${id}:release`,
      actor,
      command,
      at: clock.now(),
    });
    if (stepped.ok || (stepped.code !== 'transfer-in-progress' && stepped.code !== 'wrong-phase'))
      return stepped;
  }
  // Ringing, only listening in, or holding a caller who is on its way elsewhere (TR10): the phone goes silent, and the call sees it go.
  const still = dispatcher.calls.get(call.id);
  if (still && legOf(still, leg.id))
    telephony.perform(call.id, { type: 'hang-up', leg: leg.id, reason: 'normal' });
  return done;
}
