// Tickets as they are read and opened: lists, search, one, timeline, the audited reveal, bulk changes, untagged calls.
// It must not judge what may be done with a ticket: ticket-commands.ts asks the office, the domain decides.
import { z } from 'zod';
import { RevealBody } from '../../protocol/commands.ts';
import {
  ItemDecision,
  NewTicketBody,
  RegionCode,
  Ticket,
  TicketFact,
  TicketId,
  TicketSource,
  TicketState,
  UntaggedCall,
} from '../../protocol/ticket.ts';
import { CallId, Platform, TicketClass } from '../../protocol/words.ts';
import type { Actor } from '../../protocol/words.ts';
import type { TicketFace } from '../../engine/tickets/face.ts';
import { identityOf } from '../auth/identity.ts';
import { carryOut } from '../command.ts';
import { Refusal } from '../problem.ts';
import { maskNumber } from '../privacy/masking.ts';
import { asStored } from '../schemas.ts';
import type { Api, Surface } from '../surface.ts';
import { decisionSeen, factSeen, mayTicket, ticketSeen, untaggedSeen } from '../ticket-scope.ts';
import { Page, listOf, refusals } from './shapes.ts';

export const TicketParams = z.object({ id: TicketId });
const instant = z.iso.datetime({ offset: true });
export const Filter = z.object({
  platform: Platform.optional().meta({ description: 'Who owns it now; default: your own platform.' }),
  state: TicketState.optional(),
  class: TicketClass.optional(),
  item: z.string().max(64).optional(),
  region: RegionCode.optional(),
  unit: z.string().max(18).optional(),
  source: TicketSource.optional(),
  call: CallId.optional(),
  overdue: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'true: missed a deadline and still owes it (督办).' }),
  from: instant.optional(),
  to: instant.optional(),
  q: z.string().max(200).optional().meta({ description: 'Full text: every word must be there.' }),
});
const TicketQuery = Page.extend(Filter.shape);
const SearchBody = Filter.extend({
  number: z.string().min(1).max(32).optional(),
  cursor: z.string().max(400).optional(),
  limit: z.int().min(1).max(200).default(50),
});
const Revealed = z.object({ number: z.string(), name: z.string().optional() });

/** The tickets' office; its absence means that this server runs without tickets. */
export function officeOf({ deps }: Surface): TicketFace {
  if (!deps.tickets) throw new Refusal('not-found');
  return deps.tickets;
}

/** The ticket where the actor may see it; otherwise `not-found`, and the attempt is written down (A8). */
export async function ticketFor(surface: Surface, actor: Actor, id: string): Promise<Ticket> {
  const ticket = await officeOf(surface).ticket(id);
  if (!ticket) throw new Refusal('not-found');
  if (mayTicket(actor, ticket)) return ticket;
  surface.trail.note({ actor: actor.user, action: 'denied', subject: id, details: { role: actor.role } });
  throw new Refusal('not-found');
}

/** The filter narrowed to what the actor may see. */
export function filterFor(actor: Actor, asked: z.output<typeof Filter>) {
  const { overdue, ...rest } = asked;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const platform = asked.platform ?? actor.platform ?? undefined;
  return {
    ...given,
    ...(platform === undefined ? {} : { platform }),
    ...(overdue === 'true' ? { overdue: true } : {}),
    ...(actor.platform === null || platform === actor.platform ? {} : { concerning: actor.platform }),
  };
}

