// One short tone on a leg, with no sound file: Asterisk plays a tone until told to stop, so it is told. It must not be left
// playing: a party with a tone does not hear the others.
import type { LegId } from '../../protocol/words.ts';
import { segment, succeeded, type AriReply } from './access.ts';
import type { RestLane } from './rest.ts';

const tone = 'tone:1000';
const lastsMilliseconds = 180;

/** Starts the tone; its end follows by itself. Resolves with the answer to the start. */
export async function beep(rest: RestLane, leg: LegId): Promise<AriReply> {
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
      void rest.request({ method: 'DELETE', path: `playbacks/${segment(playback)}` }, true);
    }, lastsMilliseconds);
  return reply;
}
