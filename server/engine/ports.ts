// What the engine needs of the world, by purpose. Adapters implement these; the engine must not know any product.
import type { LimitReading } from '../domain/guard/limits.ts';
import type { TalkBefore } from '../domain/acd/last-seats.ts';
import type { CallEffect } from '../domain/call/effects.ts';
import type { CallInput } from '../domain/call/inputs.ts';
import type { Fact } from '../protocol/facts.ts';
import type { CallView, QueueView, SeatView } from '../protocol/views.ts';
import type { SipAccount } from '../protocol/session.ts';
import type { CallId, LegId, SeatId, Time } from '../protocol/words.ts';

/** The orders a telephone system carries out: every call effect but timers and messages. */
export type TelephonyOrder = Exclude<
  CallEffect,
  { type: 'timer-start' | 'timer-stop' | 'tell-floor' | 'forget' }
>;

/** A channel found when comparing with Asterisk after a (re)connection. */
export interface FoundLeg {
  readonly leg: LegId;
  readonly call: CallId;
  readonly isCaller: boolean;
  readonly state: 'down' | 'ringing' | 'up';
  /** Under our control now; a caller talking in the survival queue is not. */
  readonly ours: boolean;
  /** Saved call state, for callers that have one. */
  readonly saved: string | null;
  readonly number: string;
  readonly name: string;
  readonly dialled: string;
  readonly survivals: number;
  readonly createdAt: Time;
}
export interface FoundBridge {
  readonly bridge: string;
  readonly legs: readonly LegId[];
}
export interface Found {
  /** Start of this Asterisk process: another value means every call before is gone (F5, F28). */
  readonly startedAt: string;
  readonly legs: readonly FoundLeg[];
  readonly bridges: readonly FoundBridge[];
}

/** Things the telephone system reports by itself. */
export type TelephonyEvent =
  | { readonly type: 'input'; readonly call: CallId; readonly input: CallInput }
  /** The file of this name is complete, or will never be. */
  | { readonly type: 'recorded'; readonly call: CallId; readonly name: string; readonly at: Time }
  /** Connected, or connected again: compare before acting. */
  | { readonly type: 'connected' }
  /** This leg left our control alive: a caller whom the dead-man took to the survival queue (SV2), or a seat's. */
  | { readonly type: 'strayed'; readonly call: CallId; readonly leg: LegId }
  /** The telephone system is not running: nothing of what was up in it can still be (SV5). */
  | { readonly type: 'gone' }
  | { readonly type: 'disconnected'; readonly reason: string }
  /** Another engine has taken our place at this Asterisk: stop acting (rule 12 of the Asterisk notes). */
  | { readonly type: 'replaced' };

export interface Telephony {
  start(listener: (event: TelephonyEvent) => void): Promise<void>;
  stop(): Promise<void>;
  readonly connected: boolean;
  /**
   * Sends the order at once and returns; orders leave in the order given. Failures come back through the listener as
   * `leg-ended` (a leg that could not be made) or `effect-failed`. "Already gone" is success for anything that tears down.
   */
  perform(call: CallId, order: TelephonyOrder): void;
  /** Keeps the call's state on the caller's channel, so that it dies with the call and not with this process. */
  save(call: CallId, caller: LegId, state: () => string): void;
  look(): Promise<Found>;
  /** Gives a caller to the static seats, out of our hands: when its call can no longer be run (CL2). */
  survive(call: CallId, caller: LegId, dialled: string): void;
  /** Removes what belongs to nobody (legs of calls that are gone, bridges of ours without a call). */
  sweep(legs: readonly LegId[], bridges: readonly string[]): Promise<void>;
  /** RTP packets received on a leg, or null when it is not known (CL9). */
  packetsReceived(leg: LegId): Promise<number | null>;
}

/** Provisions a seat's phone in the telephone system. Secrets live from sign-in to sign-out. */
export interface Phones {
  provision(seat: SeatId, phone: 'desk' | 'browser', contact: string | null): Promise<SipAccount>;
  withdraw(seat: SeatId): Promise<void>;
  /** Seats whose phone is registered (or has a fixed address) now. */
  registered(): Promise<ReadonlySet<SeatId>>;
}

/** One row of the calls table: what lists and reports read. Written with the facts that changed it. */
export interface CallRow {
  readonly view: CallView;
  readonly ended: boolean;
}

/** A caller who was cut off and is owed a call (SV5, TR10). */
export interface CallBack {
  readonly call: CallId;
  readonly platform: string;
  readonly number: string;
  readonly class: string;
  readonly reason: string;
  readonly at: Time;
}

export interface OwedCall extends CallBack {
  readonly id: number;
  readonly done: boolean;
  /** Who had the caller last. */
  readonly seat: SeatId | null;
}

export interface LedgerEntry {
  readonly facts: readonly Fact[];
  readonly call?: CallRow;
  readonly seat?: SeatView;
  readonly callBack?: CallBack;
}

