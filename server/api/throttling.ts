// How often one may ask. It must not decide who may: identity.ts did, before this.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { knownIdentity } from './auth/identity.ts';
import type { Limits } from './limits.ts';
import { Refusal } from './problem.ts';
import type { Throttle } from './surface.ts';

/** `most` in any window for one key; then `too-many-requests` with the seconds to wait. */
export function throttle(
  app: FastifyInstance,
  most: number,
  timeWindow: number,
  key: (request: FastifyRequest) => string,
): Throttle {
  const count = app.createRateLimit({ max: most, timeWindow, keyGenerator: key });
  return async (request) => {
    const result = await count(request);
    if (!result.isAllowed && result.isExceeded)
      throw new Refusal('too-many-requests', { retryAfterSeconds: result.ttlInSeconds });
  };
}

/** Per session, generous: a desk that presses fast is welcome, a loop is not. After the guard, before the body is read. */
export function throttleSessions(app: FastifyInstance, limits: Limits): void {
  const bySession = (most: number, kind: string): Throttle =>
    throttle(app, most, 10_000, (request) => `${kind} ${knownIdentity(request)?.tokenHash ?? ''}`);
  const people = bySession(limits.requestsPer10s, 'session');
  const systems = bySession(limits.systemRequestsPer10s, 'system');
  app.addHook('onRequest', async (request) => {
    const known = knownIdentity(request);
    if (known) await (known.actor.role === 'system' ? systems : people)(request);
  });
}

const Asked = z.object({ user: z.string() });
/** The user name in a sign-in's body, for its own limit. */
export function userAsked(request: FastifyRequest): string {
  const asked = Asked.safeParse(request.body);
  return asked.success ? asked.data.user : '';
}
