// Nuisance callers (R26): a seat marks, a supervisor confirms, the number is ranked last for a term; nobody is ever blocked.
// It must not say what a mark does to a queue: the floor's order does.
import { z } from 'zod';
import { CallId, Platform } from './words.ts';

export const NuisanceScore = z
  .object({
    value: z
      .number()
      .int()
      .min(0)
      .max(100)
      .meta({ description: 'Higher: more like a nuisance. A hint, never a verdict.' }),
    calls: z
      .number()
      .int()
      .meta({ description: 'Calls of the number to this platform within the time looked at.' }),
    lastDay: z.number().int(),
    brief: z.number().int().meta({ description: 'Given up, or over within 10 s of talk.' }),
    disposedNuisance: z.number().int(),
    served: z.number().int().meta({ description: 'With a ticket, or of class urgent or major.' }),
    days: z.number().int().meta({ description: 'How far back was looked.' }),
  })
  .meta({ id: 'NuisanceScore' });
export type NuisanceScore = z.infer<typeof NuisanceScore>;

export const NuisanceView = z
  .object({
    call: CallId.meta({ description: 'The call in which it was marked; names the mark.' }),
    platform: Platform,
    number: z.string(),
    state: z.enum(['marked', 'confirmed', 'refused', 'lapsed', 'lifted']),
    markedBy: z.string(),
    markedAt: z.iso.datetime(),
    reason: z.string().optional(),
    decidedBy: z.string().optional(),
    decidedAt: z.iso.datetime().optional(),
    until: z.iso
      .datetime()
      .optional()
      .meta({ description: 'Lifted by itself then; of a mark: lapses then.' }),
    score: NuisanceScore.optional().meta({ description: 'From history, where that can be read now.' }),
  })
  .meta({ id: 'Nuisance' });
export type NuisanceView = z.infer<typeof NuisanceView>;

const reason = z.string().trim().min(1).max(200);
export const MarkBody = z.strictObject({ reason: reason.optional() });
export const ConfirmBody = z.strictObject({
  days: z.int().min(1).max(365).optional().meta({ description: "Default: the site's term." }),
  reason: reason.optional(),
});
export const RefuseBody = z.strictObject({ reason });

type Body<S extends z.ZodType> = z.infer<S>;
export type NuisanceCommand =
  | { readonly name: 'mark'; readonly body: Body<typeof MarkBody> }
  | { readonly name: 'confirm'; readonly body: Body<typeof ConfirmBody> }
  | { readonly name: 'refuse' | 'lift'; readonly body: Body<typeof RefuseBody> };
