// What one queue did today, and how long a caller joining now would wait, with how wrong that has been (R14, design §4).
// It must not decide anything: marks, reports and prompts read it.
//
// Expected wait = place × mean time between services. A service's time runs from the service before it, or from when
// its own request joined if that is later: an empty queue is not slow service. With nothing answered for longer than
// the mean, the time since counts as one more sample, so that the figure grows instead of going stale.
import type { Time } from '../../protocol/words.ts';
import type { Entry } from './entry.ts';
import type { ExpectedWait, Today } from './messages.ts';
import type { FloorRules, QueueRules } from './rules.ts';

const intervalsKept = 20;
const intervalsLeast = 5;
const errorsKept = 64;
const errorsLeast = 10;
const none: Today = {
  offered: 0,
  answered: 0,
  answeredInTime: 0,
  abandoned: 0,
  shortAbandoned: 0,
  withdrawn: 0,
  waitedMs: 0,
  longestMs: 0,
};

export class Figures {
  readonly #rules: FloorRules;
  readonly #queue: QueueRules;
  #day = Number.NaN;
  #today: Today = none;
  #intervals: number[] = [];
  #errors: number[] = [];
  #served: Time | null = null;

  constructor(rules: FloorRules, queue: QueueRules) {
    this.#rules = rules;
    this.#queue = queue;
  }

  today(at: Time): Today {
    this.#turn(at);
    return this.#today;
  }

  entered(at: Time): void {
    this.#count(at, 'offered');
  }

  answered(entry: Entry, at: Time): void {
    this.#count(at, 'answered');
    // A caller's wait counts from its first arrival; a transfer's from when this queue was asked.
    const from = entry.purpose === 'arrival' ? entry.since : entry.enteredAt;
    this.#waited(at - from);
    if (at - from <= this.#queue.serviceLevelSeconds * 1000) this.#count(at, 'answeredInTime');
    if (entry.expected !== null) this.#errors.push(Math.abs(at - entry.enteredAt - entry.expected));
    if (this.#errors.length > errorsKept) this.#errors.shift();
    // Whoever was served at once says nothing of the queue's pace.
    if (!entry.waited) return;
    this.#intervals.push(at - Math.max(this.#served ?? 0, entry.enteredAt));
    if (this.#intervals.length > intervalsKept) this.#intervals.shift();
    this.#served = at;
  }

  left(entry: Entry, at: Time, abandoned: boolean): void {
    if (entry.kept) return;
    if (!abandoned) this.#count(at, 'withdrawn');
    else if (at - entry.enteredAt < this.#rules.shortAbandonSeconds * 1000) this.#count(at, 'shortAbandoned');
    else this.#count(at, 'abandoned');
  }

  /** Milliseconds a request at this place would wait, good or bad; null until enough was served. */
  estimate(place: number, at: Time, joined: Time): number | null {
    const { length } = this.#intervals;
    if (length < intervalsLeast) return null;
    const sum = this.#intervals.reduce((total, interval) => total + interval, 0);
    const quiet = at - Math.max(this.#served ?? 0, joined);
    const mean = quiet > sum / length ? (sum + quiet) / (length + 1) : sum / length;
    return place * mean;
  }

  /** The estimate if it may be said aloud: enough lately known, and nine of ten off by little. */
  expected(place: number, at: Time, joined: Time): ExpectedWait | null {
    const wait = this.estimate(place, at, joined);
    if (wait === null || this.#errors.length < errorsLeast) return null;
    const sorted = this.#errors.toSorted((a, b) => a - b);
    const quantile = (part: number) =>
      (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0) / 1000;
    const error = { p50: quantile(0.5), p90: quantile(0.9), samples: sorted.length };
    const seconds = wait / 1000;
    return error.p90 > Math.max(this.#rules.waitErrorSeconds, seconds / 2) ? null : { seconds, error };
  }

  #waited(ms: number): void {
    const { waitedMs, longestMs } = this.#today;
    this.#today = { ...this.#today, waitedMs: waitedMs + ms, longestMs: Math.max(longestMs, ms) };
  }

  #count(at: Time, what: Exclude<keyof Today, 'waitedMs' | 'longestMs'>): void {
    this.#turn(at);
    this.#today = { ...this.#today, [what]: this.#today[what] + 1 };
  }

  #turn(at: Time): void {
    const day = Math.floor((at + this.#rules.utcOffsetMinutes * 60_000) / 86_400_000);
    if (day === this.#day) return;
    this.#day = day;
    this.#today = none;
  }
}
