// The engine, Asterisk, the floor, phones and a clock in one synchronous toy, for playing call histories at full speed.
// The engine's part here is as thin as the real one (engine/dispatcher.ts, engine/recovery.ts); it must not hold rules of calls.
import { deepStrictEqual } from 'node:assert';
import { decideCall } from '../../server/domain/call/decide.ts';
import type { FloorMessage } from '../../server/domain/call/effects.ts';
import type { CallInput, TimerName } from '../../server/domain/call/inputs.ts';
import { reachesOf } from '../../server/domain/call/state.ts';
import type { Call } from '../../server/domain/call/state.ts';
import type { Decision, NewFact } from '../../server/domain/decision.ts';
import type { TelephonyOrder } from '../../server/engine/ports.ts';
import { ModelAsterisk } from './asterisk.ts';
import type { Coverage } from './coverage.ts';
import { ModelFloor } from './floor.ts';
import type { Tell } from './floor.ts';
import { Violation, checkSeats, checkSound, checkState, checkStep } from './invariants.ts';
import type { CallRules } from '../../server/domain/call/rules.ts';
import { rules as plainRules, seats } from './site.ts';

export type Untimed<I> = I extends unknown ? Omit<I, 'at'> : never;
export type Said = Untimed<CallInput>;
interface News {
  readonly call: string;
  readonly input: Said;
}
interface Order {
  readonly call: string;
  readonly order: TelephonyOrder;
}
/** What a transcript shows of one step. */
export interface Told {
  readonly call: string;
  readonly input: Said;
  readonly decision: Decision<Call, unknown>;
}

type RecordingOrder = Extract<
  TelephonyOrder,
  { type: 'recording-start' | 'recording-find' | 'recording-pause' }
>;
const isRecording = (order: TelephonyOrder): order is RecordingOrder => order.type.startsWith('recording-');

export class World {
  at = 1_000_000_000_000;
  readonly asterisk = new ModelAsterisk();
  floor = new ModelFloor(seats);
  readonly calls = new Map<string, Call>();
  /** As last saved on the caller's channel. */
  readonly saved = new Map<string, Call>();
  readonly dead = new Map<string, Call>();
  /** Said by Asterisk, not heard yet. */
  readonly news: News[] = [];
  readonly timers = new Map<string, { call: string; name: TimerName; at: number }>();
  /** Orders until the engine dies in the middle of sending; null: it lives. */
  crashAfter: number | null = null;
  crashed = false;
  /** The comparison after a restart is under way: timers come back with `adopted`. */
  private comparing = false;
  failNext = 0;
  born = 0;
  steps = 0;
  readonly coverage: Coverage | null;
  readonly facts: (NewFact & { call: string })[] = [];
  listener: ((told: Told) => void) | null = null;
  private orders: Order[] = [];
  private touched = new Set<string>();
  private before = new Map<string, Call | null>();

  private readonly rules: CallRules;

  constructor(coverage: Coverage | null = null, rules: CallRules = plainRules) {
    this.coverage = coverage;
    this.rules = rules;
    this.asterisk.fell = (call, leg) => this.say(call, { type: 'leg-ended', leg, cause: 16 });
  }

  arrive(dialled: string, given: { survivals?: number; up?: boolean } = {}): string {
    this.born += 1;
    const call = `c${this.born}`;
    const leg = `${call}-caller`;
    const up = given.up ?? false;
    this.asterisk.arrive(call, leg, up);
    const survivals = given.survivals ?? 0;
    this.tell(call, { type: 'arrived', call, leg, dialled, number: '13800000001', name: '', survivals, up });
    return call;
  }

  /** One input and everything that follows from it at once; then the orders leave. */
  tell(call: string, input: Said): Decision<Call, unknown> {
    const first = this.step(call, input);
    this.send();
    return first;
  }
  hear(tells: readonly Tell[]): void {
    for (const { call, input } of tells) this.step(call, input);
    this.send();
  }

