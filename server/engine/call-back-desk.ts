// Drives the call backs: hears what is kept, hands on what floor and telephone say of an attempt, writes what comes of it. Over a
// restart it is put together from its facts. It must not decide when or whom: domain/callback does.
import { decideCallBacks, hasAttempt, lastAttempt } from '../domain/callback/desk.ts';
import type { CallBackEffect, CallBackInput, CallBackRules, CallBacks } from '../domain/callback/desk.ts';
import { keptBy } from '../domain/callback/kept.ts';
import type { CallInput } from '../domain/call/inputs.ts';
import type { Site } from '../protocol/site.ts';
import type { KeptPlaceView } from '../protocol/views.ts';
import type { CallId, Platform } from '../protocol/words.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Change } from './face.ts';
import { readFamily } from './late-facts.ts';
import type { LateFacts } from './late-facts.ts';
import type { Clock, Telephony } from './ports.ts';
import type { Recorder } from './recorder.ts';

export interface CallBackParts extends LateFacts {
  readonly site: Site;
  readonly dispatcher: Dispatcher;
  readonly recorder: Recorder;
  readonly telephony: Telephony;
  readonly clock: Clock;
  /** False while calls are being compared: nobody is rung then. */
  readonly ready: () => boolean;
}
const everyMs = 1000;

export class CallBackDesk {
  private readonly parts: CallBackParts;
  private readonly rules: CallBackRules;
  private state: CallBacks = new Map();
  private timer: NodeJS.Timeout | null = null;
  private stopListening: () => void = () => undefined;
  private stopReading: () => void = () => undefined;

  constructor(parts: CallBackParts) {
    this.parts = parts;
    this.rules = (id) => parts.site.platforms.find((platform) => platform.id === id)?.waiting?.callBack;
  }

  async restore(): Promise<void> {
    this.stopReading = await readFamily(this.parts, 'callback', (facts) => {
      for (const fact of facts) {
        const kept = keptBy(fact);
        if (kept) this.step({ type: 'kept', kept, restored: true });
      }
    });
    this.stopListening = this.parts.recorder.onChange((change) => this.heard(change));
  }

  start(): void {
    const again = () => {
      this.timer = setTimeout(() => {
        if (this.parts.ready() && this.state.size > 0) this.step({ type: 'tick' });
        again();
      }, everyMs);
      this.timer.unref();
    };
    again();
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.stopListening();
    this.stopReading();
  }

  list(platform: Platform | null): readonly KeptPlaceView[] {
    return [...this.state.values()]
      .filter((entry) => platform === null || entry.platform === platform)
      .sort((a, b) => a.since - b.since)
      .map(({ call, platform: whose, queue, number, class: name, since, keptAt, attempts, state, seat }) => ({
        call,
        platform: whose,
        queue,
        number,
        class: name,
        placeSince: new Date(since).toISOString(),
        keptAt: new Date(keptAt).toISOString(),
        attempts,
        ringing: state === 'ringing',
        ...(seat === null ? {} : { seat }),
      }));
  }

  /** Not within the telling of facts, or they would pass each other. */
  private heard({ fact }: Change): void {
    const kept = fact.type === 'callback.kept' ? keptBy(fact) : null;
    if (kept) queueMicrotask(() => this.step({ type: 'kept', kept }));
    const { number, callBackOf } = fact.data;
    const { call, platform } = fact;
    if (fact.type !== 'call.arrived' || typeof number !== 'string' || callBackOf !== undefined) return;
    if (call === null || platform === null || this.state.size === 0) return;
    queueMicrotask(() => this.step({ type: 'called-in', number, platform, call }));
  }

  /** What is told of a call that does not run: of an attempt it is ours. True where it was. */
  told(id: CallId, input: CallInput): boolean {
    if (!hasAttempt(this.state, id)) return false;
    // One that came too late for its attempt is a call like any other.
    if (input.type === 'arrived' && !this.isRinging(id)) return false;
    if (input.type === 'offered') this.step({ type: 'offered', id, seat: input.seat });
    else if (input.type === 'arrived') this.step({ type: 'answered', id });
    else if (input.type === 'leg-ended') this.step({ type: 'ended', id, cause: input.cause });
    return true;
  }

  /** CL4: citizens who answered while no engine lived are with the static seats, or were taken up: they are not rung again. */
  compared(alive: (call: CallId) => boolean): void {
    for (const { call, attempts } of this.state.values()) {
      const id = lastAttempt(call, attempts);
      if (id !== null && alive(id)) this.step({ type: 'reached', id });
    }
  }

  private isRinging(id: CallId): boolean {
    return [...this.state.values()].some(
      (entry) => entry.state === 'ringing' && lastAttempt(entry.call, entry.attempts + 1) === id,
    );
  }

  private step(
    input: CallBackInput extends infer I ? (I extends { at: number } ? Omit<I, 'at'> : never) : never,
  ): void {
    const at = this.parts.clock.now();
    const { state, effects, written } = decideCallBacks(this.rules, this.state, {
      ...input,
      at,
    });
    this.state = state;
    for (const { entry, facts } of written)
      for (const fact of facts)
        this.parts.recorder.record({ at, call: entry.call, platform: entry.platform, facts: [fact] }, {});
    for (const effect of effects) this.perform(effect);
  }

  private perform(effect: CallBackEffect): void {
    const { dispatcher, telephony, clock, site } = this.parts;
    switch (effect.type) {
      case 'floor': {
        // After the call that has just begun has asked for its seat: the one that is let go is to be its own.
        const { message } = effect;
        queueMicrotask(() => dispatcher.floor({ type: 'message', message, at: clock.now() }));
        return;
      }
      case 'hang-up':
        telephony.perform(effect.id, { type: 'hang-up', leg: effect.leg, reason: 'normal' });
        return;
      case 'dial': {
        const { id, leg, entry, rules } = effect;
        const shown = site.platforms.find((platform) => platform.id === entry.platform)?.numbers[0] ?? '';
        telephony.perform(id, {
          type: 'dial',
          leg,
          endpoint: `PJSIP/${entry.number}@trunk-${rules.trunk}`,
          caller: null,
          callerNumber: shown,
          ringSeconds: rules.ringSeconds,
          call: id,
          role: 'call-back',
          toSeat: false,
          acceptance: 'answer',
          arrives: { platform: entry.platform, dialled: shown, number: entry.number },
        });
        return;
      }
      case 'arrived': {
        const { id, leg, entry } = effect;
        const dialled = site.platforms.find((platform) => platform.id === entry.platform)?.numbers[0] ?? '';
        dispatcher.call(id, {
          type: 'arrived',
          at: clock.now(),
          call: id,
          leg,
          dialled,
          number: entry.number,
          name: '',
          survivals: 0,
          since: entry.since,
          up: true,
          callBackOf: entry.call,
        });
      }
    }
  }
}
