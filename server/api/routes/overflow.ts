// Overflow: what runs and what could, starting and ending it, the region's answer, lenders' registrations (R10, OV1–OV7).
// It must not decide when seats are borrowed: domain/overflow does.
import { z } from 'zod';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OverflowCommand } from '../../protocol/overflow.ts';
import {
  ConsentBody,
  EscalateBody,
  GrantBody,
  GroupId,
  GroupView,
  OverflowBoard,
  OverflowId,
  OverflowView,
  PolicyBody,
  RegisterBody,
  SaturationView,
  StartBody,
} from '../../protocol/overflow.ts';
import type { Actor } from '../../protocol/words.ts';
import { identityOf } from '../auth/identity.ts';
import { carryOut } from '../command.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { QueueParams, refusals } from './shapes.ts';

const OverflowParams = z.object({ id: OverflowId });
const GroupParams = z.object({ id: GroupId });
const ReasonBody = z.strictObject({ reason: z.string().trim().min(1).max(200).optional() });
const version = { version: z.int() };
const tags = ['overflow'];

/** A system client without a platform is the house's own or the region's. */
const mayPlatform = (actor: Actor, platform: string): boolean =>
  actor.platform === platform || (actor.role === 'system' && actor.platform === null);

function subject<V extends { readonly platform: string }>(
  { trail }: Surface,
  actor: Actor,
  name: string,
  view: V | null,
): V {
  if (!view) throw new Refusal('not-found');
  if (mayPlatform(actor, view.platform)) return view;
  trail.note({ actor: actor.user, action: 'denied', subject: name, details: { role: actor.role } });
  throw new Refusal('not-found');
}