  private step(id: string, said: Said): Decision<Call, unknown> {
    this.steps += 1;
    const input = { ...said, at: this.at } as CallInput;
    const before = this.calls.get(id) ?? null;
    if (before === null && (input.type !== 'arrived' || this.dead.has(id))) return this.echo(id, input);
    if (before) this.coverage?.visit(before.phase.name, input);
    if (!this.before.has(id)) this.before.set(id, before);
    const decision = decideCall(this.rules, before, input);
    this.listener?.({ call: id, input: said, decision });
    if (!decision.ok) return decision;
    const call = decision.state;
    if (before) checkStep(before, call);
    checkState(call);
    if (this.steps % 128 === 0) deepStrictEqual(JSON.parse(JSON.stringify(call)), call);
    this.calls.set(id, call);
    this.touched.add(id);
    for (const fact of decision.facts) this.facts.push({ ...fact, call: id });
    const asked: FloorMessage[] = [];
    let forgotten = false;
    for (const effect of decision.effects)
      switch (effect.type) {
        case 'timer-start':
          this.timers.set(`${id}:${effect.name}`, { call: id, name: effect.name, at: effect.at });
          break;
        case 'timer-stop':
          this.timers.delete(`${id}:${effect.name}`);
          break;
        case 'tell-floor':
          asked.push(effect.message);
          break;
        case 'forget':
          if (forgotten) throw new Violation('forget is ordered twice');
          forgotten = true;
          this.dead.set(id, call);
          break;
        default:
          this.mayHangUp(call, effect);
          this.orders.push({ call: id, order: effect });
      }
    if (forgotten) this.forget(id);
    for (const message of asked)
      for (const { call: to, input: answer } of this.floor.hear(message)) this.step(to, answer);
    return decision;
  }

  private forget(id: string): void {
    this.calls.delete(id);
    for (const [name, timer] of this.timers) if (timer.call === id) this.timers.delete(name);
  }

  /** CL4: the caller is only ever hung up in the end, and then not while somebody rings or talks for it elsewhere. */
  private mayHangUp(call: Call, order: TelephonyOrder): void {
    if (order.type !== 'hang-up' || this.asterisk.channels.get(order.leg)?.caller !== true) return;
    if (call.phase.name !== 'ending') throw new Violation('CL4 a living call hangs up its caller');
    const allowed = ['ended-by-seat', 'released-by-supervisor', 'seat-left', 'target-left'];
    if (!allowed.includes(call.phase.reason)) throw new Violation(`CL4 caller hung up: ${call.phase.reason}`);
    const was = this.before.get(call.id)?.phase.name;
    if (was !== undefined && !['talking', 'three-way', 'rating', 'ending'].includes(was))
      throw new Violation(`CL4 caller hung up from ${was}`);
  }

  /** Of a call that is over: whatever comes must do nothing but stop phones and free seats. */
  private echo(id: string, input: CallInput): Decision<Call, unknown> {
    const dead = this.dead.get(id);
    if (!dead) return { ok: false, code: 'call-ended' };
    this.coverage?.visit('ending', input);
    const decision = decideCall(this.rules, dead, input);
    if (decision.ok && (decision.state !== dead || decision.effects.length > 0))
      throw new Violation(`I4 an ended call did something with ${JSON.stringify(input)}`);
    return decision;
  }

  private send(): void {
    const orders = this.orders;
    this.orders = [];
    // As the engine does: what makes phones ring leaves first.
    const sorted = [
      ...orders.filter(({ order }) => order.type === 'dial'),
      ...orders.filter(({ order }) => order.type !== 'dial'),
    ];
    for (const { call, order } of sorted) {
      if (this.crashAfter === 0) break;
      if (this.crashAfter !== null) this.crashAfter -= 1;
      this.perform(call, order);
    }
    if (this.crashAfter === 0) {
      this.crashed = true;
      return;
    }
    for (const id of this.touched) {
      const call = this.calls.get(id);
      if (call) this.saved.set(id, call);
      else this.saved.delete(id);
    }
    this.after();
    this.touched.clear();
    this.before.clear();
  }