export function ticketRoutes(api: Api, surface: Surface): void {
  const page = async (actor: Actor, asked: z.output<typeof SearchBody>) => {
    const { number, cursor, limit, ...filter } = asked;
    const { items, next } = await officeOf(surface).list({
      ...filterFor(actor, filter),
      limit,
      ...(number === undefined ? {} : { number }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    return {
      items: items.filter((ticket) => mayTicket(actor, ticket)).map(ticketSeen),
      ...(next === null ? {} : { next }),
    };
  };

  api.post(
    '/v1/tickets',
    {
      schema: {
        tags: ['tickets'],
        summary: 'Open a ticket without a call: online, at a station, on patrol (R5, R22)',
        body: NewTicketBody,
        response: { 202: Ticket, ...refusals },
      },
    },
    async (request, reply) => {
      const office = officeOf(surface);
      const { seen } = await carryOut(surface, request, {
        action: 'ticket.open',
        subject: 'new',
        body: { ...request.body, caller: undefined, summary: undefined },
        run: (key, actor) => office.open(request.body, key, actor),
        see: (_actor, ticket) => ticketSeen(ticket),
      });
      return reply.code(202).header('location', `/v1/tickets/${seen.id}`).send(seen);
    },
  );
  api.get(
    '/v1/tickets',
    {
      schema: {
        tags: ['tickets'],
        summary: 'Tickets, newest first; full text by `q`',
        description:
          'With `q` a page may be short, even empty, where `next` is given: words that hardly ever meet are looked for in pieces.',
        querystring: TicketQuery,
        response: { 200: listOf(Ticket), ...refusals },
      },
      serializerCompiler: asStored,
    },
    (request) => page(identityOf(request).actor, request.query),
  );
  api.post(
    '/v1/tickets/search',
    {
      schema: {
        tags: ['tickets'],
        summary: 'Tickets of a number',
        body: SearchBody,
        response: { 200: listOf(Ticket), ...refusals },
      },
      serializerCompiler: asStored,
    },
    async (request) => {
      const { actor } = identityOf(request);
      const { number } = request.body;
      await surface.trail.must({
        actor: actor.user,
        action: 'ticket.searched',
        subject: number === undefined ? 'all' : maskNumber(number),
        details: {},
      });
      return page(actor, request.body);
    },
  );
  api.get(
    '/v1/tickets/changes',
    {
      schema: {
        tags: ['tickets'],
        summary: 'Every change in bulk: go on from `next`; nothing is skipped, whoever writes meanwhile',
        querystring: z.object({
          cursor: z.string().max(64).optional(),
          limit: z.coerce.number().int().min(1).max(2000).default(500),
        }),
        response: { 200: z.object({ items: z.array(Ticket), next: z.string() }), ...refusals },
      },
      serializerCompiler: asStored,
    },
    async (request) => {
      const { actor } = identityOf(request);
      const { cursor, limit } = request.query;
      const { items, next } = await officeOf(surface).changes(cursor ?? null, limit);
      return { items: items.filter((ticket) => mayTicket(actor, ticket)).map(ticketSeen), next };
    },
  );
  api.get(
    '/v1/tickets/untagged',
    {
      schema: {
        tags: ['tickets'],
        summary: 'Calls nobody has tagged: they wait here until somebody does (WR1)',
        response: { 200: listOf(UntaggedCall), ...refusals },
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      return { items: (await officeOf(surface).untagged(actor.platform)).map(untaggedSeen) };
    },
  );
  api.get(
    '/v1/catalogue/:item/decisions',
    {
      schema: {
        tags: ['tickets'],
        summary: 'What was decided in disputes about a matter, newest first (R11)',
        params: z.object({ item: z.string().min(1).max(64) }),
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(50).default(3) }),
        response: { 200: listOf(ItemDecision), ...refusals },
      },
    },
    async (request) => {
      const { platform } = identityOf(request).actor;
      const decided = await officeOf(surface).decisions(request.params.item, platform, request.query.limit);
      return { items: decided.map(decisionSeen) };
    },
  );
  api.get(
    '/v1/tickets/:id',
    {
      schema: {
        tags: ['tickets'],
        summary: 'One ticket',
        params: TicketParams,
        response: { 200: Ticket, ...refusals },
      },
    },
    async (request) => ticketSeen(await ticketFor(surface, identityOf(request).actor, request.params.id)),
  );
  api.get(
    '/v1/tickets/:id/timeline',
    {
      schema: {
        tags: ['tickets'],
        summary: 'Everything that happened to the ticket, in order',
        params: TicketParams,
        response: { 200: listOf(TicketFact), ...refusals },
      },
    },
    async (request) => {
      const { id } = await ticketFor(surface, identityOf(request).actor, request.params.id);
      return { items: (await officeOf(surface).timeline(id)).map(factSeen) };
    },
  );
  api.post(
    '/v1/tickets/:id/reveal',
    {
      schema: {
        tags: ['tickets'],
        summary: "The caller's number and name in full; written down with your reason",
        params: TicketParams,
        body: RevealBody,
        response: { 200: Revealed, ...refusals },
      },
      preHandler: surface.throttle.reveal,
    },
    async (request) => {
      const { actor } = identityOf(request);
      const { caller, id, confidential } = await ticketFor(surface, actor, request.params.id);
      if (!caller) throw new Refusal('not-found');
      if (confidential && actor.role !== 'supervisor') throw new Refusal('forbidden');
      await surface.trail.must({
        actor: actor.user,
        action: 'number.revealed',
        subject: id,
        details: { reason: request.body.reason },
      });
      return caller;
    },
  );
}
