// The staffing calculator (R16): seats for a volume that is given, or for the one the ledger has recorded, by Erlang C and A.
// It must not keep anybody waiting: what it computes in one request is bounded.
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { offeredLoad, outlookA, outlookC, seatsFor } from '../../domain/acd/staffing.ts';
import type { Demand, Goal, Outlook } from '../../domain/acd/staffing.ts';
import type { CallView } from '../../protocol/views.ts';
import { identityOf } from '../auth/identity.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { refusals } from './shapes.ts';

/** Several cities' busy hour at once; computing it holds calls up for some 40 ms. */
const mostErlang = 300;
/** Pages of 200 calls read for the recorded volume. */
const mostPages = 150;
const beijing = 8 * 3_600_000;

const Query = z.object({
  callsPerHour: z.coerce.number().min(0).max(20_000).optional(),
  handleSeconds: z.coerce.number().min(1).max(3_600).optional(),
  share: z.coerce.number().min(0.01).max(0.999).default(0.9),
  withinSeconds: z.coerce.number().min(0).max(600).default(15),
  patienceSeconds: z.coerce.number().min(1).max(7_200).default(120),
  wrapUpSeconds: z.coerce
    .number()
    .min(0)
    .max(3_600)
    .default(60)
    .meta({ description: 'Added to recorded talk.' }),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});
const Outlook = z
  .object({
    seats: z.int(),
    waits: z.number(),
    inTime: z.number(),
    abandons: z.number(),
    meanWaitSeconds: z.number().nullable().meta({ description: 'null: without end.' }),
    occupancy: z.number(),
  })
  .meta({ id: 'StaffingOutlook' });
const Staffing = z
  .object({
    demand: z.object({ callsPerHour: z.number(), handleSeconds: z.number(), erlangs: z.number() }),
    recorded: z
      .object({
        calls: z.int(),
        days: z.number(),
        talkSeconds: z.number(),
        busiestHour: z.int(),
        whole: z
          .boolean()
          .meta({ description: 'false: more calls than are read at once; choose a shorter time.' }),
      })
      .optional(),
    erlangC: Outlook.nullable(),
    erlangA: Outlook.nullable(),
    table: z.array(z.object({ erlangC: Outlook, erlangA: Outlook })),
    byHour: z.array(
      z.object({ hour: z.int(), callsPerHour: z.number(), erlangC: z.int(), erlangA: z.int() }),
    ),
  })
  .meta({ id: 'Staffing' });

const shown = (outlook: Outlook) => ({
  ...outlook,
  meanWaitSeconds: Number.isFinite(outlook.meanWaitSeconds) ? outlook.meanWaitSeconds : null,
});

export function staffingRoutes(api: Api, surface: Surface): void {
  api.get(
    '/v1/reports/staffing',
    {
      schema: {
        tags: ['reports'],
        summary: 'Seats needed, by Erlang C and Erlang A',
        description:
          'With callsPerHour and handleSeconds: for that. Without: for what your platform recorded between from and to, hour by hour.',
        querystring: Query,
        response: { 200: Staffing, ...refusals },
      },
    },
    async (request) => {
      const asked = request.query;
      const { platform } = identityOf(request).actor;
      const recorded = asked.callsPerHour === undefined ? await volume(surface, platform, asked) : null;
      const callsPerHour = asked.callsPerHour ?? Math.max(0, ...(recorded?.hours ?? []));
      const handleSeconds =
        asked.handleSeconds ?? (recorded ? recorded.talkSeconds + asked.wrapUpSeconds : 240);
      const demand = { callsPerHour, handleSeconds };
      if (offeredLoad(demand) > mostErlang)
        throw new Refusal('invalid-field', {
          field: asked.callsPerHour === undefined ? 'from' : 'callsPerHour',
        });
      const goal = { share: asked.share, withinSeconds: asked.withinSeconds };
      const c = seatsFor(demand, goal, null);
      const a = seatsFor(demand, goal, asked.patienceSeconds);
      const first = Math.max(1, Math.min(c?.seats ?? 1, a?.seats ?? 1) - 4);
      return {
        demand: { ...demand, erlangs: offeredLoad(demand) },
        ...(recorded
          ? {
              recorded: {
                calls: recorded.calls,
                days: recorded.days,
                talkSeconds: recorded.talkSeconds,
                busiestHour: recorded.hours.indexOf(callsPerHour),
                whole: recorded.whole,
              },
            }
          : {}),
        erlangC: c && shown(c),
        erlangA: a && shown(a),
        table: Array.from({ length: 12 }, (_, n) => ({
          erlangC: shown(outlookC(demand, first + n, goal.withinSeconds)),
          erlangA: shown(outlookA(demand, asked.patienceSeconds, first + n, goal.withinSeconds)),
        })),
        byHour: await byHour(recorded?.hours ?? [], handleSeconds, goal, asked.patienceSeconds),
      };
    },
  );
}

/** Calls go on between one hour's computing and the next. */
async function byHour(
  hours: readonly number[],
  handleSeconds: number,
  goal: Goal,
  patienceSeconds: number,
): Promise<z.infer<typeof Staffing>['byHour']> {
  const found: z.infer<typeof Staffing>['byHour'] = [];
  for (const [hour, callsPerHour] of hours.entries()) {
    await setImmediate();
    const demand: Demand = { callsPerHour, handleSeconds };
    found.push({
      hour,
      callsPerHour,
      erlangC: seatsFor(demand, goal, null)?.seats ?? 0,
      erlangA: seatsFor(demand, goal, patienceSeconds)?.seats ?? 0,
    });
  }
  return found;
}

interface Volume {
  readonly calls: number;
  readonly days: number;
  readonly talkSeconds: number;
  /** Mean calls in each hour of the day. */
  readonly hours: readonly number[];
  readonly whole: boolean;
}

async function volume(
  { deps }: Surface,
  platform: string | null,
  asked: { readonly from?: string | undefined; readonly to?: string | undefined },
): Promise<Volume> {
  const to = asked.to === undefined ? deps.clock.now() : Date.parse(asked.to);
  const from = asked.from === undefined ? to - 7 * 86_400_000 : Date.parse(asked.from);
  if (from >= to) throw new Refusal('invalid-field', { field: 'from' });
  const counts = Array.from({ length: 24 }, () => 0);
  let [calls, talked, talkMs, oldest] = [0, 0, 0, to];
  let cursor: string | null = null;
  for (let read = 0; read < mostPages; read += 1) {
    const page: { readonly items: readonly CallView[]; readonly next: string | null } =
      await deps.engine.calls({
        ...(platform === null ? {} : { platform }),
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        ...(cursor === null ? {} : { cursor }),
        limit: 200,
      });
    for (const { arrivedAt, answeredAt, endedAt } of page.items) {
      const at = Date.parse(arrivedAt);
      calls += 1;
      oldest = Math.min(oldest, at);
      const hour = Math.floor((at + beijing) / 3_600_000) % 24;
      counts[hour] = (counts[hour] ?? 0) + 1;
      if (answeredAt === undefined || endedAt === undefined) continue;
      talked += 1;
      talkMs += Math.max(0, Date.parse(endedAt) - Date.parse(answeredAt));
    }
    cursor = page.next;
    if (cursor === null) break;
  }
  const days = Math.max(1, (to - (cursor === null ? from : oldest)) / 86_400_000);
  return {
    calls,
    days,
    talkSeconds: talked === 0 ? 180 : talkMs / talked / 1000,
    hours: counts.map((count) => count / days),
    whole: cursor === null,
  };
}
