// Every request passes here first: rule of its route, bearer token or stream ticket, role. No rule, no start (G23).
// It must not look at objects; and a token anywhere but in the Authorization header is no token.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../../protocol/words.ts';
import type { AuditTrail } from '../audit-trail.ts';
import { Refusal } from '../problem.ts';
import { whoMay } from '../rules.ts';
import type { Who } from '../rules.ts';
import { hashOfToken } from './live-sessions.ts';
import type { LiveSessions } from './live-sessions.ts';
import { ticketOffered } from './tickets.ts';
import type { Tickets } from './tickets.ts';

export interface Identity {
  readonly actor: Actor;
  readonly tokenHash: string;
  readonly expiresAt: number;
}

/** Sockets a browser opens, which cannot send a header. */
const ticketDoors = new Set(['/v1/stream', '/sip']);

const identities = new WeakMap<FastifyRequest, Identity>();

/** Who asks. Only for routes whose rule asks for a session. */
export function identityOf(request: FastifyRequest): Identity {
  const identity = identities.get(request);
  if (!identity) throw new Refusal('unauthenticated');
  return identity;
}
export const knownIdentity = (request: FastifyRequest): Identity | undefined => identities.get(request);

export interface GuardDeps {
  readonly sessions: LiveSessions;
  readonly tickets: Tickets;
  readonly trail: AuditTrail;
  /** Throws when this address has shown too many tokens nobody has. */
  stranger(request: FastifyRequest): Promise<void>;
}

/** Must be installed before any route is declared. */
export function installGuard(app: FastifyInstance, deps: GuardDeps): void {
  app.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      if (whoMay(method, route.url) === undefined) {
        throw new Error(`${method} ${route.url} has no rule: say in server/api/rules.ts who may use it.`);
      }
    }
  });
  app.addHook('onRequest', async (request) => {
    if (request.is404) return;
    const who = whoMay(request.method, request.routeOptions.url ?? '');
    if (who === undefined) throw new Refusal('not-found');
    if (who === 'anyone' || (who === 'here-or-system' && isHere(request))) return;
    const identity = await identify(request, deps);
    identities.set(request, identity);
    if (!allows(who, identity)) {
      const { user, role } = identity.actor;
      deps.trail.note({
        actor: user,
        action: 'denied',
        subject: `${request.method} ${request.routeOptions.url ?? ''}`,
        details: { role },
      });
      throw new Refusal('forbidden');
    }
  });
}

function allows(who: Who, { actor }: Identity): boolean {
  if (who === 'signed-in' || who === 'anyone') return true;
  return who === 'here-or-system' ? actor.role === 'system' : who.includes(actor.role);
}

/** On this machine itself; behind a proxy everybody would seem to be, so a forwarded request is not. */
function isHere(request: FastifyRequest): boolean {
  const { headers } = request;
  if (
    headers['x-forwarded-for'] !== undefined ||
    headers.forwarded !== undefined ||
    headers['x-real-ip'] !== undefined
  )
    return false;
  return /^(?:127\.|::1$|::ffff:127\.)/.test(request.socket.remoteAddress ?? '');
}

async function identify(request: FastifyRequest, deps: GuardDeps): Promise<Identity> {
  const tokenHash = tokenHashOf(request, deps.tickets);
  const session = tokenHash === null ? null : await deps.sessions.find(tokenHash);
  if (!session) {
    if (tokenHash !== null) await deps.stranger(request);
    throw new Refusal('unauthenticated');
  }
  const { user, role, platform, seat, expiresAt } = session;
  return { actor: { user, role, platform, seat }, tokenHash: session.tokenHash, expiresAt };
}

function tokenHashOf(request: FastifyRequest, tickets: Tickets): string | null {
  const token = /^Bearer ([A-Za-z0-9_-]{20,100})$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token !== undefined) return hashOfToken(token);
  if (!ticketDoors.has(request.routeOptions.url ?? '')) return null;
  const ticket = ticketOffered(request.headers['sec-websocket-protocol']);
  return ticket === null ? null : tickets.redeem(ticket);
}
