// Accounts, sessions and audit in plain memory, which may be away, for tests of the HTTP surface.
// It must never be imported by anything under server/.
import type {
  Account,
  Accounts,
  Audit,
  AuditAbout,
  AuditEntry,
  AuditRow,
  NewAccount,
  Session,
  Sessions,
} from '../../server/engine/security-ports.ts';

export class AccountsDouble implements Accounts {
  readonly rows = new Map<string, Account>();
  away = false;
  async find(user: string): Promise<Account | null> {
    await this.#there();
    return this.rows.get(user) ?? null;
  }
  async create(account: NewAccount): Promise<boolean> {
    await this.#there();
    if (this.rows.has(account.user)) return false;
    this.rows.set(account.user, { ...account, failures: 0, lastFailureAt: null, createdAt: 0 });
    return true;
  }
  async list(): Promise<readonly Account[]> {
    await this.#there();
    return [...this.rows.values()];
  }
  async recordFailure(user: string, at: number): Promise<number> {
    await this.#there();
    const row = this.rows.get(user);
    if (!row) return 0;
    this.rows.set(user, { ...row, failures: row.failures + 1, lastFailureAt: at });
    return row.failures + 1;
  }
  async clearFailures(user: string): Promise<void> {
    await this.#there();
    const row = this.rows.get(user);
    if (row) this.rows.set(user, { ...row, failures: 0, lastFailureAt: null });
  }
  #there(): Promise<void> {
    return this.away ? Promise.reject(new Error('database away')) : Promise.resolve();
  }
}

export class SessionsDouble implements Sessions {
  readonly rows = new Map<string, Session>();
  away = false;
  hangs = false;
  finds = 0;
  async open(session: Session): Promise<void> {
    await this.#there();
    this.rows.set(session.tokenHash, session);
  }
  async find(tokenHash: string): Promise<Session | null> {
    this.finds += 1;
    if (this.hangs) await new Promise(() => undefined);
    await this.#there();
    return this.rows.get(tokenHash) ?? null;
  }
  async close(tokenHash: string): Promise<boolean> {
    await this.#there();
    return this.rows.delete(tokenHash);
  }
  async closeAllOf(user: string): Promise<readonly string[]> {
    await this.#there();
    const closed = [...this.rows.values()].filter((row) => row.user === user).map((row) => row.tokenHash);
    for (const tokenHash of closed) this.rows.delete(tokenHash);
    return closed;
  }
  #there(): Promise<void> {
    return this.away ? Promise.reject(new Error('database away')) : Promise.resolve();
  }
}

export class AuditDouble implements Audit {
  readonly rows: AuditRow[] = [];
  away = false;
  append(...entries: readonly AuditEntry[]): Promise<number> {
    if (this.away) return Promise.reject(new Error('database away'));
    for (const entry of entries)
      this.rows.push({ ...entry, number: this.rows.length + 1, previousHash: '0', hash: '0' });
    return Promise.resolve(this.rows.length);
  }
  verify() {
    return Promise.resolve({ ok: true as const, rows: this.rows.length, head: '0' });
  }
  list(_cursor: string | null, limit: number, about: AuditAbout = {}) {
    const asked = Object.entries(about) as [keyof AuditAbout, string][];
    const items = this.rows.toReversed().filter((row) => asked.every(([key, value]) => row[key] === value));
    return Promise.resolve({ items: items.slice(0, limit), next: null });
  }
}
