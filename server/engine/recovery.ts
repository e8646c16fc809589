// Compares what Asterisk has with what we hold, and feeds the differences in as ordinary inputs: hang-ups first, then answers.
// It is not a second program: no rule of calls lives here (style: recovery through the same door as everything else).
import type { CallInput } from '../domain/call/inputs.ts';
import { callerOf, reachesOf } from '../domain/call/state.ts';
import type { Call } from '../domain/call/state.ts';
import type { CallId, LegId } from '../protocol/words.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Clock, Found, FoundLeg, Log, Telephony } from './ports.ts';

export interface RecoveryParts {
  readonly dispatcher: Dispatcher;
  readonly telephony: Telephony;
  readonly clock: Clock;
  readonly log: Log;
  readonly epoch: number;
  /** Asterisk is another process than the one these calls lived in. */
  readonly restarted: boolean;
}
export interface Recovered {
  readonly adopted: number;
  readonly kept: number;
  readonly lost: number;
  readonly arrived: number;
  readonly swept: number;
}

const isCall = (value: unknown): value is Call =>
  typeof value === 'object' &&
  value !== null &&
  'schema' in value &&
  value.schema === 1 &&
  'legs' in value &&
  Array.isArray(value.legs) &&
  'phase' in value;

/** The call's own state as saved on its caller's channel, or null where there is none or it cannot be read. */
export function savedCall(leg: FoundLeg, log: Log): Call | null {
  if (leg.saved === null || leg.saved === '') return null;
  try {
    const parsed: unknown = JSON.parse(leg.saved);
    if (isCall(parsed) && parsed.id === leg.call && callerOf(parsed)?.id === leg.leg) return parsed;
    log.error({ call: leg.call }, 'A saved call is not one; it is taken up as newly arrived.');
  } catch (error) {
    log.warn({ call: leg.call, error }, 'A saved call could not be read; it is taken up as newly arrived.');
  }
  return null;
}

export async function recover(parts: RecoveryParts, found: Found): Promise<Recovered> {
  const { dispatcher, clock } = parts;
  const callers = new Map<CallId, FoundLeg>();
  const legs = new Map<LegId, FoundLeg>();
  for (const leg of found.legs) {
    legs.set(leg.leg, leg);
    if (leg.isCaller) callers.set(leg.call, leg);
  }
  const feed = (call: CallId, input: CallInput) => dispatcher.call(call, input);
  let adopted = 0;
  let arrived = 0;
  for (const [id, caller] of callers) {
    // A caller talking in the survival queue is not ours until it comes back (SV3).
    if (!caller.ours || dispatcher.calls.has(id)) continue;
    if (takeUp(parts, caller)) adopted += 1;
    else {
      arrived += 1;
      feed(id, {
        type: 'arrived',
        at: clock.now(),
        call: id,
        leg: caller.leg,
        dialled: caller.dialled,
        number: caller.number,
        name: caller.name,
        survivals: caller.survivals,
        since: caller.createdAt,
        recovered: true,
        up: caller.state === 'up',
      });
    }
  }
  let lost = 0;
  const before = [...dispatcher.calls.values()];
  for (const call of before) {
    // Not only what rang or talked: a caller that left in the gap ends its call here, like any other.
    for (const leg of call.legs) {
      if (legs.has(leg.id)) continue;
      lost += 1;
      // Nobody saw how it ended: a seat counts as lost, not as having ended the call; a caller as having left, unless
      // Asterisk itself is new, when every caller was cut off and is owed a call (SV5).
      const dropped = leg.role !== 'caller' || parts.restarted;
      feed(call.id, {
        type: 'leg-ended',
        leg: leg.id,
        at: clock.now(),
        cause: dropped ? 41 : 16,
        recovered: true,
        ...(dropped ? { how: 'dropped' as const } : {}),
      });
    }
  }
  for (const call of before) {
    const now = dispatcher.calls.get(call.id);
    if (!now) continue;
    for (const leg of now.legs) {
      const state = legs.get(leg.id)?.state;
      if (state === 'up' && (leg.state === 'dialling' || leg.state === 'ringing'))
        feed(call.id, { type: 'leg-answered', leg: leg.id, at: clock.now(), recovered: true });
      else if (state === 'ringing' && leg.state === 'dialling')
        feed(call.id, { type: 'leg-ringing', leg: leg.id, at: clock.now(), recovered: true });
    }
    const bridged: Record<LegId, string> = {};
    const bridges: string[] = [];
    for (const bridge of found.bridges) {
      if (!bridge.bridge.startsWith(`${call.id}.`)) continue;
      bridges.push(bridge.bridge);
      for (const leg of bridge.legs) bridged[leg] = bridge.bridge;
    }
    feed(call.id, { type: 'adopted', at: clock.now(), epoch: parts.epoch, bridged, bridges });
  }
  const swept = await sweep(parts, found);
  return { adopted, kept: before.length - adopted, lost, arrived, swept };
}

/** False when there is no state, or none that can be read; then the caller is taken for a new arrival. */
function takeUp({ dispatcher, clock, log }: RecoveryParts, caller: FoundLeg): boolean {
  const call = savedCall(caller, log);
  if (!call) return false;
  try {
    const seats = call.legs.flatMap((leg) =>
      leg.seat === null ? [] : [{ leg, seat: leg.seat, request: requestRinging(call, leg.id) }],
    );
    dispatcher.calls.set(call.id, call);
    for (const { leg, seat, request } of seats) {
      const state = leg.state === 'up' ? 'talking' : 'ringing';
      const had = state === 'talking' && leg.role !== 'supervisor' && leg.role !== 'whisper';
      const message = {
        type: 'seat-adopted',
        seat,
        call: call.id,
        state,
        request,
        ...(had ? { number: call.caller.number } : {}),
      } as const;
      dispatcher.floor({ type: 'message', at: clock.now(), message });
    }
    return true;
  } catch (error) {
    log.error({ call: call.id, error }, 'A saved call has another shape; it is taken up as newly arrived.');
    return false;
  }
}

/** The request in whose name this leg rings, if it does. */
function requestRinging(call: Call, leg: LegId): string | null {
  return reachesOf(call).find((reach) => reach.attempts.some((attempt) => attempt.leg === leg))?.id ?? null;
}

/** Legs and bridges of ours that no live call knows: left by a crash between an act and its note. */
export async function sweep(
  parts: Pick<RecoveryParts, 'dispatcher' | 'telephony'>,
  found: Found,
): Promise<number> {
  const live = parts.dispatcher.calls;
  const strayLegs = found.legs
    .filter(
      (leg) =>
        !leg.isCaller &&
        leg.ours &&
        // A caller with the static seats keeps its recorder; it ends with the caller.
        (live.has(leg.call) || !leg.leg.startsWith(`${leg.call}.recorder.`)) &&
        !live.get(leg.call)?.legs.some((known) => known.id === leg.leg),
    )
    .map((leg) => leg.leg);
  const strayBridges = found.bridges
    .map((bridge) => bridge.bridge)
    .filter((bridge) => !live.get(bridge.slice(0, bridge.indexOf('.')))?.bridges.includes(bridge));
  if (strayLegs.length + strayBridges.length > 0) await parts.telephony.sweep(strayLegs, strayBridges);
  return strayLegs.length + strayBridges.length;
}
