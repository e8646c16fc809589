// Runs the machines: one synchronous step at a time, state swapped, then the orders sent. No step awaits, so no locks.
// It must not know what a step means; domain/ does. It must not know Asterisk; the Telephony port does.
import { decideCall } from '../domain/call/decide.ts';
import type { CallInput } from '../domain/call/inputs.ts';
import type { CallRules } from '../domain/call/rules.ts';
import { callerOf, legOf, talkers } from '../domain/call/state.ts';
import type { Call } from '../domain/call/state.ts';
import { ENGINE } from '../domain/call/step.ts';
import type { Floor, FloorInput } from '../domain/acd/messages.ts';
import type { NewFact, Refused } from '../domain/decision.ts';
import type { CallId, LegId, Platform, QueueId, SeatId } from '../protocol/words.ts';
import type { Clock, Log, Meter, Telephony, TelephonyOrder, Timers } from './ports.ts';
import type { Recorder } from './recorder.ts';
import { callView, seatView } from './views.ts';

type Task =
  | { readonly to: 'floor'; readonly input: FloorInput }
  | { readonly to: 'call'; readonly call: CallId; readonly input: CallInput };
export type Stepped = Refused | { readonly ok: true; readonly repeated: boolean };

interface Written {
  readonly at: number;
  readonly call: CallId | null;
  readonly seat: SeatId | null;
  readonly platform: Platform | null;
  readonly facts: readonly NewFact[];
}

export interface DispatcherParts {
  readonly rules: CallRules;
  readonly floor: Floor;
  readonly telephony: Telephony;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly log: Log;
  readonly meter: Meter;
  /** Told of each call that changed, after its orders were sent. */
  readonly follow: (call: Call) => void;
  /** Told of a caller given to the static seats, for its call could not be run. */
  readonly abandoned: (call: CallId, caller: LegId) => void;
  /** An arrival with what this house knows of its caller (R26); any other input as it is. */
  readonly known: (input: CallInput) => CallInput;
  /** Told of what concerns a call that does not run; true: it was expected, and is seen to. */
  readonly strange: (call: CallId, input: CallInput) => boolean;
  /** Told of each queue whose figures are not what they were. */
  readonly queueChanged: (queue: QueueId) => void;
}

export class Dispatcher {
  readonly calls = new Map<CallId, Call>();
  private readonly parts: DispatcherParts;
  private tasks: Task[] = [];
  private orders: { call: CallId; order: TelephonyOrder }[] = [];
  private written: Written[] = [];
  private touched = new Map<CallId, Call>();
  private ended = new Map<CallId, { at: number; reason: string }>();
  private touchedSeats = new Set<SeatId>();
  private running = false;

  constructor(parts: DispatcherParts) {
    this.parts = parts;
  }

  /** One input to one call, and everything that follows from it. Never throws; an unexpected fault is logged and counted. */
  call(call: CallId, input: CallInput): Stepped {
    return this.run({ to: 'call', call, input });
  }
  floor(input: FloorInput): Stepped {
    return this.run({ to: 'floor', input });
  }

  private run(task: Task): Stepped {
    this.tasks.push(task);
    if (this.running) return { ok: true, repeated: false };
    this.running = true;
    let first: Stepped | null = null;
    try {
      for (let next = this.tasks.shift(); next; next = this.tasks.shift()) {
        const stepped = this.step(next);
        first ??= stepped;
      }
    } finally {
      this.running = false;
      this.send();
      this.write();
    }
    return first ?? { ok: true, repeated: false };
  }

  private step(task: Task): Stepped {
    try {
      return task.to === 'floor' ? this.stepFloor(task.input) : this.stepCall(task.call, task.input);
    } catch (error) {
      this.parts.meter.count('hotline_step_faults_total');
      this.parts.log.error(
        {
          error,
          task: task.to === 'call' ? { call: task.call, type: task.input.type } : { type: task.input.type },
        },
        'A step failed; the state before it stands.',
      );
      if (task.to === 'call') this.rescue(task.call, task.input);
      return { ok: false, code: 'internal' };
    }
  }

