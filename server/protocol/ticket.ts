// The one schema of 工单 (12345) and 警单 (110), versioned, for the wire and for every exchange (R12, R18, R19).
// It must not say what may be done when: domain/ticket does. A change that old readers cannot read is a new version.
import { z } from 'zod';
import { isCreditCode } from './credit-code.ts';
import { CallId, Platform, TicketClass } from './words.ts';

export const ticketSchemaVersion = 1;

const text = (most: number) => z.string().max(most);
const instant = z.iso.datetime();
export const TicketId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9-]+$/);
export const UnitCode = z.string().refine(isCreditCode, {
  message: 'must be a unified social credit code of 18 characters with a right check digit (GB 32100-2015)',
});
export const RegionCode = z
  .string()
  .regex(/^\d{6}$/)
  .meta({ description: 'GB/T 2260 division, six digits.' });

export const TicketSource = z.enum(['phone', 'internet', 'station', 'patrol', 'unit']).meta({
  description: '电话 phone, 互联网 internet, 派出所 station, 巡逻 patrol, 承办单位 unit (R5, R22).',
});
export const TicketState = z.enum([
  'new',
  'accepted',
  'assigned',
  'signed',
  'on-site',
  'feedback',
  'closed',
  'returned',
  'escalated',
]);
export const DeadlineName = z.enum(['accept', 'sign', 'on-site', 'feedback', 'close']);
export const TicketDeadline = z.object({
  name: DeadlineName,
  at: instant,
  remindAt: instant,
  metAt: instant.optional(),
  reminded: z.boolean(),
  missed: z.boolean(),
});
export const TicketReceipt = z
  .object({
    id: z.string(),
    to: z.string().meta({ description: 'A platform, or the code of a unit.' }),
    kind: z.enum(['push', 'major', 'joint', 'escalation']),
    at: instant,
    acknowledgedAt: instant.optional(),
    by: z.string().optional(),
    chased: z.int().meta({ description: 'How often it was chased (R23).' }),
  })
  .meta({ id: 'TicketReceipt' });
export const TicketDispute = z.object({
  platform: Platform,
  by: z.string(),
  reason: z.string(),
  at: instant,
  decision: z.object({ platform: Platform, by: z.string(), note: z.string(), at: instant }).optional(),
});
/** What was decided about whose duty an item is (R11): so that the same dispute is not had twice. */
export const ItemDecision = z
  .object({
    ticket: TicketId,
    serial: z.string(),
    at: instant,
    platform: Platform.meta({ description: 'Whose duty it is.' }),
    by: z.string(),
    note: z.string(),
  })
  .meta({ id: 'ItemDecision' });
export type ItemDecision = z.infer<typeof ItemDecision>;
export const TicketLink = z.object({
  ticket: TicketId,
  kind: z.enum(['parent', 'child', 'joint', 'merged', 'split', 'escalation']),
});
export const TicketCaller = z.object({ number: text(32), name: text(64).optional() });

export const Ticket = z
  .object({
    schema: z.literal(ticketSchemaVersion),
    id: TicketId,
    serial: z.string().meta({ description: 'Spoken number: day and running number.' }),
    version: z.int(),
    kind: z.enum(['work-order', 'police-order']).meta({ description: '工单 of 12345, 警单 of 110.' }),
    platform: Platform.meta({ description: 'Who owns it now.' }),
    originPlatform: Platform,
    platforms: z.array(Platform).meta({ description: 'Every platform that ever had a part.' }),
    class: TicketClass,
    emergency: z.boolean().meta({ description: '突发: signed in 30 min, on site in 2 h (R9).' }),
    state: TicketState,
    source: TicketSource,
    item: text(64),
    region: z.union([RegionCode, z.literal('')]),
    place: text(200),
    summary: text(2000),
    caller: TicketCaller.optional(),
    confidential: z.boolean(),
    policeAttended: z.boolean(),
    joint: z.boolean(),
    unit: z.string().optional(),
    calls: z.array(CallId),
    links: z.array(TicketLink),
    deadlines: z.array(TicketDeadline),
    receipts: z.array(TicketReceipt),
    disputes: z.array(TicketDispute),
    returns: z.int(),
    handedOverFrom: Platform.optional().meta({ description: 'Where a return goes to.' }),
    feedback: z.object({ text: text(4000), by: z.string(), at: instant }).optional(),
    resolution: text(2000).optional(),
    openedBy: z.string(),
    openedAt: instant,
    acceptedAt: instant.optional(),
    acceptedBy: z.string().optional(),
    assignedAt: instant.optional(),
    signedAt: instant.optional(),
    onSiteAt: instant.optional(),
    closedAt: instant.optional(),
    changedAt: instant,
  })
  .meta({ id: 'Ticket' });
