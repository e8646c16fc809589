// A call-taker's place: what the person chose (status), what the system does with it (state), and when it may be offered a call.
// Plain data; it must not know queues' order or calls, only that it is in one.
import type { CallId, Platform, QueueId, SeatId, Time } from '../../protocol/words.ts';

export interface Seat {
  readonly id: SeatId;
  readonly platform: Platform;
  readonly group: string;
  /** A remote seat serves a queue only while that queue borrows its group (OV3). */
  readonly remote: boolean;
  readonly endpoint: string;
  /** Nobody of ours sits there: one call at a time over a trunk. It has no status of its own, misses nothing, owes no tag. */
  readonly unattended?: boolean;
  readonly queues: readonly QueueId[];
  /** Skill → level, 1 and up; a skill not named is level 0. */
  readonly skills?: Readonly<Record<string, number>>;
  /** Queue → tier; 0, the default, is offered first. */
  readonly tiers?: Readonly<Record<QueueId, number>>;
  /** What the person chose. */
  readonly status: 'offline' | 'ready' | 'break';
  readonly reason: string | null;
  /** What the system does with it. */
  readonly state: 'idle' | 'reserved' | 'ringing' | 'talking' | 'wrap-up';
  /** The call it is in; in wrap-up, the call it had. */
  readonly call: CallId | null;
  readonly request: string | null;
  /** Since when it has been ready and free of calls and their wrap-up: longest idle first. */
  readonly idleSince: Time;
  /** When status or state last changed. */
  readonly since: Time;
  readonly phone: 'none' | 'registered' | 'unreachable';
  /** What it signed in with; a browser's sound is watched all along (RC1). */
  readonly device?: 'browser' | 'desk';
  readonly misses: number;
  /** Calls in a row that it was given and lost: its phone went away while it rang or talked (F21). */
  readonly crashes: number;
  readonly notResponding: boolean;
  readonly coolDownUntil: Time | null;
  readonly wrapUpUntil: Time | null;
  readonly wrapUpExtended: boolean;
  /** Wrapped-up call still owes a tag or disposition (WR1). */
  readonly owesTag: boolean;
  /** Chosen while in a call: taken when it ends. */
  readonly next: { readonly status: 'ready' | 'break' | 'offline'; readonly reason: string | null } | null;
  readonly helpAsked: boolean;
  readonly version: number;
}

/** Seconds that govern one seat (site data †). */
export interface SeatRules {
  readonly coolDownSeconds: number;
  readonly wrapUpSeconds: number;
  /** Once per wrap-up, when asked for (WR1). */
  readonly wrapUpExtensionSeconds: number;
  /** After a reject or busy; not a miss, only a breath (OF5). */
  readonly rejectSeconds: number;
  /** Misses in a row that make it not responding (OF4). */
  readonly missesAllowed: number;
  /** Calls lost in a row that make it not responding (F21). */
  readonly crashesAllowed: number;
  /** An offer of which no end was told within this is given up with an alarm; longer than any ringing. */
  readonly offerGuardSeconds: number;
}

/** A seat as provisioned, before anyone signed in. */
export const newSeat = (
  given: Pick<
    Seat,
    'id' | 'platform' | 'group' | 'remote' | 'endpoint' | 'unattended' | 'queues' | 'skills' | 'tiers'
  >,
  at: Time,
): Seat => ({
  ...given,
  status: 'offline',
  reason: null,
  state: 'idle',
  call: null,
  request: null,
  idleSince: at,
  since: at,
  phone: 'none',
  misses: 0,
  crashes: 0,
  notResponding: false,
  coolDownUntil: null,
  wrapUpUntil: null,
  wrapUpExtended: false,
  owesTag: false,
  next: null,
  helpAsked: false,
  version: 0,
});

/** May be offered a call now. Cool-down ends by its timer alone, so that this depends on inputs and not on a clock. */
export const available = (seat: Seat): boolean =>
  seat.status === 'ready' &&
  seat.state === 'idle' &&
  seat.phone === 'registered' &&
  seat.coolDownUntil === null &&
  !seat.notResponding &&
  !seat.owesTag;

/** In wrap-up for this very call, which comes back to it: the wrap-up is no hindrance (F18). */
export const resumes = (seat: Seat, call: CallId): boolean =>
  seat.status === 'ready' && seat.state === 'wrap-up' && seat.call === call && seat.phone === 'registered';

/** Its phone is away and may come back for this call: waited for a moment (RC1). */
export const mayReturn = (seat: Seat, call: CallId): boolean =>
  seat.status === 'ready' &&
  seat.coolDownUntil === null &&
  !seat.notResponding &&
  (seat.state === 'idle' || (seat.state === 'wrap-up' && seat.call === call));
