// Overflow on the wire: what may be asked of it, and what is shown of it (R10, OV1–OV7).
// It must not hold a number of a caller: overflow counts calls, it does not know them.
import { z } from 'zod';
import { Platform, QueueId } from './words.ts';

const name = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._-]+$/);
const reason = z.string().trim().min(1).max(200);
const seconds = z.number().min(0).max(86_400);
export const GroupId = name.meta({ description: 'A group of remote seats, or of lines of a trunk.' });
export const OverflowId = name;

/** One end of the hysteresis. `waiting` is a mark only where it is given, at both ends. */
export const Marks = z.object({
  waiting: z.number().int().nonnegative().optional(),
  oldestSeconds: seconds,
  expectedSeconds: seconds,
  perReadySeat: z.number().min(0),
  dwellSeconds: seconds,
});
export type Marks = z.infer<typeof Marks>;
/** Marks to change; the others stay. */
export const MarksChange = Marks.partial();
type MarksChange = z.infer<typeof MarksChange>;

export function changedMarks(marks: Marks, change: MarksChange | undefined): Marks {
  const given = Object.entries(change ?? {}).filter(([, value]) => value !== undefined);
  return { ...marks, ...Object.fromEntries(given) };
}

const paired = ['waiting', 'oldestSeconds', 'expectedSeconds', 'perReadySeat'] as const;
/**
 * The first mark whose low end does not lie under its high end, or that has only one of the two; null where all is well.
 * Between marks that cross, one reading would start and end overflow at once.
 */
export function crossing(high: Marks, low: Marks): (typeof paired)[number] | null {
  return (
    paired.find((mark) => {
      const [up, down] = [high[mark], low[mark]];
      return up === undefined || down === undefined ? up !== down : down >= up;
    }) ?? null
  );
}

export const StartBody = z.strictObject({
  queue: QueueId,
  groups: z
    .array(GroupId)
    .max(50)
    .default([])
    .meta({ description: 'None: every registered group of the first level.' }),
  reason,
  when: z
    .enum(['now', 'saturated'])
    .default('now')
    .meta({ description: 'saturated: a pre-armed plan that starts at the high mark by itself.' }),
});
export const EscalateBody = z.strictObject({
  reason,
  seats: z.number().int().min(1).max(10_000).optional().meta({ description: 'How many are asked for.' }),
  deadlineSeconds: z.number().int().min(30).max(86_400).optional(),
});
export const GrantBody = z.strictObject({
  answer: z.enum(['granted', 'refused']).default('granted'),
  groups: z.array(GroupId).max(50).default([]),
  by: z.string().trim().min(1).max(100).meta({ description: 'Who answered for the region.' }),
  channel: z.enum(['system', 'phone']).default('system').meta({ description: 'phone: noted by hand.' }),
  note: z.string().max(500).optional(),
});
export const RegisterBody = z.strictObject({
  capacity: z
    .number()
    .int()
    .min(1)
    .max(2_000)
    .meta({ description: 'Calls at once the lender gives at most.' }),
  preference: z.number().int().min(1).max(5).default(3).meta({ description: '1 is asked first.' }),
  expires: z.iso.datetime({ offset: true }).meta({ description: 'Renew before, or the group falls out.' }),
  consent: z
    .enum(['given', 'ask'])
    .default('given')
    .meta({ description: 'given: registering is the consent; ask: the lender is asked at each start.' }),
});
export const ConsentBody = z.strictObject({
  group: GroupId,
  consent: z.boolean(),
  reason: reason.optional(),
});
export const PolicyBody = z.strictObject({
  high: MarksChange.optional(),
  low: MarksChange.optional(),
  start: z.enum(['hand', 'rule']).optional(),
  end: z.enum(['hand', 'rule']).optional(),
});

export type OverflowCommand =
  | { readonly name: 'start'; readonly body: z.infer<typeof StartBody> }
  | {
      readonly name: 'end';
      readonly overflow: string;
      readonly body: { readonly reason?: string | undefined };
    }
  | { readonly name: 'escalate'; readonly overflow: string; readonly body: z.infer<typeof EscalateBody> }
  | { readonly name: 'grant'; readonly overflow: string; readonly body: z.infer<typeof GrantBody> }
  | { readonly name: 'consent'; readonly overflow: string; readonly body: z.infer<typeof ConsentBody> }
  | { readonly name: 'register'; readonly group: string; readonly body: z.infer<typeof RegisterBody> }
  | {
      readonly name: 'recall';
      readonly group: string;
      readonly body: { readonly reason?: string | undefined };
    }
  | { readonly name: 'policy'; readonly queue: QueueId; readonly body: z.infer<typeof PolicyBody> };

