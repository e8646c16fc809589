// Sessions in PostgreSQL, remembered here and in a small file, so that those signed in can go on working while
// PostgreSQL is away, even over a restart. It must not know a token: hashes come from the api.
import type { Selectable } from 'kysely';
import type { Log } from '../../engine/ports.ts';
import type { Session, Sessions } from '../../engine/security-ports.ts';
import type { Time } from '../../protocol/words.ts';
import type { Database } from './database.ts';
import { recordsAway, shortly } from './failures.ts';
import type { Tables } from './schema.ts';
import { SessionsFile } from './sessions-file.ts';

/** For so long another node's closing of a session may go unseen here (G23 asks for 5 s); it saves a query a request. */
const trustMilliseconds = 2000;
const retryMilliseconds = 1000;

export interface SessionsParts {
  readonly database: Database;
  /** The small file, its owner's alone. */
  readonly file: string;
  readonly log: Log;
}

export async function openSessions({ database, file, log }: SessionsParts): Promise<StoredSessions> {
  return new StoredSessions(database, await SessionsFile.open(file), log);
}

export class StoredSessions implements Sessions {
  readonly #query: Database['query'];
  readonly #file: SessionsFile;
  readonly #log: Log;
  /** When PostgreSQL last confirmed a session, on the monotonic clock. */
  readonly #confirmed = new Map<string, number>();
  #retry: NodeJS.Timeout | null = null;

  constructor({ query }: Database, file: SessionsFile, log: Log) {
    this.#query = query;
    this.#file = file;
    this.#log = log;
    if (file.closed.size > 0) this.#deleteLater();
  }

  /** Rejects with `records-away` while PostgreSQL is away. Forgets sessions that have expired. */
  async open(session: Session): Promise<void> {
    const { tokenHash, user, role, platform, seat, expiresAt } = session;
    try {
      await this.#query
        .insertInto('sessions')
        .values({ token_hash: tokenHash, user, role, platform, seat, expires_at: new Date(expiresAt) })
        .execute();
      await this.#query.deleteFrom('sessions').where('expires_at', '<', new Date()).execute();
    } catch (error) {
      throw recordsAway(error);
    }
    this.#remember(session);
  }

  async find(tokenHash: string, now: Time = Date.now()): Promise<Session | null> {
    if (this.#file.closed.has(tokenHash)) return null;
    const known = this.#file.sessions.get(tokenHash);
    const isFresh = performance.now() - (this.#confirmed.get(tokenHash) ?? -Infinity) < trustMilliseconds;
    const session = known && isFresh ? known : await this.#ask(tokenHash, known ?? null);
    return session && session.expiresAt > now ? session : null;
  }

  async close(tokenHash: string): Promise<boolean> {
    const known = this.#forget(tokenHash);
    const stored = await this.#delete([tokenHash]);
    return known || stored > 0;
  }

  async closeAllOf(user: string): Promise<readonly string[]> {
    const known = [...this.#file.sessions.values()]
      .filter((one) => one.user === user)
      .map((one) => one.tokenHash);
    const stored = await this.#query
      .selectFrom('sessions')
      .select('token_hash')
      .where('user', '=', user)
      .execute()
      .catch(() => []);
    const hashes = [...new Set([...known, ...stored.map((row) => row.token_hash)])];
    for (const hash of hashes) this.#forget(hash);
    await this.#delete(hashes);
    return hashes;
  }

  async stop(): Promise<void> {
    if (this.#retry) clearTimeout(this.#retry);
    await this.#file.stop();
  }

  async #ask(tokenHash: string, known: Session | null): Promise<Session | null> {
    try {
      const row = await this.#query
        .selectFrom('sessions')
        .selectAll()
        .where('token_hash', '=', tokenHash)
        .executeTakeFirst();
      // Closed here while PostgreSQL was being asked: the closing stands.
      if (!row || this.#file.closed.has(tokenHash)) {
        this.#forget(tokenHash);
        return null;
      }
      const session = asSession(row);
      this.#remember(session);
      return session;
    } catch (error) {
      if (known === null) throw recordsAway(error);
      // Not asked again for a while: each attempt may take as long as a connection's timeout.
      this.#confirmed.set(tokenHash, performance.now());
      return known;
    }
  }

  #remember(session: Session): void {
    this.#confirmed.set(session.tokenHash, performance.now());
    if (this.#file.sessions.has(session.tokenHash)) return;
    this.#file.sessions.set(session.tokenHash, session);
    this.#file.changed();
  }

  #forget(tokenHash: string): boolean {
    this.#confirmed.delete(tokenHash);
    const known = this.#file.sessions.delete(tokenHash);
    if (known) this.#file.changed();
    return known;
  }

  /** Deletes at once, or as soon as PostgreSQL is back; until then the hash is refused here. */
  async #delete(hashes: readonly string[]): Promise<number> {
    if (hashes.length === 0) return 0;
    for (const hash of hashes) this.#file.closed.add(hash);
    try {
      const { numDeletedRows } = await this.#query
        .deleteFrom('sessions')
        .where('token_hash', 'in', hashes)
        .executeTakeFirst();
      for (const hash of hashes) this.#file.closed.delete(hash);
      return Number(numDeletedRows);
    } catch (error) {
      this.#log.warn(
        { sessions: hashes.length, reason: shortly(error) },
        'closed sessions are deleted when PostgreSQL is back',
      );
      this.#file.changed();
      this.#deleteLater();
      return 0;
    }
  }

  #deleteLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      void this.#delete([...this.#file.closed]).then(() => this.#file.changed());
    }, retryMilliseconds).unref();
  }
}

const asSession = (row: Selectable<Tables['sessions']>): Session => ({
  tokenHash: row.token_hash,
  user: row.user,
  role: row.role,
  platform: row.platform,
  seat: row.seat,
  expiresAt: row.expires_at.getTime(),
});
