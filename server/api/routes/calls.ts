// Calls as they are read: lists, one, timeline, search, and the audited reveal of a number. It must not change a call.
import { z } from 'zod';
import { RevealBody } from '../../protocol/commands.ts';
import { Fact } from '../../protocol/facts.ts';
import { CallView } from '../../protocol/views.ts';
import type { Actor, CallId } from '../../protocol/words.ts';
import { identityOf } from '../auth/identity.ts';
import { Refusal } from '../problem.ts';
import { masked, maskNumber } from '../privacy/masking.ts';
import type { Api, Surface } from '../surface.ts';
import { CallParams, Page, listOf, refusals } from './shapes.ts';

const CallQuery = Page.extend({
  live: z.enum(['true', 'false']).default('false').meta({ description: 'true: only calls that are up.' }),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});
/** A number is searched for in a body, never in an address: addresses end in logs (14.2.1, G25). */
const SearchBody = Page.omit({ limit: true }).extend({
  number: z.string().min(1).max(32).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  limit: z.int().min(1).max(200).default(50),
});
const Revealed = z.object({ number: z.string(), name: z.string().optional() });

/** The call where the actor may see it; otherwise `not-found`, and an attempt on another's call is written down (A8). */
export async function callFor({ deps, scope, trail }: Surface, actor: Actor, id: CallId): Promise<CallView> {
  const view = await deps.engine.call(id);
  if (!view) throw new Refusal('not-found');
  if (await scope.mayReadCall(actor, view)) return view;
  trail.note({ actor: actor.user, action: 'denied', subject: id, details: { role: actor.role } });
  throw new Refusal('not-found');
}

export function callRoutes(api: Api, surface: Surface): void {
  const { deps, scope } = surface;
  const page = async (actor: Actor, filter: z.output<typeof SearchBody>) => {
    const { items, next } = await deps.engine.calls({
      limit: filter.limit,
      ...(actor.platform === null ? {} : { platform: actor.platform }),
      ...(filter.number === undefined ? {} : { number: filter.number }),
      ...(filter.from === undefined ? {} : { from: filter.from }),
      ...(filter.to === undefined ? {} : { to: filter.to }),
      ...(filter.cursor === undefined ? {} : { cursor: filter.cursor }),
    });
    const seen = items.filter((view) => scope.mayCall(actor, view)).map((view) => scope.call(actor, view));
    return { items: seen, ...(next === null ? {} : { next }) };
  };

  api.get(
    '/v1/calls',
    {
      schema: {
        tags: ['calls'],
        summary: 'Calls, newest first; live=true for those that are up',
        description:
          'A page may hold fewer than `limit`, even none, while there is a `next`: calls outside your scope are left out.',
        querystring: CallQuery,
        response: { 200: listOf(CallView), ...refusals },
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      if (request.query.live === 'false') return page(actor, request.query);
      const live = deps.engine.liveCalls().filter((view) => scope.mayCall(actor, view));
      return { items: live.map((view) => scope.call(actor, view)) };
    },
  );
  api.post(
    '/v1/calls/search',
    {
      schema: {
        tags: ['calls'],
        summary: 'Calls of a number',
        body: SearchBody,
        response: { 200: listOf(CallView), ...refusals },
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      const { number, from, to } = request.body;
      await surface.trail.must({
        actor: actor.user,
        action: 'call.searched',
        subject: number === undefined ? 'all' : maskNumber(number),
        details: { from, to },
      });
      return page(actor, request.body);
    },
  );
  api.get(
    '/v1/calls/:id',
    {
      schema: {
        tags: ['calls'],
        summary: 'One call, live or past',
        params: CallParams,
        response: { 200: CallView, ...refusals },
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      return scope.call(actor, await callFor(surface, actor, request.params.id));
    },
  );
  api.get(
    '/v1/calls/:id/timeline',
    {
      schema: {
        tags: ['calls'],
        summary: 'Everything that happened to the call, in order',
        params: CallParams,
        response: { 200: listOf(Fact), ...refusals },
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      const view = await callFor(surface, actor, request.params.id);
      const facts = (await deps.engine.timeline(view.id)).filter((fact) => scope.mayTell(actor, fact));
      return { items: scope.inFull(actor, view) ? facts : facts.map(masked) };
    },
  );
  api.post(
    '/v1/calls/:id/reveal',
    {
      schema: {
        tags: ['calls'],
        summary: 'The number and name in full; written down with your reason',
        params: CallParams,
        body: RevealBody,
        response: { 200: Revealed, ...refusals },
      },
      preHandler: surface.throttle.reveal,
    },
    async (request) => {
      const { actor } = identityOf(request);
      const { caller, id } = await callFor(surface, actor, request.params.id);
      // First the entry, then the number: an unaudited reveal must not happen (R28).
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
