// What the routes share: made once in app.ts, handed to each as an argument. It must not grow logic of its own.
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { AuditTrail } from './audit-trail.ts';
import type { LiveSessions } from './auth/live-sessions.ts';
import type { SecondFactor } from './auth/second-factor.ts';
import type { SignIn } from './auth/sign-in.ts';
import type { Tickets } from './auth/tickets.ts';
import type { ApiDeps } from './deps.ts';
import type { Keys } from './idempotency.ts';
import type { Limits } from './limits.ts';
import type { Scope } from './scope.ts';
import type { StreamHub } from './stream/hub.ts';

export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Throws `too-many-requests` once the one who asks has asked too often. */
export type Throttle = (request: FastifyRequest) => Promise<void>;

export interface Surface {
  readonly deps: ApiDeps;
  readonly limits: Limits;
  readonly scope: Scope;
  readonly trail: AuditTrail;
  readonly keys: Keys;
  readonly sessions: LiveSessions;
  readonly tickets: Tickets;
  readonly signIn: SignIn;
  readonly secondFactor: SecondFactor;
  readonly hub: StreamHub;
  readonly throttle: { readonly signIn: Throttle; readonly reveal: Throttle };
}
