// Tickets as a file: CSV, NDJSON or XLSX, streamed, written down before the first row leaves (A14).
// It must not keep a transaction open while somebody downloads: it goes page by page.
import { z } from 'zod';
import type { Ticket } from '../../protocol/ticket.ts';
import type { Actor } from '../../protocol/words.ts';
import { identityOf } from '../auth/identity.ts';
import { exported, formats } from '../export/formats.ts';
import type { Format } from '../export/formats.ts';
import type { Api, Surface } from '../surface.ts';
import { mayTicket, ticketSeen } from '../ticket-scope.ts';
import { refusals } from './shapes.ts';
import { Filter, filterFor, officeOf } from './tickets.ts';

const ExportQuery = Filter.extend({ format: z.enum(['csv', 'ndjson', 'xlsx']).default('csv') });
const rowsAtOnce = 250;

async function* resumed<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

export function ticketExportRoutes(api: Api, surface: Surface): void {
  async function* pages(actor: Actor, filter: z.output<typeof Filter>): AsyncGenerator<readonly Ticket[]> {
    let cursor: string | null = null;
    do {
      const page: { readonly items: readonly Ticket[]; readonly next: string | null } = await officeOf(
        surface,
      ).list({
        ...filterFor(actor, filter),
        limit: rowsAtOnce,
        ...(cursor === null ? {} : { cursor }),
      });
      yield page.items.filter((ticket) => mayTicket(actor, ticket)).map(ticketSeen);
      cursor = page.next;
    } while (cursor !== null);
  }

  api.get(
    '/v1/tickets/export',
    {
      schema: {
        tags: ['tickets'],
        summary: 'Tickets by the same filters as a file: CSV (for Excel), NDJSON, XLSX; numbers masked',
        querystring: ExportQuery,
        response: { 200: z.any(), ...refusals },
      },
    },
    async (request, reply) => {
      const { actor } = identityOf(request);
      const { format, ...filter } = request.query;
      const kind: Format = format;
      // The first page before the first header: what refuses it is still an answer of its own.
      const rest = pages(actor, filter);
      const first = await rest.next();
      await surface.trail.must({
        actor: actor.user,
        action: 'ticket.exported',
        subject: kind,
        details: { filter: { ...filter, q: filter.q === undefined ? undefined : 'given' } },
      });
      const stream = exported(kind, resumed(first, rest), (error) =>
        surface.deps.log.warn(
          { reason: String(error) },
          'An export broke off; whoever asked sees an incomplete file. Ask again.',
        ),
      );
      return reply
        .header('content-disposition', `attachment; filename="tickets.${kind}"`)
        .type(formats[kind])
        .send(stream);
    },
  );
}
