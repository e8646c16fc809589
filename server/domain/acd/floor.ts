// The floor: every seat and every queue of the cell, and the requests waiting in them. One machine, so matching is atomic.
// Plain data; it must not reach into calls: they speak to each other by messages.
//
//   request: waiting ──► offered ──► accepted (gone) | back to waiting, place and first arrival kept (OF6)
//   seat:    idle ──► reserved ──► ringing ──► talking ──► wrap-up ──► idle
//                        └── missed: cool-down (1st), not responding (2nd in a row) (OF4)
import type { Actor, CallId, Platform, QueueId, SeatId, Time } from '../../protocol/words.ts';
import type { SeatCommand } from '../../protocol/commands.ts';
import type { FloorMessage } from '../call/effects.ts';
import type { CallInput } from '../call/inputs.ts';

export interface Seat {
  readonly id: SeatId;
  readonly platform: Platform;
  readonly group: string;
  readonly remote: boolean;
  readonly endpoint: string;
  readonly queues: readonly QueueId[];
  /** What the person chose. */
  readonly status: 'offline' | 'ready' | 'break';
  readonly reason: string | null;
  /** What the system does with it. */
  readonly state: 'idle' | 'reserved' | 'ringing' | 'talking' | 'wrap-up';
  readonly call: CallId | null;
  readonly request: string | null;
  /** Since when it has been free of calls: longest idle first. */
  readonly idleSince: Time;
  readonly since: Time;
  readonly phone: 'none' | 'registered' | 'unreachable';
  readonly misses: number;
  readonly notResponding: boolean;
  readonly coolDownUntil: Time | null;
  readonly wrapUpUntil: Time | null;
  readonly wrapUpExtended: boolean;
  /** Wrapped-up call still owes a tag or disposition (WR1). */
  readonly owesTag: boolean;
  /** Chosen while in a call: taken when it ends. */
  readonly next: { readonly status: 'ready' | 'break' | 'offline'; readonly reason: string | null } | null;
  readonly helpAsked: boolean;
  readonly version: number;
}

export type FloorInput = { readonly at: Time } & (
  | { readonly type: 'message'; readonly message: FloorMessage }
  | {
      readonly type: 'command';
      readonly id: string;
      readonly actor: Actor;
      readonly seat: SeatId;
      readonly command: SeatCommand;
    }
  /** The phone behind a seat registered or vanished. */
  | { readonly type: 'phone'; readonly seat: SeatId; readonly registered: boolean }
  | { readonly type: 'timer'; readonly name: FloorTimer }
  | {
      readonly type: 'prioritise';
      readonly id: string;
      readonly actor: Actor;
      readonly queue: QueueId;
      readonly call: CallId;
      readonly head: boolean;
    }
);
export type FloorTimer = `cool-down:${SeatId}` | `wrap-up:${SeatId}`;

export type FloorEffect =
  | { readonly type: 'tell-call'; readonly call: CallId; readonly input: TellCall }
  | { readonly type: 'timer-start'; readonly name: FloorTimer; readonly at: Time }
  | { readonly type: 'timer-stop'; readonly name: FloorTimer }
  /** This seat changed: its view must be sent out and its row kept. */
  | { readonly type: 'seat-changed'; readonly seat: SeatId }
  | { readonly type: 'queue-changed'; readonly queue: QueueId };
export type TellCall =
  Extract<CallInput, { type: 'offered' | 'placed' | 'refused' }> extends infer T
    ? T extends { readonly at: Time }
      ? Omit<T, 'at'>
      : never
    : never;
