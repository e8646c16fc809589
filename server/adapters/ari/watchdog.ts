// Watches that Asterisk answers at all: a hung one keeps its connections open (F6). It reports; whoever runs Asterisk
// restarts it. It must not share a lane with call control.
import type { Log, Meter } from '../../engine/ports.ts';
import { type AriAccess } from './access.ts';
import { createHttpLane } from './http.ts';

export interface Watchdog {
  /** `alarm` once when `misses` pings in a row stay unanswered, `calm` once when Asterisk answers again. */
  start(listener: { alarm: (misses: number) => void; calm: () => void }): void;
  stop(): Promise<void>;
}

export function createWatchdog(
  options: AriAccess & {
    readonly log: Log;
    readonly meter: Meter;
    /** Milliseconds from one ping to the next, and to its timeout. */
    readonly everyMs?: number;
    readonly timeoutMs?: number;
    readonly misses?: number;
  },
): Watchdog {
  const { log, meter, everyMs = 5000, timeoutMs = 2000, misses: most = 3 } = options;
  const http = createHttpLane({ access: options, meter, connections: 1 });
  let timer: NodeJS.Timeout | null = null;
  let missed = 0;
  let busy = false;

  return {
    start(listener) {
      async function ping(): Promise<void> {
        if (busy) return;
        busy = true;
        const reply = await http.request({ method: 'GET', path: 'asterisk/ping' }, timeoutMs);
        busy = false;
        if (!timer) return;
        if (reply.status === 200) {
          if (missed >= most) {
            log.info({}, 'Asterisk answers again.');
            listener.calm();
          }
          missed = 0;
        } else {
          missed += 1;
          log.warn({ missed, status: reply.status, why: reply.body }, 'Asterisk did not answer a ping.');
          if (missed === most) {
            log.error(
              { missed },
              'Asterisk does not answer; restart it. Calls in progress may still have sound.',
            );
            listener.alarm(missed);
          }
        }
        meter.gauge('hotline_ari_missed_pings', missed);
      }
      timer = setInterval(() => void ping(), everyMs);
    },
    async stop() {
      if (timer) clearInterval(timer);
      timer = null;
      await http.close();
    },
  };
}