  /** A caller whose call can no longer be run goes to the static seats; where somebody talks with it, nothing is touched (CL2, CL4). */
  private rescue(id: CallId, input: CallInput): void {
    if (input.type === 'command') return;
    const call = this.calls.get(id);
    const caller = call ? callerOf(call)?.id : input.type === 'arrived' ? input.leg : undefined;
    const named = 'leg' in input && input.type !== 'arrived' ? input.leg : null;
    if (call) {
      const { name } = call.phase;
      const talking =
        (name === 'talking' || name === 'three-way') && legOf(call, named ?? '')?.role !== 'caller';
      if (talking && talkers(call).some((leg) => leg.id !== named)) return;
    }
    this.putDown(id);
    if (caller !== undefined && caller !== named) {
      const dialled = call?.dialled ?? (input.type === 'arrived' ? input.dialled : '');
      this.parts.telephony.survive(id, caller, dialled);
      this.parts.abandoned(id, caller);
    }
    this.tasks.push({ to: 'floor', input: { type: 'call-gone', call: id, at: input.at } });
    const facts = [{ type: 'alarm.call-failed', actor: ENGINE, data: { input: input.type } }];
    this.written.push({ at: input.at, call: id, seat: null, platform: call?.platform ?? null, facts });
  }

  /** The caller is out of our hands, alive: its call is no longer run here. What it was, or null where we never had it. */
  setAside(id: CallId): Call | null {
    const call = this.calls.get(id) ?? null;
    if (!call) return null;
    this.putDown(id);
    this.floor({ type: 'call-gone', call: id, at: this.parts.clock.now() });
    return call;
  }

  /** Everything of a call but its caller is let go. */
  private putDown(id: CallId): void {
    const call = this.calls.get(id);
    this.calls.delete(id);
    this.touched.delete(id);
    this.parts.timers.stopAll(`${id}:`);
    for (const leg of call?.legs ?? [])
      // The recorder goes on with its caller, wherever that is.
      if (leg.role !== 'caller' && leg.role !== 'recorder')
        this.orders.push({ call: id, order: { type: 'hang-up', leg: leg.id, reason: 'normal' } });
    for (const bridge of call?.bridges ?? [])
      this.orders.push({ call: id, order: { type: 'bridge-end', bridge } });
  }

  private stepCall(id: CallId, input: CallInput): Stepped {
    const before = this.calls.get(id) ?? null;
    if (before === null && input.type !== 'arrived') {
      if (this.parts.strange(id, input)) return { ok: true, repeated: false };
      // A leg of a call that is over came up late: nobody owns it.
      if (input.type === 'leg-answered')
        this.orders.push({ call: id, order: { type: 'hang-up', leg: input.leg, reason: 'normal' } });
      return { ok: false, code: 'call-ended' };
    }
    const decision = decideCall(this.parts.rules, before, this.parts.known(input));
    if (!decision.ok) {
      // Not a number of ours: the dialplan lets none through, so this is a fault worth seeing; the caller goes to survival.
      if (input.type === 'arrived') {
        this.parts.log.error({ call: id, dialled: input.dialled }, 'A call to an unknown number arrived.');
        this.parts.telephony.survive(id, input.leg, input.dialled);
      }
      return decision;
    }
    const call = decision.state;
    this.calls.set(id, call);
    this.touched.set(id, call);
    if (call.phase.name === 'ending') this.ended.set(id, { at: call.phase.at, reason: call.phase.reason });
    this.written.push({ at: input.at, call: id, seat: null, platform: call.platform, facts: decision.facts });
    for (const effect of decision.effects) {
      switch (effect.type) {
        case 'timer-start':
          this.parts.timers.start(`${id}:${effect.name}`, effect.at, () =>
            this.call(id, { type: 'timer', name: effect.name, at: this.parts.clock.now() }),
          );
          break;
        case 'timer-stop':
          this.parts.timers.stop(`${id}:${effect.name}`);
          break;
        case 'tell-floor':
          this.tasks.push({ to: 'floor', input: { type: 'message', message: effect.message, at: input.at } });
          break;
        case 'forget':
          this.calls.delete(id);
          this.parts.timers.stopAll(`${id}:`);
          break;
        default:
          this.orders.push({ call: id, order: effect });
      }
    }
    return { ok: true, repeated: decision.repeated === true };
  }

