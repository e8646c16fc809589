// One caller's incident of talking: every leg, hold, transfer and three-way of it, from arrival to end.
// Plain data only (it rides as JSON on the caller's channel); it must not hold functions, classes or timers.
//
//   arriving ──► queued ◄──► offering ──► talking ◄──► transferring
//      │            │            │        ▲  │  ▲            │
//      │            │            │        │  ▼  └─ returned ─┤
//      │            │            │        three-way ◄─ merge ┘
//      └────────────┴────────────┴───► ending (every leg being hung up) ──► gone
//
// From transferring with the first seat lost: the ladder (TR10) leads to queued at the head. A seat leaving a three-way in
// which somebody still rings leaves a transfer behind.
import type { TimerName } from './inputs.ts';
import type { CallId, LegId, Platform, QueueId, SeatId, Tag, Target, Time } from '../../protocol/words.ts';

/** The last four are no parties: nobody's call depends on them, and what ends them ends nothing else. */
export type LegRole =
  'caller' | 'owner' | 'target' | 'consulted' | 'supervisor' | 'whisper' | 'recorder' | 'anchor';

/** Whose ear is at the call, and how. */
export interface Supervision {
  readonly user: string;
  readonly mode: 'listen' | 'whisper' | 'barge' | 'take-over';
  /** Seats are shown it. */
  readonly visible: boolean;
}

/** The file that is being written of this call, or its latest part. */
export interface Recording {
  readonly name: string;
  /** `starting`: ordered, nothing heard of it yet. `failed`: tried again by its timer. */
  readonly state: 'starting' | 'on' | 'failed';
  /** Its first sound. */
  readonly since: Time | null;
  readonly pausedAt: Time | null;
  /** Pauses that are over. */
  readonly pausedMs: number;
  /** Who talks with the caller may change from now on (recording.ts). */
  readonly anchored: boolean;
  /** In a row: only the first is alarmed. */
  readonly failures: number;
}

/** Sounds said to the caller, one after another, in a bridge of its own: what is played to a bridge holds up no order for the caller. */
export interface Saying {
  readonly sounds: readonly string[];
  /** Null: not begun yet. */
  readonly playing: string | null;
  /** To a caller in conversation (SL2): where both hear it. */
  readonly inTalk?: true;
}

/** A caller who said nothing (SL1). */
export interface Silence {
  readonly asked: number;
  readonly keys: string;
  readonly decision?: string;
}

/** What a leg of our own hears: another leg, both ways. */
export interface Tap {
  readonly of: LegId;
  /** The supervisor's leg it whispers for; null for the recording's. */
  readonly by: LegId | null;
}

export interface Leg {
  readonly id: LegId;
  readonly role: LegRole;
  /** Asterisk's dial string; empty for the caller. */
  readonly endpoint: string;
  readonly seat: SeatId | null;
  readonly line: string | null;
  readonly platform: Platform | null;
  /** `waiting`: the caller before we answered. */
  readonly state: 'waiting' | 'dialling' | 'ringing' | 'up';
  readonly held: boolean;
  readonly muted: boolean;
  /** In private consult: hears the other consulting seats and not the caller (TW3). */
  readonly consulting: boolean;
  /** Done with this call: hears its tone for a moment, then is hung up (TR5). No longer a party. */
  readonly leaving: boolean;
  /** Since when it is in this state. */
  readonly since: Time;
  /** Since when nothing comes from its phone any more; absent while it is heard (RC1, RC2). */
  readonly away?: Time;
  /** Of a supervisor's leg. */
  readonly supervision?: Supervision;
  /** Of a whisper's, the recorder's or the anchor's leg. */
  readonly tap?: Tap;
}

/** Where a target leads, found once from the site's lines when the wish is accepted. */
export type Route =
  | {
      readonly kind: 'queue';
      readonly queue: QueueId;
      readonly platform: Platform;
      /** Skill → level: experts of the queue alone (R14). */
      readonly skills?: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'seat'; readonly seat: SeatId; readonly platform: Platform }
  | {
      readonly kind: 'trunk';
      readonly trunk: string;
      readonly line: string;
      readonly numbers: readonly string[];
      readonly together: boolean;
      readonly acceptance: 'answer' | 'key' | 'talk';
    };

/** One attempt to ring one seat or one number. */
export interface Attempt {
  readonly leg: LegId;
  readonly seat: SeatId | null;
  readonly number: string | null;
  readonly state: 'dialling' | 'ringing' | 'confirming';
  readonly since: Time;
}

/**
 * The effort to bring a seat or a number to this call: the arrival's, a transfer's or a three-way's.
 * waiting (in a queue) → attempts ringing → answered | failed. Its id is also the floor's request id.
 */
