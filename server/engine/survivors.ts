// Callers who are alive in Asterisk but outside our control, with its static seats: the dead-man took them there, or nobody of
// ours lived (SV1–SV3). Their calls rest here and go on when they come back. It must not bring anybody back by itself.
import type { CallInput } from '../domain/call/inputs.ts';
import { callerOf } from '../domain/call/state.ts';
import type { Call } from '../domain/call/state.ts';
import type { CallId, LegId } from '../protocol/words.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Clock, Found, Log } from './ports.ts';
import { savedCall } from './recovery.ts';

type Arrived = Extract<CallInput, { type: 'arrived' }>;
interface Outside {
  readonly leg: LegId;
  /** The call as it was before; null where we never had it. */
  readonly call: Call | null;
}

export class Survivors {
  private outside = new Map<CallId, Outside>();
  private readonly parts: { dispatcher: Dispatcher; clock: Clock; log: Log; epoch: number };

  constructor(parts: { dispatcher: Dispatcher; clock: Clock; log: Log; epoch: number }) {
    this.parts = parts;
  }

  has(call: CallId): boolean {
    return this.outside.has(call);
  }

  /** A comparison: exactly these are outside now. */
  found({ legs }: Found): void {
    const { dispatcher, log } = this.parts;
    const before = this.outside;
    this.outside = new Map();
    for (const leg of legs) {
      if (!leg.isCaller || leg.ours) continue;
      const call = dispatcher.setAside(leg.call) ?? before.get(leg.call)?.call ?? savedCall(leg, log);
      this.outside.set(leg.call, { leg: leg.leg, call });
    }
  }

  /** A caller of ours is outside all at once: the engine was too slow for the dead-man (SV2). */
  strayed(id: CallId, leg: LegId): void {
    const { dispatcher } = this.parts;
    const live = dispatcher.calls.get(id);
    // Seats' legs stray too, and a call that is ending hangs up by itself.
    if (this.outside.has(id) || (live && (callerOf(live)?.id !== leg || live.phase.name === 'ending')))
      return;
    this.outside.set(id, { leg, call: dispatcher.setAside(id) });
  }

  /** It ended outside; Asterisk's own record says when and with whom (survival-records.ts). */
  ended(id: CallId, leg: LegId): void {
    if (this.outside.get(id)?.leg === leg) this.outside.delete(id);
  }

  /** SV3: taken up where it was, with its place. False when it is to be taken as any arrival. */
  back(input: Arrived): boolean {
    const { dispatcher, clock, epoch } = this.parts;
    const known = this.outside.get(input.call);
    this.outside.delete(input.call);
    if (known?.call == null || known.leg !== input.leg || dispatcher.calls.has(input.call)) return false;
    dispatcher.calls.set(input.call, known.call);
    for (const { id: leg, role } of known.call.legs) {
      if (role === 'caller' || role === 'recorder') continue;
      dispatcher.call(input.call, {
        type: 'leg-ended',
        at: clock.now(),
        leg,
        cause: 41,
        how: 'dropped',
        recovered: true,
      });
    }
    dispatcher.call(input.call, input);
    dispatcher.call(input.call, { type: 'adopted', at: clock.now(), epoch, bridged: {}, bridges: [] });
    return true;
  }
}