  private stepFloor(input: FloorInput): Stepped {
    const decision = this.parts.floor.step(input);
    if (!decision.ok) return decision;
    for (const effect of decision.effects) {
      switch (effect.type) {
        case 'tell-call':
          this.tasks.push({ to: 'call', call: effect.call, input: { ...effect.input, at: input.at } });
          break;
        case 'timer-start':
          this.parts.timers.start(`floor:${effect.name}`, effect.at, () =>
            this.floor({ type: 'timer', name: effect.name, at: this.parts.clock.now() }),
          );
          break;
        case 'timer-stop':
          this.parts.timers.stop(`floor:${effect.name}`);
          break;
        case 'seat-changed':
          this.touchedSeats.add(effect.seat);
          break;
        case 'queue-changed':
          this.parts.queueChanged(effect.queue);
          break;
      }
    }
    for (const fact of decision.facts) {
      const seat = typeof fact.data['seat'] === 'string' ? fact.data['seat'] : null;
      const call = typeof fact.data['call'] === 'string' ? fact.data['call'] : null;
      const platform = seat === null ? null : (this.parts.floor.seat(seat)?.platform ?? null);
      this.written.push({ at: input.at, call, seat, platform, facts: [fact] });
    }
    return { ok: true, repeated: decision.repeated === true };
  }

  /** New legs first: a seat's phone is to ring before anything else is seen to (G4). The rest keeps its order. */
  private send(): void {
    const { orders } = this;
    this.orders = [];
    for (const { call, order } of orders)
      if (order.type === 'dial') this.parts.telephony.perform(call, order);
    for (const { call, order } of orders)
      if (order.type !== 'dial') this.parts.telephony.perform(call, order);
    for (const call of this.touched.values()) {
      const caller = call.legs[0];
      this.parts.follow(call);
      if (call.phase.name !== 'ending' && caller?.role === 'caller')
        this.parts.telephony.save(call.id, caller.id, () => JSON.stringify(call));
    }
  }

  private write(): void {
    const { written, touched, ended, touchedSeats } = this;
    this.written = [];
    this.touched = new Map();
    this.ended = new Map();
    this.touchedSeats = new Set();
    const last = new Map<CallId, number>();
    written.forEach(
      (each, index) => each.call !== null && touched.has(each.call) && last.set(each.call, index),
    );
    const views = new Map(
      [...touched].map(([id, call]) => [id, callView(call, ended.get(id) ?? null)] as const),
    );
    written.forEach((each, index) => {
      if (each.facts.length === 0 && !(each.call !== null && last.get(each.call) === index)) return;
      const call = each.call === null ? undefined : views.get(each.call);
      const seat = each.seat === null ? undefined : this.parts.floor.seat(each.seat);
      if (each.seat !== null) touchedSeats.delete(each.seat);
      this.parts.recorder.record(each, {
        ...(call ? { call, callEnded: ended.has(call.id) } : {}),
        ...(seat ? { seat: seatView(seat) } : {}),
      });
    });
    for (const id of touchedSeats) {
      const seat = this.parts.floor.seat(id);
      if (seat)
        this.parts.recorder.record(
          { at: 0, call: null, platform: seat.platform, facts: [] },
          { seat: seatView(seat) },
        );
    }
  }
}
