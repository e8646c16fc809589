// The two doors of the stream: a ticket for browsers, and the WebSocket itself. It must not take a token from an address.
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { identityOf } from '../auth/identity.ts';
import { originAllowed } from '../origin.ts';
import { Refusal } from '../problem.ts';
import { refusals } from '../routes/shapes.ts';
import type { Api, Surface } from '../surface.ts';

const mostHello = 4_096;

export function streamRoutes(api: Api, surface: Surface): void {
  const { hub, tickets, limits, deps } = surface;
  api.post(
    '/v1/stream/ticket',
    {
      schema: {
        tags: ['stream'],
        summary: 'A single-use ticket for GET /v1/stream, for browsers',
        description:
          'Offer the subprotocols `hotline.v1` and `hotline.ticket.{ticket}` when opening the WebSocket. The frames are described in /asyncapi.json.',
        response: { 201: z.object({ ticket: z.string(), expiresInSeconds: z.number() }), ...refusals },
      },
    },
    async (request, reply) => {
      const ticket = tickets.mint(identityOf(request).tokenHash);
      return reply.code(201).send({ ticket, expiresInSeconds: limits.ticketMs / 1000 });
    },
  );
  api.get(
    '/v1/stream',
    {
      websocket: true,
      preValidation: (request, _reply, done) => {
        const { tokenHash } = identityOf(request);
        if (!originAllowed(request.headers.origin, request.headers.host, deps.allowedOrigins ?? [])) {
          done(new Refusal('forbidden'));
          return;
        }
        if (hub.socketsOf(tokenHash) >= limits.socketsPerSession) {
          done(new Refusal('too-many-requests', { retryAfterSeconds: 5 }));
          return;
        }
        done();
      },
    },
    (socket: WebSocket, request) => {
      const subscriber = hub.add(socket, identityOf(request));
      socket.on('message', (data, isBinary) => {
        if (isBinary) {
          subscriber.close(1003, 'text only');
          return;
        }
        // The plugin's own limit is made for /sip: a hello is short.
        const text = rawText(data);
        if (text.length > mostHello) {
          subscriber.close(1009, 'too long');
          return;
        }
        subscriber.message(text).catch((failure: unknown) => {
          deps.log.error(
            { error: String(failure) },
            'a stream failed and was closed; its client connects again',
          );
          subscriber.drop();
        });
      });
      socket.on('pong', () => subscriber.pong());
      socket.on('close', () => hub.remove(subscriber));
    },
  );
}

const rawText = (data: WebSocket.RawData): string =>
  (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString('utf8');
