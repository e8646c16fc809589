// What a site sets for its call-takers' desks: the script for a caller who says nothing, how far back the caller can be heard again.
// It must not say what a desk does with it.
import { z } from 'zod';

/** A caller who says nothing (无声来电): what to try, and what may be decided. Without steps a desk shows none of it. */
export const SilentCall = z
  .strictObject({
    afterSeconds: z.number().positive().max(120).default(6).meta({
      description: 'Nothing was heard of the caller for so long after the answer: the desk shows the script.',
    }),
    keys: z.boolean().default(false).meta({
      description:
        'Calls are joined so that keys are heard in conversation: about twice the work for Asterisk. Off: nobody is asked for a key.',
    }),
    steps: z.array(z.string().trim().min(1).max(300)).max(12).default([]),
    decisions: z
      .array(
        z.strictObject({
          id: z.string().regex(/^[a-z0-9-]{1,40}$/),
          name: z.string().trim().min(1).max(60),
          closes: z.boolean().default(false).meta({
            description: 'It is what came of the call: no tag is owed after it (WR1).',
          }),
        }),
      )
      .max(12)
      .default([]),
  })
  .meta({ id: 'SilentCall' });
export type SilentCall = z.infer<typeof SilentCall>;

export const DeskRules = z
  .object({
    offerSeconds: z
      .number()
      .meta({ description: 'How long a call rings at a seat before the next is asked.' }),
    silentCall: SilentCall,
    replaySeconds: z
      .int()
      .meta({ description: 'How far back a seat may hear its caller again; 0: not at all.' }),
  })
  .meta({ id: 'DeskRules' });
export type DeskRules = z.infer<typeof DeskRules>;
