// What overflow keeps: the gauges of the queues, the registrations of the groups, and each overflow with its loans.
// Plain data that goes into facts as it is and comes back from them (restore.ts); it must not hold functions.
//
//   overflow:  suggested ─┬─► running ─► draining ─► ended          suggested ─► ended (withdrawn)
//   (armed) ──────────────┘
//   loan:      offered ─► active ─► draining ─► returned            offered ─► refused | unanswered
import type { Platform, QueueId, SeatId, Time } from '../../protocol/words.ts';
import type { Gauge, Reading } from './marks.ts';
import type { Policy } from './rules.ts';

export interface Registration {
  readonly group: string;
  readonly capacity: number;
  /** 1 is asked first, 5 last. */
  readonly preference: number;
  readonly expires: Time;
  readonly consent: 'given' | 'ask';
  readonly by: string;
}

export interface Tally {
  readonly offered: number;
  readonly answered: number;
  readonly missed: number;
  readonly talkSeconds: number;
}
export const noTally: Tally = { offered: 0, answered: 0, missed: 0, talkSeconds: 0 };

export interface Loan {
  readonly group: string;
  readonly lender: string;
  readonly level: 1 | 2;
  readonly preference: number;
  readonly state: 'offered' | 'refused' | 'unanswered' | 'active' | 'draining' | 'returned';
  /** Why it is not (or no longer) lent. */
  readonly why: string | null;
  readonly since: Time;
  readonly tally: Tally;
}

export interface Region {
  readonly state: 'asked' | 'granted' | 'refused' | 'none';
  readonly askedBy: string;
  readonly askedAt: Time;
  readonly reason: string;
  readonly seats: number | null;
  readonly deadline: Time;
  /** Who answered for the region, and who entered it here. */
  readonly answeredBy: string | null;
  readonly enteredBy: string | null;
  readonly channel: 'system' | 'phone' | null;
  readonly answeredAt: Time | null;
  readonly groups: readonly string[];
  readonly note: string | null;
}

export interface Overflow {
  readonly id: string;
  readonly queue: QueueId;
  readonly platform: Platform;
  readonly state: 'suggested' | 'armed' | 'running' | 'draining' | 'ended';
  readonly how: 'hand' | 'rule' | 'plan' | null;
  readonly by: string | null;
  readonly reason: string;
  /** The marks passed, in numbers, and the reading, when it was suggested or started. */
  readonly passed: readonly string[];
  readonly reading: Reading;
  /** Groups a plan will start with. */
  readonly planned: readonly string[];
  readonly suggestedAt: Time | null;
  readonly startedAt: Time | null;
  readonly drainingAt: Time | null;
  readonly endedAt: Time | null;
  readonly endedBy: string | null;
  readonly endReason: string | null;
  readonly endSuggested: boolean;
  readonly regionSuggested: boolean;
  readonly loans: readonly Loan[];
  readonly region: Region | null;
  readonly peak: { readonly waiting: number; readonly oldestSeconds: number };
}

export interface OverflowState {
  readonly gauges: Readonly<Record<QueueId, Gauge>>;
  /** Marks changed by a supervisor; elsewhere the site's stand. */
  readonly policies: Readonly<Record<QueueId, Policy>>;
  readonly registrations: Readonly<Record<string, Registration>>;
  readonly overflows: readonly Overflow[];
  /** What the floor was last told it borrows, as text to compare. */
  readonly lent: Readonly<Record<QueueId, string>>;
}
export const emptyState: OverflowState = {
  gauges: {},
  policies: {},
  registrations: {},
  overflows: [],
  lent: {},
};

/** Seats of one remote group as the floor has them now. */
export interface GroupReading {
  readonly ready: number;
  /** Of those, not idle: in a call, an offer or its wrap-up. */
  readonly busy: number;
  /** With a call or an offer: what a draining loan waits for. */
  readonly calls: readonly SeatId[];
}

/** At most one for each queue. */
export const liveOf = (state: OverflowState, queue: QueueId): Overflow | undefined =>
  state.overflows.find((each) => each.queue === queue && each.state !== 'draining' && each.state !== 'ended');
