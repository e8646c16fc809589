// One step of a call under way: the call as it becomes, with the orders and facts gathered so far.
// It lives for one synchronous decide() only; nothing outside domain/call may hold one.
import type { NewFact } from '../decision.ts';
import type { LegId, SeatId, Time } from '../../protocol/words.ts';
import type { CallEffect, FloorMessage } from './effects.ts';
import type { TimerName } from './inputs.ts';
import type { CallRules } from './rules.ts';
import { without } from './state.ts';
import type { Call, Leg, Phase } from './state.ts';

export const ENGINE = 'system:engine';

export class Step {
  call: Call;
  readonly at: Time;
  readonly rules: CallRules;
  readonly effects: CallEffect[] = [];
  readonly facts: NewFact[] = [];
  actor = ENGINE;
  /** What it leads to was found out only after a restart, and its facts say so (SV4). */
  recovered = false;

  constructor(rules: CallRules, call: Call, at: Time) {
    this.rules = rules;
    this.call = call;
    this.at = at;
  }

  set(change: Partial<Call>): void {
    this.call = { ...this.call, ...change };
  }
  become(phase: Phase): void {
    this.set({ phase });
  }
  addLeg(leg: Leg): void {
    this.set({ legs: [...this.call.legs, leg] });
  }
  changeLeg(id: LegId, change: Partial<Leg>): void {
    this.changeLegs((leg) => leg.id === id, change);
  }
  changeLegs(which: (leg: Leg) => boolean, change: Partial<Leg>): void {
    if (this.call.legs.some(which))
      this.set({ legs: this.call.legs.map((leg) => (which(leg) ? { ...leg, ...change } : leg)) });
  }
  /** The leg's channel is gone. */
  dropLeg(id: LegId): void {
    this.set({
      legs: this.call.legs.filter((leg) => leg.id !== id),
      placed: without(this.call.placed, id),
    });
  }
  /** State saved before a crash may be older than what was ordered then: ids go on where none can have been (G22). */
  leap(): void {
    this.set({ counter: this.call.counter + 1 + (Math.floor(this.at / 1000) % 1_000_000) * 100 });
  }
  /** A number never used before in this call, for ids of legs and reaches. */
  next(): number {
    this.set({ counter: this.call.counter + 1 });
    return this.call.counter;
  }

  fact(type: string, data: Readonly<Record<string, unknown>> = {}): void {
    this.facts.push({ type, actor: this.actor, data: this.recovered ? { ...data, recovered: true } : data });
  }
  order(effect: CallEffect): void {
    this.effects.push(effect);
  }
  tell(message: FloorMessage): void {
    this.order({ type: 'tell-floor', message });
  }
  timer(name: TimerName, seconds: number): void {
    const at = this.at + Math.round(seconds * 1000);
    this.set({ timers: { ...this.call.timers, [name]: at } });
    this.order({ type: 'timer-start', name, at });
  }
  untimer(name: TimerName): void {
    if (this.call.timers[name] === undefined) return;
    this.timerOver(name);
    this.order({ type: 'timer-stop', name });
  }
  /** It has fired, or is being stopped. */
  timerOver(name: TimerName): void {
    this.set({ timers: without(this.call.timers, name) });
  }
  hangUp(leg: LegId, reason: 'normal' | 'busy' | 'no-answer' = 'normal'): void {
    this.order({ type: 'hang-up', leg, reason });
  }
  /** The seat is off this call; in wrap-up when it talked (WR1). */
  release(seat: SeatId, talked: boolean, lost = false): void {
    this.tell({
      type: 'seat-released',
      seat,
      call: this.call.id,
      talked,
      tagged: this.call.tag !== null || this.call.disposition !== null,
      ...(lost ? { lost } : {}),
    });
  }
}
