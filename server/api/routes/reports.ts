// Reports: disputes and returns, transfers, punctuality, scorecards, and the quarter's pack for the consultation meeting
// (R11, R14, R25). It must not count anything: the store does; and nobody sees figures another platform alone had a part in.
import { z } from 'zod';
import { quarterOf, reportRules } from '../../domain/ticket/reports.ts';
import { Report, ReportBehind, ReportBy, ReportName } from '../../protocol/reports.ts';
import type { Actor } from '../../protocol/words.ts';
import { identityOf } from '../auth/identity.ts';
import { consultationPage } from '../consultation.ts';
import type { ReportMaker } from '../report-making.ts';
import { askReport, reportMaker } from '../report-making.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { mayTicket, ticketSeen } from '../ticket-scope.ts';
import { refusals } from './shapes.ts';

const instant = z.iso.datetime({ offset: true });
const Params = z.object({ report: ReportName });
const Asked = z.object({
  by: ReportBy.optional().meta({ description: 'What a row is; default: the first the report has.' }),
  from: instant.optional().meta({ description: 'Default: 90 days before `to`.' }),
  to: instant.optional().meta({ description: 'Default: now.' }),
});
const AskedBehind = Asked.extend({
  key: z.string().max(500).default(''),
  figure: z.string().max(64),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export function reportRoutes(api: Api, surface: Surface): void {
  const makerFor = (actor: Actor): ReportMaker => {
    const { reports, reference, clock } = surface.deps;
    if (!reports) throw new Refusal('not-found');
    return reportMaker({
      store: reports,
      ...(reference ? { reference } : {}),
      now: () => clock.now(),
      concerning: actor.platform,
    });
  };

  api.get(
    '/v1/reports/:report',
    {
      schema: {
        tags: ['reports'],
        summary: 'Disputes and returns, transfers, punctuality, scorecards of platforms, units, seats',
        description:
          'Counted from recorded facts alone. Each figure says where the tickets and calls behind it are.',
        params: Params,
        querystring: Asked,
        response: { 200: Report, ...refusals },
      },
    },
    (request) => makerFor(identityOf(request).actor).report(request.params.report, request.query),
  );
  api.get(
    '/v1/reports/:report/tickets',
    {
      schema: {
        tags: ['reports'],
        summary: 'The tickets and calls behind one figure of a report',
        params: Params,
        querystring: AskedBehind,
        response: { 200: ReportBehind, ...refusals },
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      const { reports, clock } = surface.deps;
      if (!reports) throw new Refusal('not-found');
      const { report } = request.params;
      const { key, figure, cursor, limit, ...asked } = request.query;
      if (!reportRules[report].figures.includes(figure))
        throw new Refusal('invalid-field', { field: 'figure' });
      const { part, by } = askReport(report, asked, clock.now(), actor.platform);
      const before = cursor === undefined ? null : Number(cursor);
      const page = await reports.behind({ ...part, figures: [figure] }, by, key, before, limit);
      return {
        items: page.items.filter((ticket) => mayTicket(actor, ticket)).map(ticketSeen),
        calls: [...page.calls],
        ...(page.next === null ? {} : { next: page.next }),
      };
    },
  );
  api.get(
    '/v1/reports/consultation',
    {
      schema: {
        tags: ['reports'],
        summary: "A quarter's pack for the consultation meeting of both platforms (R11), one page to print",
        querystring: z.object({ quarter: z.string().regex(/^20\d\d-Q[1-4]$/) }),
        response: { 200: z.string(), ...refusals },
      },
      // A page, not JSON: the text goes out as it is.
      serializerCompiler: () => (data: unknown) => String(data),
    },
    async (request, reply) => {
      const { actor } = identityOf(request);
      const { quarter } = request.query;
      const time = quarterOf(quarter);
      if (!time) throw new Refusal('invalid-field', { field: 'quarter' });
      const page = await consultationPage(makerFor(actor), quarter, time, surface.deps.clock.now());
      return reply.type('text/html; charset=utf-8').send(page);
    },
  );
}
