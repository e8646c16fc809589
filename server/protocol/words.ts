// The small words every other schema is built from: ids, platforms, roles, targets, tags.
// It must not hold commands, views or facts; those build on it.
import { z } from 'zod';

export const Platform = z.string().min(1).max(16).meta({ description: 'One hotline: 12345 or 110.' });
export type Platform = z.infer<typeof Platform>;

const id = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._-]+$/);
export const CallId = id;
export const SeatId = id;
export const QueueId = id;
export const LineId = id;
export type CallId = z.infer<typeof CallId>;
export type SeatId = z.infer<typeof SeatId>;
export type QueueId = z.infer<typeof QueueId>;
export type LineId = z.infer<typeof LineId>;
/** A channel of Asterisk, by its id. Ours are derived from call, role and number; the caller's is Asterisk's own. */
export type LegId = string;
/** Milliseconds since the epoch. Time always comes in as data. */
export type Time = number;

export const TicketClass = z.enum(['general', 'urgent', 'major']).meta({
  description: '一般 general, 紧急 urgent, 重大 major (R18, R19).',
});
export type TicketClass = z.infer<typeof TicketClass>;

export const Tag = z.object({
  class: TicketClass,
  item: z.string().max(64).default('').meta({ description: 'Catalogue item.' }),
  region: z.string().max(12).default('').meta({ description: 'GB/T 2260 division code.' }),
  place: z.string().max(200).default(''),
  summary: z.string().max(2000).default(''),
});
export type Tag = z.infer<typeof Tag>;

/** Whom one can hand a caller to: exactly one of a line, a queue, a seat. */
export const Target = z
  .union([
    z.strictObject({ line: LineId }),
    z.strictObject({ queue: QueueId }),
    z.strictObject({ seat: SeatId }),
  ])
  .meta({ description: 'Exactly one of line, queue, seat.' });
export type Target = z.infer<typeof Target>;

export const Role = z.enum(['seat', 'supervisor', 'auditor', 'administrator', 'system']);
export type Role = z.infer<typeof Role>;

/** Who acts: a person or a system behind a session; the engine itself is `system:engine`. */
export interface Actor {
  readonly user: string;
  readonly role: Role;
  readonly platform: Platform | null;
  readonly seat: SeatId | null;
}
