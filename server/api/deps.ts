// What the HTTP surface is given by wire.ts. Types only; it must not construct anything.
import type { EngineFace } from '../engine/face.ts';
import type { Clock, Log, RecordingFiles } from '../engine/ports.ts';
import type { ExchangeFace } from '../exchange/face.ts';
import type { Reference, TicketFace } from '../engine/tickets/face.ts';
import type { Exports } from '../engine/tickets/exports.ts';
import type { Knowledge } from '../engine/tickets/knowledge.ts';
import type { ReportStore } from '../engine/tickets/ports.ts';
import type { Accounts, Audit, Sealing, SecondFactors, Sessions } from '../engine/security-ports.ts';
import type { DeskRules } from '../protocol/desk.ts';
import type { Role } from '../protocol/words.ts';
import type { Limits } from './limits.ts';

export interface ApiDeps {
  readonly engine: EngineFace;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly audit: Audit;
  /** Absent: this server keeps no second factors, and asks nobody for one. */
  readonly secondFactor?: {
    readonly store: SecondFactors;
    readonly sealing: Sealing;
    readonly requiredFor: readonly Role[];
    /** Shown by the authenticator. */
    readonly issuer: string;
  };
  /** Absent: this server runs without tickets; their routes answer 404. */
  readonly tickets?: TicketFace;
  /** Absent: this server makes no files of tickets. */
  readonly exports?: Exports;
  readonly reference?: Reference;
  /** Absent: this server runs without tickets, and so without reports on them. */
  readonly reports?: ReportStore;
  /** Absent: this server runs without knowledge; its routes answer 404. */
  readonly knowledge?: Knowledge;
  /** Absent: no partners are configured. */
  readonly exchange?: ExchangeFace;
  /** Absent: this server has no folder of recordings; none can be fetched. */
  readonly recordings?: RecordingFiles;
  /** What the site sets for its desks. */
  readonly desk: DeskRules;
  readonly clock: Clock;
  readonly log: Log;
  /** Prometheus text of the whole process. */
  readonly metrics: () => Promise<string>;
  /** The console's built files; absent or not there: a text page says where /docs is. */
  readonly consoleFolder?: string;
  /** Asterisk's SIP over WebSocket, `ws://…/ws`, for `/sip`; absent: browsers cannot be phones here. */
  readonly sipUrl?: string;
  /** Origins besides our own host that may open the stream, e.g. `https://desk.example`. */
  readonly allowedOrigins?: readonly string[];
  readonly limits?: Partial<Limits>;
}
