// Taps: channels of our own that hear another one (Asterisk's snoop), for a whisper to a seat and for the recording. They are
// named after their call, and by that name they are known wherever they are met. It must not know what is done with what they hear.
import type { TelephonyOrder } from '../../engine/ports.ts';
import type { CallId, LegId } from '../../protocol/words.ts';
import { CallId as CallIdShape } from '../../protocol/words.ts';
import { alreadyGone, lost, segment, succeeded, unanswered } from './access.ts';
import type { Channel } from './decode.ts';
import type { RestLane } from './rest.ts';

type TapOrder = Extract<TelephonyOrder, { type: 'tap' }>;

/** First word of a tap's arguments in our application. */
export const tapWord = 'tap';
const conflict = 409;

/** A tap takes no variables when it is made, so its call is read off its id: `<call>.whisper.7`. Empty: it is none of ours. */
export function callOfTap(channel: Pick<Channel, 'id' | 'name'>): CallId {
  if (!channel.name.startsWith('Snoop/')) return '';
  const call = channel.id.slice(0, Math.max(0, channel.id.indexOf('.')));
  return CallIdShape.safeParse(call).success ? call : '';
}

/** The call a channel belongs to; empty: none. */
export const callOf = (channel: Channel): CallId =>
  channel.channelvars.HOTLINE_CALL === '' ? callOfTap(channel) : channel.channelvars.HOTLINE_CALL;

/** Makes a tap; that it stands is told by its entry into our application. */
export async function makeTap(
  options: { readonly rest: RestLane; readonly app: string },
  order: TapOrder,
  say: { readonly stands: (leg: LegId) => void; readonly ended: (leg: LegId) => void },
): Promise<void> {
  const { rest, app } = options;
  const { leg, of, spy, whisper, call, role } = order;
  const reply = await rest.request(
    {
      method: 'POST',
      path: `channels/${segment(of)}/snoop/${segment(leg)}`,
      query: {
        spy,
        whisper: whisper ? 'out' : 'none',
        app,
        appArgs: [tapWord, call, role].join(','),
      },
    },
    true,
  );
  if (succeeded(reply) || reply.status === lost) return;
  if (reply.status === conflict) {
    // Sent twice over a cut connection; the first one made it, and its entry may have been told to nobody.
    say.stands(leg);
    return;
  }
  if (reply.status === unanswered) {
    const removed = await rest.request({ method: 'DELETE', path: `channels/${segment(leg)}` }, true);
    if (!alreadyGone(removed)) return;
  }
  say.ended(leg);
}
