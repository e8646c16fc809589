// Sessions in use by this process: token → who. Keeps each for two seconds between looks at the database, so that a
// command costs no query, and keeps known ones through a database's absence: calls never wait for it (design §5, SV6).
// It must not hold or log tokens: only their SHA-256.
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../engine/ports.ts';
import type { Session, Sessions } from '../../engine/security-ports.ts';
import type { Limits } from '../limits.ts';
import { Refusal } from '../problem.ts';

interface Known {
  readonly session: Session;
  checkedAt: number;
  usedAt: number;
}
const mostKnown = 50_000;

export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

export class LiveSessions {
  readonly #sessions: Sessions;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #known = new Map<string, Known>();
  /** Ended here, whether or not the database could be told: they stay ended for this process. */
  readonly #ended = new Set<string>();
  readonly #listeners = new Set<(tokenHash: string) => void>();

  constructor(sessions: Sessions, clock: Clock, limits: Limits) {
    this.#sessions = sessions;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Mints a token of 256 bits, stores its hash, gives the token: the only time it exists in the clear. */
  async open(
    who: Omit<Session, 'tokenHash' | 'expiresAt'>,
  ): Promise<{ readonly token: string; readonly session: Session }> {
    const token = randomBytes(32).toString('base64url');
    const now = this.#clock.now();
    const session: Session = {
      ...who,
      tokenHash: hashOfToken(token),
      expiresAt: now + this.#limits.sessionMs,
    };
    await this.#sessions.open(session);
    this.#keep(session, now, now);
    return { token, session };
  }

  /** The session behind a token's hash, or null: unknown, closed, expired or idle too long. Counts as use. */
  async find(tokenHash: string): Promise<Session | null> {
    if (this.#ended.has(tokenHash)) return null;
    const now = this.#clock.now();
    const known = this.#known.get(tokenHash);
    if (!known) return this.#ask(tokenHash, now);
    if (known.session.expiresAt <= now || now - known.usedAt > this.#limits.sessionIdleMs) {
      await this.close(tokenHash).catch(() => undefined);
      return null;
    }
    if (now - known.checkedAt > this.#limits.sessionFreshMs && (await this.#confirm(tokenHash)) === 'gone') {
      this.#forget(tokenHash);
      return null;
    }
    known.usedAt = now;
    return known.session;
  }

  /** Ends the session here at once; throws `database-away` where other nodes may still take its token for good. */
  async close(tokenHash: string): Promise<void> {
    this.#end(tokenHash);
    await this.#sessions.close(tokenHash).catch(() => {
      throw new Refusal('database-away');
    });
  }

  async closeAllOf(user: string): Promise<number> {
    for (const [tokenHash, { session }] of this.#known) if (session.user === user) this.#end(tokenHash);
    const closed = await this.#sessions.closeAllOf(user).catch(() => {
      throw new Refusal('database-away');
    });
    for (const tokenHash of closed) this.#end(tokenHash);
    return closed.length;
  }

  /** Told of every session that ends here, so that its sockets close with it (7.4.1, 8.3.2). */
  onEnd(listener: (tokenHash: string) => void): void {
    this.#listeners.add(listener);
  }

  async #ask(tokenHash: string, now: number): Promise<Session | null> {
    let session: Session | null;
    try {
      session = await this.#sessions.find(tokenHash, now);
    } catch {
      throw new Refusal('database-away');
    }
    if (!session || session.expiresAt <= now) return null;
    this.#keep(session, now, now);
    return session;
  }

  /** A database that is slow or away does not take a known session's rights: `unknown` lets it go on. */
  async #confirm(tokenHash: string): Promise<'there' | 'gone' | 'unknown'> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'unknown'>((resolve) => {
      timer = setTimeout(() => resolve('unknown'), this.#limits.sessionWaitMs);
    });
    const asked = this.#sessions.find(tokenHash, this.#clock.now()).then(
      (session) => (session ? ('there' as const) : ('gone' as const)),
      () => 'unknown' as const,
    );
    const answer = await Promise.race([asked, late]);
    clearTimeout(timer);
    const known = this.#known.get(tokenHash);
    // Also after `unknown`: the next commands must not each wait again.
    if (known) known.checkedAt = this.#clock.now();
    return known ? answer : 'gone';
  }

  #keep(session: Session, checkedAt: number, usedAt: number): void {
    this.#known.set(session.tokenHash, { session, checkedAt, usedAt });
    if (this.#known.size > mostKnown) this.#known.delete(this.#known.keys().next().value ?? '');
  }

  #end(tokenHash: string): void {
    this.#ended.add(tokenHash);
    if (this.#ended.size > mostKnown) this.#ended.delete(this.#ended.values().next().value ?? '');
    this.#forget(tokenHash);
  }

  #forget(tokenHash: string): void {
    this.#known.delete(tokenHash);
    for (const listener of this.#listeners) listener(tokenHash);
  }
}