export const OverflowReading = z
  .object({
    waiting: z.number().int(),
    oldestSeconds: z.number(),
    expectedSeconds: z.number().nullable().meta({ description: 'null: cannot be said well enough.' }),
    perReadySeat: z.number().nullable().meta({ description: 'null: callers wait and no seat is ready.' }),
    ready: z.number().int().meta({ description: 'Seats that chose ready, own and borrowed.' }),
    localFree: z.number().int(),
    borrowedBusy: z.number().int(),
  })
  .meta({ id: 'OverflowReading' });

const Tally = z.object({
  offered: z.number().int(),
  answered: z.number().int(),
  missed: z.number().int(),
  talkSeconds: z.number(),
});
export const LoanView = z
  .object({
    group: GroupId,
    lender: z.string(),
    level: z.number().int(),
    state: z.enum(['offered', 'refused', 'unanswered', 'active', 'draining', 'returned']),
    why: z.string().optional(),
    since: z.iso.datetime(),
    tally: Tally,
  })
  .meta({ id: 'OverflowLoan' });
export const RegionView = z
  .object({
    state: z.enum(['asked', 'granted', 'refused', 'none']),
    askedBy: z.string(),
    askedAt: z.iso.datetime(),
    reason: z.string(),
    seats: z.number().int().optional(),
    deadline: z.iso.datetime(),
    answeredBy: z.string().optional(),
    enteredBy: z.string().optional(),
    channel: z.string().optional(),
    answeredAt: z.iso.datetime().optional(),
    groups: z.array(GroupId),
    note: z.string().optional(),
  })
  .meta({ id: 'OverflowRegion' });
export const OverflowView = z
  .object({
    id: OverflowId,
    queue: QueueId,
    platform: Platform,
    state: z.enum(['suggested', 'armed', 'running', 'draining', 'ended']),
    how: z.enum(['hand', 'rule', 'plan']).optional(),
    by: z.string().optional(),
    reason: z.string(),
    passed: z.array(z.string()).meta({ description: 'The marks that were passed, with their numbers.' }),
    reading: OverflowReading,
    suggestedAt: z.iso.datetime().optional(),
    startedAt: z.iso.datetime().optional(),
    drainingAt: z.iso.datetime().optional(),
    endedAt: z.iso.datetime().optional(),
    endedBy: z.string().optional(),
    endReason: z.string().optional(),
    endSuggested: z.boolean(),
    groups: z.array(LoanView),
    region: RegionView.optional(),
    peak: z.object({ waiting: z.number().int(), oldestSeconds: z.number() }),
  })
  .meta({ id: 'Overflow' });
export type OverflowView = z.infer<typeof OverflowView>;

export const GroupView = z
  .object({
    id: GroupId,
    platform: Platform,
    lender: z.string(),
    kind: z.enum(['seats', 'trunk']),
    level: z.number().int(),
    seats: z.number().int(),
    ready: z.number().int(),
    busy: z.number().int(),
    kept: z
      .number()
      .int()
      .meta({ description: 'Of its ready seats, those the lender keeps for its own callers (OV3).' }),
    registered: z.boolean(),
    capacity: z.number().int().optional(),
    preference: z.number().int().optional(),
    consent: z.enum(['given', 'ask']).optional(),
    expires: z.iso.datetime().optional(),
    registeredBy: z.string().optional(),
  })
  .meta({ id: 'OverflowGroup' });
export type GroupView = z.infer<typeof GroupView>;

export const SaturationView = z
  .object({
    queue: QueueId,
    platform: Platform,
    high: Marks,
    low: Marks,
    start: z.enum(['hand', 'rule']),
    end: z.enum(['hand', 'rule']),
    reading: OverflowReading.optional(),
    overSince: z.iso.datetime().optional(),
    underSince: z.iso.datetime().optional(),
  })
  .meta({ id: 'Saturation' });
export type SaturationView = z.infer<typeof SaturationView>;

export const OverflowBoard = z
  .object({ items: z.array(OverflowView), groups: z.array(GroupView), queues: z.array(SaturationView) })
  .meta({ id: 'OverflowBoard' });
export type OverflowBoard = z.infer<typeof OverflowBoard>;
export type EscalateBody = z.infer<typeof EscalateBody>;
export type GrantBody = z.infer<typeof GrantBody>;
export type StartBody = z.infer<typeof StartBody>;
