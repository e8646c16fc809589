// What the floor takes in and gives out. Types only; it must not reach into calls: they speak to each other by messages.
import type { Actor, CallId, Platform, QueueId, SeatId, TicketClass, Time } from '../../protocol/words.ts';
import type { SeatCommand } from '../../protocol/commands.ts';
import type { FloorMessage } from '../call/effects.ts';
import type { CallInput } from '../call/inputs.ts';
import type { NewFact, Refused } from '../decision.ts';
import type { Seat } from '../seat/seat.ts';
import type { TalkBefore } from './last-seats.ts';

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
  /** From now on exactly these remote groups serve the queue, preferred first; none: it drains (OV3, OV6). */
  | {
      readonly type: 'borrowed';
      readonly queue: QueueId;
      readonly groups: readonly string[];
      /** What a lender keeps; a group not named here gives all it has. */
      readonly terms?: Readonly<Record<string, LoanTerms>>;
      /** Called back by their lenders: what rings there is stopped, too (OV7). */
      readonly recalled?: readonly string[];
    }
  /** A call vanished without its own goodbyes (its machine failed): what it held is freed (CL5). */
  | { readonly type: 'call-gone'; readonly call: CallId }
  /** Read from the ledger after a restart: who had whom (OF9). */
  | { readonly type: 'talked-before'; readonly talks: readonly TalkBefore[] }
  /** Adoption after a restart is over: running timers are set again and matching begins. */
  | { readonly type: 'open' }
);

export interface LoanTerms {
  /** Share of the group's ready seats that stays free (OV3). */
  readonly keep: number;
  /** Calls at once, at most; null: no bound but the share. */
  readonly most: number | null;
}

export type FloorTimer =
  | `cool-down:${SeatId}`
  | `wrap-up:${SeatId}`
  /** Guards an offer whose end is never told. */
  | `offer:${SeatId}`
  /** A waiting request may soon be served by a seat that is free now (skills, tiers). */
  | `relax:${QueueId}`
  /** A request whose offer was cancelled, in case no withdrawal follows. */
  | `return:${string}`;

export type FloorEffect =
  | { readonly type: 'tell-call'; readonly call: CallId; readonly input: TellCall }
  | { readonly type: 'timer-start'; readonly name: FloorTimer; readonly at: Time }
  | { readonly type: 'timer-stop'; readonly name: FloorTimer }
  /** This seat changed: its view must be sent out and its row kept. */
  | { readonly type: 'seat-changed'; readonly seat: SeatId }
  /** Its waiting line, counters or seats changed; may come often: send views out at a steady pace. */
  | { readonly type: 'queue-changed'; readonly queue: QueueId };

export type TellCall =
  Extract<CallInput, { type: 'offered' | 'placed' | 'refused' | 'stands' | 'offer-recalled' }> extends infer T
    ? T extends { readonly at: Time }
      ? Omit<T, 'at'>
      : never
    : never;

export type FloorAnswer =
  | Refused
  | {
      readonly ok: true;
      readonly effects: readonly FloorEffect[];
      readonly facts: readonly NewFact[];
      /** This command or message had been taken before: nothing was done again. */
      readonly repeated?: boolean;
    };

export interface Waiting {
  readonly request: string;
  readonly call: CallId;
  readonly since: Time;
  /** 1 = next. */
  readonly place: number;
  readonly class: TicketClass;
  readonly head: boolean;
}

/** Counters of the site's current day. */
export interface Today {
  readonly offered: number;
  readonly answered: number;
  readonly answeredInTime: number;
  readonly abandoned: number;
  /** Gave up so soon that it says nothing of us; not in `abandoned`. */
  readonly shortAbandoned: number;
  /** Withdrawn by a seat or a deadline, not by the caller. */
  readonly withdrawn: number;
  /** Milliseconds, of all who were answered together, and of who waited longest. */
  readonly waitedMs: number;
  readonly longestMs: number;
}

/** Seconds a caller joining now would wait, with how wrong such figures lately were; null: too wrong or too new to say. */
export interface ExpectedWait {
  readonly seconds: number;
  readonly error: { readonly p50: number; readonly p90: number; readonly samples: number };
}

export interface QueueLoad {
  readonly id: QueueId;
  readonly platform: Platform;
  readonly name: string;
  readonly waiting: number;
  readonly oldest: Time | null;
  /** `available`: could be offered a call now; `ready`: chose ready, whatever they do. */
  readonly seats: {
    readonly signedIn: number;
    readonly ready: number;
    readonly available: number;
    readonly talking: number;
    readonly wrapUp: number;
  };
  readonly today: Today;
  readonly expected: ExpectedWait | null;
}
export interface QueueState extends QueueLoad {
  readonly calls: readonly Waiting[];
}

/**
 * One machine for every seat and queue of the cell, so matching is atomic. Mutable inside for speed; `step` is
 * synchronous and depends on inputs alone: same inputs, same answers.
 */
export interface Floor {
  step(input: FloorInput): FloorAnswer;
  seat(id: SeatId): Seat | undefined;
  seats(): readonly Seat[];
  /** With the waiting calls in order, at most `limit` of them. `at`: for the expected wait; default: the last input's time. */
  queue(id: QueueId, limit?: number, at?: Time): QueueState | undefined;
  queues(limit?: number): readonly QueueState[];
  /** The figures without the list: cheap at any length (overflow marks). */
  load(id: QueueId, at?: Time): QueueLoad | undefined;
  /** Where a request stands, while it waits in a queue. */
  waiting(request: string): (Waiting & { readonly expected: ExpectedWait | null }) | undefined;
}
