// Turns one change into what each socket may see of it, as text. The same text serves every socket with the same view,
// so that 300 sockets cost a few serialisations, not 300 (G14). It must not know sockets.
import type { Change, ChangedViews, EngineFace } from '../../engine/face.ts';
import type { Fact } from '../../protocol/facts.ts';
import type { CallView, QueueView, SeatView } from '../../protocol/views.ts';
import type { Actor } from '../../protocol/words.ts';
import { masked } from '../privacy/masking.ts';
import type { Scope } from '../scope.ts';

const nobody: ReadonlySet<string> = new Set();

/** One change, ready to be shown. `left`: seats it took off the call. */
export class Frame {
  readonly sequence: number;
  /** No fact: views alone, as they are at this sequence. */
  readonly viewsOnly: boolean;
  readonly #change: Partial<Change>;
  readonly #left: ReadonlySet<string>;
  readonly #texts = new Map<string, string>();

  constructor(change: Change, left: ReadonlySet<string> = nobody, viewsAt?: number) {
    this.sequence = viewsAt ?? change.fact.sequence;
    this.viewsOnly = viewsAt !== undefined;
    this.#change = change;
    this.#left = left;
  }

  static ofViews(views: ChangedViews, sequence: number): Frame {
    return new Frame(views as Change, nobody, sequence);
  }

  /** A JSON object without `after`, or null where nothing of the change is for this actor. */
  textFor(actor: Actor, scope: Scope): string | null {
    const { fact, call, seat, queue, platform } = this.#change;
    const seesFact = fact !== undefined && scope.mayFact(actor, fact, call ?? null, this.#left);
    const seesCall =
      call !== undefined &&
      (fact === undefined || !scope.mayTell(actor, fact)
        ? scope.mayCall(actor, call)
        : seesFact && scope.mayFactCall(actor, call, this.#left));
    const full = seesCall && scope.inFull(actor, call);
    const seesSeat = seat !== undefined && scope.maySeat(actor, seat);
    const colleague = seesSeat && actor.role === 'seat' && actor.seat !== seat.id;
    const seesQueue = queue !== undefined && scope.mayQueue(actor, queue);
    const seesPlatform = platform !== undefined && scope.mayPlatform(actor, platform);
    if (!seesFact && !seesCall && !seesSeat && !seesQueue && !seesPlatform) return null;
    const blind = scope.blind(actor);
    const key = [seesFact, seesCall, full, blind, seesSeat, colleague, seesQueue, seesPlatform]
      .map(Number)
      .join('');
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const views = {
      ...(seesCall ? { call: scope.call(actor, call) } : {}),
      ...(seesSeat ? { seat: scope.seat(actor, seat) } : {}),
      ...(seesQueue ? { queue } : {}),
      ...(seesPlatform ? { platform } : {}),
    };
    const text = JSON.stringify(
      seesFact
        ? {
            fact: full ? fact : masked(fact),
            ...views,
          }
        : { changed: { sequence: this.sequence, ...views } },
    );
    this.#texts.set(key, text);
    return text;
  }
}

/** `{"after":41,` + the rest: the part that differs from socket to socket. */
export const withAfter = (after: number, text: string): string => `{"after":${after},${text.slice(1)}`;

/** Everything the actor may see, as it is now: one synchronous look, so no change falls between (design §6). */
export function snapshotText(
  engine: EngineFace,
  actor: Actor,
  scope: Scope,
): { readonly sequence: number; readonly text: string } {
  const { sequence } = engine;
  const calls = engine.liveCalls().filter((view) => scope.mayCall(actor, view));
  const seats = engine.seats().filter((view) => scope.maySeat(actor, view));
  const queues = engine.queues().filter((view) => scope.mayQueue(actor, view));
  const platforms = engine.platforms().filter((view) => scope.mayPlatform(actor, view));
  const text = JSON.stringify({
    snapshot: {
      sequence,
      calls: calls.map((view) => scope.call(actor, view)),
      seats: seats.map((view) => scope.seat(actor, view)),
      queues,
      platforms,
    },
  });
  return { sequence, text };
}

/**
 * Missed facts as changes. A fact from the past brings no view, so the last one that names a call, a seat or a queue
 * carries its view of now: what a screen shows after the replay is what is (RC3).
 */
export function replayed(engine: EngineFace, facts: readonly Fact[]): readonly Frame[] {
  const calls = new Map<string, CallView>(engine.liveCalls().map((view) => [view.id, view]));
  const seats = new Map<string, SeatView>(engine.seats().map((view) => [view.id, view]));
  const queues = new Map<string, QueueView>(engine.queues().map((view) => [view.id, view]));
  const take = <V>(views: Map<string, V>, id: unknown): V | undefined => {
    if (typeof id !== 'string') return undefined;
    const view = views.get(id);
    views.delete(id);
    return view;
  };
  return facts
    .toReversed()
    .map((fact) => {
      const call = take(calls, fact.call);
      const seat = take(seats, fact.data['seat']);
      const queue = take(queues, fact.data['queue']);
      return new Frame({
        fact,
        ...(call ? { call } : {}),
        ...(seat ? { seat } : {}),
        ...(queue ? { queue } : {}),
      });
    })
    .toReversed();
}
