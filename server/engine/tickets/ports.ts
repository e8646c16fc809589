// What the tickets' office needs of the world, as types. It must not know a product; adapters/postgres/tickets does.
import type { FromCall, Order } from '../../domain/ticket/from-call.ts';
import type { Identity, Opened, TicketDecision, TicketEffect } from '../../domain/ticket/inputs.ts';
import type { RefusalCode } from '../../protocol/errors.ts';
import type { Fact } from '../../protocol/facts.ts';
import type { ReportBy } from '../../protocol/reports.ts';
import type { ItemDecision, Ticket, TicketFact, UntaggedCall } from '../../protocol/ticket.ts';
import type { CallId, Platform, Time } from '../../protocol/words.ts';
import type { CallStory } from '../../domain/ticket/intake.ts';

export type Changed =
  | {
      readonly ok: true;
      readonly ticket: Ticket;
      readonly repeated: boolean;
      /** What is to be done in the world, now that it is committed. */
      readonly errands: readonly Extract<TicketEffect, { type: 'ring' }>[];
    }
  | {
      readonly ok: false;
      readonly code: RefusalCode;
      readonly field?: string;
      readonly ticket: Ticket | null;
    };

export interface TicketFilter {
  readonly platform?: Platform;
  /** Only tickets this platform has a part in. */
  readonly concerning?: Platform;
  readonly state?: string;
  readonly class?: string;
  readonly item?: string;
  readonly region?: string;
  readonly unit?: string;
  readonly source?: string;
  readonly call?: CallId;
  readonly number?: string;
  readonly overdue?: boolean;
  readonly from?: string;
  readonly to?: string;
  /** Full text. */
  readonly q?: string;
  readonly cursor?: string;
  readonly limit: number;
}
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Every method rejects with `database-away` while PostgreSQL is away; nothing of it was done then, or all of it. */
export interface TicketStore {
  /** Id and serial for a ticket to be. */
  identity(): Promise<Identity>;
  /** Many at once share one transaction. The same command gives the ticket it opened before. */
  open(opened: Opened, command: string | null): Promise<Changed>;
  /** Loads, steps, and writes in one transaction, with everything the step's effects lead to. */
  change(
    id: string,
    command: string | null,
    step: (ticket: Ticket) => TicketDecision,
    tell: Tell,
  ): Promise<Changed>;
  /** Steps up to `limit` tickets that are due; gives how many there were. */
  due(now: Time, limit: number, step: (ticket: Ticket) => TicketDecision, tell: Tell): Promise<number>;
  /** Takes the next facts of the ledger and makes them into tickets, once, whatever crashes; gives how many facts are left. */
  intake(
    limit: number,
    plan: (story: CallStory, present: readonly FromCall[], identity: () => Identity) => readonly Order[],
    tell: Tell,
  ): Promise<{ readonly more: boolean; readonly calls: readonly CallId[] }>;
  ticket(id: string): Promise<Ticket | null>;
  list(filter: TicketFilter): Promise<Page<Ticket>>;
  timeline(id: string): Promise<readonly TicketFact[]>;
  untagged(platform: Platform | null): Promise<readonly UntaggedCall[]>;
  /** Decisions of disputes about an item, newest first, of tickets this platform had a part in (null: all). */
  decisions(item: string, concerning: Platform | null, limit: number): Promise<readonly ItemDecision[]>;
  /** Ids of the tickets of each of these calls. */
  ofCalls(calls: readonly CallId[]): Promise<ReadonlyMap<CallId, readonly string[]>>;
  /** Changed tickets in an order that skips nothing, however many write meanwhile; `next` is never null. */
  changes(cursor: string | null, limit: number): Promise<Page<Ticket> & { readonly next: string }>;
  /** Ticket facts not yet in the ledger, in order. */
  unrelayed(limit: number): Promise<readonly (TicketFact & { readonly call: CallId | null })[]>;
}
/** How another ticket steps, for effects that speak to it. */
export type Tell = (
  ticket: Ticket,
  input: Extract<TicketEffect, { type: 'tell' }>['input'],
) => TicketDecision;

/** What a report counts: facts of a time, the figures wanted, and whose part in them is looked at. */
export interface ReportPart {
  readonly from: string;
  readonly to: string;
  readonly types: readonly string[];
  readonly figures: readonly string[];
  readonly concerning: Platform | null;
}
export interface ReportCount {
  readonly key: string;
  readonly figure: string;
  readonly count: number;
  readonly meanMinutes: number | null;
}
export interface ReportStore {
  count(part: ReportPart, by: ReportBy): Promise<readonly ReportCount[]>;
  /** Newest first; `before`: `next` of the page before. */
  behind(
    part: ReportPart,
    by: ReportBy,
    key: string,
    before: number | null,
    limit: number,
  ): Promise<Page<Ticket> & { readonly calls: readonly CallId[] }>;
}

/** The ledger's newest facts may be in memory alone; the office only asks when there are news. */
export type NewsOfCalls = (listener: (fact: Fact) => void) => () => void;
