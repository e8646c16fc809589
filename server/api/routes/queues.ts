// Queues, lines and the callers owed a call. It must not order a queue: the floor does.
import { z } from 'zod';
import { CallBackDone, PriorityBody } from '../../protocol/commands.ts';
import { CallBackView, KeptPlaceView, LineView, PlatformView, QueueView } from '../../protocol/views.ts';
import { Platform } from '../../protocol/words.ts';
import type { Actor, QueueId } from '../../protocol/words.ts';
import { identityOf } from '../auth/identity.ts';
import { carryOut } from '../command.ts';
import { Refusal } from '../problem.ts';
import { masked } from '../privacy/masking.ts';
import type { Api, Surface } from '../surface.ts';
import { QueueCallParams, QueueParams, listOf, refusals } from './shapes.ts';

function queueFor({ deps, scope, trail }: Surface, actor: Actor, id: QueueId): QueueView {
  const view = deps.engine.queue(id);
  if (!view) throw new Refusal('not-found');
  if (scope.mayQueue(actor, view)) return view;
  trail.note({ actor: actor.user, action: 'denied', subject: `queue:${id}`, details: { role: actor.role } });
  throw new Refusal('not-found');
}

export function queueRoutes(api: Api, surface: Surface): void {
  const { deps, scope } = surface;
  api.get(
    '/v1/platforms',
    {
      schema: {
        tags: ['queues'],
        summary:
          'Each hotline today, over all its queues: service level, answered, given up, waiting, live (R14)',
        response: { 200: listOf(PlatformView), ...refusals },
      },
    },
    (request) => {
      const { actor } = identityOf(request);
      return { items: deps.engine.platforms().filter((view) => scope.mayPlatform(actor, view)) };
    },
  );
  api.get(
    '/v1/platforms/:id',
    {
      schema: {
        tags: ['queues'],
        summary: 'One hotline today',
        params: z.object({ id: Platform }),
        response: { 200: PlatformView, ...refusals },
      },
    },
    (request) => {
      const view = deps.engine.platform(request.params.id);
      if (!view || !scope.mayPlatform(identityOf(request).actor, view)) throw new Refusal('not-found');
      return view;
    },
  );
  api.get(
    '/v1/queues',
    {
      schema: {
        tags: ['queues'],
        summary: 'Queues of your platform',
        response: { 200: listOf(QueueView), ...refusals },
      },
    },
    (request) => {
      const { actor } = identityOf(request);
      return { items: deps.engine.queues().filter((view) => scope.mayQueue(actor, view)) };
    },
  );
  api.get(
    '/v1/queues/:id',
    {
      schema: {
        tags: ['queues'],
        summary: 'One queue',
        params: QueueParams,
        response: { 200: QueueView, ...refusals },
      },
    },
    (request) => queueFor(surface, identityOf(request).actor, request.params.id),
  );
  api.post(
    '/v1/queues/:id/calls/:callId/priority',
    {
      schema: {
        tags: ['queues'],
        summary: 'Put a waiting call at the head of its queue, or back',
        params: QueueCallParams,
        body: PriorityBody,
        response: { 202: QueueView.extend({ version: z.int() }), ...refusals },
      },
    },
    async (request, reply) => {
      const { id, callId } = request.params;
      queueFor(surface, identityOf(request).actor, id);
      const { version, seen } = await carryOut(surface, request, {
        action: 'queue.prioritise',
        subject: callId,
        body: request.body,
        run: (key, actor) => deps.engine.prioritise(id, callId, key, actor, request.body.head),
        see: (_actor, view) => view,
      });
      return reply.code(202).send({ ...seen, version });
    },
  );
  api.get(
    '/v1/lines',
    {
      schema: {
        tags: ['reference'],
        summary: 'Whom a caller can be handed to',
        response: { 200: listOf(LineView), ...refusals },
      },
    },
    () => ({
      items: [...deps.engine.lines()],
    }),
  );
  api.get(
    '/v1/call-backs',
    {
      schema: {
        tags: ['calls'],
        summary: 'Callers who were cut off and are owed a call (SV5, TR10)',
        description: 'Numbers are masked; POST /v1/calls/{call}/reveal shows one.',
        response: { 200: listOf(CallBackView), ...refusals },
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      const owed = (await deps.engine.callBacks()).filter(({ platform }) => platform === actor.platform);
      return { items: owed.map((view) => masked(view)) };
    },
  );
  api.post(
    '/v1/call-backs/:id/done',
    {
      schema: {
        tags: ['calls'],
        summary: 'Say what came of an owed call; off the list with it, unless the caller was not reached',
        params: z.object({ id: z.coerce.number().int().positive() }),
        body: CallBackDone,
        response: { 202: CallBackView.extend({ version: z.int() }), ...refusals },
      },
    },
    async (request, reply) => {
      const { actor } = identityOf(request);
      const { id } = request.params;
      const owed = (await deps.engine.callBacks()).find((each) => each.id === id);
      if (owed?.platform !== actor.platform) throw new Refusal('not-found');
      const { version, seen } = await carryOut(surface, request, {
        action: 'call-back.done',
        subject: owed.call,
        body: request.body,
        run: (key, by) => deps.engine.callBackDone(id, key, by, request.body),
        see: (_actor, view) => masked(view),
      });
      return reply.code(202).send({ ...seen, version });
    },
  );
  api.get(
    '/v1/call-backs/kept',
    {
      schema: {
        tags: ['calls'],
        summary: 'Callers who kept their place and hung up, to be called when their turn comes (R15)',
        response: { 200: listOf(KeptPlaceView), ...refusals },
      },
    },
    (request) => ({
      items: deps.engine.keptPlaces(identityOf(request).actor.platform).map((view) => masked(view)),
    }),
  );
}
