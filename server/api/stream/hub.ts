// All open streams of this process: each change goes to every one that may see it; sockets end with their sessions (7.4.1).
// It must not decide what may be seen: scope.ts does.
import type { EngineFace } from '../../engine/face.ts';
import type { Log } from '../../engine/ports.ts';
import type { LiveSessions } from '../auth/live-sessions.ts';
import type { Identity } from '../auth/identity.ts';
import type { Involvement } from '../involvement.ts';
import type { Limits } from '../limits.ts';
import type { Scope } from '../scope.ts';
import { Frame } from './frames.ts';
import { Subscriber } from './subscriber.ts';
import type { Socket } from './subscriber.ts';

export interface HubDeps {
  readonly engine: EngineFace;
  readonly scope: Scope;
  readonly involvement: Involvement;
  readonly sessions: LiveSessions;
  readonly limits: Limits;
  readonly log: Log;
}
const tickMs = 250;

export class StreamHub {
  readonly #deps: HubDeps;
  readonly #subscribers = new Set<Subscriber>();
  readonly #bySession = new Map<string, Set<Subscriber>>();
  readonly #stopListening: () => void;
  readonly #stopViewing: () => void;
  readonly #timer: NodeJS.Timeout;
  #checkedAt = performance.now();
  #checking = false;

  constructor(deps: HubDeps) {
    this.#deps = deps;
    this.#stopListening = deps.engine.onChange((change) => {
      const left = change.call ? deps.involvement.observe(change.call) : undefined;
      if (this.#subscribers.size === 0) return;
      const frame = new Frame(change, left);
      for (const subscriber of this.#subscribers) this.#guarded(subscriber, () => subscriber.change(frame));
    });
    this.#stopViewing = deps.engine.onViews((views) => {
      if (views.call) deps.involvement.observe(views.call);
      if (this.#subscribers.size === 0) return;
      const frame = Frame.ofViews(views, deps.engine.sequence);
      for (const subscriber of this.#subscribers) this.#guarded(subscriber, () => subscriber.change(frame));
    });
    deps.sessions.onEnd((tokenHash) => this.#endSession(tokenHash));
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#timer.unref();
  }

  get size(): number {
    return this.#subscribers.size;
  }

  socketsOf(tokenHash: string): number {
    return this.#bySession.get(tokenHash)?.size ?? 0;
  }

  add(socket: Socket, { actor, tokenHash }: Identity): Subscriber {
    const { engine, scope, limits } = this.#deps;
    const subscriber = new Subscriber(socket, actor, tokenHash, {
      engine,
      scope,
      limits,
      ticks: () => performance.now(),
    });
    this.#subscribers.add(subscriber);
    const ofSession = this.#bySession.get(tokenHash) ?? new Set();
    this.#bySession.set(tokenHash, ofSession.add(subscriber));
    return subscriber;
  }

  remove(subscriber: Subscriber): void {
    subscriber.gone();
    this.#subscribers.delete(subscriber);
    const ofSession = this.#bySession.get(subscriber.tokenHash);
    ofSession?.delete(subscriber);
    if (ofSession?.size === 0) this.#bySession.delete(subscriber.tokenHash);
  }

  close(): void {
    this.#stopListening();
    this.#stopViewing();
    clearInterval(this.#timer);
    for (const subscriber of this.#subscribers) subscriber.close(1001, 'the server stops; connect again');
  }

  #tick(): void {
    for (const subscriber of this.#subscribers) this.#guarded(subscriber, () => subscriber.tick());
    if (performance.now() - this.#checkedAt >= this.#deps.limits.socketCheckMs) void this.#checkSessions();
  }

  /** Sessions ended elsewhere, expired, or idle; an open stream counts as use (8.3.2). */
  async #checkSessions(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    this.#checkedAt = performance.now();
    try {
      for (const tokenHash of [...this.#bySession.keys()]) {
        const session = await this.#deps.sessions.find(tokenHash).catch(() => undefined);
        if (session === null) this.#endSession(tokenHash);
      }
    } finally {
      this.#checking = false;
    }
  }

  #endSession(tokenHash: string): void {
    for (const subscriber of this.#bySession.get(tokenHash) ?? [])
      subscriber.close(4401, 'the session has ended');
  }

  /** One socket's fault is not the others'. */
  #guarded(subscriber: Subscriber, work: () => void): void {
    try {
      work();
    } catch (failure) {
      this.#deps.log.error(
        { error: String(failure) },
        'a stream failed and was closed; its client connects again',
      );
      subscriber.drop();
      this.remove(subscriber);
    }
  }
}
