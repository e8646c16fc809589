// Today's calls by quarter of an hour: how many came, how many gave up. Pure.
import type { CallView } from '../../../server/protocol/views.ts';

export const quarterMs = 15 * 60_000;

export interface Quarter {
  readonly at: number;
  readonly offered: number;
  readonly abandoned: number;
}

const gaveUp = (call: CallView): boolean =>
  (call.endReason ?? '').includes('abandon') || (call.endReason ?? '').startsWith('gave-up');

/** One entry for each quarter from the first call's to now, also those without calls. */
export function volumeOf(calls: Iterable<CallView>, fromMs: number, nowMs: number): readonly Quarter[] {
  const counts = new Map<number, { offered: number; abandoned: number }>();
  for (const call of calls) {
    const arrived = Date.parse(call.arrivedAt);
    if (arrived < fromMs || arrived > nowMs) continue;
    const at = Math.floor(arrived / quarterMs) * quarterMs;
    const count = counts.get(at) ?? { offered: 0, abandoned: 0 };
    count.offered += 1;
    if (gaveUp(call)) count.abandoned += 1;
    counts.set(at, count);
  }
  const first = Math.min(...counts.keys(), Math.floor(nowMs / quarterMs) * quarterMs - 7 * quarterMs);
  const quarters: Quarter[] = [];
  for (let at = first; at <= nowMs; at += quarterMs)
    quarters.push({ at, ...(counts.get(at) ?? { offered: 0, abandoned: 0 }) });
  return quarters;
}

/** Midnight before `nowMs`, in the browser's own zone. */
export function startOfDay(nowMs: number): number {
  const day = new Date(nowMs);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}
