// Tickets as the HTTP surface sees them: wishes in, tickets out; who may see what is the api's. Types only.
import type { Catalogue, CatalogueEntry, ClassRule, Region, Unit } from '../../protocol/reference.ts';
import type {
  NewTicketWish,
  Ticket,
  TicketCommand,
  TicketFact,
  UntaggedCall,
} from '../../protocol/ticket.ts';
import type { Actor, Platform } from '../../protocol/words.ts';
import type { Answer } from '../face.ts';
import type { Page, TicketFilter, TicketStore } from './ports.ts';

export interface TicketFace extends Pick<TicketStore, 'ofCalls' | 'changes' | 'decisions'> {
  /** `command`: the Idempotency-Key, scoped to the actor; the same one gives the ticket it opened before. */
  open(wish: NewTicketWish, command: string, actor: Actor): Promise<Answer<Ticket>>;
  command(id: string, command: string, actor: Actor, body: TicketCommand): Promise<Answer<Ticket>>;
  ticket(id: string): Promise<Ticket | null>;
  list(filter: TicketFilter): Promise<Page<Ticket>>;
  timeline(id: string): Promise<readonly TicketFact[]>;
  untagged(platform: Platform | null): Promise<readonly UntaggedCall[]>;
}

/** A city's reference data as it is now; each file is taken anew when it changes, the last good one kept. */
export interface Reference {
  readonly catalogue: Catalogue;
  readonly regions: readonly Region[];
  readonly units: readonly Unit[];
  readonly classes: readonly ClassRule[];
  /** Best first. Words, pinyin or initials; empty: everything, in the catalogue's order. */
  find(query: string, limit: number): readonly CatalogueEntry[];
  /** Items a free summary speaks of, best first (R15). */
  suggest(summary: string, limit: number): readonly CatalogueEntry[];
  /** Faults of files that were not taken, for people to see. */
  readonly faults: Readonly<Record<string, string>>;
}
