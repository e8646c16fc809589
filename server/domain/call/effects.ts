// Orders a call gives to the world, carried out in order, in one lane per call. Failures come back as inputs.
// It must not say how: adapters/ari/telephony.ts knows Asterisk's ways.
import type { CallId, LegId, Platform, QueueId, SeatId, TicketClass, Time } from '../../protocol/words.ts';
import type { TimerName } from './inputs.ts';

export type MediaEffect =
  | { readonly type: 'answer'; readonly leg: LegId }
  /** `notice`: it begins with the word that the call goes on (RC1). */
  | { readonly type: 'music'; readonly leg: LegId; readonly on: boolean; readonly notice?: boolean }
  /** Ringing: 180 before answer, a ring tone in band after it. */
  | { readonly type: 'ringing'; readonly leg: LegId; readonly on: boolean }
  /** Comfort silence, so that a party alone still gets packets. */
  | { readonly type: 'silence'; readonly leg: LegId; readonly on: boolean }
  | { readonly type: 'beep'; readonly leg: LegId }
  /** Sound files to all in the bridge, one after another; its end is told. `leg`: for whom. */
  | {
      readonly type: 'say';
      readonly leg: LegId;
      readonly bridge: string;
      readonly playing: string;
      readonly sounds: readonly string[];
    }
  | { readonly type: 'hush'; readonly playing: string }
  /** Makes it where it is not there: an existing one of this name is as good. */
  | {
      readonly type: 'bridge-make';
      readonly bridge: string;
      /** Keys pressed in it are told. */
      readonly keys?: true;
    }
  | { readonly type: 'bridge-add'; readonly bridge: string; readonly legs: readonly LegId[] }
  /** Legs that are not in it are as good as removed. */
  | { readonly type: 'bridge-remove'; readonly bridge: string; readonly legs: readonly LegId[] }
  | { readonly type: 'bridge-end'; readonly bridge: string }
  | { readonly type: 'mute'; readonly leg: LegId; readonly on: boolean }
  /** The leg goes to the survival queue (caller) or is hung up (others) if nobody re-arms this in time; 0 lifts it. */
  | { readonly type: 'dead-man'; readonly leg: LegId; readonly seconds: number };

export type CallEffect =
  | MediaEffect
  | {
      readonly type: 'dial';
      readonly leg: LegId;
      readonly endpoint: string;
      readonly caller: LegId | null;
      readonly callerNumber: string;
      readonly ringSeconds: number;
      readonly call: CallId;
      readonly role: string;
      readonly toSeat: boolean;
      /** What must be watched on it before it counts as accepted (TR4). */
      readonly acceptance: 'answer' | 'key' | 'talk';
      /** A citizen we call: once it answers it is a caller like any other, with all a caller's channel has to know. */
      readonly arrives?: { readonly platform: Platform; readonly dialled: string; readonly number: string };
    }
  /** A leg of our own that hears another, and (`both`) what that one hears. `whisper`: what it is told, that one alone hears. */
  | {
      readonly type: 'tap';
      readonly leg: LegId;
      readonly of: LegId;
      readonly spy: 'both' | 'in';
      readonly whisper: boolean;
      readonly call: CallId;
      readonly role: string;
    }
  /** What the tap hears goes into the file of this name from now on. */
  | { readonly type: 'recording-start'; readonly leg: LegId; readonly name: string }
  /** After a restart: whether this tap still writes that file. */
  | { readonly type: 'recording-find'; readonly leg: LegId; readonly name: string }
  | { readonly type: 'recording-pause'; readonly name: string; readonly on: boolean }
  | { readonly type: 'hang-up'; readonly leg: LegId; readonly reason: 'normal' | 'busy' | 'no-answer' }
  | { readonly type: 'timer-start'; readonly name: TimerName; readonly at: Time }
  | { readonly type: 'timer-stop'; readonly name: TimerName }
  | { readonly type: 'tell-floor'; readonly message: FloorMessage }
  /** The call is over and every leg is gone: forget it. */
  | { readonly type: 'forget' };

/** What a call tells the floor (domain/acd). */
export type FloorMessage =
  | {
      readonly type: 'request';
      readonly request: string;
      readonly call: CallId;
      readonly purpose: 'arrival' | 'transfer' | 'three-way';
      readonly wanted: { readonly queue: QueueId } | { readonly seat: SeatId };
      readonly class: TicketClass;
      readonly since: Time;
      /** Ahead of the queue: a call given back, one from the survival queue, or danger (TR10, SV3, TR14). */
      readonly head: boolean;
      /** Ring every free seat at once (TR14). */
      readonly all: boolean;
      readonly callerNumber: string;
      /** Seats that may not be offered, such as the one handing over. */
      readonly except: readonly SeatId[];
      /** The wanted seat had this call until a moment ago: its wrap-up of this very call is no hindrance (F18). */
      readonly resume?: boolean;
      /** Its phone may be gone for a moment: the wanted seat is waited for until then (RC1). */
      readonly until?: Time;
      /** Skill → level wanted at first; the floor relaxes it as the wait grows. */
      readonly skills?: Readonly<Record<string, number>>;
      /** A place kept for who hung up: it waits and is counted as waiting, but no second call is counted (R15). */
      readonly kept?: boolean;
      /** Known nuisance caller: ranked last, never blocked (R26). */
      readonly nuisance?: boolean;
    }
  | {
      readonly type: 'withdraw';
      readonly request: string;
      readonly reason: 'abandoned' | 'cancelled' | 'timed-out' | 'answered';
    }
  | {
      readonly type: 'offer-ended';
      readonly request: string;
      readonly seat: SeatId;
      /** `recalled`: its lender took the seat back while it rang (OV7). */
      readonly result:
        'accepted' | 'timed-out' | 'rejected' | 'busy' | 'unreachable' | 'cancelled' | 'recalled';
    }
  /** Where the request stands now, for what its caller is told; answered by `stands` while it waits. */
  | { readonly type: 'where'; readonly request: string }
  /** This caller's place is an earlier one: it was kept while it was to be called back. */
  | { readonly type: 'place-kept'; readonly call: CallId; readonly since: Time }
  | { readonly type: 'offer-ringing'; readonly request: string; readonly seat: SeatId }
  /** The seat is off the call. `talked`: it goes to wrap-up; `tagged`: nothing is owed (WR1). */
  | {
      readonly type: 'seat-released';
      readonly seat: SeatId;
      readonly call: CallId;
      readonly talked: boolean;
      readonly tagged: boolean;
      /** Its connection went, and the call goes on without it (F21). */
      readonly lost?: boolean;
    }
  /** After a restart: this seat is in this call. */
  | {
      readonly type: 'seat-adopted';
      readonly seat: SeatId;
      readonly call: CallId;
      readonly state: 'ringing' | 'talking';
      readonly request: string | null;
      /** Of the caller it talks with, where it does (OF9). */
      readonly number?: string;
    }
  | {
      readonly type: 'tagged';
      readonly call: CallId;
      readonly seats: readonly SeatId[];
      readonly class: TicketClass;
    };
