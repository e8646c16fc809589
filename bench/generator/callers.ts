// Callers of the public network on one port, each with a number of its own. Measuring equipment: no sound.
// It must not know seats; whoever starts it says when a call may end.
import { performance } from 'node:perf_hooks';
import { answer, header, sdp, uriOf, write } from './message.ts';
import type { Message } from './message.ts';
import { SipSocket } from './socket.ts';

export type CallersOptions = {
  readonly host: string;
  readonly port: number;
  readonly server: { readonly host: string; readonly port: number };
  /** Number the callers dial. */
  readonly service: string;
  /** The same INVITE sent so often, 40 ms apart: a bad line (CL1). */
  readonly copies?: number;
};

export type CallerCall = {
  readonly number: string;
  readonly sentAt: number;
  answeredAt?: number;
  endedAt?: number;
  /** Final status other than 2xx, or what was never answered. */
  failure?: string;
  /** The other side hung up first. */
  endedByServer?: boolean;
};

type Dialog = {
  readonly call: CallerCall;
  readonly id: string;
  to: string;
  target: string;
  wanted: 'up' | 'end';
  timer?: NodeJS.Timeout;
};

export class Callers {
  readonly calls: CallerCall[] = [];
  private readonly options: CallersOptions;
  private readonly dialogs = new Map<string, Dialog>();
  private readonly run = Math.random().toString(36).slice(2, 8);
  private socket: SipSocket | undefined;

  constructor(options: CallersOptions) {
    this.options = options;
  }

  async open(): Promise<void> {
    this.socket = await SipSocket.open(this.options.host, this.options.port, (message, from) =>
      this.take(message, from),
    );
  }

  async close(): Promise<void> {
    for (const dialog of this.dialogs.values()) clearTimeout(dialog.timer);
    await this.socket?.close();
  }

  get up(): number {
    return this.dialogs.size;
  }

  get repeated(): number {
    return this.socket?.repeated ?? 0;
  }

  call(number: string): CallerCall {
    const socket = this.needSocket();
    const id = `${this.run}-${number}`;
    const invite = this.request('INVITE', { number, id, to: this.address() }, 1, sdp(this.options.host));
    const call: CallerCall = { number, sentAt: performance.now() };
    const dialog: Dialog = { call, id, to: this.address(), target: '', wanted: 'up' };
    this.calls.push(call);
    this.dialogs.set(id, dialog);
    socket.sendUntilAnswered(`invite-${id}`, invite, this.options.server, () =>
      this.fail(dialog, 'INVITE never answered'),
    );
    for (let copy = 1; copy < (this.options.copies ?? 1); copy += 1) {
      setTimeout(() => socket.send(invite, this.options.server), copy * 40);
    }
    return call;
  }

  /** Hangs up after so many ms, counted from now; a call not answered yet ends as soon as it is. */
  end(number: string, afterMs: number): void {
    const dialog = this.dialogs.get(`${this.run}-${number}`);
    if (dialog === undefined || dialog.timer !== undefined) return;
    dialog.timer = setTimeout(() => {
      dialog.wanted = 'end';
      if (dialog.call.answeredAt !== undefined) this.bye(dialog);
    }, afterMs);
  }

  /** Marks a call as failed by what only the whole knows (its seat never rang) and hangs it up. */
  giveUp(number: string, why: string): void {
    const dialog = this.dialogs.get(`${this.run}-${number}`);
    if (dialog === undefined) return;
    dialog.call.failure ??= why;
    dialog.wanted = 'end';
    if (dialog.call.answeredAt !== undefined) this.bye(dialog);
    else this.cancel(dialog);
  }

  private take(message: Message, from: { host: string; port: number }): void {
    const socket = this.needSocket();
    const id = header(message, 'call-id');
    const dialog = this.dialogs.get(id);
    if (message.status === 0) {
      if (message.method === 'ACK') return;
      const body = message.method === 'INVITE' ? sdp(this.options.host) : '';
      socket.send(
        answer(message, '200 OK', '', [`Contact: <sip:${this.options.host}:${this.options.port}>`], body),
        from,
      );
      if (message.method === 'BYE' && dialog !== undefined) {
        dialog.call.endedByServer = true;
        this.finish(dialog);
      }
      return;
    }
    const method = header(message, 'cseq').split(' ')[1] ?? '';
    if (method === 'BYE') {
      socket.stopRepeating(`bye-${id}`);
      if (dialog !== undefined) this.finish(dialog);
      return;
    }
    if (method !== 'INVITE') return;
    socket.stopRepeating(`invite-${id}`);
    if (message.status < 200) return;
    const to = header(message, 'to');
    const number = dialog?.call.number ?? '';
    const target = message.status < 300 ? uriOf(header(message, 'contact')) : '';
    socket.send(this.request('ACK', { number, id, to, target }, 1), this.options.server);
    if (dialog === undefined || dialog.call.answeredAt !== undefined) return;
    if (message.status >= 300) {
      dialog.call.failure ??= `answered ${message.status}`;
      this.finish(dialog);
      return;
    }
    dialog.call.answeredAt = performance.now();
    dialog.to = to;
    dialog.target = target;
    if (dialog.wanted === 'end') this.bye(dialog);
  }

  private bye(dialog: Dialog): void {
    const { id } = dialog;
    const text = this.request(
      'BYE',
      { number: dialog.call.number, id, to: dialog.to, target: dialog.target },
      2,
    );
    this.needSocket().sendUntilAnswered(`bye-${id}`, text, this.options.server, () =>
      this.fail(dialog, 'BYE never answered'),
    );
  }

  private cancel(dialog: Dialog): void {
    const { id } = dialog;
    this.needSocket().send(
      this.request('CANCEL', { number: dialog.call.number, id, to: this.address() }, 1),
      this.options.server,
    );
  }

  private fail(dialog: Dialog, why: string): void {
    dialog.call.failure ??= why;
    this.finish(dialog);
  }

  private finish(dialog: Dialog): void {
    clearTimeout(dialog.timer);
    dialog.call.endedAt = performance.now();
    this.dialogs.delete(dialog.id);
  }

  private address(): string {
    const { server, service } = this.options;
    return `<sip:${service}@${server.host}:${server.port}>`;
  }

  private request(
    method: string,
    dialog: { number: string; id: string; to: string; target?: string },
    sequence: number,
    body = '',
  ): string {
    const { host, port } = this.options;
    const target =
      dialog.target === undefined || dialog.target === '' ? uriOf(this.address()) : dialog.target;
    // A CANCEL belongs to the INVITE's transaction; an ACK of a 2xx and a BYE have their own.
    const branch =
      method === 'BYE' || (method === 'ACK' && dialog.target !== '') ? `${dialog.id}-${method}` : dialog.id;
    return write(
      `${method} ${target} SIP/2.0`,
      [
        `Via: SIP/2.0/UDP ${host}:${port};branch=z9hG4bK${branch};rport`,
        `From: <sip:${dialog.number}@${host}:${port}>;tag=c${dialog.id}`,
        `To: ${dialog.to}`,
        `Call-ID: ${dialog.id}`,
        `CSeq: ${sequence} ${method}`,
        `Contact: <sip:${dialog.number}@${host}:${port}>`,
        'Max-Forwards: 70',
      ],
      body,
    );
  }

  private needSocket(): SipSocket {
    if (this.socket === undefined) throw new Error('open() the callers first');
    return this.socket;
  }
}
