// What clients see: public shapes of calls, seats, queues, lines. Inner phases are mapped to these by engine/views.ts.
// It must not carry anything a role may not see unmasked without saying so (numbers are masked by default, R28).
import { z } from 'zod';
import { CallId, LineId, Platform, QueueId, SeatId, Tag, Target, TicketClass } from './words.ts';

export const CallPhase = z.enum([
  'arriving',
  'queued',
  'offering',
  'talking',
  'transferring',
  'three-way',
  'ending',
  'ended',
]);
export const PartyRole = z.enum(['caller', 'owner', 'consulted', 'target', 'supervisor', 'recorder']);
export const PartyState = z.enum(['waiting', 'dialling', 'ringing', 'up']);

export const PartyView = z
  .object({
    id: z.string(),
    role: PartyRole,
    seat: SeatId.optional(),
    line: LineId.optional(),
    platform: Platform.optional(),
    state: PartyState,
    held: z.boolean(),
    muted: z.boolean(),
    away: z
      .boolean()
      .optional()
      .meta({ description: 'Nothing comes from its phone; the caller has music meanwhile (RC1).' }),
    supervises: z
      .enum(['listen', 'whisper', 'barge', 'take-over'])
      .optional()
      .meta({ description: 'How, where the role is supervisor.' }),
    hidden: z
      .boolean()
      .optional()
      .meta({ description: 'A supervisor the seats are not shown; only supervisors are sent such a party.' }),
    hears: z.array(z.string()).meta({ description: 'Ids of the parties this one hears now (TW2).' }),
  })
  .meta({ id: 'Party' });

export const TransferView = z
  .object({
    id: z.string(),
    state: z.enum(['requested', 'queued', 'ringing', 'accepted', 'failed', 'cancelled']),
    to: Target,
    mode: z.string(),
    from: SeatId.optional(),
    place: z.number().int().optional().meta({ description: 'Place in the target queue, 1 = next.' }),
    reason: z.string().optional(),
    sipStatus: z.number().int().optional(),
    cause: z.number().int().optional().meta({ description: 'Q.850 cause.' }),
    note: z.string().optional(),
  })
  .meta({ id: 'Transfer' });

export const OutcomeView = z
  .object({
    state: z.enum(['open', 'decided']),
    proposals: z.record(z.string(), z.string()).meta({ description: 'Platform → what its seat proposed.' }),
    acceptedBy: z.string().optional(),
    by: z.string().optional().meta({ description: 'agreement, first-receiver, danger, supervisor.' }),
    danger: z.boolean(),
    deadline: z.iso.datetime().optional(),
  })
  .meta({ id: 'Outcome' });

export const CallView = z
  .object({
    id: CallId,
    version: z.number().int(),
    platform: Platform,
    phase: CallPhase,
    caller: z.object({ number: z.string(), name: z.string().optional() }),
    dialled: z.string(),
    firstReceiver: Platform.optional(),
    queue: QueueId.optional(),
    place: z.number().int().optional(),
    owner: SeatId.optional(),
    returning: z.object({ seat: SeatId, until: z.iso.datetime() }).optional().meta({
      description:
        'The seat was lost in mid-call; the caller waits for it until then, before anybody else (RC1).',
    }),
    nuisance: z
      .boolean()
      .optional()
      .meta({ description: 'A confirmed nuisance mark was on its number when it came (R26).' }),
    callBackOf: CallId.optional().meta({ description: 'We called: the call that kept this place (R15).' }),
    tag: Tag.optional(),
    disposition: z.string().optional(),
    recording: z
      .enum(['on', 'paused', 'missing'])
      .optional()
      .meta({ description: 'Of a live call; absent before its answer and where calls are not recorded.' }),
    silence: z
      .object({
        asked: z.int().meta({ description: 'How often the caller was asked to press a key.' }),
        keys: z.string().meta({ description: 'What it pressed.' }),
        decision: z.string().optional(),
      })
      .optional()
      .meta({ description: 'The caller said nothing (SL1).' }),
    transfer: TransferView.optional(),
    outcome: OutcomeView.optional(),
    parties: z.array(PartyView),
    tickets: z.array(z.string()),
    arrivedAt: z.iso.datetime(),
    answeredAt: z.iso.datetime().optional(),
    endedAt: z.iso.datetime().optional(),
    endReason: z.string().optional(),
    recovered: z.boolean().optional(),
  })
  .meta({ id: 'Call' });
export type CallView = z.infer<typeof CallView>;
export type PartyView = z.infer<typeof PartyView>;
export type TransferView = z.infer<typeof TransferView>;
export type OutcomeView = z.infer<typeof OutcomeView>;

export const SeatStatus = z.enum(['offline', 'ready', 'break']);
export const SeatState = z.enum(['idle', 'reserved', 'ringing', 'talking', 'wrap-up']);
export const SeatView = z
  .object({
    id: SeatId,
    platform: Platform,
    group: z.string(),
    remote: z.boolean(),
    status: SeatStatus,
    reason: z.string().optional(),
    state: SeatState,
    since: z.iso.datetime().meta({ description: 'When state or status last changed.' }),
    call: CallId.optional(),
    queues: z.array(QueueId),
    experts: z.array(LineId).optional().meta({ description: 'Lines it answers as an expert (R14).' }),
    phone: z.enum(['none', 'registered', 'unreachable']),
    device: z.enum(['browser', 'desk']).optional(),
    notResponding: z.boolean(),
    owesTag: z
      .boolean()
      .optional()
      .meta({ description: 'In wrap-up for a call that still needs a tag or disposition (WR1).' }),
    wrapUpUntil: z.iso.datetime().optional(),
    helpAsked: z.boolean().optional(),
    version: z.number().int(),
  })
  .meta({ id: 'Seat' });
