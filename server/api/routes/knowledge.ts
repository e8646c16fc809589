// Knowledge over HTTP: searched like the catalogue, kept by supervisors, used and doubted at desks, imported and exported
// (R14). It must not find or judge entries: the engine does.
import { z } from 'zod';
import type { KnowledgeAnswer } from '../../engine/tickets/knowledge.ts';
import type { Knowledge } from '../../engine/tickets/knowledge.ts';
import {
  KnowledgeBody,
  KnowledgeChange,
  KnowledgeEntry,
  KnowledgeId,
  KnowledgeMiss,
} from '../../protocol/knowledge.ts';
import { ReasonBody } from '../../protocol/ticket.ts';
import { identityOf } from '../auth/identity.ts';
import { knowledgeCsv } from '../export/knowledge.ts';
import { maskText } from '../privacy/masking.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { Nothing, listOf, refusals } from './shapes.ts';

const Params = z.object({ id: KnowledgeId });
const Filter = z.object({
  q: z.string().max(200).default('').meta({ description: 'Words, pinyin or initials.' }),
  category: z.string().max(64).optional(),
  unit: z.string().max(18).optional(),
  outdated: z.enum(['true', 'false']).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
const ImportBody = z.object({
  items: z
    .array(KnowledgeBody.extend({ id: KnowledgeId.optional() }))
    .min(1)
    .max(2000),
});
const importBytes = 8_388_608;
const mostMisses = 500;

export function knowledgeRoutes(api: Api, surface: Surface): void {
  const knowledge = (): Knowledge => {
    if (!surface.deps.knowledge) throw new Refusal('not-found');
    return surface.deps.knowledge;
  };
  const tags = ['knowledge'];
  const one = { 200: KnowledgeEntry, ...refusals };
  const told = (answer: KnowledgeAnswer): KnowledgeEntry => {
    if (answer.ok) return answer.entry;
    throw new Refusal(answer.code, answer.field === undefined ? {} : { field: answer.field });
  };
  const note = (
    actor: string,
    action: string,
    subject: string,
    details: Record<string, unknown> = {},
  ): void => surface.trail.note({ actor, action: `knowledge.${action}`, subject, details });

  api.get(
    '/v1/knowledge',
    {
      schema: {
        tags,
        summary: 'Questions and answers, best first',
        querystring: Filter,
        response: { 200: listOf(KnowledgeEntry), ...refusals },
      },
    },
    async (request) => {
      const { outdated, limit, ...filter } = request.query;
      const found = await knowledge().find({ ...filter, outdated: outdated === 'true' });
      return { items: found.slice(0, limit) };
    },
  );
  api.post(
    '/v1/knowledge/ask',
    {
      schema: {
        tags,
        summary: 'A question a caller has asked; what finds nothing is put on the list of misses',
        body: z.object({
          question: z.string().trim().min(1).max(200),
          limit: z.int().min(1).max(50).default(10),
        }),
        response: { 200: listOf(KnowledgeEntry), ...refusals },
      },
    },
    async (request) => {
      const { question, limit } = request.body;
      // What people ask may hold a number: the list must not (G25).
      return { items: [...(await knowledge().ask(maskText(question), identityOf(request).actor, limit))] };
    },
  );
  api.get(
    '/v1/knowledge/misses',
    {
      schema: {
        tags,
        summary: 'Questions nothing was found for, the most asked first',
        response: { 200: listOf(KnowledgeMiss), ...refusals },
      },
    },
    async () => ({ items: [...(await knowledge().misses(mostMisses))] }),
  );
  api.post(
    '/v1/knowledge/misses/settle',
    {
      schema: {
        tags,
        summary: 'Answered, or not ours to answer: off the list until it is asked again',
        body: z.object({ question: z.string().min(1).max(200) }),
        response: { 200: Nothing, ...refusals },
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      const { question } = request.body;
      if (!(await knowledge().settle(question, actor))) throw new Refusal('not-found');
      note(actor.user, 'miss-settled', 'miss');
      return {};
    },
  );
  api.get(
    '/v1/knowledge/export',
    {
      schema: {
        tags,
        summary: 'Everything, as JSON (what import takes) or CSV (for Excel)',
        querystring: z.object({ format: z.enum(['json', 'csv']).default('json') }),
        response: { 200: z.any(), ...refusals },
      },
    },
    async (request, reply) => {
      const items = await knowledge().find({ q: '' });
      const { format } = request.query;
      void reply.header('content-disposition', `attachment; filename="knowledge.${format}"`);
      if (format === 'json') return { items };
      return reply.type('text/csv; charset=utf-8').send(Buffer.from(knowledgeCsv(items)));
    },
  );
  api.post(
    '/v1/knowledge/import',
    {
      bodyLimit: importBytes,
      schema: {
        tags,
        summary: 'All of them or none; the same id, or the same category and question, is changed',
        body: ImportBody,
        response: { 200: z.object({ taken: z.int() }), ...refusals },
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      const { items } = request.body;
      const keys = items.map(({ category, question }) => `${category}\n${question}`);
      const ids = items.flatMap(({ id }) => id ?? []);
      if (new Set(keys).size !== keys.length || new Set(ids).size !== ids.length)
        throw new Refusal('invalid-field', { field: 'items' });
      const taken = await knowledge().put(items.map(wishOf), actor);
      note(actor.user, 'imported', 'knowledge', { entries: taken.length });
      return { taken: taken.length };
    },
  );
  api.post(
    '/v1/knowledge',
    {
      schema: {
        tags,
        summary: 'A new entry; the same category and question is changed',
        body: KnowledgeBody,
        response: one,
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      const [entry] = await knowledge().put([request.body], actor);
      if (!entry) throw new Refusal('internal');
      note(actor.user, 'written', entry.id, { version: entry.version });
      return entry;
    },
  );
  api.get(
    '/v1/knowledge/:id',
    { schema: { tags, summary: 'One entry', params: Params, response: one } },
    async (request) => {
      const entry = await knowledge().entry(request.params.id);
      if (!entry) throw new Refusal('not-found');
      return entry;
    },
  );
  api.put(
    '/v1/knowledge/:id',
    {
      schema: {
        tags,
        summary: 'Change an entry; lifts doubts about it',
        params: Params,
        body: KnowledgeChange,
        response: one,
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      const { version, ...body } = request.body;
      const entry = told(await knowledge().change(request.params.id, version, body, actor));
      note(actor.user, 'changed', entry.id, { version: entry.version });
      return entry;
    },
  );
  api.delete(
    '/v1/knowledge/:id',
    {
      schema: {
        tags,
        summary: 'Take an entry out; what it said stays on record',
        params: Params,
        response: { 200: Nothing, ...refusals },
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      if (!(await knowledge().remove(request.params.id, actor))) throw new Refusal('not-found');
      note(actor.user, 'removed', request.params.id);
      return {};
    },
  );
  api.post(
    '/v1/knowledge/:id/use',
    {
      schema: { tags, summary: 'It was read out to a caller', params: Params, body: Nothing, response: one },
    },
    async (request) => {
      const entry = told(await knowledge().used(request.params.id));
      note(identityOf(request).actor.user, 'used', entry.id);
      return entry;
    },
  );
  api.post(
    '/v1/knowledge/:id/doubt',
    {
      schema: {
        tags,
        summary: 'It is not so any more: flagged for its keepers',
        params: Params,
        body: ReasonBody,
        response: one,
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      const entry = told(await knowledge().flag(request.params.id, maskText(request.body.reason), actor));
      note(actor.user, 'doubted', entry.id);
      return entry;
    },
  );
}

const wishOf = ({ id, ...body }: z.output<typeof ImportBody>['items'][number]) => ({
  ...body,
  ...(id === undefined ? {} : { id }),
});
