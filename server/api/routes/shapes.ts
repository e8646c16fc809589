// Schemas only the HTTP surface needs: path parameters, pages, lists. It must not repeat what server/protocol has.
import { z } from 'zod';
import { Problem } from '../../protocol/errors.ts';
import { CallId, QueueId, SeatId } from '../../protocol/words.ts';

export const CallParams = z.object({ id: CallId });
export const SeatParams = z.object({ id: SeatId });
export const QueueParams = z.object({ id: QueueId });
export const QueueCallParams = z.object({ id: QueueId, callId: CallId });
export const UserParams = z.object({ user: z.string().min(1).max(64) });
export const Nothing = z.strictObject({});

export const Page = z.object({
  cursor: z.string().max(400).optional().meta({ description: '`next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const listOf = <S extends z.ZodType>(item: S) =>
  z.object({ items: z.array(item), next: z.string().optional() });

/** What every route may also answer. */
export const refusals = { '4xx': Problem, '5xx': Problem };