export interface Reach {
  readonly id: string;
  readonly to: Target;
  readonly route: Route;
  readonly purpose: 'arrival' | 'transfer' | 'three-way';
  /** Place in the target queue, 1 = next; null while an attempt rings or for trunks. */
  readonly place: number | null;
  readonly attempts: readonly Attempt[];
  /** Numbers of a trunk line not tried yet. */
  readonly untried: readonly string[];
  readonly tried: number;
  readonly startedAt: Time;
  readonly rangSince: Time | null;
  readonly lastFailure: Failure | null;
  /** How it was asked for, to ask again after a restart. */
  readonly wish: {
    readonly since: Time;
    /** Ahead of the queue: given back, from the survival queue, or danger (TR10, SV3, TR14). */
    readonly head: boolean;
    /** Every free seat at once (TR14). */
    readonly all: boolean;
    readonly except: readonly SeatId[];
    /** The seat had this call a moment ago and may be rung out of its wrap-up (F18). */
    readonly resume: boolean;
    /** The seat's phone may be gone and is waited for until then (RC1). */
    readonly until?: Time;
  };
}

/** Why an attempt or a transfer failed, in the words of SIP and Q.850 (TR6). */
export interface Failure {
  readonly reason:
    | 'busy'
    | 'rejected'
    | 'no-answer'
    | 'unreachable'
    | 'no-seat'
    | 'target-gone'
    | 'media-fault'
    | 'not-confirmed';
  readonly sipStatus?: number;
  readonly cause?: number;
}

export interface Transfer {
  readonly id: string;
  readonly to: Target;
  readonly toPlatform: Platform | null;
  readonly mode: 'one-click' | 'consult';
  /** The first seat, and its leg; the seat is empty where an outside line had the caller. */
  readonly from: SeatId;
  readonly fromLeg: LegId;
  readonly fromPlatform: Platform;
  readonly actor: string;
  readonly note: string | null;
  readonly reason: string | null;
  readonly danger: boolean;
  readonly startedAt: Time;
  /** The first seat went away while the target rang (TR10). */
  readonly orphaned: boolean;
}

export interface Outcome {
  /** Platform → accepted-by it proposes: a platform or `both` (TW5). */
  readonly proposals: Readonly<Record<string, string>>;
  readonly acceptedBy: string | null;
  readonly by: 'agreement' | 'first-receiver' | 'danger' | 'supervisor' | null;
  readonly danger: boolean;
  /** Set with the first proposal; then the first receiver accepts (R4). */
  readonly deadline: Time | null;
}

/** Being asked to join: a party of the three-way that still rings. */
export interface Invite {
  readonly reach: Reach;
  readonly toPlatform: Platform | null;
  readonly by: string;
}

export type Phase =
  | { readonly name: 'arriving'; readonly reach: Reach }
  | { readonly name: 'queued'; readonly reach: Reach }
  | { readonly name: 'offering'; readonly reach: Reach }
  | { readonly name: 'talking' }
  | { readonly name: 'transferring'; readonly transfer: Transfer; readonly reach: Reach }
  | {
      readonly name: 'three-way';
      readonly invites: readonly Invite[];
      readonly outcome: Outcome;
      /** Somebody joined the conversation with the caller: an outcome is owed (R4). */
      readonly joined: boolean;
      /** The consult transfer whose seats still talk alone: merge, leave or cancel comes next. */
      readonly consult: Transfer | null;
    }
  /** The seat has left; the caller alone is asked one question (R14). */
  | {
      readonly name: 'rating';
      readonly reason: string;
      readonly seat: SeatId | null;
      readonly platform: Platform;
      readonly score: number | null;
    }
  | { readonly name: 'ending'; readonly reason: string; readonly at: Time };
export type PhaseName = Phase['name'];

