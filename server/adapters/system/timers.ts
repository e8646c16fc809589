// Named timers on the monotonic clock. It must not keep the process alive, nor fire before its time.
import type { Clock, Log, Timers } from '../../engine/ports.ts';
import type { Time } from '../../protocol/words.ts';

/** A longer delay would be taken for none by Node. */
const longestDelay = 2 ** 31 - 1;

/**
 * `at` is a time of `clock`; as that never jumps, nor does the delay (F15). Starting a name again replaces it.
 * What a timer does may throw: it is logged, the other timers go on.
 */
export function createTimers(clock: Clock, log: Log): Timers & { readonly size: number } {
  const running = new Map<string, NodeJS.Timeout>();
  const arm = (name: string, at: Time, fire: () => void): void => {
    const delay = Math.min(Math.max(at - clock.now(), 0), longestDelay);
    running.set(
      name,
      setTimeout(() => {
        // Too early by a part of a millisecond, or the first stretch of a very long wait.
        if (clock.now() < at) {
          arm(name, at, fire);
          return;
        }
        running.delete(name);
        try {
          fire();
        } catch (error) {
          log.error({ timer: name, error }, 'a timer failed; the others go on');
        }
      }, delay).unref(),
    );
  };
  const stop = (name: string): void => {
    clearTimeout(running.get(name));
    running.delete(name);
  };
  return {
    start(name, at, fire) {
      stop(name);
      arm(name, at, fire);
    },
    stop,
    stopAll(prefix) {
      for (const name of running.keys()) if (name.startsWith(prefix)) stop(name);
    },
    get size() {
      return running.size;
    },
  };
}
