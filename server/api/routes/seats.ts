// Seats: who is there, and what a seat or its supervisor asks of one. It must not mint SIP secrets: the engine's Phones do.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ForceBody, SignInBody, StatusBody } from '../../protocol/commands.ts';
import type { SeatCommand } from '../../protocol/commands.ts';
import { SipAccount } from '../../protocol/session.ts';
import { SeatView } from '../../protocol/views.ts';
import type { Actor, SeatId } from '../../protocol/words.ts';
import { identityOf } from '../auth/identity.ts';
import { carryOut } from '../command.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { Nothing, SeatParams, listOf, refusals } from './shapes.ts';

type Name = SeatCommand['name'];
type Route = readonly [path: string, name: Name, body: z.ZodType, summary: string];

const routes: readonly Route[] = [
  ['sign-in', 'sign-in', SignInBody, 'Gives the phone its account; the password dies at sign-out'],
  ['sign-out', 'sign-out', Nothing, 'Withdraws the phone'],
  ['status', 'status', StatusBody, 'Ready, or on a break with a reason'],
  ['wrap-up/finish', 'wrap-up-finish', Nothing, 'Done with the last call (WR1)'],
  ['wrap-up/extend', 'wrap-up-extend', Nothing, 'Once more as long (WR1)'],
  ['help', 'help', Nothing, 'Ask the supervisor for help'],
  ['force', 'force', ForceBody, 'A supervisor releases the call, sets the status or signs the seat out'],
];
const SignedInSeat = SeatView.extend({ sip: SipAccount.optional() });

function seatFor({ deps, scope, trail }: Surface, actor: Actor, id: SeatId): SeatView {
  const view = deps.engine.seat(id);
  if (!view) throw new Refusal('not-found');
  if (scope.maySeat(actor, view)) return view;
  trail.note({ actor: actor.user, action: 'denied', subject: `seat:${id}`, details: { role: actor.role } });
  throw new Refusal('not-found');
}

export function seatRoutes(api: Api, surface: Surface): void {
  const { deps, scope } = surface;
  api.get(
    '/v1/seats',
    {
      schema: {
        tags: ['seats'],
        summary: 'Seats of your platform',
        response: { 200: listOf(SeatView), ...refusals },
      },
    },
    (request) => {
      const { actor } = identityOf(request);
      const seats = deps.engine.seats().filter((view) => scope.maySeat(actor, view));
      return { items: seats.map((view) => scope.seat(actor, view)) };
    },
  );
  api.get(
    '/v1/seats/:id',
    {
      schema: {
        tags: ['seats'],
        summary: 'One seat',
        params: SeatParams,
        response: { 200: SeatView, ...refusals },
      },
    },
    (request) => {
      const { actor } = identityOf(request);
      return scope.seat(actor, seatFor(surface, actor, request.params.id));
    },
  );
  for (const [path, name, body, summary] of routes) {
    api.route({
      method: 'POST',
      url: `/v1/seats/:id/${path}`,
      schema: {
        tags: [name === 'force' ? 'supervision' : 'seats'],
        summary,
        params: SeatParams,
        ...(body === Nothing ? {} : { body }),
        response: { 202: name === 'sign-in' ? SignedInSeat : SeatView, ...refusals },
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
  const { id } = request.params as z.infer<typeof SeatParams>;
  seatFor(surface, actor, id);
  // A seat may see its colleagues, and act for none of them (8.2.2).
  if (actor.role === 'seat' && actor.seat !== id) {
    surface.trail.note({
      actor: actor.user,
      action: 'denied',
      subject: `seat:${id}`,
      details: { asked: name },
    });
    throw new Refusal('forbidden');
  }
  const command = { name, body: request.body ?? {} } as SeatCommand;
  let sip: SipAccount | undefined;
  const { seen } = await carryOut(surface, request, {
    action: `seat.${name}`,
    subject: `seat:${id}`,
    body: command.body,
    run: async (key, who) => {
      const answered = await surface.deps.engine.commandSeat(id, key, who, command);
      sip = answered.sip;
      return answered;
    },
    see: (who, view) => surface.scope.seat(who, view),
  });
  return reply.code(202).send({ ...seen, ...(sip === undefined ? {} : { sip }) });
}
