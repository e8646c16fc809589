// The engine in plain memory, driven by hand, for tests of the HTTP surface.
// It must never be imported by anything under server/.
import type { Answer, Change, ChangedViews, EngineFace } from '../../server/engine/face.ts';
import type { CallFilter } from '../../server/engine/ports.ts';
import type { CallCommand, SeatCommand } from '../../server/protocol/commands.ts';
import type { RefusalCode } from '../../server/protocol/errors.ts';
import type { Fact } from '../../server/protocol/facts.ts';
import type {
  CallBackView,
  CallView,
  LineView,
  PlatformView,
  QueueView,
  SeatView,
} from '../../server/protocol/views.ts';
import type { Actor } from '../../server/protocol/words.ts';
import { BroadcastsDouble } from './broadcasts.ts';
import { NoticesDouble } from './notices.ts';
import { NuisanceDouble } from './nuisance.ts';
import { OverflowDouble } from './overflow.ts';
import { since, platformView } from './views.ts';

export interface Asked {
  readonly target: string;
  readonly id: string;
  readonly actor: Actor;
  readonly command: CallCommand | SeatCommand | { readonly name: 'prioritise'; readonly head: boolean };
}

export class EngineDouble implements EngineFace {
  readonly overflow = new OverflowDouble();
  readonly notices = new NoticesDouble();
  readonly broadcasts = new BroadcastsDouble();
  readonly nuisance = new NuisanceDouble();
  readonly live = new Map<string, CallView>();
  readonly past = new Map<string, CallView>();
  readonly seatViews = new Map<string, SeatView>();
  readonly queueViews = new Map<string, QueueView>();
  readonly facts: Fact[] = [];
  readonly asked: Asked[] = [];
  readonly owed: CallBackView[] = [];
  readonly filters: CallFilter[] = [];
  /** Set to refuse every command, or to fail inside. */
  refusal: RefusalCode | null = null;
  failure: Error | null = null;
  ready = true;
  /** Facts before this sequence are not to be had. */
  oldest = 1;
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #viewers = new Set<(views: ChangedViews) => void>();

  get sequence(): number {
    return this.facts.length;
  }
  readiness(): { readonly ready: boolean; readonly parts: Readonly<Record<string, string>> } {
    return { ready: this.ready, parts: { asterisk: this.ready ? 'up' : 'down' } };
  }
  #answer<V>(view: V | null, version: number): Answer<V> {
    if (this.failure) throw this.failure;
    if (this.refusal !== null || view === null) return { ok: false, code: this.refusal ?? 'not-found', view };
    return { ok: true, version, view, repeated: false };
  }
  commandCall(target: string, id: string, actor: Actor, command: CallCommand): Promise<Answer<CallView>> {
    this.asked.push({ target, id, actor, command });
    const view = this.live.get(target) ?? this.past.get(target) ?? null;
    return Promise.try(() => this.#answer(view, view?.version ?? 0));
  }
  commandSeat(target: string, id: string, actor: Actor, command: SeatCommand) {
    this.asked.push({ target, id, actor, command });
    const sip = {
      uri: `sip:${target}@127.0.0.1`,
      username: target,
      password: 'minted',
      wsUri: 'ws://127.0.0.1/sip',
      registrar: '127.0.0.1:5060',
    };
    return Promise.try(() => ({
      ...this.#answer(this.seatViews.get(target) ?? null, 2),
      ...(command.name === 'sign-in' && this.refusal === null ? { sip } : {}),
    }));
  }
  readonly phonesClosed: string[] = [];
  phoneClosed(seat: string): void {
    this.phonesClosed.push(seat);
  }
  prioritise(
    queue: string,
    call: string,
    id: string,
    actor: Actor,
    head: boolean,
  ): Promise<Answer<QueueView>> {
    this.asked.push({ target: call, id, actor, command: { name: 'prioritise', head } });
    return Promise.try(() => this.#answer(this.queueViews.get(queue) ?? null, 7));
  }
  liveCalls(): readonly CallView[] {
    return [...this.live.values()];
  }
  call(id: string): Promise<CallView | null> {
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(this.live.get(id) ?? this.past.get(id) ?? null);
  }
  calls(filter: CallFilter) {
    this.filters.push(filter);
    const all = [...this.live.values(), ...this.past.values()];
    return Promise.resolve({
      items: all.filter((view) => filter.platform === undefined || view.platform === filter.platform),
      next: null,
    });
  }
  readonly volumes: { readonly platform: string; readonly from: string; readonly to: string }[] = [];
  volume(platform: string, from: string, to: string) {
    this.volumes.push({ platform, from, to });
    return Promise.resolve([
      { slot: 40, offered: 4, answered: 3, answeredInTime: 2, abandoned: 1, borrowed: 1 },
    ]);
  }
  timeline(call: string): Promise<readonly Fact[]> {
    return Promise.resolve(this.facts.filter((fact) => fact.call === call));
  }
  seats(): readonly SeatView[] {
    return [...this.seatViews.values()];
  }
  seat(id: string): SeatView | null {
    return this.seatViews.get(id) ?? null;
  }
  queues(): readonly QueueView[] {
    return [...this.queueViews.values()];
  }
  queue(id: string): QueueView | null {
    return this.queueViews.get(id) ?? null;
  }
  platforms(): readonly PlatformView[] {
    return ['12345', '110'].map(platformView);
  }
  platform(id: string): PlatformView | null {
    return this.platforms().find((view) => view.id === id) ?? null;
  }
  lines(): readonly LineView[] {
    return [{ id: '110', name: '110', kind: 'queue', available: true }];
  }
  keptPlaces() {
    return [];
  }
  callBacks() {
    return Promise.resolve(this.owed);
  }
  callBackDone(owed: number): Promise<Answer<CallBackView>> {
    const view = this.owed.find((each) => each.id === owed);
    if (view?.done === true) return Promise.resolve({ ok: false, code: 'already-so', view });
    if (!view) return Promise.resolve({ ok: false, code: 'not-found', view: null });
    const done = { ...view, done: true };
    this.owed.splice(this.owed.indexOf(view), 1, done);
    return Promise.resolve({ ok: true, version: 1, view: done, repeated: false });
  }
  factsAfter(sequence: number, limit: number): Promise<readonly Fact[]> {
    return Promise.resolve(
      this.facts.filter((fact) => fact.sequence > sequence && fact.sequence >= this.oldest).slice(0, limit),
    );
  }
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  onViews(listener: (views: ChangedViews) => void): () => void {
    this.#viewers.add(listener);
    return () => this.#viewers.delete(listener);
  }
  /** Views changed and no fact said so. */
  show(views: ChangedViews): void {
    for (const viewer of this.#viewers) viewer(views);
  }
  /** Something happened: the next fact, with the views it changed. */
  happen(type: string, fact: Partial<Fact>, views: Omit<Change, 'fact'> = {}): Fact {
    const next: Fact = {
      sequence: this.sequence + 1,
      type,
      time: since,
      call: null,
      platform: null,
      actor: 'system:engine',
      data: {},
      ...fact,
    };
    this.facts.push(next);
    if (views.call) this.live.set(views.call.id, views.call);
    if (views.seat) this.seatViews.set(views.seat.id, views.seat);
    if (views.queue) this.queueViews.set(views.queue.id, views.queue);
    for (const listener of this.#listeners) listener({ fact: next, ...views });
    return next;
  }
}
