// A supervisor's word to its seats: sent, read, taken back; each a fact and an entry of the audit.
// It must not decide whom one is meant for: domain/notice does.
import { z } from 'zod';
import { BroadcastBody, BroadcastView } from '../../protocol/broadcast.ts';
import type { Actor, Platform } from '../../protocol/words.ts';
import { identityOf } from '../auth/identity.ts';
import { carryOut } from '../command.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { CallParams, listOf, refusals } from './shapes.ts';

const Taken = BroadcastView.extend({ version: z.int() });
const platformOf = ({ platform }: Actor): Platform => {
  if (platform === null) throw new Refusal('forbidden');
  return platform;
};

export function broadcastRoutes(api: Api, surface: Surface): void {
  const { engine } = surface.deps;
  const { broadcasts } = engine;
  const shared = { tags: ['broadcasts'] };
  api.get(
    '/v1/broadcasts',
    {
      schema: {
        ...shared,
        summary: "A seat: what it has not acknowledged yet. A supervisor: its platform's of the last day",
        response: { 200: listOf(BroadcastView), ...refusals },
      },
    },
    (request) => {
      const { actor } = identityOf(request);
      if (actor.seat !== null) return { items: [...broadcasts.owed(actor.seat)] };
      return { items: [...broadcasts.list(platformOf(actor))] };
    },
  );
  api.post(
    '/v1/broadcasts',
    {
      schema: {
        ...shared,
        summary: 'To all seats of your platform, or of one queue; shown until acknowledged',
        body: BroadcastBody,
        response: { 202: Taken, ...refusals },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const platform = platformOf(identityOf(request).actor);
      if (body.queue !== undefined && engine.queue(body.queue)?.platform !== platform)
        throw new Refusal('unknown-target', { field: 'queue' });
      const { version, seen } = await carryOut(surface, request, {
        action: 'broadcast.send',
        subject: body.queue ?? platform,
        body,
        run: (key, actor) => broadcasts.send(platform, body, key, actor),
        see: (_actor, view) => view,
      });
      return reply.code(202).send({ ...seen, version });
    },
  );
  api.post(
    '/v1/broadcasts/:id/acknowledge',
    {
      schema: {
        ...shared,
        summary: 'Your seat has read it',
        params: CallParams,
        response: { 202: Taken, ...refusals },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { seat } = identityOf(request).actor;
      if (seat === null) throw new Refusal('forbidden');
      const { version, seen } = await carryOut(surface, request, {
        action: 'broadcast.acknowledge',
        subject: id,
        body: {},
        run: (key, actor) => broadcasts.acknowledge(id, seat, key, actor),
        see: (_actor, view) => view,
      });
      return reply.code(202).send({ ...seen, version });
    },
  );
  api.delete(
    '/v1/broadcasts/:id',
    {
      schema: {
        ...shared,
        summary: 'Take it back: no seat is shown it any more',
        params: CallParams,
        response: { 202: Taken, ...refusals },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const platform = platformOf(identityOf(request).actor);
      const { version, seen } = await carryOut(surface, request, {
        action: 'broadcast.end',
        subject: id,
        body: {},
        run: (key, actor) => broadcasts.end(id, platform, key, actor),
        see: (_actor, view) => view,
      });
      return reply.code(202).send({ ...seen, version });
    },
  );
}
