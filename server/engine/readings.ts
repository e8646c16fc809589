// What can be asked of the engine: calls, seats, queues and lines as views, from memory or the ledger.
// It must not change anything.
import type { Floor, QueueState } from '../domain/acd/messages.ts';
import { available } from '../domain/seat/seat.ts';
import type { Fact } from '../protocol/facts.ts';
import type { Site } from '../protocol/site.ts';
import type {
  CallBackView,
  CallView,
  LineView,
  PlatformView,
  QueueView,
  SeatView,
} from '../protocol/views.ts';
import type { CallId, Platform, QueueId, SeatId } from '../protocol/words.ts';
import { gravestFirst } from './call-back-order.ts';
import type { Dispatcher } from './dispatcher.ts';
import { platformView } from './platform-views.ts';
import type { CallFilter, Clock, Ledger } from './ports.ts';
import type { Recorder } from './recorder.ts';
import { callView, queueView, seatView } from './views.ts';

interface ReadingParts {
  readonly site: Site;
  readonly floor: Floor;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  readonly recorder: Recorder;
}

const queuesEveryMs = 200;

export class Readings {
  private readonly parts: ReadingParts;
  private readonly changedQueues = new Set<QueueId>();

  constructor(parts: ReadingParts) {
    this.parts = parts;
  }

  liveCall(id: CallId): CallView | null {
    const call = this.parts.dispatcher.calls.get(id);
    if (!call) return null;
    return callView(
      call,
      call.phase.name === 'ending' ? { at: call.phase.at, reason: call.phase.reason } : null,
    );
  }
  liveCalls(): readonly CallView[] {
    return [...this.parts.dispatcher.calls.values()]
      .filter((call) => call.phase.name !== 'ending')
      .map((call) => callView(call, null));
  }
  async call(id: CallId): Promise<CallView | null> {
    return this.liveCall(id) ?? (await this.parts.ledger.call(id));
  }
  calls(filter: CallFilter) {
    return this.parts.ledger.calls(filter);
  }
  timeline(call: CallId): Promise<readonly Fact[]> {
    return this.parts.ledger.timeline(call);
  }
  volume(platform: Platform, from: string, to: string, slotMs: number) {
    const limit = this.parts.site.platforms.find(({ id }) => id === platform)?.serviceLevelSeconds ?? 15;
    return this.parts.ledger.volume({ platform, from, to, slotMs, inTimeMs: limit * 1000 });
  }
  seats(): readonly SeatView[] {
    return this.parts.floor.seats().map(seatView);
  }
  seat(id: SeatId): SeatView | null {
    const seat = this.parts.floor.seat(id);
    return seat ? seatView(seat) : null;
  }
  queues(): readonly QueueView[] {
    return this.parts.floor.queues().map((queue) => this.shown(queue));
  }
  queue(id: QueueId): QueueView | null {
    const queue = this.parts.floor.queue(id);
    return queue ? this.shown(queue) : null;
  }
  platforms(): readonly PlatformView[] {
    return this.parts.site.platforms.flatMap(({ id }) => this.platform(id) ?? []);
  }
  platform(id: Platform): PlatformView | null {
    const { site, floor, dispatcher, clock } = this.parts;
    return platformView({ site, floor, calls: dispatcher.calls.values(), now: clock.now() }, id);
  }
  lines(): readonly LineView[] {
    const { site, floor, clock } = this.parts;
    const lines = site.lines.map(({ id, name, route }): LineView => {
      const load = 'queue' in route ? floor.load(route.queue, clock.now()) : undefined;
      return {
        id,
        name,
        kind: 'queue' in route ? 'queue' : 'trunk',
        available: true,
        ...(load
          ? {
              load: {
                ready: load.seats.available,
                waiting: load.waiting,
                expectedWaitSeconds: load.expected?.seconds ?? null,
              },
            }
          : {}),
      };
    });
    const experts = site.experts.map(({ id, name, queue, seats }): LineView => {
      const platform = site.queues.find((each) => each.id === queue)?.platform ?? '';
      const ready = seats.map((seat) => floor.seat(seat)).filter((seat) => seat && available(seat)).length;
      return { id, name, kind: 'queue', available: true, expert: { platform, seats, ready } };
    });
    return [...lines, ...experts];
  }
  /** Open ones first, in the order in which they are to be called (SV5). */
  async callBacks(): Promise<readonly CallBackView[]> {
    const owed = await this.parts.ledger.callBacks();
    return owed
      .toSorted((a, b) => Number(a.done) - Number(b.done) || gravestFirst(a, b))
      .map(({ at, seat, ...rest }): CallBackView => ({
        ...rest,
        at: new Date(at).toISOString(),
        ...(seat === null ? {} : { seat }),
      }));
  }

  /** Everything a live view consists of. */
  all(): [readonly CallView[], readonly SeatView[], readonly QueueView[]] {
    return [this.liveCalls(), this.seats(), this.queues()];
  }

  /** Figures change many times in one busy second; screens are told a few times. */
  queueChanged(queue: QueueId): void {
    this.changedQueues.add(queue);
    if (this.changedQueues.size > 1) return;
    setTimeout(() => {
      const ids = [...this.changedQueues];
      this.changedQueues.clear();
      const platforms = new Set<Platform>();
      for (const id of ids) {
        const view = this.queue(id);
        if (!view) continue;
        platforms.add(view.platform);
        this.parts.recorder.show({ queue: view });
      }
      for (const id of platforms) {
        const view = this.platform(id);
        if (view) this.parts.recorder.show({ platform: view });
      }
    }, queuesEveryMs).unref();
  }

  private shown(queue: QueueState): QueueView {
    return queueView(queue, this.parts.clock.now());
  }
}
