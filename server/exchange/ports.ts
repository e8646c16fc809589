// What the exchange needs: the outbox, ways to carry a message, the tickets' office; as types only.
// It must not know products, the engine or the HTTP surface.
import type { RefusalCode } from '../protocol/errors.ts';
import type { NewTicketWish, TicketCommand } from '../protocol/ticket.ts';
import type { Actor, Platform, Time } from '../protocol/words.ts';

export interface Partner {
  readonly id: string;
  /** Platforms whose tickets it is told of, and in whose name it speaks; the first is its own. */
  readonly platforms: readonly Platform[];
  /** Keys (`whsec_…`, `whsk_…`) messages are signed with, newest first: two while they rotate. */
  readonly keys: readonly string[];
  /** Keys (`whsec_…`, `whpk_…`) its own messages are verified with; the shared ones where none are given. */
  readonly inboundKeys: readonly string[];
}

/** A message as it waits in the outbox. */
export interface Waiting {
  readonly id: number;
  readonly position: number;
  readonly ticket: string;
  readonly attempts: number;
  readonly createdAt: Time;
  readonly body: {
    readonly fact: Readonly<Record<string, unknown>>;
    readonly ticket: Readonly<Record<string, unknown>>;
  };
}
export interface Parked {
  readonly id: number;
  readonly ticket: string;
  readonly type: string;
  readonly attempts: number;
  readonly error: string;
  readonly parkedAt: string;
  /** Messages of the same ticket that wait behind it. */
  readonly behind: number;
}
export interface Delivered {
  readonly message: string;
  readonly direction: 'out' | 'in';
  readonly ticket: string;
  readonly type: string;
  readonly attempts: number;
  readonly at: string;
}

export interface Outbox {
  /**
   * Oldest due message of each ticket that has none on its way (`busy`: ids of tickets on their way); with `all`, every
   * due message in order. Tickets with a parked message wait.
   */
  due(
    partner: string,
    now: Time,
    limit: number,
    busy: readonly string[],
    all?: boolean,
  ): Promise<readonly Waiting[]>;
  /** The partner has it: out of the outbox, into the ledger of deliveries. */
  delivered(partner: string, message: string, waiting: Waiting, receipt: unknown): Promise<void>;
  retry(id: number, at: Time, error: string): Promise<void>;
  park(id: number, at: Time, error: string): Promise<void>;
  parked(partner: string): Promise<readonly Parked[]>;
  /** Back into the line, at once; gives how many. */
  replay(partner: string, id: number | null): Promise<number>;
  /** Receipts of what came by another way than an answer (border): by position. */
  acknowledge(
    partner: string,
    positions: readonly number[],
    messageOf: (position: number) => string,
  ): Promise<number>;
  figures(): Promise<
    readonly {
      readonly partner: string;
      readonly waiting: number;
      readonly parked: number;
      readonly oldest: string | null;
    }[]
  >;
  /** What came in under this id before, or null. */
  received(partner: string, message: string): Promise<unknown>;
  /** False when it was there already. */
  receive(partner: string, message: string, ticket: string, type: string, receipt: unknown): Promise<boolean>;
  deliveries(partner: string, from: string, to: string): Promise<readonly Delivered[]>;
  /** Which of these tickets this side holds as accepted, and by whom. */
  acceptance(
    tickets: readonly string[],
  ): Promise<ReadonlyMap<string, { readonly platform: string; readonly accepted: boolean }>>;
}

export interface Envelope {
  readonly id: string;
  readonly body: string;
}
export type Carried =
  | { readonly ok: true; readonly receipt: unknown }
  /** `final`: it will never be taken as it is (410, 413, 422…): put it on the desk. */
  | { readonly ok: false; readonly error: string; readonly final: boolean; readonly retryAfterMs?: number };

/** Carries one message to one partner. Never throws. */
export type Carrier = (envelope: Envelope, headers: Readonly<Record<string, string>>) => Promise<Carried>;

/** A folder both sides can reach by files alone. */
export interface BorderFolder {
  write(name: string, text: string): Promise<void>;
  /** Whole files that came in, by name, oldest first. */
  read(): Promise<readonly { readonly name: string; readonly text: string }[]>;
  finish(name: string, how: 'done' | 'refused', why: string): Promise<void>;
}

export type OfficeAnswer =
  | {
      readonly ok: true;
      readonly version: number;
      readonly view: { readonly id: string; readonly platform: string; readonly state: string };
      readonly repeated: boolean;
    }
  | { readonly ok: false; readonly code: RefusalCode };
export interface TicketsOffice {
  open(wish: NewTicketWish, command: string, actor: Actor): Promise<OfficeAnswer>;
  command(id: string, command: string, actor: Actor, body: TicketCommand): Promise<OfficeAnswer>;
}
export interface ExchangeLog {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
