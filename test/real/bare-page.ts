// A seat's page as the server knows it, without a browser: a session, a stream, SIP over /sip, a phone that registers and rings.
// Told to, it goes down with each call it is given and is loaded anew, as a bad update makes pages do. It never takes a call.
import { createHash } from 'node:crypto';
import { WebSocket } from 'ws';
import { answer, header, parse, write } from '../../bench/generator/message.ts';
import type { Message } from '../../bench/generator/message.ts';
import type { Desk, Sip } from '../../lab/desk.ts';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

export class BarePage {
  /** Down with every call. */
  crashing = false;
  crashes = 0;
  /** Messages of the stream since it was opened last. */
  heard = 0;
  readonly desk: Desk;
  #sip: Sip;
  #phone: WebSocket | null = null;
  #stream: WebSocket | null = null;
  #sequence = 0;

  private constructor(desk: Desk, sip: Sip) {
    this.desk = desk;
    this.#sip = sip;
  }

  static async open(desk: Desk): Promise<BarePage> {
    const page = new BarePage(desk, await desk.signIn('browser'));
    await page.connect();
    return page;
  }

  /** As a page does that was loaded again: its seat is its own still, with a new secret. */
  async load(): Promise<void> {
    this.#sip = await this.desk.signIn('browser');
    await this.connect();
  }

  /** Nobody says goodbye. */
  drop(): void {
    this.#phone?.terminate();
    this.#stream?.terminate();
  }

  async connect(): Promise<void> {
    this.heard = 0;
    this.#stream = await this.#open('/v1/stream', []);
    this.#stream.on('message', () => (this.heard += 1));
    this.#stream.send(JSON.stringify({ hello: {} }));
    const phone = await this.#open('/sip', ['sip']);
    phone.on('message', (data: Buffer) => this.#told(phone, data));
    this.#phone = phone;
    this.#register(phone);
  }

  #open(path: string, protocols: string[]): Promise<WebSocket> {
    const socket = new WebSocket(`${this.desk.url.replace(/^http/u, 'ws')}${path}`, protocols, {
      headers: { authorization: `Bearer ${this.desk.token}` },
    });
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(socket));
      socket.once('error', reject);
      socket.on('error', () => undefined);
    });
  }

  #register(phone: WebSocket, authorization: readonly string[] = []): void {
    this.#sequence += 1;
    const { username, uri } = this.#sip;
    phone.send(
      write(`REGISTER ${realmOf(uri)} SIP/2.0`, [
        `Via: SIP/2.0/WS ${username}.invalid;branch=z9hG4bK${username}r${this.#sequence}`,
        `From: <${uri}>;tag=page`,
        `To: <${uri}>`,
        `Call-ID: page-${username}-${this.#sip.password.slice(0, 6)}`,
        `CSeq: ${this.#sequence} REGISTER`,
        `Contact: <sip:${username}@${username}.invalid;transport=ws>;expires=300`,
        'Max-Forwards: 70',
        ...authorization,
      ]),
    );
  }

  #told(phone: WebSocket, data: Buffer): void {
    const message = parse(data);
    if (!message) return;
    if (message.status === 401) this.#register(phone, [this.#proof(message)]);
    else if (message.method === 'INVITE' && this.crashing) void this.#crash(phone, message);
    else if (message.method === 'INVITE') phone.send(answer(message, '180 Ringing', 'page'));
    else if (message.method !== '' && message.method !== 'ACK') phone.send(answer(message, '200 OK', 'page'));
  }

  async #crash(phone: WebSocket, invite: Message): Promise<void> {
    phone.send(answer(invite, '180 Ringing', 'page'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    this.drop();
    this.crashes += 1;
    await this.load();
  }

  #proof(challenge: Message): string {
    const asked = header(challenge, 'www-authenticate');
    const said = (name: string): string =>
      new RegExp(`${name}="?(?<value>[^",]+)`, 'u').exec(asked)?.groups?.['value'] ?? '';
    const [realm, nonce, opaque] = [said('realm'), said('nonce'), said('opaque')];
    const { username, password, uri } = this.#sip;
    const address = realmOf(uri);
    const [one, two] = [md5(`${username}:${realm}:${password}`), md5(`REGISTER:${address}`)];
    const response = md5(`${one}:${nonce}:00000001:page:auth:${two}`);
    const text = `username="${username}",realm="${realm}",nonce="${nonce}",uri="${address}",response="${response}"`;
    return `Authorization: Digest ${text},algorithm=MD5,qop=auth,nc=00000001,cnonce="page",opaque="${opaque}"`;
  }
}

/** `sip:1001@127.0.0.1:5060` → `sip:127.0.0.1:5060`. */
const realmOf = (uri: string): string => uri.replace(/^sip:.*@/u, 'sip:');
