// The whole HTTP surface over doubles: an open desk with its people, for the API's unit tests.
// It must never be imported by anything under server/.
import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import type { FastifyInstance } from 'fastify';
import type { Account } from '../../server/engine/security-ports.ts';
import { buildApp } from '../../server/api/app.ts';
import type { ApiDeps } from '../../server/api/deps.ts';
import { hashOfToken } from '../../server/api/auth/live-sessions.ts';
import { EngineDouble } from './engine.ts';
import { AccountsDouble, AuditDouble, SessionsDouble } from './security.ts';
import { since, queueView, seatView } from './views.ts';

export const password = 'Correct-horse-7';
const passwordHash = hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });

export interface Desk {
  readonly app: FastifyInstance;
  readonly engine: EngineDouble;
  readonly accounts: AccountsDouble;
  readonly sessions: SessionsDouble;
  readonly audit: AuditDouble;
  readonly clock: { at: number; now(): number };
  /** Every log line, as text. */
  readonly logged: string[];
  /** A session's token without the cost of a sign-in. */
  token(user: string): string;
  as(user: string): { readonly authorization: string };
}

/** Two platforms, three seats, two supervisors, an auditor, an administrator, a system client; app.close() is the test's. */
export async function openDesk(more: Partial<ApiDeps> = {}): Promise<Desk> {
  const engine = new EngineDouble();
  const accounts = new AccountsDouble();
  const sessions = new SessionsDouble();
  const audit = new AuditDouble();
  const logged: string[] = [];
  const clock = { at: Date.parse(since), now: () => clock.at };
  const people: readonly (readonly [string, Account['role'], string | null, string | null])[] = [
    ['1001', 'seat', '12345', '1001'],
    ['1002', 'seat', '12345', '1002'],
    ['3001', 'seat', '110', '3001'],
    ['sup-12345', 'supervisor', '12345', null],
    ['sup-110', 'supervisor', '110', null],
    ['audit', 'auditor', null, null],
    ['admin', 'administrator', null, null],
    ['system', 'system', null, null],
  ];
  for (const [user, role, platform, seat] of people)
    await accounts.create({ user, role, platform, seat, passwordHash: await passwordHash });
  for (const [id, platform] of [
    ['1001', '12345'],
    ['1002', '12345'],
    ['3001', '110'],
  ] as const)
    engine.seatViews.set(id, seatView(id, platform));
  for (const platform of ['12345', '110']) engine.queueViews.set(`q-${platform}`, queueView(platform));
  const write = (level: string) => (details: object, message: string) =>
    void logged.push(`${level} ${message} ${JSON.stringify(details)}`);
  const app = await buildApp({
    engine,
    accounts,
    sessions,
    audit,
    clock,
    desk: {
      silentCall: { afterSeconds: 6, keys: true, steps: ['再问一次'], decisions: [] },
      replaySeconds: 120,
      offerSeconds: 12,
    },
    metrics: () => Promise.resolve('hotline_calls 1\n'),
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    ...more,
  });
  const token = (user: string): string => {
    const { role, platform, seat } = accounts.rows.get(user)!;
    const made = randomBytes(32).toString('base64url');
    sessions.rows.set(hashOfToken(made), {
      tokenHash: hashOfToken(made),
      user,
      role,
      platform,
      seat,
      expiresAt: clock.at + 3_600_000,
    });
    return made;
  };
  return {
    app,
    engine,
    accounts,
    sessions,
    audit,
    clock,
    logged,
    token,
    as: (user) => ({ authorization: `Bearer ${token(user)}` }),
  };
}
