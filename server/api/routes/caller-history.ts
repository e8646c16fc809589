// What is known of a caller's number, for the desk, before the call is answered (TR3, OF3): calls and tickets of one's own
// platform, in few words. It must not carry the number, nor a ticket its caller asked to keep confidential.
import { z } from 'zod';
import { namesSomebody } from '../../domain/caller-number.ts';
import { CallPhase } from '../../protocol/views.ts';
import { DeadlineName, TicketId, TicketState } from '../../protocol/ticket.ts';
import { CallId, TicketClass } from '../../protocol/words.ts';
import { identityOf } from '../auth/identity.ts';
import { maskText } from '../privacy/masking.ts';
import type { Api, Surface } from '../surface.ts';
import { callFor } from './calls.ts';
import { CallParams, refusals } from './shapes.ts';

const shownCalls = 8;
const shownTickets = 5;

const CallerHistory = z
  .object({
    calls: z.int().meta({ description: 'Calls of the number to your platform within the days looked at.' }),
    lastDay: z.int(),
    nuisance: z.enum(['marked', 'confirmed']).optional(),
    recent: z.array(
      z.object({
        id: CallId,
        phase: CallPhase,
        arrivedAt: z.iso.datetime(),
        answered: z.boolean(),
        seat: z.string().optional(),
        class: TicketClass.optional(),
        item: z.string().optional(),
        summary: z.string().optional(),
        disposition: z.string().optional(),
        endReason: z.string().optional(),
      }),
    ),
    tickets: z.array(
      z.object({
        id: TicketId,
        serial: z.string(),
        state: TicketState,
        class: TicketClass,
        item: z.string(),
        openedAt: z.iso.datetime(),
        next: DeadlineName.optional(),
      }),
    ),
  })
  .meta({ id: 'CallerHistory' });

export function callerHistoryRoutes(api: Api, surface: Surface): void {
  const { deps } = surface;
  api.get(
    '/v1/calls/:id/history',
    {
      schema: {
        tags: ['calls'],
        summary: "Earlier calls and open tickets of this call's number, for the screen before the answer",
        params: CallParams,
        response: { 200: CallerHistory, ...refusals },
      },
    },
    async (request) => {
      const { actor } = identityOf(request);
      const view = await callFor(surface, actor, request.params.id);
      const platform = actor.platform ?? view.platform;
      const { number } = view.caller;
      if (!namesSomebody(number)) return { calls: 0, lastDay: 0, recent: [], tickets: [] };
      const [past, tickets] = await Promise.all([
        deps.engine.nuisance.history(platform, number),
        // Tickets may be away without the calls being so: the screen is not to wait for them.
        deps.tickets?.list({ platform, number, limit: 20 }).catch(() => null) ?? null,
      ]);
      const before = past.filter(({ id }) => id !== view.id);
      const dayAgo = deps.clock.now() - 86_400_000;
      const mark = deps.engine.nuisance
        .list(platform)
        .find((each) => each.number === number && (each.state === 'marked' || each.state === 'confirmed'));
      return {
        calls: before.length,
        lastDay: before.filter(({ arrivedAt }) => Date.parse(arrivedAt) > dayAgo).length,
        ...(mark?.state === 'marked' || mark?.state === 'confirmed' ? { nuisance: mark.state } : {}),
        recent: before.slice(0, shownCalls).map((call) => ({
          id: call.id,
          phase: call.phase,
          arrivedAt: call.arrivedAt,
          answered: call.answeredAt !== undefined,
          ...(call.owner === undefined ? {} : { seat: call.owner }),
          ...(call.tag === undefined
            ? {}
            : { class: call.tag.class, item: call.tag.item, summary: maskText(call.tag.summary) }),
          ...(call.disposition === undefined ? {} : { disposition: call.disposition }),
          ...(call.endReason === undefined ? {} : { endReason: call.endReason }),
        })),
        tickets: (tickets?.items ?? [])
          .filter(({ confidential, state }) => !confidential && state !== 'closed')
          .slice(0, shownTickets)
          .map((ticket) => {
            const next = ticket.deadlines.find(({ metAt }) => metAt === undefined)?.name;
            return {
              id: ticket.id,
              serial: ticket.serial,
              state: ticket.state,
              class: ticket.class,
              item: ticket.item,
              openedAt: ticket.openedAt,
              ...(next === undefined ? {} : { next }),
            };
          }),
      };
    },
  );
}
