// What can run out: told at 80 %, while there is time, and again when it is over (F24: 911 failed where an id reached its cap
// and the alarm came too late). Pure. It must not stop anything: at the end of a limit calls are refused by whoever has it.
import type { NewFact } from '../decision.ts';

export interface LimitReading {
  readonly limit: string;
  readonly used: number;
  readonly most: number;
}

const nearAt = 0.8;
/** Lower, so that one that stands at the mark is not told again and again. */
const easedAt = 0.7;
const ENGINE = 'system:engine';

export function watchLimits(
  near: ReadonlySet<string>,
  readings: readonly LimitReading[],
): { readonly near: ReadonlySet<string>; readonly facts: readonly NewFact[] } {
  const after = new Set(near);
  const facts: NewFact[] = [];
  for (const { limit, used, most } of readings) {
    const share = used / most;
    const data = { limit, used, most, percent: Math.round(share * 100) };
    if (!near.has(limit) && share >= nearAt) {
      after.add(limit);
      facts.push({ type: 'alarm.limit-near', actor: ENGINE, data });
    } else if (near.has(limit) && share < easedAt) {
      after.delete(limit);
      facts.push({ type: 'alarm.limit-eased', actor: ENGINE, data });
    }
  }
  return { near: after, facts };
}
