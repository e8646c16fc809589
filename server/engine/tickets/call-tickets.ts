// The engine's face with the tickets of each call laid over its views, so that a call shows them wherever it is shown.
// It must not make a call wait: live views take what is in memory, which follows the store.
import type { CallView } from '../../protocol/views.ts';
import type { CallId } from '../../protocol/words.ts';
import type { Change, EngineFace } from '../face.ts';
import type { Log } from '../ports.ts';

export type TicketsOf = (calls: readonly CallId[]) => Promise<ReadonlyMap<CallId, readonly string[]>>;

const mostCalls = 5_000;

export class CallTickets {
  private readonly known = new Map<CallId, readonly string[]>();
  private readonly ask: TicketsOf;
  private readonly log: Log;

  constructor(ask: TicketsOf, log: Log) {
    this.ask = ask;
    this.log = log;
  }

  /** Reads the tickets of these calls anew. */
  async learn(calls: readonly CallId[]): Promise<void> {
    try {
      for (const [call, tickets] of await this.ask(calls)) {
        this.known.delete(call);
        this.known.set(call, tickets);
      }
    } catch (error) {
      this.log.debug({ reason: String(error) }, 'Tickets of calls could not be read just now.');
    }
    for (const call of this.known.keys()) {
      if (this.known.size <= mostCalls) break;
      this.known.delete(call);
    }
  }

  view(view: CallView): CallView {
    const tickets = this.known.get(view.id);
    return tickets === undefined ? view : { ...view, tickets: [...tickets] };
  }

  async views(views: readonly CallView[]): Promise<readonly CallView[]> {
    const unknown = views.map(({ id }) => id).filter((id) => !this.known.has(id));
    if (unknown.length > 0) await this.learn(unknown);
    return views.map((view) => this.view(view));
  }

  change(change: Change): Change {
    return change.call ? { ...change, call: this.view(change.call) } : change;
  }
}

/** The same engine, its call views with their tickets. */
export function withTickets<E extends EngineFace>(engine: E, tickets: CallTickets): E {
  const changes: Partial<EngineFace> = {
    liveCalls: () => engine.liveCalls().map((view) => tickets.view(view)),
    call: async (id) => {
      const view = await engine.call(id);
      return view && ((await tickets.views([view]))[0] ?? view);
    },
    calls: async (filter) => {
      const { items, next } = await engine.calls(filter);
      return { items: await tickets.views(items), next };
    },
    commandCall: async (...asked) => {
      const answer = await engine.commandCall(...asked);
      return answer.view ? { ...answer, view: tickets.view(answer.view) } : answer;
    },
    onViews: (listener) =>
      engine.onViews((views) => listener(views.call ? { ...views, call: tickets.view(views.call) } : views)),
    onChange: (listener) => engine.onChange((change) => listener(tickets.change(change))),
  };
  return new Proxy(engine, {
    get(target, name) {
      const changed: unknown = Reflect.get(changes, name);
      if (changed !== undefined) return changed;
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}
