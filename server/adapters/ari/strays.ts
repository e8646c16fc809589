// Channels that left our application alive: callers whom the dead-man took to the survival queue while we were slow (SV2),
// seats whose phone transferred by itself. Asterisk stops telling us about them, so we ask for it; otherwise their end
// would never be known. It must not bring them back.
import type { Log } from '../../engine/ports.ts';
import type { CallId, LegId } from '../../protocol/words.ts';
import { unanswered } from './access.ts';
import type { HttpLane } from './http.ts';

export interface Strays {
  /** The channel left the application: hung up, or strayed. */
  left(call: CallId, leg: LegId): void;
  /** Found outside by a comparison. */
  watch(call: CallId, leg: LegId): Promise<void>;
  /** Back in the application, or ended. */
  settled(leg: LegId): void;
}

/** A hang-up follows the leaving within a few milliseconds. */
const graceMilliseconds = 500;

export function createStrays(options: {
  http: HttpLane;
  app: string;
  log: Log;
  sayEnded: (call: CallId, leg: LegId) => void;
  /** It is alive, and out of our hands. */
  sayStrayed: (call: CallId, leg: LegId) => void;
}): Strays {
  const { http, log, sayEnded, sayStrayed } = options;
  const timers = new Map<LegId, NodeJS.Timeout>();

  async function watch(call: CallId, leg: LegId): Promise<void> {
    timers.delete(leg);
    const reply = await http.request({
      method: 'POST',
      path: `applications/${encodeURIComponent(options.app)}/subscription`,
      query: { eventSource: `channel:${leg}` },
    });
    if (reply.status === 404 || reply.status === 422) {
      sayEnded(call, leg);
      return;
    }
    if (reply.status === unanswered || reply.status >= 500) {
      log.warn(
        { call, leg, status: reply.status },
        'A channel outside our application is not watched; the next comparison mends it.',
      );
      return;
    }
    log.warn(
      { call, leg },
      'A channel left our application alive, a caller for the survival queue; its end is watched.',
    );
    sayStrayed(call, leg);
  }

  return {
    left(call, leg) {
      clearTimeout(timers.get(leg));
      timers.set(
        leg,
        setTimeout(() => void watch(call, leg), graceMilliseconds),
      );
    },
    watch,
    settled(leg) {
      clearTimeout(timers.get(leg));
      timers.delete(leg);
    },
  };
}
