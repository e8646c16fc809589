// The remote control of one baresip: JSON in netstrings over TCP (its ctrl_tcp module).
// It must not know calls; it carries commands and hands on events.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type PhoneEvent = {
  readonly type: string;
  readonly param: string;
  readonly peer: string;
  readonly id: string;
};
type Waiting = { resolve: (data: string) => void; reject: (error: Error) => void };

export class Control {
  private readonly socket: Socket;
  private readonly listener: (event: PhoneEvent) => void;
  private readonly waiting = new Map<string, Waiting>();
  private pending = Buffer.alloc(0);
  private tokens = 0;

  private constructor(socket: Socket, listener: (event: PhoneEvent) => void) {
    this.socket = socket;
    this.listener = listener;
    socket.on('data', (data) => this.take(data));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('The phone has ended.'));
      this.waiting.clear();
    });
  }

  /** Connects as soon as the phone listens. */
  static async open(
    host: string,
    port: number,
    withinMs: number,
    listener: (event: PhoneEvent) => void,
  ): Promise<Control> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const socket = await tryConnect(host, port);
      if (socket !== undefined) return new Control(socket, listener);
      if (Date.now() > deadline)
        throw new Error(`The phone's control port ${host}:${port} did not open in ${withinMs} ms.`);
      await sleep(40);
    }
  }

  /** Sends one command; answers its text, rejects with the phone's own words when it refuses. */
  async command(command: string, params = ''): Promise<string> {
    if (this.socket.destroyed) throw new Error('The phone has ended.');
    this.tokens += 1;
    const token = `t${this.tokens}`;
    const text = JSON.stringify({ command, params, token });
    const answer = new Promise<string>((resolve, reject) => this.waiting.set(token, { resolve, reject }));
    this.socket.write(`${Buffer.byteLength(text)}:${text},`);
    const timer = setTimeout(() => {
      this.waiting.get(token)?.reject(new Error(`The phone did not answer "${command}" in 10 s.`));
      this.waiting.delete(token);
    }, 10_000);
    return answer.finally(() => clearTimeout(timer));
  }

  close(): void {
    this.socket.destroy();
  }

  private take(data: Buffer): void {
    this.pending = Buffer.concat([this.pending, data]);
    for (;;) {
      const colon = this.pending.indexOf(':');
      if (colon < 0) return;
      const length = Number(this.pending.subarray(0, colon).toString());
      const end = colon + 1 + length;
      if (this.pending.length <= end) return;
      const frame = this.pending.subarray(colon + 1, end).toString();
      this.pending = this.pending.subarray(end + 1);
      this.handle(JSON.parse(frame) as Record<string, unknown>);
    }
  }

  private handle(frame: Readonly<Record<string, unknown>>): void {
    const text = (name: string): string => (typeof frame[name] === 'string' ? frame[name] : '');
    if (frame['event'] === true) {
      this.listener({ type: text('type'), param: text('param'), peer: text('peeruri'), id: text('id') });
      return;
    }
    const waiting = this.waiting.get(text('token'));
    this.waiting.delete(text('token'));
    if (frame['ok'] === true) waiting?.resolve(text('data'));
    else waiting?.reject(new Error(`The phone refused: ${text('data').trim()}`));
  }
}

async function tryConnect(host: string, port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', () => resolve(undefined));
  });
}
