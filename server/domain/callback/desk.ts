// Places that are kept for callers who hung up, and the call back when the turn has come (R15): first a seat is reserved by the queue's
// own order, then the citizen's phone rings, then that seat's. So there are never more live call backs than seats that wait for them, and
// nobody who waits is passed. Pure; the time comes in. It must not talk to a caller: who answers is an ordinary call from then on.
//
//   kept ──the queue's turn: a seat is reserved──► ringing ──answered──► a call, first in its queue
//     ▲───────────────again, place kept──────────────┘└── too often, or too late ──► the call-back list, for a person
import type { CallId, Platform, SeatId, Time } from '../../protocol/words.ts';
import type { SiteCallBack } from '../../protocol/site.ts';
import type { FloorMessage } from '../call/effects.ts';
import type { NewFact } from '../decision.ts';
import type { Kept } from './kept.ts';
import { aboutOf } from './kept.ts';

export interface Entry extends Kept {
  readonly state: 'kept' | 'asked' | 'ringing';
  /** Not asked for a seat before. */
  readonly notBefore: Time;
  readonly seat: SeatId | null;
  readonly ringsSince: Time | null;
}
/** By the call whose place it is. */
export type CallBacks = ReadonlyMap<CallId, Entry>;

export type CallBackInput = { readonly at: Time } &
  /** `restored`: read back after a restart; who lives is not known yet, so that nobody is asked for before the first tick. */
  (
    | { readonly type: 'kept'; readonly kept: Kept; readonly restored?: true }
    /** Of the attempt's own id: what the floor and the telephone say of it. */
    | { readonly type: 'offered'; readonly id: CallId; readonly seat: SeatId }
    | { readonly type: 'answered'; readonly id: CallId }
    | { readonly type: 'ended'; readonly id: CallId; readonly cause: number }
    /** The same citizen calls by itself: it has its place back, and nobody calls it any more. */
    | {
        readonly type: 'called-in';
        readonly number: string;
        readonly platform: Platform;
        readonly call: CallId;
      }
    /** An attempt of before a restart had its answer all the same. */
    | { readonly type: 'reached'; readonly id: CallId }
    | { readonly type: 'tick' }
  );
export type CallBackEffect =
  | { readonly type: 'floor'; readonly message: FloorMessage }
  | {
      readonly type: 'dial';
      readonly id: CallId;
      readonly leg: string;
      readonly entry: Entry;
      readonly rules: SiteCallBack;
    }
  | { readonly type: 'hang-up'; readonly id: CallId; readonly leg: string }
  | { readonly type: 'arrived'; readonly id: CallId; readonly leg: string; readonly entry: Entry };
export interface CallBackStep {
  readonly state: CallBacks;
  readonly effects: readonly CallBackEffect[];
  readonly written: readonly { readonly entry: Entry; readonly facts: readonly NewFact[] }[];
}
export type CallBackRules = (platform: Platform) => SiteCallBack | undefined;

const ENGINE = 'system:engine';
/** Asterisk ends an unanswered leg by itself; this is for when nobody says so. */
const guardSeconds = 5;

/** One attempt is one call of its own from the start, so that every phone, seat and event knows it by one id. */
const attemptId = ({ call, attempts }: Kept): CallId => `${call}-b${attempts + 1}`;
/** The newest attempt that is over, as far as we know. */
export const lastAttempt = (call: CallId, attempts: number): CallId | null =>
  attempts === 0 ? null : `${call}-b${attempts}`;
const requestOf = (entry: Entry): string => `${attemptId(entry)}.kept`;
const legOf = (entry: Entry): string => `${attemptId(entry)}.citizen`;

/** Whether what is told of this id is ours to hear. */
export const hasAttempt = (state: CallBacks, id: CallId): boolean =>
  [...state.values()].some((entry) => attemptId(entry) === id);

class Step {
  state: Map<CallId, Entry>;
  readonly effects: CallBackEffect[] = [];
  readonly written: { entry: Entry; facts: NewFact[] }[] = [];
  readonly at: Time;

  constructor(state: CallBacks, at: Time) {
    this.state = new Map(state);
    this.at = at;
  }
  put(entry: Entry, change: Partial<Entry>): Entry {
    const now = { ...entry, ...change };
    this.state.set(entry.call, now);
    return now;
  }
  write(entry: Entry, what: string, more: Readonly<Record<string, unknown>> = {}): void {
    const { call, platform, queue, number, class: name, since, keptAt, attempts } = entry;
    const data = {
      about: aboutOf(call),
      platform,
      queue,
      number,
      class: name,
      placeSince: new Date(since).toISOString(),
      keptAt: new Date(keptAt).toISOString(),
      attempts,
      ...more,
    };
    this.written.push({ entry, facts: [{ type: `callback.${what}`, actor: ENGINE, data }] });
  }
  floor(message: FloorMessage): void {
    this.effects.push({ type: 'floor', message });
  }
  /** The seat is free again, and the queue knows nothing of it any more. */
  letGo(entry: Entry): void {
    const request = requestOf(entry);
    if (entry.state === 'ringing')
      this.effects.push({ type: 'hang-up', id: attemptId(entry), leg: legOf(entry) });
    if (entry.seat !== null)
      this.floor({ type: 'offer-ended', request, seat: entry.seat, result: 'cancelled' });
    if (entry.state !== 'kept') this.floor({ type: 'withdraw', request, reason: 'cancelled' });
  }
  /** For a person to call. */
  owe(entry: Entry, reason: string): void {
    this.letGo(entry);
    this.state.delete(entry.call);
    this.write(entry, 'expired', { reason });
    const data = { number: entry.number, class: entry.class, reason, rung: 'call-back' };
    this.written.at(-1)?.facts.push({ type: 'call.call-back-owed', actor: ENGINE, data });
  }
}