export type Ticket = z.infer<typeof Ticket>;
export type TicketState = z.infer<typeof TicketState>;
export type TicketSource = z.infer<typeof TicketSource>;
export type TicketDeadline = z.infer<typeof TicketDeadline>;
export type TicketReceipt = z.infer<typeof TicketReceipt>;
export type DeadlineName = z.infer<typeof DeadlineName>;

export const ExportFormat = z.enum(['csv', 'ndjson', 'xlsx']);
export type ExportFormat = z.infer<typeof ExportFormat>;

export const NewTicketBody = z.object({
  platform: Platform.optional().meta({ description: 'Default: your own.' }),
  class: TicketClass.default('general'),
  emergency: z.boolean().optional(),
  source: TicketSource.default('internet'),
  item: text(64).default(''),
  region: z.union([RegionCode, z.literal('')]).default(''),
  place: text(200).default(''),
  summary: z.string().trim().min(1).max(2000),
  caller: TicketCaller.optional(),
  confidential: z.boolean().default(false),
  policeAttended: z.boolean().default(false),
  call: CallId.optional().meta({ description: 'Where it belongs to a call.' }),
});
const note = z.object({ note: text(2000).optional() });
export const AssignBody = z.object({ unit: UnitCode, note: text(2000).optional() });
export const FeedbackBody = z.object({ text: z.string().trim().min(1).max(4000) });
export const CloseBody = z.object({ resolution: z.string().trim().min(1).max(2000) });
export const ReasonBody = z.object({ reason: z.string().trim().min(1).max(500) });
export const ReturnBody = ReasonBody.extend({
  disputed: z.boolean().default(false).meta({ description: 'The duty itself is disputed (R11).' }),
});
export const HandoverBody = z.object({ to: Platform, reason: text(500).optional() });
export const EscalateBody = ReasonBody;
export const JointBody = z.object({ unit: UnitCode, reason: text(500).optional() });
export const AcknowledgeBody = z.object({ receipt: z.string().max(64) });
export const DecideDisputeBody = z.object({ platform: Platform, note: z.string().trim().min(1).max(1000) });
export const MergeBody = ReasonBody.extend({
  into: TicketId.meta({ description: 'The ticket that goes on; this one is closed.' }),
});
export const SplitBody = z.object({
  summary: z.string().trim().min(1).max(2000).meta({ description: 'What the new ticket is about.' }),
  class: TicketClass.optional(),
  item: text(64).optional(),
  region: z.union([RegionCode, z.literal('')]).optional(),
  place: text(200).optional(),
});
export const AmendBody = z.object({
  class: TicketClass.optional(),
  item: text(64).optional(),
  region: z.union([RegionCode, z.literal('')]).optional(),
  place: text(200).optional(),
  summary: z.string().trim().min(1).max(2000).optional(),
  confidential: z.boolean().optional(),
});

type Body<S extends z.ZodType> = z.infer<S>;
export type NewTicketWish = Body<typeof NewTicketBody>;
/** What may be asked of one ticket. */
export type TicketCommand =
  | { readonly name: 'accept' | 'sign' | 'on-site'; readonly body: Body<typeof note> }
  | { readonly name: 'assign'; readonly body: Body<typeof AssignBody> }
  | { readonly name: 'feedback'; readonly body: Body<typeof FeedbackBody> }
  | { readonly name: 'close'; readonly body: Body<typeof CloseBody> }
  | { readonly name: 'return'; readonly body: Body<typeof ReturnBody> }
  | { readonly name: 'handover'; readonly body: Body<typeof HandoverBody> }
  | { readonly name: 'escalate'; readonly body: Body<typeof EscalateBody> }
  | { readonly name: 'joint'; readonly body: Body<typeof JointBody> }
  | { readonly name: 'acknowledge'; readonly body: Body<typeof AcknowledgeBody> }
  | { readonly name: 'dispute'; readonly body: Body<typeof ReasonBody> }
  | { readonly name: 'dispute-decide'; readonly body: Body<typeof DecideDisputeBody> }
  | { readonly name: 'merge'; readonly body: Body<typeof MergeBody> }
  | { readonly name: 'split'; readonly body: Body<typeof SplitBody> }
  | { readonly name: 'amend'; readonly body: Body<typeof AmendBody> };
export const NoteBody = note;

/** One thing that happened to a ticket; `position` is the bulk cursor's order. */
export const TicketFact = z
  .object({
    position: z.int(),
    ticket: TicketId,
    version: z.int(),
    type: z.string(),
    time: instant,
    actor: z.string(),
    platform: Platform,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TicketFact' });
export type TicketFact = z.infer<typeof TicketFact>;

/** A call that was talked and has neither tag nor disposition: it waits here until somebody says what it was. */
export const UntaggedCall = z
  .object({
    call: CallId,
    platform: Platform,
    number: z.string(),
    seat: z.string().optional(),
    since: instant,
    wrapUpOver: z.boolean(),
  })
  .meta({ id: 'UntaggedCall' });
export type UntaggedCall = z.infer<typeof UntaggedCall>;
