// The sessions this node knows, mirrored into a file: only hashes of tokens, never a token.
// It must not be believed while PostgreSQL can be asked.
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Session } from '../../engine/security-ports.ts';

const gatherMilliseconds = 200;

interface Content {
  readonly sessions: readonly Session[];
  /** Closed while PostgreSQL was away, not deleted there yet. */
  readonly closed: readonly string[];
}

export class SessionsFile {
  readonly sessions = new Map<string, Session>();
  readonly closed = new Set<string>();
  readonly #path: string;
  #later: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(path: string): Promise<SessionsFile> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = new SessionsFile(path);
    const { sessions, closed } = parse(await readFile(path, 'utf8').catch(() => ''));
    for (const session of sessions) file.sessions.set(session.tokenHash, session);
    for (const hash of closed) file.closed.add(hash);
    return file;
  }

  /** The file follows within a moment. */
  changed(): void {
    this.#later ??= setTimeout(() => {
      this.#later = null;
      this.#writing = this.#writing.then(() => this.#write()).catch(() => undefined);
    }, gatherMilliseconds).unref();
  }

  async stop(): Promise<void> {
    if (this.#later) {
      clearTimeout(this.#later);
      await this.#write().catch(() => undefined);
    }
    await this.#writing;
  }

  async #write(): Promise<void> {
    for (const [hash, { expiresAt }] of this.sessions)
      if (expiresAt <= Date.now()) this.sessions.delete(hash);
    const content: Content = { sessions: [...this.sessions.values()], closed: [...this.closed] };
    const file = await open(`${this.#path}.part`, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify(content));
    } finally {
      await file.close();
    }
    await rename(`${this.#path}.part`, this.#path);
  }
}

/** A file that cannot be read is worth nothing more than none: people sign in again. */
function parse(text: string): Content {
  try {
    const { sessions, closed } = JSON.parse(text) as Partial<Content>;
    return { sessions: Array.isArray(sessions) ? sessions : [], closed: Array.isArray(closed) ? closed : [] };
  } catch {
    return { sessions: [], closed: [] };
  }
}