export function decideCallBacks(rules: CallBackRules, state: CallBacks, input: CallBackInput): CallBackStep {
  const step = new Step(state, input.at);
  take(step, rules, input);
  const { effects, written } = step;
  return { state: step.state, effects, written };
}

function take(step: Step, rules: CallBackRules, input: CallBackInput): void {
  switch (input.type) {
    case 'kept': {
      const { kept } = input;
      // Single flight: one place for one number, the earlier.
      const other = [...step.state.values()].find((each) => same(each, kept.number, kept.platform));
      if (step.state.has(kept.call) || other) return;
      const entry = { ...kept, state: 'kept' as const, notBefore: step.at, seat: null, ringsSince: null };
      step.state.set(kept.call, entry);
      if (input.restored !== true) ask(step, rules, entry);
      return;
    }
    case 'tick':
      for (const entry of [...step.state.values()]) tick(step, rules, entry);
      return;
    case 'called-in': {
      const entry = [...step.state.values()].find((each) => same(each, input.number, input.platform));
      if (!entry) return;
      step.letGo(entry);
      step.state.delete(entry.call);
      step.floor({ type: 'place-kept', call: input.call, since: entry.since });
      step.write(entry, 'called-in', { by: input.call });
      return;
    }
    case 'reached': {
      const entry = [...step.state.values()].find(
        (each) => lastAttempt(each.call, each.attempts) === input.id,
      );
      if (!entry) return;
      step.letGo(entry);
      step.state.delete(entry.call);
      step.write(entry, 'connected', { as: input.id, seat: null });
      return;
    }
    default: {
      const entry = [...step.state.values()].find((each) => attemptId(each) === input.id);
      if (entry) attempt(step, rules, entry, input);
    }
  }
}

const same = (entry: Entry, number: string, platform: Platform): boolean =>
  entry.number === number && entry.platform === platform;

/** It stands in its queue as any caller, where its first arrival puts it. */
function ask(step: Step, rules: CallBackRules, entry: Entry): void {
  const about = rules(entry.platform);
  if (entry.state !== 'kept' || step.at < entry.notBefore || !about) return;
  if (entry.attempts >= about.attempts) {
    step.owe(entry, 'call-back-unanswered');
    return;
  }
  const asked = step.put(entry, { state: 'asked' });
  step.floor({
    type: 'request',
    request: requestOf(asked),
    call: attemptId(asked),
    purpose: 'arrival',
    wanted: { queue: entry.queue },
    class: entry.class,
    since: entry.since,
    head: false,
    all: false,
    callerNumber: '',
    kept: true,
    except: [],
  });
}

function tick(step: Step, rules: CallBackRules, entry: Entry): void {
  const about = rules(entry.platform);
  const { ringsSince } = entry;
  if (!about) step.owe(entry, 'call-back-off');
  else if (ringsSince !== null) {
    if (step.at - ringsSince >= (about.ringSeconds + guardSeconds) * 1000) missed(step, about, entry, 0);
  } else if (step.at - entry.keptAt >= about.expireSeconds * 1000) step.owe(entry, 'call-back-too-late');
  else ask(step, rules, entry);
}

function attempt(
  step: Step,
  rules: CallBackRules,
  entry: Entry,
  input: Extract<CallBackInput, { type: 'offered' | 'answered' | 'ended' }>,
): void {
  const about = rules(entry.platform);
  if (!about) return;
  switch (input.type) {
    case 'offered': {
      if (entry.state !== 'asked') return;
      const ringing = step.put(entry, { state: 'ringing', seat: input.seat, ringsSince: step.at });
      step.write(ringing, 'dialled', { seat: input.seat });
      step.effects.push({
        type: 'dial',
        id: attemptId(ringing),
        leg: legOf(ringing),
        entry: ringing,
        rules: about,
      });
      return;
    }
    case 'answered': {
      if (entry.state !== 'ringing') return;
      step.state.delete(entry.call);
      step.write(entry, 'connected', { as: attemptId(entry), seat: entry.seat });
      step.effects.push({ type: 'arrived', id: attemptId(entry), leg: legOf(entry), entry });
      // The seat that was reserved for it is free for it: it is first in its queue by now.
      step.letGo({ ...entry, state: 'asked' });
      return;
    }
    case 'ended':
      // Its leg is gone by itself.
      if (entry.state === 'ringing') missed(step, about, { ...entry, state: 'asked' }, input.cause);
  }
}

/** Busy, away, or not answered: its place is kept, and it is called again a little later. */
function missed(step: Step, about: SiteCallBack, entry: Entry, cause: number): void {
  step.letGo(entry);
  const attempts = entry.attempts + 1;
  const notBefore = step.at + about.againSeconds * 1000;
  const kept = step.put(entry, { state: 'kept', seat: null, ringsSince: null, attempts, notBefore });
  if (attempts >= about.attempts) {
    step.owe(kept, 'call-back-unanswered');
    return;
  }
  step.write(kept, 'failed', { cause, againAt: new Date(notBefore).toISOString() });
}
