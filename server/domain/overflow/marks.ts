// The gauge of one queue: which marks a reading passes, and since when it has been over the high ones or under the low ones.
// It must not start or end anything: machine.ts does.
//
//        over a high mark for its dwell ──► suggested …            … under every low mark for its dwell ──► withdrawn or ended
//   Between the marks nothing runs: that band is what keeps it from flapping.
import type { Marks } from '../../protocol/overflow.ts';
import type { Time } from '../../protocol/words.ts';

/** One queue as it stands now; seconds and seats. */
export interface Reading {
  readonly waiting: number;
  readonly oldestSeconds: number;
  /** Null: cannot be said well enough, so it passes no mark. */
  readonly expectedSeconds: number | null;
  /** Seats that chose ready, own and borrowed, whatever they do. */
  readonly ready: number;
  /** Own seats that could be offered a call now. */
  readonly localFree: number;
  /** Borrowed seats with a call or an offer. */
  readonly borrowedBusy: number;
}
export interface Gauge {
  readonly overSince: Time | null;
  readonly underSince: Time | null;
  /** A person said no to this very saturation: nothing is suggested or started by rule until it has passed. */
  readonly declined: boolean;
}
export const restGauge: Gauge = { overSince: null, underSince: null, declined: false };

export const perReadySeat = ({ waiting, ready }: Reading): number =>
  waiting === 0 ? 0 : ready === 0 ? Infinity : waiting / ready;

/** The high marks a reading passes, each in words with its number and its mark. Nobody waiting passes none. */
export function passed(reading: Reading, high: Marks): readonly string[] {
  const { waiting, oldestSeconds, expectedSeconds, ready } = reading;
  if (waiting === 0) return [];
  const found: string[] = [];
  if (high.waiting !== undefined && waiting > high.waiting)
    found.push(`waiting ${waiting} > ${high.waiting}`);
  if (oldestSeconds > high.oldestSeconds)
    found.push(`oldest ${Math.round(oldestSeconds)} s > ${high.oldestSeconds} s`);
  if (expectedSeconds !== null && expectedSeconds > high.expectedSeconds)
    found.push(`expected ${Math.round(expectedSeconds)} s > ${high.expectedSeconds} s`);
  if (perReadySeat(reading) > high.perReadySeat)
    found.push(`waiting per ready seat ${waiting}/${ready} > ${high.perReadySeat}`);
  return found;
}

/**
 * Under every low mark, and the borrowed seats are not what keeps it there: own seats that are free could take all their
 * calls. Without the second half a loan would end while it is needed, and start again.
 */
export function isUnder(reading: Reading, low: Marks): boolean {
  const { waiting, oldestSeconds, expectedSeconds, localFree, borrowedBusy } = reading;
  return (
    (low.waiting === undefined || waiting <= low.waiting) &&
    (waiting === 0 || oldestSeconds < low.oldestSeconds) &&
    (expectedSeconds === null || expectedSeconds < low.expectedSeconds) &&
    perReadySeat(reading) <= low.perReadySeat &&
    borrowedBusy <= localFree
  );
}

/** The same gauge comes back where nothing changed. */
export function gauged(gauge: Gauge, over: boolean, under: boolean, at: Time): Gauge {
  const overSince = over ? (gauge.overSince ?? at) : null;
  const underSince = under ? (gauge.underSince ?? at) : null;
  const declined = gauge.declined && over;
  const same =
    overSince === gauge.overSince && underSince === gauge.underSince && declined === gauge.declined;
  return same ? gauge : { overSince, underSince, declined };
}

export const dwelt = (since: Time | null, marks: Marks, at: Time): boolean =>
  since !== null && at - since >= marks.dwellSeconds * 1000;
