// The stream's WebSocket: ticket, hello with the last sequence, back-off, silence watch. It must not interpret frames.
import type { StreamFrame } from '../../../server/protocol/facts.ts';

export type LinkState = 'connecting' | 'live' | 'away' | 'session-ended';

export interface StreamSocketOptions {
  readonly ticket: () => Promise<string>;
  readonly lastSequence: () => number;
  readonly onFrame: (frame: StreamFrame) => void;
  readonly onState: (state: LinkState) => void;
  /** True when asking for a ticket failed because the session is over. */
  readonly isOver: (failure: unknown) => boolean;
}

/** The server pings each 5 s and marks idle sockets; a page cannot see pings, so it asks by itself after this long. */
const silentMs = 20_000;
const firstRetryMs = 300;
const slowestRetryMs = 5_000;

export class StreamSocket {
  readonly #options: StreamSocketOptions;
  #socket: WebSocket | null = null;
  #retryMs = firstRetryMs;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #heardAt = 0;
  #closed = false;

  constructor(options: StreamSocketOptions) {
    this.#options = options;
  }

  start(): void {
    this.#closed = false;
    this.#watch = setInterval(() => this.#checkSilence(), 2_000);
    globalThis.addEventListener('online', this.#now);
    void this.#open();
  }

  stop(): void {
    this.#closed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#timer);
    globalThis.removeEventListener('online', this.#now);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  /** After a gap, or when a screen doubts what it shows; `whole`: everything as it is now. */
  hello(whole = false): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const last = whole ? -1 : this.#options.lastSequence();
    this.#socket.send(JSON.stringify({ hello: last < 0 ? {} : { lastSequence: last } }));
  }

  #now = (): void => {
    if (this.#socket !== null || this.#closed) return;
    clearTimeout(this.#timer);
    void this.#open();
  };

  #checkSilence(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const silent = Date.now() - this.#heardAt;
    if (silent > 2 * silentMs) this.#socket.close(4000);
    else if (silent > silentMs) this.hello();
  }

  async #open(): Promise<void> {
    this.#options.onState('connecting');
    let ticket: string;
    try {
      ticket = await this.#options.ticket();
    } catch (failure) {
      if (this.#options.isOver(failure)) return this.#options.onState('session-ended');
      return this.#later();
    }
    if (this.#closed) return;
    const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/v1/stream`;
    const socket = new WebSocket(url, ['hotline.v1', `hotline.ticket.${ticket}`]);
    this.#socket = socket;
    let missed = this.#options.lastSequence() >= 0;
    socket.onopen = () => {
      this.#heardAt = Date.now();
      this.hello();
    };
    socket.onmessage = ({ data }) => {
      this.#heardAt = Date.now();
      this.#retryMs = firstRetryMs;
      this.#options.onState('live');
      const frame = JSON.parse(String(data)) as StreamFrame;
      this.#options.onFrame(frame);
      // The facts that were missed are in; what changed without one is in the snapshot (RC3).
      if (missed && ('mark' in frame || 'snapshot' in frame)) {
        missed = false;
        if ('mark' in frame) this.hello(true);
      }
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (code === 4401) return this.#options.onState('session-ended');
      this.#later();
    };
  }

  #later(): void {
    if (this.#closed) return;
    this.#options.onState('away');
    // Jitter: after an outage every seat comes back, and not in the same instant.
    this.#timer = setTimeout(() => void this.#open(), this.#retryMs * (0.5 + Math.random()));
    this.#retryMs = Math.min(slowestRetryMs, this.#retryMs * 2);
  }
}
