// The border: text from Asterisk to checked events. Only the types we act on have a shape; all else is counted by the
// caller. It must not throw, whatever arrives.
import { z } from 'zod';

/** channelvars of ari.conf: on every event of a channel, empty when not set. */
const Variables = z.object({ HOTLINE_CALL: z.string().default(''), HOTLINE_ROLE: z.string().default('') });
export const Channel = z.object({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  creationtime: z.string().default(''),
  caller: z.object({ name: z.string(), number: z.string() }),
  channelvars: Variables.default({ HOTLINE_CALL: '', HOTLINE_ROLE: '' }),
});
export type Channel = z.infer<typeof Channel>;

const event = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), channel: Channel, ...shape });

const recording = <T extends string>(type: T) =>
  z.object({
    type: z.literal(type),
    recording: z.object({ name: z.string(), state: z.string(), cause: z.string().optional() }),
  });

const playback = <T extends string>(type: T) =>
  z.object({ type: z.literal(type), playback: z.object({ id: z.string(), state: z.string() }) });

const shapes = {
  StasisStart: event('StasisStart', { args: z.array(z.string()), replace_channel: Channel.optional() }),
  StasisEnd: event('StasisEnd', {}),
  ChannelStateChange: event('ChannelStateChange', {}),
  ChannelDestroyed: event('ChannelDestroyed', { cause: z.number(), tech_cause: z.number().optional() }),
  ChannelHold: event('ChannelHold', {}),
  ChannelUnhold: event('ChannelUnhold', {}),
  ChannelDtmfReceived: event('ChannelDtmfReceived', { digit: z.string().max(1) }),
  ChannelTalkingStarted: event('ChannelTalkingStarted', {}),
  ChannelTalkingFinished: event('ChannelTalkingFinished', { duration: z.number() }),
  BridgeBlindTransfer: event('BridgeBlindTransfer', {
    exten: z.string().max(64),
    result: z.string(),
    bridge: z.object({ id: z.string() }).optional(),
  }),
  RecordingStarted: recording('RecordingStarted'),
  RecordingFinished: recording('RecordingFinished'),
  RecordingFailed: recording('RecordingFailed'),
  PlaybackFinished: playback('PlaybackFinished'),
  ApplicationReplaced: z.object({ type: z.literal('ApplicationReplaced') }),
} as const;

type Shapes = typeof shapes;
export type AriEvent = { [T in keyof Shapes]: z.infer<Shapes[T]> }[keyof Shapes];

/** For the filter of the application. Without RESTResponse every answer on the socket would be swallowed (notes §3). */
export const wantedTypes: readonly string[] = [...Object.keys(shapes), 'RESTResponse'];

export type Decoded =
  | { readonly kind: 'event'; readonly event: AriEvent }
  | { readonly kind: 'answer'; readonly id: string; readonly status: number; readonly body: string }
  | { readonly kind: 'unknown'; readonly type: string }
  | { readonly kind: 'malformed'; readonly type: string; readonly why: string };

const isWanted = (type: string): type is keyof Shapes => Object.hasOwn(shapes, type);

export function decode(text: string): Decoded {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { kind: 'malformed', type: 'none', why: 'not JSON' };
  }
  if (
    typeof message !== 'object' ||
    message === null ||
    !('type' in message) ||
    typeof message.type !== 'string'
  )
    return { kind: 'malformed', type: 'none', why: 'no type' };
  const { type } = message;
  if (type === 'RESTResponse') return decodeAnswer(message);
  if (!isWanted(type)) return { kind: 'unknown', type };
  const parsed = shapes[type].safeParse(message);
  return parsed.success
    ? { kind: 'event', event: parsed.data }
    : { kind: 'malformed', type, why: z.prettifyError(parsed.error) };
}

/** Half of all messages: checked by hand, which costs nothing. */
function decodeAnswer(message: object): Decoded {
  if (
    !('request_id' in message) ||
    typeof message.request_id !== 'string' ||
    !('status_code' in message) ||
    typeof message.status_code !== 'number'
  )
    return { kind: 'malformed', type: 'RESTResponse', why: 'no request_id or status_code' };
  const body =
    'message_body' in message && typeof message.message_body === 'string' ? message.message_body : '';
  return { kind: 'answer', id: message.request_id, status: message.status_code, body };
}