  private perform(call: string, order: TelephonyOrder): void {
    const teardown =
      order.type === 'hang-up' ||
      order.type === 'bridge-remove' ||
      order.type === 'bridge-end' ||
      order.type === 'hush' ||
      (order.type !== 'mute' && 'on' in order && !order.on);
    const leg = 'leg' in order ? order.leg : 'legs' in order ? (order.legs[0] ?? null) : null;
    if (this.failNext > 0 && !teardown && order.type !== 'dead-man') {
      this.failNext -= 1;
      if (order.type === 'dial' || order.type === 'tap') {
        this.asterisk.perform(call, order);
        this.asterisk.remove(order.leg);
        this.say(call, { type: 'leg-ended', leg: order.leg, cause: 20, how: 'unreachable' });
      } else if (isRecording(order)) this.recorded(call, order, 500);
      else this.say(call, { type: 'effect-failed', effect: order.type, leg, status: 500 });
      return;
    }
    const alive = order.type === 'hang-up' && this.asterisk.channels.has(order.leg);
    const refused = this.asterisk.perform(call, order);
    // As the adapter says of a tap: it stands, or there is none.
    if (order.type === 'tap')
      this.say(
        call,
        refused ? { type: 'leg-ended', leg: order.leg, cause: 0 } : { type: 'leg-answered', leg: order.leg },
      );
    else if (isRecording(order)) this.recorded(call, order, refused?.status ?? 200);
    else if (refused) this.say(call, { type: 'effect-failed', effect: order.type, ...refused });
    if (alive) this.say(call, { type: 'leg-ended', leg: order.leg, cause: 16 });
  }

  /** As the adapter says of a recording: it goes on, or did not do as told; nothing of a pause that is obeyed. */
  private recorded(call: string, order: RecordingOrder, status: number): void {
    const { name } = order;
    const asked =
      order.type === 'recording-pause'
        ? order.on
          ? 'pause'
          : 'resume'
        : order.type === 'recording-find'
          ? 'find'
          : 'start';
    if (status !== 200) this.say(call, { type: 'recording-failed', name, order: asked, status });
    else if (order.type !== 'recording-pause') this.say(call, { type: 'recording-started', name });
  }

  say(call: string, input: Said): void {
    this.news.push({ call, input });
  }
  hearNews(index = 0): boolean {
    const [news] = this.news.splice(Math.min(index, Math.max(0, this.news.length - 1)), 1);
    if (!news) return false;
    this.tell(news.call, news.input);
    return true;
  }

  /** The engine fires the timer that is due next. False where none runs. */
  nextTimer(): boolean {
    let next: { call: string; name: TimerName; at: number } | null = null;
    for (const timer of this.timers.values()) if (!next || timer.at < next.at) next = timer;
    if (!next) return false;
    this.timers.delete(`${next.call}:${next.name}`);
    this.at = Math.max(this.at, next.at);
    this.tell(next.call, { type: 'timer', name: next.name });
    return true;
  }

  private after(): void {
    checkSeats(this.calls.values());
    for (const id of this.touched) {
      const call = this.calls.get(id);
      const unheard = this.news.some((news) => news.call === id);
      if (call && !this.comparing) {
        const running: Record<string, number> = {};
        for (const timer of this.timers.values()) if (timer.call === id) running[timer.name] = timer.at;
        for (const name of Object.keys({ ...running, ...call.timers }))
          if (running[name] !== call.timers[name as TimerName])
            throw new Violation(
              `CL3 timer ${name}: engine ${running[name]}, call ${call.timers[name as TimerName]}`,
            );
        this.mustBeAsked(call);
        if (!unheard) checkSound(call, this.asterisk);
      } else if (!call && this.dead.has(id)) this.mustBeGone(id);
    }
  }

  /** CL3: who waits for a seat is known to the floor, after restarts too. */
  private mustBeAsked(call: Call): void {
    for (const { id, route, attempts } of reachesOf(call))
      if (route.kind !== 'trunk' && attempts.length === 0 && !this.floor.requests.has(id))
        throw new Violation(`CL3 ${id} waits for a seat that nobody is asked for`);
  }

