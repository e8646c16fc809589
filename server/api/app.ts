// Builds the HTTP surface over what it is given. It must not construct anything concrete beyond itself: wire.ts does.
import rateLimit from '@fastify/rate-limit';
import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { AuditTrail } from './audit-trail.ts';
import { installGuard, knownIdentity } from './auth/identity.ts';
import { LiveSessions } from './auth/live-sessions.ts';
import { Lockout } from './auth/lockout.ts';
import { SecondFactor } from './auth/second-factor.ts';
import { SignIn } from './auth/sign-in.ts';
import { Tickets, chooseProtocol } from './auth/tickets.ts';
import { installBodies } from './bodies.ts';
import type { ApiDeps } from './deps.ts';
import { installDescription } from './description.ts';
import { installFront, installHeaders } from './front.ts';
import { Keys } from './idempotency.ts';
import { Involvement } from './involvement.ts';
import { usualLimits } from './limits.ts';
import type { Limits } from './limits.ts';
import { bareApp } from './listener.ts';
import { installProblems } from './problem.ts';
import { logRequests } from './request-log.ts';
import { accountRoutes, auditRoutes } from './routes/audit.ts';
import { broadcastRoutes } from './routes/broadcasts.ts';
import { callCommandRoutes } from './routes/call-commands.ts';
import { callerHistoryRoutes } from './routes/caller-history.ts';
import { callRoutes } from './routes/calls.ts';
import { deskRoutes } from './routes/desk.ts';
import { overflowRoutes } from './routes/overflow.ts';
import { exchangeRoutes } from './routes/exchange.ts';
import { knowledgeRoutes } from './routes/knowledge.ts';
import { noticeRoutes } from './routes/notices.ts';
import { nuisanceRoutes } from './routes/nuisance.ts';
import { queueRoutes } from './routes/queues.ts';
import { seatRoutes } from './routes/seats.ts';
import { sessionRoutes } from './routes/session.ts';
import { recordingRoutes } from './routes/recordings.ts';
import { referenceRoutes } from './routes/reference.ts';
import { reportRoutes } from './routes/reports.ts';
import { staffingRoutes } from './routes/staffing.ts';
import { systemRoutes } from './routes/system.ts';
import { ticketBatchRoutes } from './routes/ticket-batch.ts';
import { ticketCommandRoutes } from './routes/ticket-commands.ts';
import { ticketExportRoutes } from './routes/ticket-export.ts';
import { ticketRoutes } from './routes/tickets.ts';
import { volumeRoutes } from './routes/volume.ts';
import { installZod } from './schemas.ts';
import { Scope } from './scope.ts';
import { StreamHub } from './stream/hub.ts';
import { sipRoutes } from './sip-proxy.ts';
import { streamRoutes } from './stream/route.ts';
import type { Surface } from './surface.ts';
import { throttle, throttleSessions, userAsked } from './throttling.ts';

/** Ready to `listen` or `inject`. Rejects when a route has no rule. `close()` ends the streams and flushes the audit. */
export async function buildApp(deps: ApiDeps): Promise<FastifyInstance> {
  const limits: Limits = { ...usualLimits, ...deps.limits };
  const app = bareApp(limits);
  const trail = new AuditTrail(deps.audit, deps.clock, deps.log);
  const sessions = new LiveSessions(deps.sessions, deps.clock, limits);
  const tickets = new Tickets(deps.clock, limits);
  installProblems(app, deps.log);
  logRequests(app, deps.log);
  await app.register(rateLimit, { global: false, cache: 20_000 });
  const strangers = throttle(app, limits.strangersPer10s, 10_000, (request) => `stranger ${request.ip}`);
  // Before the guard: it is what closes the connection of an upgrade that was refused.
  await app.register(websocket, {
    // As long as a browser phone's answer with its candidates (/sip); the stream refuses more than a hello by itself.
    options: { maxPayload: 16_384, perMessageDeflate: false, handleProtocols: chooseProtocol },
    // The hub tells its clients why; the plugin's own way would close them without a word before.
    preClose: (done) => {
      app.websocketServer.close();
      done();
    },
  });
  installGuard(app, { sessions, tickets, trail, stranger: strangers });
  throttleSessions(app, limits);
  await installHeaders(app);
  await installDescription(app);
  installBodies(app);

  const involvement = new Involvement(deps.engine);
  const scope = new Scope(deps.engine, involvement);
  const secondFactor = new SecondFactor(deps, trail);
  const surface: Surface = {
    deps,
    limits,
    scope,
    trail,
    sessions,
    tickets,
    keys: new Keys(deps.clock, limits),
    signIn: new SignIn({
      accounts: deps.accounts,
      sessions,
      trail,
      clock: deps.clock,
      lockout: new Lockout(limits),
      secondFactor,
    }),
    secondFactor,
    hub: new StreamHub({ engine: deps.engine, scope, involvement, sessions, limits, log: deps.log }),
    throttle: {
      signIn: throttle(
        app,
        limits.signInsPerMinute,
        60_000,
        (request) => `sign-in ${request.ip} ${userAsked(request)}`,
      ),
      reveal: throttle(
        app,
        limits.revealsPerHour,
        3_600_000,
        (request) => `reveal ${knownIdentity(request)?.actor.user ?? request.ip}`,
      ),
    },
  };
  app.addHook('preClose', (done) => {
    surface.hub.close();
    done();
  });
  app.addHook('onClose', () => trail.close());
  // A scope of its own, so that zod's compilers are not put on the plugins' routes.
  await app.register((scoped, _options, done) => {
    installZod(scoped, deps.log);
    const api = scoped.withTypeProvider<ZodTypeProvider>();
    for (const routes of [
      sessionRoutes,
      seatRoutes,
      callRoutes,
      callerHistoryRoutes,
      callCommandRoutes,
      recordingRoutes,
      queueRoutes,
      overflowRoutes,
      noticeRoutes,
      broadcastRoutes,
      deskRoutes,
      nuisanceRoutes,
      staffingRoutes,
      volumeRoutes,
      reportRoutes,
      ticketRoutes,
      ticketBatchRoutes,
      ticketExportRoutes,
      ticketCommandRoutes,
      referenceRoutes,
      knowledgeRoutes,
      exchangeRoutes,
      auditRoutes,
      accountRoutes,
      streamRoutes,
      sipRoutes,
      systemRoutes,
    ]) {
      routes(api, surface);
    }
    done();
  });
  await installFront(app, deps.consoleFolder);
  await app.ready();
  return app;
}
