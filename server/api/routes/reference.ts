// A city's reference data: catalogue of matters, divisions, units, classes with the plan's definitions, JSON Schemas.
// It must not change anything: the files of the site are edited, and taken anew by themselves.
import { z } from 'zod';
import { CatalogueEntry, CatalogueGroup, ClassRule, Region, Unit } from '../../protocol/reference.ts';
import { gapsOf, shiftAt } from '../../domain/ticket/duty.ts';
import type { Reference } from '../../engine/tickets/face.ts';
import { Ticket, TicketFact, ticketSchemaVersion } from '../../protocol/ticket.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { listOf, refusals } from './shapes.ts';

const Hours = z.object({ from: z.string(), to: z.string() });
const OnDuty = z
  .object({
    unit: z.string(),
    name: z.string(),
    now: Hours.extend({ line: z.string() }).optional().meta({ description: 'Absent: nobody.' }),
    gaps: z.array(Hours).meta({ description: 'Hours of the day the roster names nobody for.' }),
  })
  .meta({ id: 'OnDuty' });
const schemas: Readonly<Record<string, z.ZodType>> = { ticket: Ticket, 'ticket-fact': TicketFact };

export function referenceRoutes(api: Api, surface: Surface): void {
  const referenceOf = (): Reference => {
    const { reference } = surface.deps;
    if (!reference) throw new Refusal('not-found');
    return reference;
  };
  const reads = { tags: ['reference'] };

  api.get(
    '/v1/catalogue',
    {
      schema: {
        ...reads,
        summary: 'Matters and whose they are (附件2): by words, pinyin or initials',
        querystring: z.object({
          q: z.string().max(100).default(''),
          limit: z.coerce.number().int().min(1).max(500).default(200),
        }),
        response: { 200: listOf(CatalogueEntry), ...refusals },
      },
    },
    (request) => ({ items: [...referenceOf().find(request.query.q, request.query.limit)] }),
  );
  api.get(
    '/v1/catalogue/groups',
    {
      schema: {
        ...reads,
        summary: 'The catalogue whole, with its version and files that were not taken',
        response: {
          200: z.object({
            version: z.string(),
            source: z.string(),
            items: z.array(CatalogueGroup),
            faults: z.record(z.string(), z.string()),
          }),
          ...refusals,
        },
      },
    },
    () => {
      const { catalogue, faults } = referenceOf();
      return {
        version: catalogue.version,
        source: catalogue.source,
        items: catalogue.groups,
        faults: { ...faults },
      };
    },
  );
  api.post(
    '/v1/catalogue/suggest',
    {
      schema: {
        ...reads,
        summary: 'Matters a free summary speaks of, best first (R15)',
        body: z.object({ summary: z.string().min(1).max(2000), limit: z.int().min(1).max(20).default(5) }),
        response: { 200: listOf(CatalogueEntry), ...refusals },
      },
    },
    (request) => ({ items: [...referenceOf().suggest(request.body.summary, request.body.limit)] }),
  );
  api.get(
    '/v1/regions',
    { schema: { ...reads, summary: 'GB/T 2260 divisions', response: { 200: listOf(Region), ...refusals } } },
    () => ({ items: [...referenceOf().regions] }),
  );
  api.get(
    '/v1/units',
    {
      schema: {
        ...reads,
        summary: 'Units that handle tickets',
        response: { 200: listOf(Unit), ...refusals },
      },
    },
    () => ({ items: [...referenceOf().units] }),
  );
  api.get(
    '/v1/duty',
    {
      schema: {
        ...reads,
        summary:
          'Duty roster of the units with an emergency team (R9): who answers at an hour, and hours without anybody',
        querystring: z.object({ at: z.iso.datetime({ offset: true }).optional() }),
        response: { 200: listOf(OnDuty), ...refusals },
      },
    },
    (request) => {
      const { at } = request.query;
      const time = at === undefined ? surface.deps.clock.now() : Date.parse(at);
      const teams = referenceOf().units.filter(({ emergencyTeam }) => emergencyTeam);
      return {
        items: teams.map((unit) => {
          const shift = shiftAt(unit, time);
          return {
            unit: unit.code,
            name: unit.name,
            ...(shift ? { now: shift } : {}),
            gaps: [...gapsOf(unit)],
          };
        }),
      };
    },
  );
  api.get(
    '/v1/classes',
    {
      schema: {
        ...reads,
        summary:
          "General, urgent, major: the plan's own definitions and what follows from them (R18, R19, R24)",
        response: { 200: listOf(ClassRule), ...refusals },
      },
    },
    () => ({ items: [...referenceOf().classes] }),
  );
  api.get(
    '/v1/schemas/:name',
    {
      schema: {
        tags: ['reference'],
        summary: 'JSON Schema of a ticket, or of a fact of one',
        params: z.object({ name: z.enum(['ticket', 'ticket-fact']) }),
        response: { 200: z.record(z.string(), z.unknown()), ...refusals },
      },
    },
    (request) => {
      const { name } = request.params;
      const schema = schemas[name];
      if (!schema) throw new Refusal('not-found');
      // The schema itself at the root, not a reference to it: validators take it as it is.
      const { $ref, $defs = {}, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12' });
      const own = $ref === undefined ? undefined : $defs[$ref.replace('#/$defs/', '')];
      return {
        ...rest,
        ...own,
        $defs,
        $id: `urn:hotline-link:schema:${name}:v${ticketSchemaVersion}`,
      };
    },
  );
}
