// User and password → session. Never says which was wrong, takes equal time for unknown users, locks after failures.
// It must not answer HTTP; routes/session.ts does.
import type { Clock } from '../../engine/ports.ts';
import type { Account, Accounts, Session } from '../../engine/security-ports.ts';
import type { AuditTrail } from '../audit-trail.ts';
import { Refusal } from '../problem.ts';
import type { LiveSessions } from './live-sessions.ts';
import type { Lockout } from './lockout.ts';
import type { OtpEnrolment } from '../../protocol/session.ts';
import type { SecondFactor } from './second-factor.ts';
import { Gate, passwordMatches } from './passwords.ts';

export interface SignInDeps {
  readonly accounts: Accounts;
  readonly sessions: LiveSessions;
  readonly lockout: Lockout;
  readonly secondFactor: SecondFactor;
  readonly trail: AuditTrail;
  readonly clock: Clock;
}

interface Opened {
  readonly token: string;
  readonly session: Session;
}

export class SignIn {
  readonly #deps: SignInDeps;
  readonly #hashing = new Gate(2, 200);
  /** A hundred attempts at once would otherwise all be judged before the first failure counts. */
  readonly #names = new Map<string, Gate>();

  constructor(deps: SignInDeps) {
    this.#deps = deps;
  }

  /** Throws `bad-credentials`, `otp-…`, `locked-out`, `too-many-requests` or `database-away`. */
  signIn(user: string, password: string, otp?: string): Promise<Opened> {
    return this.#alone(user, async () => {
      const account = await this.#proven(user, password);
      await this.#prove(account, otp);
      this.#cleared(account);
      return this.#open(account, this.#deps.clock.now());
    });
  }

  /** The password alone opens no session here, only the way to a second factor where there is none yet. */
  enrol(user: string, password: string): Promise<OtpEnrolment> {
    return this.#alone(user, async () => {
      const account = await this.#proven(user, password);
      return this.#deps.secondFactor.begin(account.user, account.user);
    });
  }

  /** One attempt at a time for a name. */
  async #alone<T>(user: string, attempt: () => Promise<T>): Promise<T> {
    const name = this.#names.get(user) ?? new Gate(1, 50);
    this.#names.set(user, name);
    try {
      const done = await name.run(attempt);
      if (done === null) throw new Refusal('too-many-requests', { retryAfterSeconds: 5 });
      return done;
    } finally {
      if (name.idle) this.#names.delete(user);
    }
  }

  /** The account whose password it is. */
  async #proven(user: string, password: string): Promise<Account> {
    const { lockout } = this.#deps;
    this.#refuseLocked(user);
    const account = await this.#find(user);
    if (account) {
      lockout.recall(user, account.failures, account.lastFailureAt);
      this.#refuseLocked(user);
    }
    const matches = await this.#hashing.run(() => passwordMatches(account?.passwordHash ?? null, password));
    if (matches === null) throw new Refusal('too-many-requests', { retryAfterSeconds: 5 });
    if (!account || !matches) return this.#refuse(user, account, 'bad-credentials');
    return account;
  }

  /** A wrong code counts as a wrong password does, so that a million codes cannot be tried; a missing one does not. */
  async #prove(account: Account, otp: string | undefined): Promise<void> {
    const verdict = await this.#deps.secondFactor.judge(account, otp);
    if (verdict === 'otp-refused') this.#refuse(account.user, account, verdict);
    if (verdict !== 'fine') throw new Refusal(verdict);
  }

  /** Only after the last proof: a password must not clear what wrong codes have counted. */
  #cleared({ user, failures }: Account): void {
    const { lockout, accounts } = this.#deps;
    lockout.cleared(user);
    // Not waited for, and nothing lost when it fails: the count only makes a later lock come sooner.
    if (failures > 0) accounts.clearFailures(user).catch(() => undefined);
  }

  #refuse(user: string, account: Account | null, code: 'bad-credentials' | 'otp-refused'): never {
    const { lockout, clock, accounts, trail } = this.#deps;
    const now = clock.now();
    lockout.failed(user, now);
    // Not waited for: writing takes time that only a known user would cost (A3).
    if (account) accounts.recordFailure(user, now).catch(() => undefined);
    const locked = lockout.lockedFor(user, now) > 0;
    trail.note({
      actor: 'nobody',
      action: locked ? 'session.locked' : 'session.refused',
      subject: user,
      details: code === 'otp-refused' ? { code } : {},
    });
    throw new Refusal(code);
  }

  #refuseLocked(user: string): void {
    const left = this.#deps.lockout.lockedFor(user, this.#deps.clock.now());
    if (left > 0) throw new Refusal('locked-out', { retryAfterSeconds: left / 1000 });
  }

  async #find(user: string): Promise<Account | null> {
    try {
      return await this.#deps.accounts.find(user);
    } catch {
      throw new Refusal('database-away');
    }
  }

  /** The token leaves only when session and audit entry are both stored. */
  async #open(account: Account, now: number): Promise<Opened> {
    const { sessions, trail } = this.#deps;
    const { user, role, platform, seat } = account;
    const opened = await sessions.open({ user, role, platform, seat }).catch(() => {
      throw new Refusal('database-away');
    });
    try {
      await trail.must({
        actor: user,
        action: 'session.opened',
        subject: user,
        details: { role, until: opened.session.expiresAt - now },
      });
    } catch (refused) {
      await sessions.close(opened.session.tokenHash).catch(() => undefined);
      throw refused;
    }
    return opened;
  }
}
