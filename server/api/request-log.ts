// One line a request, at debug: route, status, time, user. Never the address as typed, a header or a body (G25).
// It must not slow a request down.
import type { FastifyInstance } from 'fastify';
import type { Log } from '../engine/ports.ts';
import { knownIdentity } from './auth/identity.ts';

export function logRequests(app: FastifyInstance, log: Log): void {
  app.addHook('onResponse', (request, reply, done) => {
    log.debug(
      {
        route: `${request.method} ${request.routeOptions.url ?? '?'}`,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        user: knownIdentity(request)?.actor.user,
      },
      'request',
    );
    done();
  });
}
