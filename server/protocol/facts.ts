// Facts: what happened, past tense, numbered, kept for ever; and the stream's frames that carry them.
// It must not hold anything that changes meaning later: facts are read again after years.
import { z } from 'zod';
import { CallView, PlatformView, QueueView, SeatView } from './views.ts';

/** `type` is `family.what-happened` (design §6): call, offer, transfer, threeway, outcome, seat, queue, overflow, ticket… */
export const Fact = z
  .object({
    sequence: z
      .number()
      .int()
      .meta({ description: 'Grows by one with each fact of this cell; no gaps (CL7).' }),
    type: z.string().meta({ description: 'e.g. transfer.accepted' }),
    time: z.iso.datetime(),
    call: z.string().nullable(),
    platform: z.string().nullable(),
    actor: z.string().meta({ description: 'user name, or system:engine' }),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Fact' });
export type Fact = z.infer<typeof Fact>;

export const StreamHello = z.object({
  hello: z.object({ lastSequence: z.number().int().nonnegative().optional() }),
});
export const StreamFrame = z.union([
  z.object({
    snapshot: z.object({
      sequence: z.number().int(),
      calls: z.array(CallView),
      seats: z.array(SeatView),
      queues: z.array(QueueView),
      platforms: z.array(PlatformView).optional(),
    }),
  }),
  z.object({
    /** Sequence of the frame before on this socket: anything else means one was missed; say hello again (RC3). */
    after: z.number().int().optional(),
    fact: Fact,
    call: CallView.optional(),
    seat: SeatView.optional(),
    queue: QueueView.optional(),
  }),
  // What changed without a fact of one's own: a colleague's state, a leg that rings, the queue's figures.
  z.object({
    after: z.number().int().optional(),
    changed: z.object({
      sequence: z.number().int(),
      call: CallView.optional(),
      seat: SeatView.optional(),
      queue: QueueView.optional(),
      platform: PlatformView.optional(),
    }),
  }),
  // Nothing for you up to here: the place to resume from.
  z.object({ after: z.number().int().optional(), mark: z.object({ sequence: z.number().int() }) }),
  z.object({ problem: z.object({ code: z.string(), message: z.string() }) }),
]);
export type StreamFrame = z.infer<typeof StreamFrame>;
