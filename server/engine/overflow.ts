// Drives overflow: reads the floor each second, feeds the machine, tells the floor what it borrows, writes the facts.
// It must not decide anything of overflow: domain/overflow does. Over a restart it is put together from its own facts.
import type { Floor } from '../domain/acd/messages.ts';
import { decideOverflow } from '../domain/overflow/machine.ts';
import type { OverflowInput } from '../domain/overflow/machine.ts';
import { readFloor } from '../domain/overflow/reading.ts';
import type { Readings } from '../domain/overflow/reading.ts';
import { restoreOverflow } from '../domain/overflow/restore.ts';
import type { OverflowRules } from '../domain/overflow/rules.ts';
import { emptyState, liveOf } from '../domain/overflow/state.ts';
import type { OverflowState } from '../domain/overflow/state.ts';
import type { GroupView, OverflowCommand, OverflowView, SaturationView } from '../protocol/overflow.ts';
import type { Actor, CallId, QueueId, SeatId, Time } from '../protocol/words.ts';
import type { Dispatcher, Stepped } from './dispatcher.ts';
import type { Answer, Change, OverflowFace } from './face.ts';
import { readFamily } from './late-facts.ts';
import { boardView, groupView, overflowView, saturationView } from './overflow-views.ts';
import type { Clock, Ledger, Log, Meter } from './ports.ts';
import type { Recorder } from './recorder.ts';

export interface OverflowParts {
  readonly rules: OverflowRules;
  readonly floor: Floor;
  readonly dispatcher: Dispatcher;
  readonly recorder: Recorder;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** False while calls are being compared: a floor half known must not end a loan. */
  readonly ready: () => boolean;
  readonly stored: <V extends object>(view: V | null, repeated: boolean) => Promise<Answer<V>>;
}
type AnyView = OverflowView | GroupView | SaturationView;

const everyMs = 1000;
/** Command ids remembered, so that a repeat is answered and not done again. */
const seenMost = 500;
const missed = new Set(['offer.timed-out', 'offer.rejected', 'offer.busy', 'offer.unreachable']);

export class OverflowDesk implements OverflowFace {
  private readonly parts: OverflowParts;
  private state: OverflowState = emptyState;
  private timer: NodeJS.Timeout | null = null;
  private readonly seen = new Set<string>();
  /** Calls borrowed seats talk in now, and since when. */
  private readonly talking = new Map<
    SeatId,
    { call: CallId; group: string; queue: QueueId | null; since: Time }
  >();
  private stopListening: () => void = () => undefined;
  private stopReading: () => void = () => undefined;

  constructor(parts: OverflowParts) {
    this.parts = parts;
  }

  /** Before the first comparison: what was borrowed is borrowed when the floor opens. */
  async restore(): Promise<void> {
    const { rules, clock, recorder } = this.parts;
    let first = true;
    this.stopReading = await readFamily(this.parts, 'overflow', (facts) => {
      const at = clock.now();
      const read = restoreOverflow(rules, facts, at);
      if (first) this.state = read;
      this.step({ type: 'resume', at, ...(first ? {} : { read }) });
      first = false;
    });
    this.stopListening = recorder.onChange((change) => this.heard(change));
  }

