// One open stream: greeting → catching up → live ⇄ lagging → closed. Sends what its session may see, in order, and never
// drops silently: a slow socket gets a snapshot when it has drained, or is closed (R13, RC3).
// It must not know Fastify; it sees its socket through five members.
import type { EngineFace } from '../../engine/face.ts';
import type { Actor } from '../../protocol/words.ts';
import { StreamHello } from '../../protocol/facts.ts';
import type { Limits } from '../limits.ts';
import type { Scope } from '../scope.ts';
import { replayed, snapshotText, withAfter } from './frames.ts';
import type { Frame } from './frames.ts';

export interface Socket {
  readonly bufferedAmount: number;
  send(text: string, sent?: (error?: Error) => void): void;
  ping(): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

type State =
  | { readonly name: 'greeting'; readonly since: number }
  | { readonly name: 'catching-up'; readonly turn: number }
  | { readonly name: 'live' }
  | { readonly name: 'lagging'; readonly since: number }
  | { readonly name: 'closed' };

export interface SubscriberDeps {
  readonly engine: EngineFace;
  readonly scope: Scope;
  readonly limits: Limits;
  /** Monotonic milliseconds: a clock that jumps must not close sockets (I10). */
  readonly ticks: () => number;
}
const batch = 200;
const closingMs = 2_000;

export class Subscriber {
  readonly actor: Actor;
  readonly tokenHash: string;
  readonly #socket: Socket;
  readonly #deps: SubscriberDeps;
  #state: State;
  /** Sequence this socket stands at: everything up to it was sent, or was not for it. */
  #at = 0;
  /** Sequence last told to it, as `after` of the next frame. */
  #told = 0;
  #turn = 0;
  #pingedAt: number;
  #heardAt: number;
  #messages: number[] = [];

  constructor(socket: Socket, actor: Actor, tokenHash: string, deps: SubscriberDeps) {
    this.#socket = socket;
    this.actor = actor;
    this.tokenHash = tokenHash;
    this.#deps = deps;
    const now = deps.ticks();
    this.#state = { name: 'greeting', since: now };
    this.#pingedAt = now;
    this.#heardAt = now;
  }

  get closed(): boolean {
    return this.#state.name === 'closed';
  }

  /** A message of the client: only ever a hello, the first or one after a gap it noticed. */
  async message(text: string): Promise<void> {
    if (this.closed) return;
    const now = this.#deps.ticks();
    this.#heardAt = now;
    this.#messages = [...this.#messages.filter((at) => now - at < 10_000), now];
    if (this.#messages.length > this.#deps.limits.messagesPer10s) {
      this.close(1008, 'too many messages');
      return;
    }
    const hello = readHello(text);
    if (!hello) {
      this.#send(
        JSON.stringify({
          problem: {
            code: 'bad-request',
            message: 'Say {"hello":{"lastSequence":n}}, or {"hello":{}} for a snapshot.',
          },
        }),
      );
      return;
    }
    await this.#catchUp(hello.lastSequence);
  }

  pong(): void {
    this.#heardAt = this.#deps.ticks();
  }

