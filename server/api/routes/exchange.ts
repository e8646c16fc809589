// The exchange's desk for people, and the one door for partners' messages. It must not judge a message: the exchange does.
import { z } from 'zod';
import type { ExchangeFace } from '../../exchange/face.ts';
import { identityOf } from '../auth/identity.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { listOf, refusals } from './shapes.ts';

const PartnerParams = z.object({ partner: z.string().regex(/^[a-z0-9-]{1,32}$/) });
const instant = z.iso.datetime({ offset: true });
const PartnerView = z.object({
  id: z.string(),
  mode: z.enum(['webhook', 'border']),
  platforms: z.array(z.string()),
  waiting: z.int(),
  parked: z.int(),
  oldest: z.string().nullable(),
});
const ParkedView = z.object({
  id: z.int(),
  ticket: z.string(),
  type: z.string(),
  attempts: z.int(),
  error: z.string(),
  parkedAt: z.string(),
  behind: z.int().meta({ description: 'Messages of the same ticket that wait behind it.' }),
});
const DeliveryView = z.object({
  message: z.string(),
  direction: z.enum(['out', 'in']),
  ticket: z.string(),
  type: z.string(),
  attempts: z.int(),
  at: z.string(),
});
const ReceiptView = z.looseObject({ message: z.string(), result: z.string() });

export function exchangeRoutes(api: Api, surface: Surface): void {
  const exchangeOf = (): ExchangeFace => {
    const { exchange } = surface.deps;
    if (!exchange) throw new Refusal('not-found');
    return exchange;
  };
  const known = (partner: string): ExchangeFace => {
    const exchange = exchangeOf();
    if (!exchange.has(partner)) throw new Refusal('not-found');
    return exchange;
  };
  const tags = ['exchange'];

  // The signature is over the very bytes: this type is not parsed before it was verified.
  api.addContentTypeParser('application/cloudevents+json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
  api.post(
    '/v1/exchange/inbox/:partner',
    {
      schema: {
        tags,
        summary: 'A partner sends: CloudEvents 1.0, signed after Standard Webhooks; answered with a receipt',
        params: PartnerParams,
        response: { 200: ReceiptView, ...refusals },
      },
      bodyLimit: 262_144,
    },
    async (request) => {
      const body: unknown = request.body;
      if (typeof body !== 'string') throw new Refusal('bad-request');
      const headers = Object.fromEntries(
        ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
          name,
          [request.headers[name]].flat()[0] ?? '',
        ]),
      );
      const taken = await exchangeOf().take(request.params.partner, body, headers);
      if (taken.ok) return { ...taken.receipt };
      surface.trail.note({
        actor: `partner:${request.params.partner}`,
        action: 'denied',
        subject: 'exchange.inbox',
        details: { why: taken.why },
      });
      if (taken.why === 'not-genuine') throw new Refusal('unauthenticated');
      if (taken.why === 'reused-id') throw new Refusal('key-reused', { field: 'webhook-id' });
      throw new Refusal('invalid-field', { field: taken.field ?? 'body' });
    },
  );
  api.get(
    '/v1/exchange',
    {
      schema: {
        tags,
        summary: 'Partners: what waits, what was given up',
        response: { 200: listOf(PartnerView), ...refusals },
      },
    },
    async () => ({
      items: (await exchangeOf().partners()).map((each) => ({ ...each, platforms: [...each.platforms] })),
    }),
  );
  api.get(
    '/v1/exchange/:partner/parked',
    {
      schema: {
        tags,
        summary: 'The dead-letter desk',
        params: PartnerParams,
        response: { 200: listOf(ParkedView), ...refusals },
      },
    },
    async (request) => ({ items: [...(await known(request.params.partner).parked(request.params.partner))] }),
  );
  api.post(
    '/v1/exchange/:partner/replay',
    {
      schema: {
        tags,
        summary: 'Back into the line: one message, or all that were given up',
        params: PartnerParams,
        body: z.object({ id: z.int().optional() }),
        response: { 202: z.object({ replayed: z.int() }), ...refusals },
      },
    },
    async (request, reply) => {
      const { partner } = request.params;
      const replayed = await known(partner).replay(partner, request.body.id ?? null);
      surface.trail.note({
        actor: identityOf(request).actor.user,
        action: 'exchange.replayed',
        subject: partner,
        details: { id: request.body.id ?? 'all', replayed },
      });
      return reply.code(202).send({ replayed });
    },
  );
  api.get(
    '/v1/exchange/:partner/deliveries',
    {
      schema: {
        tags,
        summary: "This end's ledger of what was delivered and what came in",
        params: PartnerParams,
        querystring: z.object({ from: instant, to: instant }),
        response: { 200: listOf(DeliveryView), ...refusals },
      },
    },
    async (request) => {
      const { from, to } = request.query;
      return {
        items: [...(await known(request.params.partner).deliveries(request.params.partner, from, to))],
      };
    },
  );
  api.post(
    '/v1/exchange/:partner/reconcile',
    {
      schema: {
        tags,
        summary: "The other end's list of transfers against ours: what differs (must be none)",
        params: PartnerParams,
        body: z.object({
          transfers: z.array(z.object({ ticket: z.string().max(64), accepted: z.boolean() })).max(500),
        }),
        response: {
          200: z.object({
            compared: z.int(),
            differences: z.array(
              z.object({ ticket: z.string(), ours: z.boolean().nullable(), theirs: z.boolean() }),
            ),
          }),
          ...refusals,
        },
      },
    },
    async (request) => {
      const { transfers } = request.body;
      const found = await known(request.params.partner).reconcile(transfers);
      return { compared: transfers.length, differences: [...found] };
    },
  );
}
