// Everything that can happen to a ticket, and what a step orders besides the new ticket itself.
// It must not say what follows from it: decide.ts does.
import type { TicketCommand } from '../../protocol/ticket.ts';
import type { Actor, CallId, Platform, Tag, Time } from '../../protocol/words.ts';
import type { Accepted, Decision } from '../decision.ts';
import type { Ticket } from '../../protocol/ticket.ts';

/** What must come in as data, because a pure step cannot make it. */
export interface Identity {
  readonly id: string;
  readonly serial: string;
}

export type TicketInput =
  | {
      readonly type: 'command';
      readonly actor: Actor;
      readonly command: TicketCommand;
      /** For the linked ticket, where the command opens one. */
      readonly next: Identity;
      /** The other ticket, where the command names one. */
      readonly other?: Ticket;
      readonly at: Time;
    }
  /** Something is due: reminders, missed deadlines, chasing. */
  | { readonly type: 'due'; readonly at: Time }
  /** The call's tag was changed by its seat. */
  | { readonly type: 'retagged'; readonly tag: Tag; readonly actor: string; readonly at: Time }
  /** The call was accepted by a seat of another platform: the ticket goes with it (R2, R20). */
  | {
      readonly type: 'carried';
      readonly to: Platform;
      readonly seat: string | null;
      readonly call: CallId;
      readonly why: string;
      readonly at: Time;
    }
  /** A seat of the ticket's own platform has the caller now: that is its acceptance (R2). */
  | { readonly type: 'taken'; readonly seat: string; readonly at: Time }
  | {
      readonly type: 'linked';
      readonly ticket: string;
      readonly kind: Ticket['links'][number]['kind'];
      /** Calls that belong to it as well now. */
      readonly calls?: readonly CallId[];
      readonly at: Time;
    }
  /** A ticket linked to this one was accepted: that acknowledges what was sent there (R20). */
  | { readonly type: 'linked-accepted'; readonly platform: Platform; readonly by: string; readonly at: Time };

export type TicketEffect =
  | { readonly type: 'open'; readonly opened: Opened }
  /** To be stepped in the same transaction. */
  | { readonly type: 'tell'; readonly ticket: string; readonly input: TicketInput }
  /** The call is up: 110 must be rung now (R8). */
  | { readonly type: 'ring'; readonly call: CallId; readonly line: Platform };

export type Opened = Accepted<Ticket, TicketEffect>;
export type TicketDecision = Decision<Ticket, TicketEffect>;
