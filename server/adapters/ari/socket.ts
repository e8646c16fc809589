// One WebSocket to Asterisk, kept up for ever: events come in, requests go out (REST over WebSocket, design §4).
// It must not understand what passes through it.
import type { Socket } from 'node:net';
import WebSocket from 'ws';
import type { Log, Meter } from '../../engine/ports.ts';
import { authorization, eventsUrl, type AriAccess } from './access.ts';

export interface SocketListener {
  /** Open, but not yet usable: the event filter is not set. */
  opened(): void;
  text(text: string): void;
  /** `refused`: nobody listens at the address; the process is not running. */
  closed(reason: string, refused: boolean): void;
}

export interface AriSocket {
  /** Connects, and connects again until `stop`. */
  start(listener: SocketListener): void;
  send(text: string): void;
  /** Cuts this connection; the next one follows by itself. */
  restart(reason: string): void;
  /** The connection proved good: the next reconnection starts with the shortest wait again. */
  settled(): void;
  stop(): void;
}

const firstWait = 100;
const longestWait = 2000;

export function createSocket(options: {
  access: AriAccess;
  log: Log;
  meter: Meter;
  /** Milliseconds between pings; a connection silent for two of them is dead: known within 4 s (half-open, F4). */
  pingMs?: number;
}): AriSocket {
  const { access, log, meter } = options;
  let listener: SocketListener | null = null;
  let socket: WebSocket | null = null;
  /** What carries the WebSocket. */
  let wire: Socket | null = null;
  let corked = false;
  let wait = firstWait;
  let retry: NodeJS.Timeout | null = null;
  let stopped = false;

  function connect(): void {
    retry = null;
    const one = new WebSocket(eventsUrl(access), {
      headers: { authorization: authorization(access) },
      perMessageDeflate: false,
      handshakeTimeout: 3000,
      maxPayload: 16 * 1024 * 1024,
    });
    socket = one;
    let heard = true;
    let reason = '';
    let refused = false;
    const pings = setInterval(() => {
      if (one.readyState !== WebSocket.OPEN) return;
      if (!heard) {
        reason = 'no answer to ping';
        one.terminate();
        return;
      }
      heard = false;
      one.ping();
    }, options.pingMs ?? 2000);
    one.on('upgrade', (response) => {
      if (socket === one) wire = response.socket;
    });
    one.on('open', () => listener?.opened());
    one.on('pong', () => (heard = true));
    one.on('message', (data: Buffer) => {
      heard = true;
      // After restart or stop nothing of the old connection may come through.
      if (socket === one) listener?.text(data.toString());
    });
    one.on('error', (error) => {
      reason ||= error.message;
      refused = 'code' in error && error.code === 'ECONNREFUSED';
    });
    one.on('close', (code) => {
      clearInterval(pings);
      if (socket === one) ended(reason || `closed (${code})`, refused);
    });
  }

  /** The first request of a turn leaves at once, those behind it in one packet: a system call each is a tenth of our time. */
  function gather(): void {
    const one = wire;
    if (corked || !one) return;
    corked = true;
    one.cork();
    setImmediate(() => {
      corked = false;
      one.uncork();
    });
  }

  function ended(reason: string, refused = false): void {
    socket = null;
    wire = null;
    listener?.closed(reason, refused);
    if (stopped) return;
    log.warn({ reason, waitMs: wait }, 'Not connected to Asterisk; trying again.');
    meter.count('hotline_ari_reconnects_total');
    retry = setTimeout(connect, wait);
    wait = Math.min(wait * 2, longestWait);
  }

  return {
    start(given) {
      listener = given;
      connect();
    },
    send(text) {
      // A send on a closing socket is lost with it; rest.ts still has the request and sends it again.
      if (socket?.readyState !== WebSocket.OPEN) return;
      socket.send(text);
      gather();
    },
    restart(reason) {
      const one = socket;
      if (!one) return;
      ended(reason);
      one.terminate();
    },
    settled() {
      wait = firstWait;
    },
    stop() {
      stopped = true;
      if (retry) clearTimeout(retry);
      const one = socket;
      socket = null;
      one?.terminate();
    },
  };
}
