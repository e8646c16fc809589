// Many tickets in one request, for systems that bring in a day's work: each with a key of its own, so that asking again is
// harmless. It must not be all or nothing: one ticket's fault is answered for that one.
import { z } from 'zod';
import { NewTicketBody } from '../../protocol/ticket.ts';
import { identityOf } from '../auth/identity.ts';
import type { Api, Surface } from '../surface.ts';
import { refusals } from './shapes.ts';
import { officeOf } from './tickets.ts';

const mostBytes = 1_048_576;
const Key = z
  .string()
  .regex(/^[\x21-\x7e]{1,100}$/)
  .meta({ description: 'As an Idempotency-Key of its own; the two are one set.' });
const Batch = z.object({
  items: z
    .array(NewTicketBody.extend({ key: Key }))
    .min(1)
    .max(200),
});
const Opened = z.object({
  key: z.string(),
  id: z.string().optional(),
  serial: z.string().optional(),
  repeated: z.boolean().optional(),
  code: z.string().optional().meta({ description: 'Why this one was refused.' }),
  field: z.string().optional(),
});

export function ticketBatchRoutes(api: Api, surface: Surface): void {
  api.post(
    '/v1/tickets/batch',
    {
      bodyLimit: mostBytes,
      schema: {
        tags: ['tickets'],
        summary: 'Open up to 200 tickets; answered when all of them are durable',
        body: Batch,
        response: { 202: z.object({ items: z.array(Opened) }), ...refusals },
      },
    },
    async (request, reply) => {
      const { actor } = identityOf(request);
      const office = officeOf(surface);
      const items = await Promise.all(
        request.body.items.map(async ({ key, ...wish }) => {
          const answer = await office.open(wish, `${actor.user}:${key}`, actor);
          if (answer.ok)
            return {
              key,
              id: answer.view.id,
              serial: answer.view.serial,
              repeated: answer.repeated,
            };
          return { key, code: answer.code, ...(answer.field === undefined ? {} : { field: answer.field }) };
        }),
      );
      surface.trail.note({
        actor: actor.user,
        action: 'ticket.open',
        subject: 'batch',
        details: {
          opened: items.flatMap((item) => ('id' in item ? [item.id] : [])),
          refused: items.filter((item) => 'code' in item).length,
        },
      });
      return reply.code(202).send({ items });
    },
  );
}