export function overflowRoutes(api: Api, surface: Surface): void {
  const { deps } = surface;
  const { engine } = deps;
  auditRules(surface);

  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    command: OverflowCommand,
  ) => {
    const { version: number, seen } = await carryOut(surface, request, {
      action: `overflow.${command.name}`,
      subject: name,
      body: command.body,
      run: (key, actor) => engine.overflow.command(key, actor, command),
      see: (_actor, view) => view,
    });
    return reply.code(202).send({ ...seen, version: number });
  };
  /** The overflow named in the path, if this actor may touch it. */
  const overflowOf = (request: FastifyRequest<{ Params: z.infer<typeof OverflowParams> }>): string => {
    const { id } = request.params;
    subject(surface, identityOf(request).actor, `overflow:${id}`, engine.overflow.overflow(id));
    return id;
  };
  const groupOf = (request: FastifyRequest<{ Params: z.infer<typeof GroupParams> }>): string => {
    const { id } = request.params;
    const view = engine.overflow.group(id);
    if (!view) throw new Refusal('unknown-group');
    subject(surface, identityOf(request).actor, `group:${id}`, view);
    return id;
  };

  api.get(
    '/v1/overflow',
    {
      schema: {
        tags,
        summary: 'What runs, who could help, and how full the queues are',
        response: { 200: OverflowBoard, ...refusals },
      },
    },
    (request) => {
      const { actor } = identityOf(request);
      const board = engine.overflow.board();
      const mine = (view: { readonly platform: string }) => mayPlatform(actor, view.platform);
      return {
        items: board.items.filter(mine),
        groups: board.groups.filter(mine),
        queues: board.queues.filter(mine),
      };
    },
  );
  api.post(
    '/v1/overflow',
    {
      schema: {
        tags,
        summary: 'Start overflow of a queue now, or arm a plan for the high mark',
        body: StartBody,
        response: { 202: OverflowView.extend(version), ...refusals },
      },
    },
    (request, reply) => {
      const { actor } = identityOf(request);
      const { queue } = request.body;
      const view = engine.queue(queue);
      if (!view) throw new Refusal('unknown-target', { field: 'queue' });
      subject(surface, actor, `queue:${queue}`, view);
      return answer(request, reply, `queue:${queue}`, { name: 'start', body: request.body });
    },
  );
  api.delete(
    '/v1/overflow/:id',
    {
      schema: {
        tags,
        summary: 'End it: no new offers, calls in progress go on; a suggestion is declined',
        params: OverflowParams,
        body: ReasonBody,
        response: { 202: OverflowView.extend(version), ...refusals },
      },
    },
    (request, reply) => {
      const overflow = overflowOf(request);
      return answer(request, reply, `overflow:${overflow}`, { name: 'end', overflow, body: request.body });
    },
  );
  api.post(
    '/v1/overflow/:id/escalate',
    {
      schema: {
        tags,
        summary: "Ask the region for other cities' seats, with a deadline",
        params: OverflowParams,
        body: EscalateBody,
        response: { 202: OverflowView.extend(version), ...refusals },
      },
    },
    (request, reply) => {
      const overflow = overflowOf(request);
      return answer(request, reply, `overflow:${overflow}`, {
        name: 'escalate',
        overflow,
        body: request.body,
      });
    },
  );
  api.post(
    '/v1/overflow/:id/grant',
    {
      schema: {
        tags,
        summary: "The region's answer: by its system, or noted by hand after a call",
        params: OverflowParams,
        body: GrantBody,
        response: { 202: OverflowView.extend(version), ...refusals },
      },
    },
    (request, reply) => {
      const overflow = overflowOf(request);
      return answer(request, reply, `overflow:${overflow}`, { name: 'grant', overflow, body: request.body });
    },
  );
  api.post(
    '/v1/overflow/:id/consent',
    {
      schema: {
        tags,
        summary: 'The lender of a group that wants to be asked says yes or no',
        params: OverflowParams,
        body: ConsentBody,
        response: { 202: OverflowView.extend(version), ...refusals },
      },
    },
    (request, reply) => {
      const overflow = overflowOf(request);
      return answer(request, reply, `overflow:${overflow}`, {
        name: 'consent',
        overflow,
        body: request.body,
      });
    },
  );
  api.put(
    '/v1/overflow/groups/:id',
    {
      schema: {
        tags,
        summary: 'Register a group, or renew it: it falls out when it expires',
        params: GroupParams,
        body: RegisterBody,
        response: { 202: GroupView.extend(version), ...refusals },
      },
    },
    (request, reply) => {
      const group = groupOf(request);
      return answer(request, reply, `group:${group}`, { name: 'register', group, body: request.body });
    },
  );
  api.delete(
    '/v1/overflow/groups/:id',
    {
      schema: {
        tags,
        summary: 'The lender calls its seats back: not offered from this moment (OV7)',
        params: GroupParams,
        body: ReasonBody,
        response: { 202: GroupView.extend(version), ...refusals },
      },
    },
    (request, reply) => {
      const group = groupOf(request);
      return answer(request, reply, `group:${group}`, { name: 'recall', group, body: request.body });
    },
  );
  api.put(
    '/v1/overflow/queues/:id',
    {
      schema: {
        tags,
        summary: "Change a queue's marks, or whether rules start and end its overflow",
        params: QueueParams,
        body: PolicyBody,
        response: { 202: SaturationView.extend(version), ...refusals },
      },
    },
    (request, reply) => {
      const queue = request.params.id;
      subject(surface, identityOf(request).actor, `queue:${queue}`, engine.queue(queue));
      return answer(request, reply, `queue:${queue}`, { name: 'policy', queue, body: request.body });
    },
  );
}

/** What rules did in nobody's name is in the audit, too. */
function auditRules({ deps, trail }: Surface): void {
  deps.engine.onChange(({ fact: { type, actor, data } }) => {
    if (!type.startsWith('overflow.') || actor !== 'system:engine' || type === 'overflow.call-taken') return;
    const { id, group, queue, why, reason, passed } = data;
    trail.note({
      actor,
      action: type,
      subject: `overflow:${typeof id === 'string' ? id : JSON.stringify(queue ?? null)}`,
      details: { group, queue, why, reason, passed },
    });
  });
}
