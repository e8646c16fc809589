// The time of this process: the wall clock's at start, carried on by the monotonic clock (CL7, F15).
// It must not follow jumps of the wall clock: facts would run backwards and every waiting time be wrong.
import type { Clock } from '../../engine/ports.ts';
import type { Time } from '../../protocol/words.ts';

export interface SystemClock extends Clock {
  /** How far the wall clock has moved away since the start, in ms: for an alarm; a restart takes the new time on. */
  drift(): number;
}

/** `wall` in ms since the epoch, `steady` in ms from anywhere but never jumping. */
export function createClock(
  wall: () => number = Date.now,
  steady: () => number = () => performance.now(),
): SystemClock {
  const offset = wall() - steady();
  const now = (): Time => Math.floor(offset + steady());
  return { now, drift: () => wall() - now() };
}
