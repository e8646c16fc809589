// What one actor may see of calls, seats, queues and facts, and how much of it (design §8): objects and fields.
// It must not know routes or sockets; roles × routes are rules.ts's.
import type { EngineFace } from '../engine/face.ts';
import type { Fact } from '../protocol/facts.ts';
import type { CallView, PlatformView, QueueView, SeatView } from '../protocol/views.ts';
import type { Actor, CallId } from '../protocol/words.ts';
import { platformsOf, seatsOn } from './involvement.ts';
import type { Involvement } from './involvement.ts';
import { masked } from './privacy/masking.ts';

/** Facts that show a seat took part; an offer it missed does not give it the call. */
const tookPart = new Set(['offer.accepted', 'call.answered', 'transfer.accepted', 'threeway.joined']);

export class Scope {
  readonly #engine: EngineFace;
  readonly #involvement: Involvement;

  constructor(engine: EngineFace, involvement: Involvement) {
    this.#engine = engine;
    this.#involvement = involvement;
  }

  /** Before a replay: who has a part in the calls that are up now. */
  learn(): void {
    for (const view of this.#engine.liveCalls()) this.#involvement.learn(view);
  }

  /** The call as the actor may see it, with nothing masked only for the seat that has it. */
  call(actor: Actor, view: CallView): CallView {
    const shown = this.shown(actor, view);
    return this.inFull(actor, view) ? shown : masked(shown);
  }

  /** A supervisor who does not show is nobody but supervisors' to see: its party is left out, and whom it hears and who hears it. */
  shown(actor: Actor, view: CallView): CallView {
    if (!this.blind(actor)) return view;
    const hidden = new Set(view.parties.filter((party) => party.hidden === true).map(({ id }) => id));
    if (hidden.size === 0) return view;
    const parties = view.parties
      .filter(({ id }) => !hidden.has(id))
      .map((party) => ({ ...party, hears: party.hears.filter((id) => !hidden.has(id)) }));
    return { ...view, parties };
  }

  /** To hidden supervision. */
  blind(actor: Actor): boolean {
    return actor.role !== 'supervisor';
  }

  mayTell(actor: Actor, fact: Fact): boolean {
    return fact.data['hidden'] !== true || !this.blind(actor);
  }

  /** Its own live call, and nothing else, is shown to a seat in full. */
  inFull(actor: Actor, view: CallView): boolean {
    return actor.role === 'seat' && actor.seat !== null && seatsOn(view).has(actor.seat);
  }

  /** From what this process knows; `mayReadCall` asks the ledger, too. */
  mayCall(actor: Actor, view: CallView): boolean {
    const { role, platform, seat } = actor;
    if (role === 'seat')
      return (
        seat !== null && (seatsOn(view).has(seat) || view.owner === seat || this.#hadPart(actor, view.id))
      );
    if (role === 'system' && platform === null) return true;
    if (role !== 'supervisor' && role !== 'system') return false;
    return (
      platform !== null &&
      (platformsOf(view).has(platform) ||
        this.#involvement.platform(view.id, platform) ||
        this.#isTarget(view, platform))
    );
  }

  /** Also for calls of before this process: the timeline says who had a part. */
  async mayReadCall(actor: Actor, view: CallView): Promise<boolean> {
    if (this.mayCall(actor, view)) return true;
    if (view.phase !== 'ended' || (actor.seat === null && actor.platform === null)) return false;
    const facts = await this.#engine.timeline(view.id);
    if (actor.role === 'seat')
      return facts.some(({ type, data }) => tookPart.has(type) && data['seat'] === actor.seat);
    return facts.some(({ data }) => data['platform'] === actor.platform);
  }

  /** Whether the view that came with a fact it may see goes along: a seat that only missed an offer gets the fact alone. */
  mayFactCall(actor: Actor, view: CallView, left: ReadonlySet<string>): boolean {
    return this.mayCall(actor, view) || (actor.seat !== null && left.has(actor.seat));
  }

  maySeat(actor: Actor, view: SeatView): boolean {
    if (actor.role === 'system' && actor.platform === null) return true;
    return ['seat', 'supervisor', 'system'].includes(actor.role) && view.platform === actor.platform;
  }

  /** Colleagues see that a seat is busy, not with whom. */
  seat(actor: Actor, view: SeatView): SeatView {
    if (actor.role !== 'seat' || actor.seat === view.id) return masked(view);
    const shown = masked(view);
    delete shown.call;
    return shown;
  }

  mayQueue(actor: Actor, view: QueueView): boolean {
    if (actor.role === 'system' && actor.platform === null) return true;
    return ['seat', 'supervisor', 'system'].includes(actor.role) && view.platform === actor.platform;
  }

  mayPlatform(actor: Actor, { id }: Pick<PlatformView, 'id'>): boolean {
    if (actor.role === 'system' && actor.platform === null) return true;
    return ['seat', 'supervisor', 'system'].includes(actor.role) && id === actor.platform;
  }

  /** `view`: the call's newest view where the fact came with one. `left`: seats this very fact took off the call. */
  mayFact(actor: Actor, fact: Fact, view: CallView | null, left: ReadonlySet<string>): boolean {
    if (!this.mayTell(actor, fact)) return false;
    if (actor.role === 'seat') return this.#seatMayFact(actor, fact, view, left);
    if (actor.role === 'system' && actor.platform === null) return true;
    if (actor.role !== 'supervisor' && actor.role !== 'system') return false;
    // A notice is the platform's it is addressed to, whose call it ever is (R24).
    if (fact.platform === actor.platform || isTo(fact, actor.platform)) return true;
    if (fact.call === null) return fact.platform === null && /^(?:alarm|engine)\./.test(fact.type);
    return view
      ? this.mayCall(actor, view)
      : actor.platform !== null && this.#involvement.platform(fact.call, actor.platform);
  }

  #seatMayFact(actor: Actor, fact: Fact, view: CallView | null, left: ReadonlySet<string>): boolean {
    const { seat } = actor;
    if (seat === null) return false;
    if (fact.data['seat'] === seat || fact.actor === actor.user || left.has(seat)) return true;
    if (fact.call === null) return this.#isBroadcastTo(seat, fact);
    if (view && seatsOn(view).has(seat)) return true;
    // In wrap-up it still follows the call it owes a tag for (WR1), and in a replay those it took part in.
    return view ? this.#engine.seat(seat)?.call === fact.call : this.#hadPart(actor, fact.call);
  }

  /** Sent and taken back; that others have read it is not told to each. */
  #isBroadcastTo(seat: string, { type, platform, data }: Fact): boolean {
    if (type !== 'broadcast.sent' && type !== 'broadcast.ended') return false;
    const view = this.#engine.seat(seat);
    const { queue } = data;
    return view?.platform === platform && (typeof queue !== 'string' || view.queues.includes(queue));
  }

  #hadPart({ seat }: Actor, call: CallId): boolean {
    return seat !== null && (this.#involvement.seat(call, seat) || this.#engine.seat(seat)?.call === call);
  }

  /** A platform's supervisor sees a call as soon as it is being handed to it. */
  #isTarget({ transfer }: CallView, platform: string): boolean {
    if (!transfer) return false;
    const { to } = transfer;
    if ('line' in to) return to.line === platform;
    if ('queue' in to) return this.#engine.queue(to.queue)?.platform === platform;
    return this.#engine.seat(to.seat)?.platform === platform;
  }
}

const isTo = ({ type, data }: Fact, platform: string | null): boolean =>
  type.startsWith('notice.') && data['platform'] === platform;
