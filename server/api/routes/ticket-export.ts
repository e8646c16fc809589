// Tickets as a file: CSV, NDJSON or XLSX, streamed, written down before the first row leaves (A14).
// It must not make the file: that is work for another thread than the one calls run on (ADR 6).
import { z } from 'zod';
import { ExportFormat } from '../../protocol/ticket.ts';
import { identityOf } from '../auth/identity.ts';
import { formats } from '../export/formats.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { refusals } from './shapes.ts';
import { Filter, filterFor } from './tickets.ts';

const ExportQuery = Filter.extend({ format: ExportFormat.default('csv') });

export function ticketExportRoutes(api: Api, surface: Surface): void {
  api.get(
    '/v1/tickets/export',
    {
      schema: {
        tags: ['tickets'],
        summary: 'Tickets by the same filters as a file: CSV (for Excel), NDJSON, XLSX; numbers masked',
        description:
          'A few run at once: one more is refused with `too-many-exports`. A file that could not be finished ends as a broken connection, never as a shorter file.',
        querystring: ExportQuery,
        response: { 200: z.any(), ...refusals },
      },
    },
    async (request, reply) => {
      const { exports } = surface.deps;
      if (!exports) throw new Refusal('not-found');
      const { actor } = identityOf(request);
      const { format, ...filter } = request.query;
      const file = await exports.start({ actor, filter: filterFor(actor, filter), format });
      try {
        await surface.trail.must({
          actor: actor.user,
          action: 'ticket.exported',
          subject: format,
          details: { filter: { ...filter, q: filter.q === undefined ? undefined : 'given' } },
        });
      } catch (error) {
        file.destroy();
        throw error;
      }
      return reply
        .header('content-disposition', `attachment; filename="tickets.${format}"`)
        .type(formats[format])
        .send(file);
    },
  );
}
