// The bare HTTP server with its limits: sizes, deadlines, connections (A11). It must not know any route.
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Limits } from './limits.ts';
import { problem, sendProblem } from './problem.ts';

/** No logger of Fastify's own: it would write addresses. Prototype and constructor poisoning in a body is an error. */
export function bareApp(limits: Limits): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    connectionTimeout: 6 * limits.requestMs,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    trustProxy: false,
    requestIdHeader: false,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    routerOptions: { maxParamLength: 128 },
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.requestMs,
      // How often Node looks for requests that are late; its default is 30 s.
      connectionsCheckingInterval: 1_000,
    },
    frameworkErrors: (_failure, _request, reply) => {
      void sendProblem(reply, problem('bad-request'));
    },
  });
  app.server.maxConnections = limits.connections;
  app.server.maxHeadersCount = 100;
  return app;
}
