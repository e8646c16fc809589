// A supervisor's word to the seats of its platform, or of one queue, shown until each has said that it read it.
// It must not say who is shown it: domain/notice/broadcasts.ts does.
import { z } from 'zod';
import { Platform, QueueId, SeatId } from './words.ts';

export const BroadcastBody = z.strictObject({
  text: z.string().trim().min(1).max(500),
  queue: QueueId.optional().meta({ description: 'Only its seats; all of the platform without.' }),
  minutes: z.int().min(1).max(1440).default(60).meta({ description: 'Shown for so long at most.' }),
});
export type BroadcastBody = z.infer<typeof BroadcastBody>;

export const BroadcastView = z
  .object({
    id: z.string(),
    platform: Platform,
    queue: QueueId.optional(),
    text: z.string(),
    sentAt: z.iso.datetime(),
    sentBy: z.string(),
    expiresAt: z.iso.datetime(),
    endedAt: z.iso.datetime().optional().meta({ description: 'Taken back by a supervisor.' }),
    acknowledged: z
      .array(z.object({ seat: SeatId, at: z.iso.datetime() }))
      .meta({ description: 'A seat is shown its own alone.' }),
    waiting: z
      .array(SeatId)
      .optional()
      .meta({ description: 'Signed in, and have not acknowledged it; for supervisors.' }),
  })
  .meta({ id: 'Broadcast' });
export type BroadcastView = z.infer<typeof BroadcastView>;
