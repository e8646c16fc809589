// Talk heard on a leg we dialled, long enough to be a person (TR4: talk for at least a second). It must not know whether
// anybody waits for it.
import type { CallId, LegId } from '../../protocol/words.ts';

export interface Talk {
  began(call: CallId, leg: LegId): void;
  finished(call: CallId, leg: LegId, milliseconds: number): void;
  gone(leg: LegId): void;
}

export function createTalk(options: {
  confirmed: (call: CallId, leg: LegId) => void;
  longEnoughMs?: number;
}): Talk {
  const { confirmed, longEnoughMs = 1000 } = options;
  const timers = new Map<LegId, NodeJS.Timeout>();
  function gone(leg: LegId): boolean {
    clearTimeout(timers.get(leg));
    return timers.delete(leg);
  }
  return {
    began(call, leg) {
      gone(leg);
      const confirm = (): void => {
        timers.delete(leg);
        confirmed(call, leg);
      };
      timers.set(leg, setTimeout(confirm, longEnoughMs));
    },
    finished(call, leg, milliseconds) {
      // The duration counts the pause after the last word too; the timer is stricter, so only a lost race is mended here.
      if (gone(leg) && milliseconds >= 2 * longEnoughMs) confirmed(call, leg);
    },
    gone,
  };
}
