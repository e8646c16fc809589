// Nuisance callers: the seat's one press, the supervisor's word, the list, and the evidence as one file (R26).
// It must not decide what a mark does: domain/nuisance and the floor do.
import { z } from 'zod';
import { ConfirmBody, MarkBody, NuisanceView, RefuseBody } from '../../protocol/nuisance.ts';
import type { NuisanceCommand } from '../../protocol/nuisance.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { identityOf } from '../auth/identity.ts';
import { carryOut } from '../command.ts';
import { evidence } from '../export/evidence.ts';
import { masked } from '../privacy/masking.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { callFor } from './calls.ts';
import { CallParams, listOf, refusals } from './shapes.ts';

const tags = ['nuisance'];
const Accepted = NuisanceView.extend({ version: z.int() });

export function nuisanceRoutes(api: Api, surface: Surface): void {
  const { deps, trail } = surface;
  const { nuisance } = deps.engine;
  /** The mark, where it is this platform's. */
  const markFor = async (request: FastifyRequest, id: string): Promise<NuisanceView> => {
    const { actor } = identityOf(request);
    const view = await nuisance.one(id);
    if (view && view.platform === actor.platform) return view;
    if (view)
      trail.note({
        actor: actor.user,
        action: 'denied',
        subject: `nuisance:${id}`,
        details: { role: actor.role },
      });
    throw new Refusal('not-found');
  };
  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    about: { readonly call: string; readonly platform: string; readonly number: string },
    command: NuisanceCommand,
  ) => {
    const { version, seen } = await carryOut(surface, request, {
      action: `nuisance.${command.name}`,
      subject: about.call,
      body: command.body,
      run: (key, actor) => nuisance.command(about, key, actor, command),
      see: (_actor, view) => masked(view),
    });
    return reply.code(202).send({ ...seen, version });
  };

  api.post(
    '/v1/calls/:id/nuisance',
    {
      schema: {
        tags,
        summary: 'This caller calls to annoy: one press; it means nothing until a supervisor confirms',
        params: CallParams,
        body: MarkBody,
        response: { 202: Accepted, ...refusals },
      },
    },
    async (request, reply) => {
      const { actor } = identityOf(request);
      const view = await callFor(surface, actor, request.params.id);
      // A mark is the platform's whose seat makes it: the other's queue is not touched by it.
      const platform = actor.platform ?? view.platform;
      const about = { call: view.id, platform, number: view.caller.number };
      return answer(request, reply, about, { name: 'mark', body: request.body });
    },
  );
  api.get(
    '/v1/nuisance',
    {
      schema: {
        tags,
        summary: 'Marks of your platform, newest first: to be decided, in force, and over',
        response: { 200: listOf(NuisanceView), ...refusals },
      },
    },
    (request) => ({ items: nuisance.list(identityOf(request).actor.platform).map((view) => masked(view)) }),
  );
  api.get(
    '/v1/nuisance/:id',
    {
      schema: {
        tags,
        summary: 'One mark, with what the history of the number says',
        params: CallParams,
        response: { 200: NuisanceView, ...refusals },
      },
    },
    async (request) => masked(await markFor(request, request.params.id)),
  );
  const decisions = [
    ['confirm', ConfirmBody, 'A second person agrees: ranked last for the term, then lifted by itself'],
    ['refuse', RefuseBody, 'It is no nuisance'],
    ['lift', RefuseBody, 'Not ranked last any more, before its term is over'],
  ] as const;
  for (const [name, body, summary] of decisions)
    api.post(
      `/v1/nuisance/:id/${name}`,
      { schema: { tags, summary, params: CallParams, body, response: { 202: Accepted, ...refusals } } },
      async (request, reply) => {
        const { call, platform, number } = await markFor(request, request.params.id);
        return answer(request, reply, { call, platform, number }, {
          name,
          body: request.body,
        } as NuisanceCommand);
      },
    );
  api.get(
    '/v1/nuisance/:id/evidence',
    {
      schema: {
        tags,
        summary:
          'Evidence for the authorities: calls, timelines and recordings of the number, as one ZIP file',
        description:
          'Numbers are in full; each fetch is written down before the first byte. `manifest.json` has the SHA-256 of every file.',
        params: CallParams,
        response: { 200: z.any(), ...refusals },
      },
    },
    async (request, reply) => {
      const { actor } = identityOf(request);
      const mark = await markFor(request, request.params.id);
      const calls = await nuisance.history(mark.platform, mark.number);
      // First the entry, then the voices (R28).
      await trail.must({
        actor: actor.user,
        action: 'nuisance.evidence-fetched',
        subject: mark.call,
        details: { calls: calls.length },
      });
      const file = await evidence(deps, mark, calls, actor.user);
      return reply
        .header('content-type', 'application/zip')
        .header('content-disposition', `attachment; filename="nuisance-${mark.call}.zip"`)
        .header('cache-control', 'no-store')
        .send(file);
    },
  );
}