export interface Call {
  readonly schema: 1;
  readonly id: CallId;
  readonly version: number;
  readonly platform: Platform;
  readonly dialled: string;
  readonly caller: { readonly number: string; readonly name: string };
  /** The queue of its own hotline; it keeps it over overflow and transfers back. */
  readonly queue: QueueId;
  /** What a caller hears while it waits: site data, kept with the call. */
  readonly waitingSound: 'music' | 'ringing';
  readonly arrivedAt: Time;
  readonly answeredAt: Time | null;
  readonly firstReceiver: Platform | null;
  /** The seat that has the caller now, by seat id; null while queued. */
  readonly owner: SeatId | null;
  readonly tag: Tag | null;
  readonly disposition: string | null;
  readonly danger: boolean;
  /** All legs alive, the caller's first. */
  readonly legs: readonly Leg[];
  readonly phase: Phase;
  /** Call-takers so far, and handovers made: for A→B→A and more than three call-takers (TR13). */
  readonly seats: readonly SeatId[];
  readonly handovers: readonly { readonly from: Platform; readonly to: Platform }[];
  /** The last transfer that ended, for the screens. */
  readonly lastTransfer: {
    readonly transfer: Transfer;
    readonly state: 'accepted' | 'failed' | 'cancelled';
    readonly failure: Failure | null;
  } | null;
  /** The outcome of the last three-way, kept after it. */
  readonly outcome: Outcome | null;
  /** Where each leg's sound was last ordered to be (media.ts); a leg without an entry is put in place anew. */
  readonly placed: Readonly<Record<LegId, Placed>>;
  /** Bridges made for this call and not ended yet. */
  readonly bridges: readonly string[];
  /** Bridges whose making failed: made again before use. */
  readonly doubtful: readonly string[];
  /** Every timer that runs, with its time: what makes the call move if nothing else does (CL3). */
  readonly timers: Readonly<Partial<Record<TimerName, Time>>>;
  /** Orders failed in a row; from the second on the caller is kept on music between the tries (CL2). */
  readonly failures: number;
  readonly sheltered: boolean;
  /** Grows with each leg and reach, so that no id is ever used twice. */
  readonly counter: number;
  /** Legs whose missing sound was mended once already (CL9). */
  readonly mended: readonly LegId[];
  /** The caller lost its seat or was given back unserved: it is owed a call if it gives up now (TR10). */
  readonly owed: boolean;
  /** Commands seen lately with the version each produced (TR1). */
  readonly seen: readonly { readonly id: string; readonly version: number }[];
  /** None before the caller's answer, and where the site records nothing. */
  readonly recording?: Recording;
  /** What is being said to the caller. */
  readonly saying?: Saying;
  /** Asked to press a key, or decided on, because it says nothing. */
  readonly silence?: Silence;
  /** How often it was told its place. */
  readonly told?: number;
  /** Prompts that could not be played are not tried again in this call. */
  readonly mutePrompts?: true;
  /** `wanted`: it may hang up and be called back when its turn has come. */
  readonly callBack?: 'offered' | 'wanted';
  /** A confirmed mark was on its number when it came: ranked last while its class is general (R26). */
  readonly nuisance?: true;
  /** The call whose caller was called back: this call's seat owes it the place it had. */
  readonly callBackOf?: CallId;
  /** How often the call went through the survival queue (SV3). */
  readonly survivals: number;
  readonly recovered: boolean;
}

/**
 * What a leg hears: others in a bridge, or a sound of its own; `notice`: music that begins with the word that the call goes on
 * (RC1); `unknown` after an order for it failed.
 */
export type Hearing = 'music' | 'notice' | 'ringing' | 'silence' | 'nothing' | 'unknown' | `bridge:${string}`;
export interface Placed {
  readonly hearing: Hearing;
  readonly muted: boolean;
  /** Its dead-man runs: true for every leg outside a bridge. */
  readonly armed: boolean;
}

export const legOf = (call: Call, id: LegId): Leg | undefined => call.legs.find((leg) => leg.id === id);
export const callerOf = (call: Call): Leg | undefined => call.legs.find((leg) => leg.role === 'caller');
/** The caller, call-takers and lines: not those who only listen in. */
export const isParty = ({ role }: Leg): boolean =>
  role !== 'supervisor' && role !== 'whisper' && role !== 'recorder' && role !== 'anchor';
export const seatLeg = (call: Call, seat: SeatId): Leg | undefined =>
  call.legs.find((leg) => leg.seat === seat && isParty(leg) && !leg.leaving);
/** Legs of call-takers and lines that are up, in order of joining. */
export const talkers = (call: Call): readonly Leg[] =>
  call.legs.filter(
    (leg) =>
      leg.role !== 'caller' &&
      isParty(leg) &&
      leg.state === 'up' &&
      !leg.leaving &&
      !confirming(call, leg.id),
  );
/** The caller was asked to press a key, and what it presses counts. */
export const wantsKeys = ({ silence, phase }: Call): boolean =>
  silence !== undefined &&
  silence.asked > 0 &&
  silence.decision === undefined &&
  (phase.name === 'talking' || phase.name === 'three-way');
/** The efforts under way to bring somebody to this call. */
export function reachesOf(call: Call): readonly Reach[] {
  const { phase } = call;
  if (phase.name === 'three-way') return phase.invites.map((invited) => invited.reach);
  return 'reach' in phase ? [phase.reach] : [];
}
export function attemptOf(call: Call, leg: LegId): Attempt | undefined {
  for (const reach of reachesOf(call))
    for (const attempt of reach.attempts) if (attempt.leg === leg) return attempt;
  return undefined;
}
/** Answered, but not yet by the trunk's rule (TR4). */
export const confirming = (call: Call, leg: LegId): boolean => attemptOf(call, leg)?.state === 'confirming';

export const without = <V>(record: Readonly<Record<string, V>>, key: string): Record<string, V> =>
  Object.fromEntries(Object.entries(record).filter(([each]) => each !== key));