  /** A change as it happens. While catching up it is left out: the replay reads on until nothing newer is there. */
  change(frame: Frame): void {
    const shown = frame.viewsOnly ? frame.sequence < this.#at : frame.sequence <= this.#at;
    if (this.#state.name !== 'live' || shown) return;
    this.#show(frame);
    if (this.#socket.bufferedAmount > this.#deps.limits.socketBytes)
      this.#state = { name: 'lagging', since: this.#deps.ticks() };
  }

  /** Called a few times a second: deadlines, pings, and the way back from lagging. */
  tick(): void {
    const now = this.#deps.ticks();
    const { limits } = this.#deps;
    const state = this.#state;
    if (state.name === 'closed') return;
    if (state.name === 'greeting' && now - state.since > limits.helloMs) {
      this.close(1008, 'say hello first');
      return;
    }
    if (now - this.#heardAt > limits.pongMs) {
      this.drop();
      return;
    }
    if (state.name === 'lagging') {
      if (now - state.since > limits.slowMs) {
        this.close(1013, 'too slow; connect again for a snapshot');
        return;
      }
      if (this.#socket.bufferedAmount < limits.socketBytes / 8) this.#snapshot();
    }
    if (now - this.#pingedAt >= limits.pingMs) {
      this.#pingedAt = now;
      this.#socket.ping();
      // Also where nothing happened: a page cannot see pings, and must know a quiet floor from a dead line (RC3).
      this.#mark(true);
    }
  }

  close(code: number, reason: string): void {
    if (this.closed) return;
    this.#state = { name: 'closed' };
    this.#socket.close(code, reason);
    // A peer that does not answer the closing handshake must not keep its connection either (A7).
    setTimeout(() => this.#socket.terminate(), closingMs).unref();
  }

  /** For a peer that does not answer any more: a closing handshake would wait for it. */
  drop(): void {
    if (this.closed) return;
    this.#state = { name: 'closed' };
    this.#socket.terminate();
  }

  gone(): void {
    this.#state = { name: 'closed' };
  }

  async #catchUp(last: number | undefined): Promise<void> {
    const { engine, limits } = this.#deps;
    const behind = last === undefined ? Number.POSITIVE_INFINITY : engine.sequence - last;
    // Ahead of us is another ledger's number: only a snapshot can be right.
    if (last === undefined || behind < 0 || behind > limits.replayAtMost) {
      this.#snapshot();
      return;
    }
    this.#deps.scope.learn();
    const turn = (this.#turn += 1);
    this.#state = { name: 'catching-up', turn };
    this.#at = last;
    this.#told = last;
    try {
      while (this.#at < engine.sequence) {
        const facts = await engine.factsAfter(this.#at, batch);
        if (!this.#still(turn)) return;
        // A hole is not sent as if there were none.
        if (facts[0]?.sequence !== this.#at + 1) {
          this.#snapshot();
          return;
        }
        for (const frame of replayed(engine, facts)) this.#show(frame);
        if (!(await this.#flushed()) || !this.#still(turn)) return;
      }
    } catch {
      if (this.#still(turn)) this.#snapshot();
      return;
    }
    // No await since the look at engine.sequence: no change can have slipped by.
    this.#state = { name: 'live' };
    this.#mark(true);
  }

  /** False once another hello or the end has overtaken this catching up. */
  #still(turn: number): boolean {
    return this.#state.name === 'catching-up' && this.#state.turn === turn;
  }

  #snapshot(): void {
    const { engine, scope } = this.#deps;
    const { sequence, text } = snapshotText(engine, this.actor, scope);
    this.#state = { name: 'live' };
    this.#at = sequence;
    this.#told = sequence;
    this.#send(text);
  }

  #show(frame: Frame): void {
    const text = frame.textFor(this.actor, this.#deps.scope);
    this.#at = frame.sequence;
    if (text === null) return;
    this.#send(withAfter(this.#told, text));
    this.#told = frame.sequence;
  }

  /** Tells how far it is where nothing was for it, so that a reconnection need not read all that again. */
  #mark(always = false): void {
    if (this.#state.name !== 'live' || (!always && this.#told === this.#at)) return;
    this.#send(withAfter(this.#told, JSON.stringify({ mark: { sequence: this.#at } })));
    this.#told = this.#at;
  }

  /** Waits until what was sent has left for the network, so that a replay cannot fill memory. */
  async #flushed(): Promise<boolean> {
    if (this.#socket.bufferedAmount === 0) return true;
    const until = this.#deps.ticks() + this.#deps.limits.slowMs;
    while (this.#socket.bufferedAmount > this.#deps.limits.socketBytes / 8) {
      if (this.closed) return false;
      if (this.#deps.ticks() > until) {
        this.close(1013, 'too slow; connect again for a snapshot');
        return false;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return !this.closed;
  }

  #send(text: string): void {
    if (this.closed) return;
    this.#socket.send(text, () => undefined);
  }
}

function readHello(text: string): { readonly lastSequence: number | undefined } | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  const read = StreamHello.safeParse(message);
  return read.success ? { lastSequence: read.data.hello.lastSequence } : null;
}
