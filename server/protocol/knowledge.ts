// Knowledge on the wire: one question, one answer (一问一答, R14), and the questions nobody has answered yet.
// It must not say how entries are found: domain/ticket/finding.ts does.
import { z } from 'zod';
import { UnitCode } from './ticket.ts';

const instant = z.iso.datetime();
export const KnowledgeId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9-]+$/);
/** What a person writes. */
export const KnowledgeBody = z.object({
  question: z.string().trim().min(2).max(300),
  answer: z.string().trim().min(1).max(4000),
  category: z.string().trim().max(64).default(''),
  unit: z
    .union([UnitCode, z.literal('')])
    .default('')
    .meta({ description: 'Which unit answers for it.' }),
  words: z
    .array(z.string().trim().min(1).max(40))
    .max(30)
    .default([])
    .meta({ description: 'Other words people use for it.' }),
  validFrom: instant.optional(),
  validUntil: instant.optional(),
});
export type KnowledgeBody = z.infer<typeof KnowledgeBody>;
export const KnowledgeChange = KnowledgeBody.extend({
  version: z.int().meta({ description: 'The version you read; another one by now is a 409.' }),
});

export const KnowledgeEntry = KnowledgeBody.extend({
  id: KnowledgeId,
  version: z.int(),
  outdated: z.enum(['expired', 'not-yet', 'flagged']).optional().meta({
    description: 'Do not read it out without a look: over, not yet in force, or doubted at a desk.',
  }),
  flag: z.object({ by: z.string(), at: instant, reason: z.string() }).optional(),
  uses: z.int(),
  lastUsedAt: instant.optional(),
  changedAt: instant,
  changedBy: z.string(),
  score: z.number().optional(),
}).meta({ id: 'KnowledgeEntry' });
export type KnowledgeEntry = z.infer<typeof KnowledgeEntry>;

export const KnowledgeMiss = z
  .object({ question: z.string(), asked: z.int(), firstAt: instant, lastAt: instant })
  .meta({ id: 'KnowledgeMiss' });
export type KnowledgeMiss = z.infer<typeof KnowledgeMiss>;
