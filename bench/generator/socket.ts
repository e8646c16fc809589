// One UDP socket that sends requests until they are answered, as SIP asks of unreliable transports.
// It must not know calls.
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { parse } from './message.ts';
import type { Message } from './message.ts';

const firstRepeatMs = 500;
const lastRepeatMs = 4_000;
const repeats = 6;

export class SipSocket {
  readonly host: string;
  readonly port: number;
  /** Datagrams sent again because no answer came: should stay 0 on loopback. */
  repeated = 0;
  private readonly socket: Socket;
  private readonly pending = new Map<string, NodeJS.Timeout>();

  private constructor(socket: Socket, host: string) {
    this.socket = socket;
    this.host = host;
    this.port = socket.address().port;
  }

  static async open(
    host: string,
    port: number,
    receive: (message: Message, from: { host: string; port: number }) => void,
  ): Promise<SipSocket> {
    const socket = createSocket({
      type: 'udp4',
      recvBufferSize: 4 * 1024 * 1024,
      sendBufferSize: 4 * 1024 * 1024,
    });
    socket.on('message', (datagram, from) => {
      const message = parse(datagram);
      if (message !== undefined) receive(message, { host: from.address, port: from.port });
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, () => resolve());
    });
    return new SipSocket(socket, host);
  }

  send(text: string, to: { host: string; port: number }): void {
    this.socket.send(text, to.port, to.host);
  }

  /** Sends until `stopRepeating` is called with the same key, or gives up and tells. */
  sendUntilAnswered(
    key: string,
    text: string,
    to: { host: string; port: number },
    givenUp: () => void,
  ): void {
    let sent = 0;
    const again = (wait: number): void => {
      this.send(text, to);
      if (sent > 0) this.repeated += 1;
      sent += 1;
      const next = (): void => {
        if (sent < repeats) {
          again(Math.min(wait * 2, lastRepeatMs));
          return;
        }
        this.pending.delete(key);
        givenUp();
      };
      this.pending.set(key, setTimeout(next, wait));
    };
    again(firstRepeatMs);
  }

  stopRepeating(key: string): void {
    clearTimeout(this.pending.get(key));
    this.pending.delete(key);
  }

  async close(): Promise<void> {
    for (const timer of this.pending.values()) clearTimeout(timer);
    this.pending.clear();
    await new Promise<void>((resolve) => this.socket.close(() => resolve()));
  }
}
