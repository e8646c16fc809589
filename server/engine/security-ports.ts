// Who may enter and what was done in their name: the stores the HTTP surface needs, as types only (design §8).
// It must not hash passwords, mint tokens or decide rights: the api does; adapters/postgres keeps the rows.
import type { Platform, Role, SeatId, Time } from '../protocol/words.ts';

export interface Account {
  readonly user: string;
  /** PHC string as argon2 writes it; never logged, never sent. */
  readonly passwordHash: string;
  readonly role: Role;
  readonly platform: Platform | null;
  readonly seat: SeatId | null;
  /** Failed sign-ins in a row, and when the latest was; null when there is none. */
  readonly failures: number;
  readonly lastFailureAt: Time | null;
  readonly createdAt: Time;
}

export interface NewAccount {
  readonly user: string;
  readonly passwordHash: string;
  readonly role: Role;
  readonly platform: Platform | null;
  readonly seat: SeatId | null;
}

export interface Accounts {
  find(user: string): Promise<Account | null>;
  /** False, and nothing changed, when the user exists already. */
  create(account: NewAccount): Promise<boolean>;
  list(): Promise<readonly Account[]>;
  /** Counts one failed sign-in atomically; gives the failures in a row including this one (0 = no such user). */
  recordFailure(user: string, at: Time): Promise<number>;
  clearFailures(user: string): Promise<void>;
}

/** One-time codes (RFC 6238) by user. Unconfirmed: shown to the user, and no code of it has been taken yet. */
export interface SecondFactors {
  find(user: string): Promise<{ readonly sealed: string; readonly confirmed: boolean } | null>;
  list(): Promise<readonly { readonly user: string; readonly confirmed: boolean }[]>;
  /** Takes the place of an unconfirmed one; false, and nothing changed, where one is confirmed. */
  begin(user: string, sealed: string): Promise<boolean>;
  /** Confirms, and uses up this time step and all before it; false when one as new was used already, or the secret is another. */
  take(user: string, sealed: string, step: number): Promise<boolean>;
  remove(user: string): Promise<boolean>;
}

export interface Sealing {
  /** Opens only with the same `about`: what is sealed for one user is no use for another. */
  seal(text: string, about: string): string;
  /** Null: not sealed with this key, or for something else. */
  open(sealed: string, about: string): string | null;
}

export interface Session {
  /** Hash of the bearer token, hex or base64url; the token itself is stored nowhere. */
  readonly tokenHash: string;
  readonly user: string;
  readonly role: Role;
  readonly platform: Platform | null;
  readonly seat: SeatId | null;
  readonly expiresAt: Time;
}

export interface Sessions {
  open(session: Session): Promise<void>;
  /** Null when unknown, closed or expired at `now` (default: this moment). */
  find(tokenHash: string, now?: Time): Promise<Session | null>;
  /** True when a session was there to close. */
  close(tokenHash: string): Promise<boolean>;
  /** Closes every session of the user and gives their token hashes, so that their sockets can be closed too (G37). */
  closeAllOf(user: string): Promise<readonly string[]>;
}

export interface AuditEntry {
  /** User name, or `system:engine`. */
  readonly actor: string;
  /** What was done: `session.opened`, `number.revealed`, `seat.forced`… */
  readonly action: string;
  /** On what or whom: a call id, a seat, a user. */
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly at: Time;
}

export interface AuditRow extends AuditEntry {
  /** 1, 2, 3… without gaps. */
  readonly number: number;
  /** SHA-256, hex, over the row before's hash and this row's content; of the first row, 64 zeros come before. */
  readonly previousHash: string;
  readonly hash: string;
}

export type AuditVerdict =
  | { readonly ok: true; readonly rows: number; readonly head: string }
  /** `number`: the first row that is wrong or missing. */
  | {
      readonly ok: false;
      readonly number: number;
      readonly reason: 'changed' | 'missing' | 'not-chained' | 'head-differs';
    };

export interface AuditAbout {
  readonly actor?: string;
  readonly subject?: string;
  readonly action?: string;
}

export interface Audit {
  /**
   * Resolves when the rows are committed, all of them in this order, with the last one's number; what many ask for at
   * once shares a transaction. Rejects when the database is away: an unaudited act must not go on.
   */
  append(...entries: readonly AuditEntry[]): Promise<number>;
  /** Checks rows `from`..`to` (default: all) and, when `to` is the end, the head against its witness outside the database. */
  verify(from?: number, to?: number): Promise<AuditVerdict>;
  /** Newest first; `cursor` is the `next` of the page before. `about` narrows to one actor, subject or action. */
  list(
    cursor: string | null,
    limit: number,
    about?: AuditAbout,
  ): Promise<{ readonly items: readonly AuditRow[]; readonly next: string | null }>;
}
