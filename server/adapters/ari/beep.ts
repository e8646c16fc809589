// One short tone on a leg, with no sound file: Asterisk plays a tone until told to stop, so it is told. It must not be left
// playing: a party with a tone does not hear the others.
import type { LegId } from '../../protocol/words.ts';
import { segment, succeeded, type AriReply } from './access.ts';
import type { HttpLane } from './http.ts';
import type { RestLane } from './rest.ts';

const tone = 'tone:1000';
const lastsMilliseconds = 180;

/**
 * Starts the tone; its end follows by itself, beside the socket: a request about this leg's variables waits in Asterisk until the
 * tone is over, and on the socket the end would wait behind it for ever. Resolves with the answer to the start.
 */
export async function beep(rest: RestLane, http: HttpLane, leg: LegId): Promise<AriReply> {
  const playback = `${leg}.beep.${Math.round(performance.now())}`;
  const reply = await rest.request(
    {
      method: 'POST',
      path: `channels/${segment(leg)}/play/${segment(playback)}`,
      query: { media: tone },
    },
    true,
  );
  if (succeeded(reply))
    setTimeout(() => {
      void http.request({ method: 'DELETE', path: `playbacks/${segment(playback)}` });
    }, lastsMilliseconds);
  return reply;
}
