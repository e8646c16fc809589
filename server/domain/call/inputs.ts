// Everything that can happen to a call. Each input carries its time; the domain never asks for it.
// It must not name Asterisk events: adapters/ari/translate.ts turns those into these.
import type { Actor, CallId, LegId, Platform, SeatId, Time } from '../../protocol/words.ts';
import type { CallCommand } from '../../protocol/commands.ts';

export type CallInput = { readonly at: Time } & (
  | {
      readonly type: 'arrived';
      readonly call: CallId;
      readonly leg: LegId;
      readonly dialled: string;
      readonly number: string;
      readonly name: string;
      /** Times it went through the survival queue; > 0 gives it the head of its queue (SV3). */
      readonly survivals: number;
      /** When it first came, where that is not now: it was with the static seats before (SV3). */
      readonly since?: Time;
      /** The caller's channel was answered already (by the survival queue). */
      readonly up: boolean;
      /** A confirmed mark is on this number (R26). */
      readonly nuisance?: true;
      /** We called: the call whose place it has (R15). */
      readonly callBackOf?: CallId;
      /** Found by a comparison, with no saved state: orders of a life before may have made legs of this call already. */
      readonly recovered?: boolean;
    }
  /** `recovered`: found by a comparison; what was ordered before it may be more than the state saved knows. */
  | { readonly type: 'leg-ringing'; readonly leg: LegId; readonly recovered?: boolean }
  | { readonly type: 'leg-answered'; readonly leg: LegId; readonly recovered?: boolean }
  | {
      readonly type: 'leg-ended';
      readonly leg: LegId;
      /** Q.850 cause; 0 unknown. */
      readonly cause: number;
      readonly sipStatus?: number;
      /** `unreachable`: it could not even be rung. `dropped`: its connection was lost. */
      readonly how?: 'unreachable' | 'dropped';
      /** Found missing when comparing after a restart; `at` is then the true time where it is known. */
      readonly recovered?: boolean;
    }
  | { readonly type: 'leg-held'; readonly leg: LegId; readonly on: boolean }
  | { readonly type: 'leg-silent'; readonly leg: LegId }
  /** It was heard before; since a moment nothing comes from its phone any more (`on`), or comes again. */
  | { readonly type: 'leg-away'; readonly leg: LegId; readonly on: boolean }
  /** The phone behind it is known to be gone, whatever its channel says: its page was closed or loaded anew (RC1). */
  | { readonly type: 'leg-lost'; readonly leg: LegId }
  | { readonly type: 'leg-confirmed'; readonly leg: LegId; readonly by: 'key' | 'talk' }
  | { readonly type: 'digit'; readonly leg: LegId; readonly digit: string }
  /** The floor reserved a seat for a request of ours. */
  | {
      readonly type: 'offered';
      readonly request: string;
      readonly seat: SeatId;
      readonly endpoint: string;
      readonly platform: Platform;
    }
  /** Nobody free: our place in that queue (again whenever it changes). */
  | { readonly type: 'placed'; readonly request: string; readonly place: number }
  /** Where the request stands, as asked. Null: the wait cannot be said. */
  | {
      readonly type: 'stands';
      readonly request: string;
      readonly place: number;
      readonly expectedSeconds: number | null;
    }
  /** The seat that rings is not lent any more (OV7). */
  | { readonly type: 'offer-recalled'; readonly request: string; readonly seat: SeatId }
  /** What was being said is over, or could not be said. */
  | { readonly type: 'said'; readonly playing: string; readonly ok: boolean }
  /** The floor cannot serve the request at all. */
  | {
      readonly type: 'refused';
      readonly request: string;
      readonly reason: 'no-such-queue' | 'seat-unavailable';
    }
  /** Fired once; the call has written down which timers it runs and ignores any other. */
  | { readonly type: 'timer'; readonly name: TimerName }
  /** An order failed; the leg concerned is named so that the call can be put right. */
  | {
      readonly type: 'effect-failed';
      readonly effect: string;
      readonly leg: LegId | null;
      readonly status: number;
    }
  /** Its first sound is in the file, or it is known to be going on. */
  | { readonly type: 'recording-started'; readonly name: string }
  | {
      readonly type: 'recording-failed';
      readonly name: string;
      /** What was asked of it; `start` also where it broke off. */
      readonly order: 'start' | 'find' | 'pause' | 'resume';
      readonly status: number;
    }
  /** Recovery: compared with Asterisk, this is what is there (after the leg-ended and leg-answered of the gap). */
  | {
      readonly type: 'adopted';
      readonly epoch: number;
      /** Which bridge each leg was found in. */
      readonly bridged: Readonly<Record<LegId, string>>;
      readonly bridges: readonly string[];
    }
  | { readonly type: 'command'; readonly id: string; readonly actor: Actor; readonly command: CallCommand }
);

/** Timers of a call, by name; starting one again moves it. */
export type TimerName =
  | 'transfer'
  | 'outcome'
  | 'dead-man'
  | 'ringing-answer'
  | 'ending'
  | 'mend'
  | 'waiting'
  | 'recording'
  | 'say'
  | 'saying'
  | 'rating'
  | `leave:${string}`
  | `away:${string}`
  | `supervisor:${string}`
  | `reach:${string}`
  | `attempt:${string}`;