export interface Ledger {
  /** Highest sequence known to the database and the spool; the next fact gets one more. */
  lastSequence(): Promise<number>;
  /** Takes the entry at once (memory); it is written in the next batch, in order, exactly once. */
  append(entry: LedgerEntry): void;
  /** Resolves when every fact up to this sequence is on disk: in PostgreSQL, or in the fsynced spool. Rejects if neither can. */
  durable(sequence: number): Promise<void>;
  facts(after: number, limit: number): Promise<readonly Fact[]>;
  timeline(call: CallId): Promise<readonly Fact[]>;
  /** Of a family (`overflow`), the newest fact about each subject (`data.about`): state that is kept as facts alone. Not `whole`: the database could not be asked. */
  newestAbout(family: string): Promise<{ readonly facts: readonly Fact[]; readonly whole: boolean }>;
  call(id: CallId): Promise<CallView | null>;
  /** Calls the ledger holds as still going on: after a restart, those not found in Asterisk ended meanwhile. */
  openCalls(): Promise<readonly CallView[]>;
  calls(filter: CallFilter): Promise<{ readonly items: readonly CallView[]; readonly next: string | null }>;
  /** Calls of a time by slots; rejects while the database is away. */
  volume(asked: VolumeAsked): Promise<readonly VolumeSlot[]>;
  seats(): Promise<readonly SeatView[]>;
  /** Talks of seats with callers that ended since then, oldest first; rejects until all that is known is in the database. */
  talks(since: Time): Promise<readonly TalkBefore[]>;
  callBacks(): Promise<readonly OwedCall[]>;
  /** False: it was done before, or there is none. */
  doneCallBack(id: number, at: Time): Promise<boolean>;
  state(): { readonly database: 'up' | 'down'; readonly spooled: number };
  close(): Promise<void>;
}
export interface CallFilter {
  readonly platform?: string;
  readonly number?: string;
  readonly from?: string;
  readonly to?: string;
  readonly cursor?: string;
  readonly limit: number;
}

export interface VolumeAsked {
  readonly platform: string;
  readonly from: string;
  readonly to: string;
  readonly slotMs: number;
  /** Answered within this counts as in time. */
  readonly inTimeMs: number;
}
/** `slot`: 0 from `from` on. Slots without a call are left out. */
export interface VolumeSlot {
  readonly slot: number;
  readonly offered: number;
  readonly answered: number;
  readonly answeredInTime: number;
  readonly abandoned: number;
  readonly borrowed: number;
}

/** One active engine per cell. The epoch grows with each owner and is on every write. */
export interface Lease {
  /** Resolves with our epoch once the lease is ours; waits while another holds it. */
  acquire(): Promise<number>;
  readonly epoch: number;
  onLost(listener: () => void): void;
  release(): Promise<void>;
}

/** Fan-out to other nodes and the shared live view; may be wiped or away at any second without loss. */
export interface Publisher {
  publish(fact: Fact, changed: { call?: CallView; seat?: SeatView; queue?: QueueView }): void;
  /** Puts the whole live view back (after a wipe or a reconnection). */
  rebuild(calls: readonly CallView[], seats: readonly SeatView[], queues: readonly QueueView[]): void;
  onReconnect(listener: () => void): void;
  state(): 'up' | 'down';
  close(): Promise<void>;
}

/** A call as Asterisk's own records know it, for calls handled while no engine lived (SV1, F1). */
export interface CallRecord {
  readonly call: CallId;
  readonly number: string;
  readonly dialled: string;
  readonly start: Time;
  readonly answer: Time | null;
  readonly end: Time;
  readonly seat: SeatId | null;
  /** The static seat that had it, where one had. */
  readonly survivedWith: SeatId | null;
}
export interface CallRecords {
  /** Records written since the last time, oldest first. */
  read(): Promise<readonly CallRecord[]>;
}

/** A recording that is being written, or was when the engine last looked. */
export interface OpenRecording {
  readonly name: string;
  readonly call: CallId;
  readonly platform: string;
  readonly since: Time;
  readonly pausedAt: Time | null;
  readonly pausedMs: number;
}
/** The folder of recordings, by names as calls make them. Methods reject where the folder cannot be read. */
export interface RecordingFiles {
  /** Those not finished when this process started. */
  open(): readonly OpenRecording[];
  /** Kept over a restart until `done`. */
  note(recording: OpenRecording): void;
  done(name: string): void;
  /** Read from end to end; null where there is none. `peak`: its loudest sample of 32,767. */
  measure(name: string): Promise<{
    readonly bytes: number;
    readonly seconds: number;
    readonly peak: number;
    readonly sha256: string;
  } | null>;
  size(name: string): Promise<number | null>;
  /** Bytes `from` to `to`, both included. */
  read(name: string, from: number, to: number): NodeJS.ReadableStream;
  /** Of days before the day of this time (UTC). */
  olderThan(time: Time): Promise<readonly { readonly name: string; readonly call: CallId }[]>;
  remove(name: string): Promise<void>;
}

/** What this machine gives us and how much of it is taken. */
export interface Limits {
  read(): Promise<readonly LimitReading[]>;
}

/** Wrong secrets of phones, as the telephone system noted them (A4). */
export interface SipGuesses {
  /** The addresses they came from since the last time, once for each. */
  read(): Promise<readonly string[]>;
}

export interface Clock {
  now(): Time;
}
export interface Timers {
  start(name: string, at: Time, fire: () => void): void;
  stop(name: string): void;
  stopAll(prefix: string): void;
}
export interface Log {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
/** Counters and durations, named by Prometheus conventions. */
export interface Meter {
  count(name: string, labels?: Readonly<Record<string, string>>, by?: number): void;
  observe(name: string, seconds: number, labels?: Readonly<Record<string, string>>): void;
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
}
