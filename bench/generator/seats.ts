// Any number of seats' phones on one port: each INVITE is noted, rung and answered. Measuring equipment: no sound.
// It must not know the callers; whoever starts it joins the two by the caller's number.
import { performance } from 'node:perf_hooks';
import { answer, header, sdp, userOf } from './message.ts';
import type { Message } from './message.ts';
import { SipSocket } from './socket.ts';

export type SeatsOptions = {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
};

export type SeatsWatcher = {
  /** The INVITE's arrival on performance.now()'s clock, with the caller's number as the seat sees it. */
  readonly invited: (number: string, seat: string, at: number) => void;
  /** The seat's 200 was acknowledged: the two may talk. */
  readonly talking: (number: string) => void;
};

type Ringing = { readonly number: string; readonly timer: NodeJS.Timeout; readonly request: Message };

export class Seats {
  /** From INVITE to 200; 0 answers at once. */
  answerMs = 0;
  watcher: SeatsWatcher = { invited: () => undefined, talking: () => undefined };
  private readonly options: SeatsOptions;
  private socket: SipSocket | undefined;
  private readonly ringing = new Map<string, Ringing>();
  private readonly numbers = new Map<string, string>();

  constructor(options: SeatsOptions) {
    this.options = options;
  }

  async open(): Promise<void> {
    this.socket = await SipSocket.open(this.options.host, this.options.port, (message, from) =>
      this.take(message, from),
    );
  }

  async close(): Promise<void> {
    for (const { timer } of this.ringing.values()) clearTimeout(timer);
    await this.socket?.close();
  }

  get port(): number {
    return this.socket?.port ?? 0;
  }

  /** Calls that are up or ringing at a seat now. */
  get busy(): number {
    return this.numbers.size;
  }

  private take(message: Message, from: { host: string; port: number }): void {
    const { socket } = this;
    if (socket === undefined) return;
    const id = header(message, 'call-id');
    const tag = `s${id.slice(0, 12)}`;
    const contact = [`Contact: <sip:${socket.host}:${socket.port}>`];
    switch (message.method) {
      case 'INVITE': {
        const at = performance.now();
        if (header(message, 'to').includes(';tag=')) {
          // A re-INVITE inside a call (a new connected line): agree.
          socket.send(answer(message, '200 OK', tag, contact, sdp(socket.host)), from);
          return;
        }
        if (this.numbers.has(id)) return;
        const number = userOf(header(message, 'from'));
        this.numbers.set(id, number);
        this.watcher.invited(number, userOf(header(message, 'to')) || userOf(message.uri), at);
        socket.send(answer(message, '180 Ringing', tag, contact), from);
        const accept = (): void => {
          this.ringing.delete(id);
          const ok = answer(message, '200 OK', tag, contact, sdp(socket.host));
          socket.sendUntilAnswered(`ok-${id}`, ok, from, () => this.numbers.delete(id));
        };
        this.ringing.set(id, { number, request: message, timer: setTimeout(accept, this.answerMs) });
        return;
      }
      case 'ACK': {
        socket.stopRepeating(`ok-${id}`);
        const number = this.numbers.get(id);
        if (number !== undefined) this.watcher.talking(number);
        return;
      }
      case 'CANCEL': {
        socket.send(answer(message, '200 OK', tag), from);
        const ringing = this.ringing.get(id);
        if (ringing === undefined) return;
        clearTimeout(ringing.timer);
        this.ringing.delete(id);
        this.numbers.delete(id);
        socket.send(answer(ringing.request, '487 Request Terminated', tag), from);
        return;
      }
      case 'BYE':
        socket.stopRepeating(`ok-${id}`);
        this.numbers.delete(id);
        socket.send(answer(message, '200 OK', ''), from);
        return;
      case '':
        return;
      default:
        // OPTIONS (qualify), UPDATE, INFO, NOTIFY.
        socket.send(answer(message, '200 OK', tag, contact), from);
    }
  }
}
