// Bodies of the commands a client may send. It must not say what they do: that is the domain's.
import { z } from 'zod';
import { Platform, SeatId, LineId, Target, type Tag } from './words.ts';

export const TransferMode = z.enum(['one-click', 'consult']).meta({
  description:
    'one-click: the caller is handed over as soon as a seat of the target answers. ' +
    'consult: the seats talk first, the caller has music; then leave, merge or cancel.',
});
const text = (most: number) => z.string().max(most);
/** A party of the call as a client names it: by its leg id, or simply `caller`. */
const Party = z.string().min(1).max(128).meta({ description: 'Leg id as listed in `parties`, or "caller".' });

export const TransferBody = z.object({
  to: Target,
  mode: TransferMode.default('one-click'),
  reason: text(200).optional(),
  note: text(1000).optional(),
  danger: z.boolean().optional(),
});
export const ThreeWayBody = z.object({
  to: Target,
  reason: text(200).optional(),
  note: text(1000).optional(),
});
export const HoldBody = z.object({ party: Party.default('caller') });
export const MuteBody = z.object({ party: Party.optional().meta({ description: 'Default: your own leg.' }) });
export const ConsultBody = z.object({ on: z.boolean() });
export const OutcomeBody = z.object({
  acceptedBy: z.union([Platform, z.literal('both')]).optional(),
  danger: z.boolean().default(false),
  note: text(1000).optional(),
});
export const LeaveBody = z.object({ disposition: text(200).optional() });
export const HangUpBody = z.object({ disposition: text(200).optional(), party: Party.optional() });
export const GuideBody = z.object({ line: LineId, note: text(500).optional() });
export const SuperviseBody = z.object({
  mode: z.enum(['listen', 'whisper', 'barge', 'take-over']),
  seat: SeatId.optional(),
  visible: z.boolean().default(false),
});
export const SilenceDecideBody = z.object({
  decision: z
    .string()
    .min(1)
    .max(40)
    .meta({ description: 'One of the decisions of `silentCall` of the site.' }),
  note: text(500).optional(),
});
export const RecordingPauseBody = z.object({ reason: z.string().min(1).max(200) });

/** What came of calling somebody who was owed a call. */
export const CallBackDone = z.object({
  result: z.enum(['reached', 'not-reached', 'not-needed']),
  note: z.string().max(500).optional(),
});
export type CallBackDone = z.infer<typeof CallBackDone>;
export const PriorityBody = z.object({
  head: z
    .boolean()
    .default(true)
    .meta({ description: 'true: to the head of the queue; false: back to its place.' }),
});
export const RevealBody = z.object({ reason: z.string().min(1).max(200) });

type Body<S extends z.ZodType> = z.infer<S>;
export type TransferWish = Body<typeof TransferBody>;
/** What a person (or a system behind a session) asks of one call. */
export type CallCommand =
  | { readonly name: 'tag'; readonly body: Tag }
  | { readonly name: 'hold' | 'resume'; readonly body: Body<typeof HoldBody> }
  | { readonly name: 'mute' | 'unmute'; readonly body: Body<typeof MuteBody> }
  | { readonly name: 'transfer'; readonly body: Body<typeof TransferBody> }
  | { readonly name: 'transfer-cancel' | 'transfer-merge'; readonly body: Record<string, never> }
  | { readonly name: 'three-way'; readonly body: Body<typeof ThreeWayBody> }
  | { readonly name: 'consult'; readonly body: Body<typeof ConsultBody> }
  | { readonly name: 'outcome'; readonly body: Body<typeof OutcomeBody> }
  | { readonly name: 'leave'; readonly body: Body<typeof LeaveBody> }
  | { readonly name: 'hang-up'; readonly body: Body<typeof HangUpBody> }
  | { readonly name: 'guide'; readonly body: Body<typeof GuideBody> }
  | { readonly name: 'supervise'; readonly body: Body<typeof SuperviseBody> }
  | { readonly name: 'recording-pause'; readonly body: Body<typeof RecordingPauseBody> }
  | { readonly name: 'silence-ask'; readonly body: Record<string, never> }
  | { readonly name: 'silence-decide'; readonly body: Body<typeof SilenceDecideBody> }
  | { readonly name: 'recording-resume'; readonly body: Record<string, never> }
  | { readonly name: 'supervise-end'; readonly body: Record<string, never> };

export const SignInBody = z.object({
  phone: z
    .enum(['desk', 'browser'])
    .default('desk')
    .meta({ description: 'desk: SIP over UDP. browser: WebRTC through /sip.' }),
});
export const StatusBody = z.object({
  status: z.enum(['ready', 'break']),
  reason: text(100).optional(),
});
export const ForceBody = z.object({
  action: z.enum(['release', 'ready', 'break', 'sign-out']),
  reason: z.string().min(1).max(200),
});

/** What is asked of one seat. `sign-in` and `sign-out` also mint and destroy its phone's secret, outside the domain. */
export type SeatCommand =
  | { readonly name: 'sign-in'; readonly body: Body<typeof SignInBody> }
  | { readonly name: 'sign-out' | 'wrap-up-finish' | 'wrap-up-extend'; readonly body: Record<string, never> }
  | { readonly name: 'help'; readonly body: Record<string, never> }
  | { readonly name: 'status'; readonly body: Body<typeof StatusBody> }
  | { readonly name: 'force'; readonly body: Body<typeof ForceBody> };