  private mustBeGone(id: string): void {
    const left = [...this.asterisk.channels.values()].filter((channel) => channel.call === id);
    const bridges = [...this.asterisk.bridges.keys()].filter((bridge) => bridge.startsWith(`${id}.`));
    const requests = [...this.floor.requests.values()].filter(({ message }) => message.call === id);
    const held = [...this.floor.seats.values()].filter(
      (seat) => seat.call === id && (seat.state === 'offered' || seat.state === 'talking'),
    );
    if (left.length + bridges.length + requests.length + held.length > 0)
      throw new Violation(
        `CL6 ${id} is forgotten but left ${JSON.stringify([left, bridges, requests, held])}`,
      );
  }

  /** `kill -9` and a new engine, or (`kept`) a connection lost and found; what Asterisk said meanwhile was heard by nobody. */
  recover(kept: boolean): void {
    this.crashAfter = null;
    this.crashed = false;
    this.comparing = true;
    this.at += 1500;
    this.news.length = 0;
    this.orders = [];
    this.touched.clear();
    this.before.clear();
    if (!kept) this.startAnew();
    for (const call of [...this.calls.values()])
      for (const leg of call.legs)
        if (!this.asterisk.channels.has(leg.id)) {
          const dropped = leg.role !== 'caller';
          this.tell(call.id, {
            type: 'leg-ended',
            leg: leg.id,
            cause: dropped ? 41 : 16,
            recovered: true,
            ...(dropped ? { how: 'dropped' } : {}),
          });
        }
    for (const { id } of [...this.calls.values()]) {
      for (const leg of this.calls.get(id)?.legs ?? []) {
        const state = this.asterisk.channels.get(leg.id)?.state;
        if (state === 'up' && (leg.state === 'dialling' || leg.state === 'ringing'))
          this.tell(id, { type: 'leg-answered', leg: leg.id, recovered: true });
        else if (state === 'ringing' && leg.state === 'dialling')
          this.tell(id, { type: 'leg-ringing', leg: leg.id, recovered: true });
      }
      const bridged: Record<string, string> = {};
      const bridges: string[] = [];
      for (const [bridge, legs] of this.asterisk.bridges) {
        if (!bridge.startsWith(`${id}.`)) continue;
        bridges.push(bridge);
        for (const leg of legs) bridged[leg] = bridge;
      }
      this.tell(id, { type: 'adopted', epoch: 2, bridged, bridges });
    }
    this.sweep();
    this.comparing = false;
    for (const id of this.calls.keys()) this.touched.add(id);
    this.after();
    this.touched.clear();
    if (!kept) this.hear(this.floor.open());
  }

  private startAnew(): void {
    this.timers.clear();
    this.floor = new ModelFloor(seats);
    this.floor.held = true;
    this.calls.clear();
    const callers = [...this.asterisk.channels.values()].filter((channel) => channel.caller);
    for (const channel of callers) {
      const saved = this.saved.get(channel.call);
      if (!saved) {
        const { id: leg, call, state } = channel;
        const up = state === 'up';
        this.tell(call, {
          type: 'arrived',
          call,
          leg,
          dialled: '12345',
          number: '13800000001',
          name: '',
          survivals: 0,
          up,
          recovered: true,
        });
        continue;
      }
      const call = JSON.parse(JSON.stringify(saved)) as Call;
      deepStrictEqual(call, saved);
      this.calls.set(channel.call, call);
      for (const leg of call.legs) {
        if (leg.seat === null) continue;
        const ringing = reachesOf(call).find((reach) => reach.attempts.some((each) => each.leg === leg.id));
        const state = leg.state === 'up' ? 'talking' : 'ringing';
        const request = ringing?.id ?? null;
        this.floor.hear({ type: 'seat-adopted', seat: leg.seat, call: call.id, state, request });
      }
    }
  }

  private sweep(): void {
    for (const channel of [...this.asterisk.channels.values()]) {
      const known = this.calls.get(channel.call)?.legs.some((leg) => leg.id === channel.id) === true;
      if (!known && !channel.caller) this.asterisk.remove(channel.id);
    }
    for (const bridge of [...this.asterisk.bridges.keys()]) {
      const call = this.calls.get(bridge.slice(0, bridge.indexOf('.')));
      if (call?.bridges.includes(bridge) === true) continue;
      this.asterisk.perform('', { type: 'bridge-end', bridge });
    }
  }
}