export type SeatView = z.infer<typeof SeatView>;

export const QueueView = z
  .object({
    id: QueueId,
    platform: Platform,
    name: z.string(),
    waiting: z.number().int(),
    oldestWaitSeconds: z.number(),
    seats: z.object({
      signedIn: z.number().int(),
      ready: z.number().int(),
      talking: z.number().int(),
      wrapUp: z.number().int(),
    }),
    calls: z.array(z.object({ call: CallId, place: z.number().int(), since: z.iso.datetime() })),
    today: z.object({
      offered: z.number().int(),
      answered: z.number().int(),
      answeredInTime: z.number().int(),
      abandoned: z.number().int(),
      shortAbandoned: z.number().int().meta({ description: 'Gave up within moments; not in abandoned.' }),
    }),
    expectedWait: z
      .object({
        seconds: z.number(),
        errorP50Seconds: z.number(),
        errorP90Seconds: z.number(),
        samples: z.number().int(),
      })
      .nullable()
      .meta({
        description:
          'What a caller joining now would wait, and how wrong such figures were of late; null: too wrong or too new to say.',
      }),
  })
  .meta({ id: 'Queue' });
export type QueueView = z.infer<typeof QueueView>;

/** One hotline with all its queues, today (R14). */
export const PlatformView = z
  .object({
    id: Platform,
    name: z.string(),
    queues: z.array(QueueId),
    waiting: z.int(),
    oldestWaitSeconds: z.number(),
    live: z
      .object({ waiting: z.int(), talking: z.int(), transferring: z.int(), threeWay: z.int() })
      .meta({ description: 'Calls to its numbers that are up, by what they are in.' }),
    seats: z.object({
      signedIn: z.int(),
      ready: z.int().meta({ description: 'Free for a call now.' }),
      talking: z.int(),
      wrapUp: z.int(),
      onBreak: z.int(),
    }),
    today: z.object({
      offered: z.int(),
      answered: z.int(),
      answeredInTime: z.int(),
      abandoned: z.int(),
      shortAbandoned: z.int().meta({ description: 'Gave up within moments; counted nowhere else.' }),
      serviceLevel: z.number().nullable().meta({
        description: 'answeredInTime / (answered + abandoned), 0 to 1; null before the first of them.',
      }),
      serviceLevelSeconds: z.number().meta({ description: 'What counts as in time.' }),
      answerRate: z.number().nullable().meta({ description: 'answered / (answered + abandoned) (接通率).' }),
      meanWaitSeconds: z.number().nullable().meta({ description: 'Of those who were answered.' }),
      longestWaitSeconds: z.number().meta({ description: 'Of those who were answered.' }),
    }),
  })
  .meta({ id: 'PlatformFigures' });
export type PlatformView = z.infer<typeof PlatformView>;

export const LineView = z
  .object({
    id: LineId,
    name: z.string(),
    kind: z.enum(['queue', 'trunk']),
    available: z.boolean(),
    load: z
      .object({
        ready: z.int().meta({ description: 'Seats that could be offered a call at this moment.' }),
        waiting: z.int(),
        expectedWaitSeconds: z.number().nullable(),
      })
      .optional()
      .meta({ description: 'Of a queue: how it stands there, to be seen before a caller is handed over.' }),
    expert: z
      .object({
        platform: Platform,
        seats: z.array(SeatId),
        ready: z.int().meta({ description: 'How many of them could be asked at this moment.' }),
      })
      .optional()
      .meta({
        description:
          'Experts, asked by transfer, consultation or three-way (R14); no line to guide a citizen to.',
      }),
  })
  .meta({ id: 'Line' });
export type LineView = z.infer<typeof LineView>;

/** A caller who was cut off, or was never served, and is owed a call (SV5, TR10). */
export const CallBackView = z
  .object({
    id: z.int(),
    call: CallId,
    platform: Platform,
    number: z.string(),
    class: z.string(),
    reason: z.string(),
    at: z.iso.datetime(),
    seat: SeatId.optional().meta({ description: 'Who had the caller last, and is best placed to call.' }),
    done: z.boolean(),
  })
  .meta({ id: 'CallBack' });
export type CallBackView = z.infer<typeof CallBackView>;

/** A caller who hung up and is called back when its turn comes (R15). */
export const KeptPlaceView = z
  .object({
    call: CallId,
    platform: Platform,
    queue: QueueId,
    number: z.string(),
    class: TicketClass,
    placeSince: z.iso.datetime().meta({ description: 'When it first came: its place.' }),
    keptAt: z.iso.datetime(),
    attempts: z.number().int().meta({ description: 'How often it was rung in vain.' }),
    ringing: z.boolean(),
    seat: SeatId.optional().meta({ description: 'Reserved for it while it rings.' }),
  })
  .meta({ id: 'KeptPlace' });
export type KeptPlaceView = z.infer<typeof KeptPlaceView>;
