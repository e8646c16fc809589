// Asterisk's events in the words of the domain: pure, and without memory, for every channel carries its call's id.
// It must not decide anything about a call.
import type { CallInput } from '../../domain/call/inputs.ts';
import type { CallId, SeatId, Target, Time } from '../../protocol/words.ts';
import { CallId as CallIdShape } from '../../protocol/words.ts';
import type { AriEvent, Channel } from './decode.ts';
import { callOf, callOfTap, tapWord } from './tapping.ts';

export type Translated =
  | { readonly kind: 'input'; readonly call: CallId; readonly input: CallInput }
  | { readonly kind: 'ignored'; readonly reason: string };

const ignored = (reason: string): Translated => ({ kind: 'ignored', reason });

/** The caller's arguments of Stasis(): arrive, number dialled, call id, visits to the survival queue. */
export function arrivalOf(
  args: readonly string[],
): { dialled: string; call: CallId; survivals: number } | null {
  const [word, dialled, call, survivals] = args;
  if (
    word !== 'arrive' ||
    dialled === undefined ||
    !CallIdShape.safeParse(call).success ||
    call === undefined
  )
    return null;
  return { dialled, call, survivals: Number.parseInt(survivals ?? '0', 10) || 0 };
}

/** Seat legs are named after their endpoint, which is named after the seat: `PJSIP/1001-0000002a`. */
export const seatOf = (channel: Channel): SeatId | null =>
  /^PJSIP\/(.+)-[0-9a-f]+$/u.exec(channel.name)?.[1] ?? null;

/** Q.850 causes that mean the far end could not be reached at all, if the leg was never up. */
const unreachableCauses = new Set([1, 2, 3, 18, 20, 22, 27, 28, 34, 38, 41, 42, 44, 58, 88, 102]);
/** Asterisk's own word when no packet came for rtp_timeout. */
const mediaLost = 44;

export function translate(event: AriEvent, at: Time, targetOf: (exten: string) => Target | null): Translated {
  switch (event.type) {
    case 'StasisStart': {
      const arrival = arrivalOf(event.args);
      if (event.args[0] === tapWord)
        return say(event.channel, { type: 'leg-answered', at, leg: event.channel.id });
      if (!arrival) return ignored(event.args[0] ?? 'no arguments');
      const { channel } = event;
      const input: CallInput = {
        type: 'arrived',
        at,
        call: arrival.call,
        leg: channel.id,
        dialled: arrival.dialled,
        number: channel.caller.number,
        name: channel.caller.name,
        survivals: arrival.survivals,
        // Its first arrival is its place; a call that was with the static seats came long before this event (SV3).
        ...(arrival.survivals > 0 && channel.creationtime !== ''
          ? { since: Date.parse(channel.creationtime) }
          : {}),
        up: channel.state === 'Up',
      };
      return { kind: 'input', call: arrival.call, input };
    }
    case 'ChannelStateChange':
      if (event.channel.state === 'Ringing')
        return say(event.channel, { type: 'leg-ringing', at, leg: event.channel.id });
      if (event.channel.state === 'Up')
        return say(event.channel, { type: 'leg-answered', at, leg: event.channel.id });
      return ignored(`state ${event.channel.state}`);
    case 'ChannelDestroyed':
      return say(event.channel, { type: 'leg-ended', at, leg: event.channel.id, ...ending(event) });
    case 'ChannelHold':
    case 'ChannelUnhold':
      return say(event.channel, {
        type: 'leg-held',
        at,
        leg: event.channel.id,
        on: event.type === 'ChannelHold',
      });
    case 'ChannelDtmfReceived':
      // A key on a leg we dialled confirms that a person is there (TR4); the domain knows whether it waits for one.
      return isCallers(event.channel)
        ? say(event.channel, { type: 'digit', at, leg: event.channel.id, digit: event.digit })
        : say(event.channel, { type: 'leg-confirmed', at, leg: event.channel.id, by: 'key' });
    case 'BridgeBlindTransfer':
      return transferKey(event.channel, event.exten, at, targetOf);
    case 'StasisEnd':
      // Of a tap this is the last that is told: it ends with it, and its ChannelDestroyed comes to nobody.
      return callOfTap(event.channel) === ''
        ? ignored(event.type)
        : say(event.channel, { type: 'leg-ended', at, leg: event.channel.id, cause: 16 });
    case 'ChannelTalkingStarted':
    case 'ChannelTalkingFinished':
    case 'RecordingStarted':
    case 'RecordingFinished':
    case 'RecordingFailed':
    case 'PlaybackFinished':
    case 'ApplicationReplaced':
      return ignored(event.type);
  }
}

/** The caller's own channel, whoever called whom. */
export const isCallers = ({ channelvars: { HOTLINE_ROLE: role } }: Channel): boolean =>
  role === 'caller' || role === 'call-back';

function say(channel: Channel, input: CallInput): Translated {
  const call = callOf(channel);
  return call === '' ? ignored('no call') : { kind: 'input', call, input };
}

function ending(event: Extract<AriEvent, { type: 'ChannelDestroyed' }>): {
  cause: number;
  sipStatus?: number;
  how?: 'unreachable' | 'dropped';
} {
  const { cause, tech_cause: sip, channel } = event;
  const status = sip !== undefined && sip >= 300 && sip < 700 ? { sipStatus: sip } : {};
  const answered = channel.state === 'Up';
  if (answered) return cause === mediaLost ? { cause, ...status, how: 'dropped' } : { cause, ...status };
  // 18 without a status of the far end: nobody answered even the INVITE. 408 from it is an answer.
  const unreachable =
    channel.channelvars.HOTLINE_ROLE !== 'caller' && unreachableCauses.has(cause) && sip !== 480;
  return unreachable ? { cause, ...status, how: 'unreachable' } : { cause, ...status };
}

/** The phone's own transfer key becomes the transfer of the seat behind it (design §4, phones). */
function transferKey(
  channel: Channel,
  exten: string,
  at: Time,
  targetOf: (exten: string) => Target | null,
): Translated {
  const seat = seatOf(channel);
  const to = targetOf(exten);
  if (seat === null || to === null) return ignored('transfer to nowhere');
  return say(channel, {
    type: 'command',
    at,
    id: `refer:${channel.id}:${exten}:${at}`,
    actor: { user: seat, role: 'seat', platform: null, seat },
    command: { name: 'transfer', body: { to, mode: 'one-click', reason: 'phone' } },
  });
}