  start(): void {
    const again = () => {
      this.timer = setTimeout(() => {
        this.tick();
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

  private tick(): void {
    if (!this.parts.ready()) return;
    const at = this.parts.clock.now();
    for (const [seat, { call, group, queue, since }] of this.talking) {
      const now = this.parts.floor.seat(seat);
      if (now?.call === call && now.state === 'talking') continue;
      this.talking.delete(seat);
      this.step({ type: 'talked', queue, group, seconds: Math.max(0, at - since) / 1000, at });
    }
    this.step({ type: 'tick', at });
  }

  private step(input: OverflowInput): Stepped {
    const { rules, recorder, dispatcher, log, meter } = this.parts;
    try {
      const decision = decideOverflow(rules, this.state, input, this.readings(input.at));
      if (!decision.ok) return decision;
      this.state = decision.state;
      for (const fact of decision.facts) {
        const call = typeof fact.data['call'] === 'string' ? fact.data['call'] : null;
        const platform = typeof fact.data['platform'] === 'string' ? fact.data['platform'] : null;
        recorder.record({ at: input.at, call, platform, facts: [fact] }, {});
      }
      for (const { queue, groups, terms, recalled } of decision.effects)
        dispatcher.floor({ type: 'borrowed', queue, groups, terms, recalled, at: input.at });
      return { ok: true, repeated: false };
    } catch (error) {
      meter.count('hotline_step_faults_total');
      log.error({ error, type: input.type }, 'A step of overflow failed; the state before it stands.');
      return { ok: false, code: 'internal' };
    }
  }

  private readings(at: Time): Readings {
    const { rules, floor } = this.parts;
    const borrowed = (queue: QueueId) =>
      this.state.overflows
        .filter((each) => each.queue === queue && (each.state === 'running' || each.state === 'draining'))
        .flatMap(({ loans }) => loans)
        .filter(({ state }) => state === 'active' || state === 'draining')
        .map(({ group }) => group);
    return readFloor(
      floor,
      rules.queues.map(({ id }) => id),
      borrowed,
      at,
    );
  }

  /** Offers to borrowed seats are counted from the facts; not within the telling of them, or facts would pass each other. */
  private heard({ fact, call }: Change): void {
    const { type, data } = fact;
    const id = data['seat'];
    if (!type.startsWith('offer.') || typeof id !== 'string' || fact.call === null) return;
    const seat = this.parts.floor.seat(id);
    if (seat?.remote !== true) return;
    const result = type === 'offer.made' ? 'offered' : type === 'offer.accepted' ? 'answered' : null;
    if (result === null && !missed.has(type)) return;
    const queue = data['purpose'] === 'arrival' ? (call?.queue ?? null) : null;
    const at = Date.parse(fact.time);
    const { group } = seat;
    if (result === 'answered') this.talking.set(id, { call: fact.call, group, queue, since: at });
    const input = { result: result ?? 'missed', queue, group, seat: id, call: fact.call } as const;
    queueMicrotask(() => this.step({ type: 'offer', ...input, at: this.parts.clock.now() }));
  }

  board() {
    const at = this.parts.clock.now();
    return boardView(this.parts.rules, this.state, this.readings(at), at);
  }

  overflow(id: string): OverflowView | null {
    const found = this.state.overflows.find((each) => each.id === id);
    return found ? overflowView(found) : null;
  }

  group(id: string): GroupView | null {
    const group = this.parts.rules.groups.find((each) => each.id === id);
    const at = this.parts.clock.now();
    return group ? groupView(this.parts.rules, group, this.state, this.readings(at), at) : null;
  }

  async command(id: string, actor: Actor, command: OverflowCommand): Promise<Answer<AnyView>> {
    if (this.seen.has(id)) return this.parts.stored(this.about(command), true);
    const stepped = this.step({ type: 'command', actor: actor.user, command, at: this.parts.clock.now() });
    const view = this.about(command);
    if (!stepped.ok)
      return {
        ok: false,
        code: stepped.code,
        ...(stepped.field === undefined ? {} : { field: stepped.field }),
        view,
      };
    this.seen.add(id);
    const [oldest] = this.seen;
    if (this.seen.size > seenMost && oldest !== undefined) this.seen.delete(oldest);
    return this.parts.stored(view, false);
  }

  /** What a command was about, as it is now. */
  private about(command: OverflowCommand): AnyView | null {
    switch (command.name) {
      case 'start': {
        const live = liveOf(this.state, command.body.queue);
        return live ? overflowView(live) : null;
      }
      case 'register':
      case 'recall':
        return this.group(command.group);
      case 'policy':
        return saturationView(
          this.parts.rules,
          this.state,
          this.readings(this.parts.clock.now()),
          command.queue,
        );
      default:
        return this.overflow(command.overflow);
    }
  }
}
