// Everything that may be asked of one ticket. It must not judge its state or who may: the domain answers (409, 403).
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  AcknowledgeBody,
  AmendBody,
  AssignBody,
  CloseBody,
  DecideDisputeBody,
  EscalateBody,
  FeedbackBody,
  HandoverBody,
  JointBody,
  MergeBody,
  NoteBody,
  ReasonBody,
  ReturnBody,
  SplitBody,
  Ticket,
} from '../../protocol/ticket.ts';
import type { TicketCommand } from '../../protocol/ticket.ts';
import { identityOf } from '../auth/identity.ts';
import { carryOut } from '../command.ts';
import type { Api, Surface } from '../surface.ts';
import { ticketSeen } from '../ticket-scope.ts';
import { refusals } from './shapes.ts';
import { TicketParams, officeOf, ticketFor } from './tickets.ts';

type Name = TicketCommand['name'];
type Route = readonly [method: 'POST' | 'PATCH', path: string, name: Name, body: z.ZodType, summary: string];

const routes: readonly Route[] = [
  ['POST', '/accept', 'accept', NoteBody, 'Your platform takes it'],
  ['POST', '/assign', 'assign', AssignBody, 'A unit is to handle it; its deadlines begin (R9)'],
  ['POST', '/sign', 'sign', NoteBody, 'The unit has signed for it'],
  ['POST', '/on-site', 'on-site', NoteBody, "The unit's people are there"],
  ['POST', '/feedback', 'feedback', FeedbackBody, 'What was done'],
  ['POST', '/close', 'close', CloseBody, 'The end, with the resolution'],
  ['POST', '/return', 'return', ReturnBody, 'Back to who sent it, with a reason (R11)'],
  ['POST', '/handover', 'handover', HandoverBody, 'To the other platform, without a call (R5)'],
  [
    'POST',
    '/escalate',
    'escalate',
    EscalateBody,
    '110 is brought in at once; rung where the call is up (R8)',
  ],
  ['POST', '/joint', 'joint', JointBody, 'The department and the other platform are told in one step (R20)'],
  ['POST', '/acknowledge', 'acknowledge', AcknowledgeBody, 'What was sent to you has arrived (R23)'],
  ['POST', '/dispute', 'dispute', ReasonBody, 'Whose duty it is, is disputed (R11)'],
  ['POST', '/dispute/decide', 'dispute-decide', DecideDisputeBody, 'What was decided about it'],
  [
    'POST',
    '/merge',
    'merge',
    MergeBody,
    'The same matter twice: this one is closed, the other goes on with its calls',
  ],
  ['POST', '/split', 'split', SplitBody, 'Another matter in the same ticket: it becomes a ticket of its own'],
  ['PATCH', '', 'amend', AmendBody, 'Class, item, place, summary'],
];

export function ticketCommandRoutes(api: Api, surface: Surface): void {
  for (const [method, path, name, body, summary] of routes) {
    api.route({
      method,
      url: `/v1/tickets/:id${path}`,
      schema: {
        tags: ['tickets'],
        summary,
        params: TicketParams,
        body,
        response: { 202: Ticket, ...refusals },
      },
      handler: (request: FastifyRequest, reply) => answer(surface, request, reply, name),
    });
  }
}

async function answer(
  surface: Surface,
  request: FastifyRequest,
  reply: FastifyReply,
  name: Name,
): Promise<FastifyReply> {
  const { actor } = identityOf(request);
  const { id } = request.params as z.infer<typeof TicketParams>;
  await ticketFor(surface, actor, id);
  // The route's own schema has made the body what the command of this name carries.
  const command = { name, body: request.body ?? {} } as TicketCommand;
  const { seen } = await carryOut(surface, request, {
    action: `ticket.${name}`,
    subject: id,
    body: command.body,
    run: (key, who) => officeOf(surface).command(id, key, who, command),
    see: (_actor, ticket) => ticketSeen(ticket),
  });
  return reply.code(202).send(seen);
}
