// Exports of tickets as the HTTP surface sees them, and what passes between the server and an export's thread (ADR 6).
// Types only; it must not name a format's columns or a table.
import type { Readable } from 'node:stream';
import type { ExportFormat } from '../../protocol/ticket.ts';
import type { Actor } from '../../protocol/words.ts';
import type { TicketFilter } from './ports.ts';

export interface ExportWish {
  /** What is written is what this one may see. */
  readonly actor: Actor;
  readonly filter: Omit<TicketFilter, 'limit' | 'cursor'>;
  readonly format: ExportFormat;
}
export interface Exports {
  /**
   * The file, once its first page has been read: what refuses it (`database-away`, `too-many-exports`) rejects before
   * anything is sent. It fails where the export breaks off; destroying it ends the export.
   */
  start(wish: ExportWish): Promise<Readable>;
}

export interface ExportJob {
  readonly wish: ExportWish;
  readonly databaseUrl: string;
}
/** What the thread says. It hands on one piece for each message to it. */
export type ExportNews =
  | { readonly type: 'ready' }
  | { readonly type: 'piece'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'end' }
  | { readonly type: 'failed'; readonly reason: string; readonly code?: string; readonly field?: string };
