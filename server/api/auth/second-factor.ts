// One-time codes (TOTP, RFC 6238) as a second proof at sign-in: enrolled, confirmed by a first code, each code good once.
// It must not let a secret out but at its enrolment, nor into the audit or a log.
import { Secret, TOTP } from 'otpauth';
import type { Clock, Log } from '../../engine/ports.ts';
import type { Account } from '../../engine/security-ports.ts';
import type { OtpEnrolment } from '../../protocol/session.ts';
import type { AuditTrail } from '../audit-trail.ts';
import type { ApiDeps } from '../deps.ts';
import { Refusal } from '../problem.ts';

const periodSeconds = 30;
/** RFC 6238 §5.2: one step back for a slow hand, and one ahead for a clock that is fast. */
const window = 1;
/** RFC 4226 §4 recommends 160 bits. */
const secretBytes = 20;

type Verdict = 'fine' | 'otp-required' | 'otp-refused' | 'otp-enrolment-required';

export class SecondFactor {
  readonly #parts: ApiDeps['secondFactor'];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #trail: AuditTrail;

  constructor(
    { secondFactor, clock, log }: Pick<ApiDeps, 'secondFactor' | 'clock' | 'log'>,
    trail: AuditTrail,
  ) {
    this.#parts = secondFactor;
    this.#clock = clock;
    this.#log = log;
    this.#trail = trail;
  }

  /** Throws `already-enrolled`; nothing is asked of the user before a code of it was seen. */
  async begin(user: string, by: string): Promise<OtpEnrolment> {
    const parts = this.#parts;
    if (!parts) throw new Refusal('not-found');
    const { store, sealing, issuer } = parts;
    if ((await stored(store.find(user)))?.confirmed === true) throw new Refusal('already-enrolled');
    const secret = new Secret({ size: secretBytes });
    await this.#trail.must({ actor: by, action: 'second-factor.begun', subject: user, details: {} });
    if (!(await stored(store.begin(user, sealing.seal(secret.base32, user)))))
      throw new Refusal('already-enrolled');
    return { secret: secret.base32, uri: codes(secret, user, issuer).toString() };
  }

  /** A code that is right is used up with this. */
  async judge({ user, role }: Account, otp: string | undefined): Promise<Verdict> {
    const parts = this.#parts;
    if (!parts) return 'fine';
    const { store, sealing, requiredFor } = parts;
    const factor = await stored(store.find(user));
    const needed = factor?.confirmed === true || requiredFor.includes(role);
    if (!factor) return needed ? 'otp-enrolment-required' : 'fine';
    if (otp === undefined) {
      if (!needed) return 'fine';
      return factor.confirmed ? 'otp-required' : 'otp-enrolment-required';
    }
    const secret = sealing.open(factor.sealed, user);
    if (secret === null) {
      this.#log.error(
        { user },
        'A second factor does not open with second-factor.key: put the right key back, or have an administrator remove it.',
      );
      return 'otp-refused';
    }
    const now = this.#clock.now();
    const delta = codes(Secret.fromBase32(secret), user).validate({ token: otp, timestamp: now, window });
    if (delta === null) return 'otp-refused';
    const step = Math.floor(now / 1000 / periodSeconds) + delta;
    if (!(await stored(store.take(user, factor.sealed, step)))) return 'otp-refused';
    if (!factor.confirmed)
      this.#trail.note({ actor: user, action: 'second-factor.confirmed', subject: user, details: {} });
    return 'fine';
  }

  /** False: there was none. */
  async remove(user: string, by: string): Promise<boolean> {
    if (!this.#parts) return false;
    if (!(await stored(this.#parts.store.find(user)))) return false;
    await this.#trail.must({ actor: by, action: 'second-factor.removed', subject: user, details: {} });
    return stored(this.#parts.store.remove(user));
  }

  async all(): Promise<ReadonlyMap<string, 'begun' | 'on'>> {
    const factors = this.#parts ? await stored(this.#parts.store.list()) : [];
    return new Map(factors.map(({ user, confirmed }) => [user, confirmed ? 'on' : 'begun']));
  }
}

const codes = (secret: Secret, label: string, issuer = ''): TOTP =>
  new TOTP({ issuer, label, secret, algorithm: 'SHA1', digits: 6, period: periodSeconds });

const stored = <T>(asked: Promise<T>): Promise<T> =>
  asked.catch(() => {
    throw new Refusal('database-away');
  });
