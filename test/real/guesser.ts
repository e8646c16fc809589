// Somebody at one address who guesses at a seat's secret: asks to register, answers each challenge wrongly. Real datagrams.
// It must not know the secret.
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { header, parse, write } from '../../bench/generator/message.ts';

export class Guesser {
  readonly #socket: Socket;
  readonly #server: { readonly host: string; readonly port: number };
  readonly #address: string;
  #count = 0;
  #waiting: ((challenge: string | null) => void) | null = null;

  private constructor(socket: Socket, address: string, server: { host: string; port: number }) {
    this.#socket = socket;
    this.#address = address;
    this.#server = server;
    socket.on('message', (data) => {
      const message = parse(data);
      if (message && message.status >= 400) this.#waiting?.(header(message, 'www-authenticate'));
    });
  }

  static async at(address: string, server: { host: string; port: number }): Promise<Guesser> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, address, resolve));
    return new Guesser(socket, address, server);
  }

  /** One guess; false: nobody answers this address any more. */
  async guess(seat: string): Promise<boolean> {
    const challenge = await this.#ask(seat, null);
    return challenge !== null && (await this.#ask(seat, challenge)) !== null;
  }

  close(): void {
    this.#socket.close();
  }

  #ask(seat: string, challenge: string | null): Promise<string | null> {
    this.#count += 1;
    const { host, port } = this.#server;
    const said = (name: string): string =>
      new RegExp(`${name}="(?<value>[^"]+)`, 'u').exec(challenge ?? '')?.groups?.['value'] ?? '';
    const wrong = `username="${seat}",realm="${said('realm')}",nonce="${said('nonce')}",uri="sip:${host}:${port}"`;
    const proof = `Authorization: Digest ${wrong},response="${'0'.repeat(32)}",algorithm=MD5,opaque="${said('opaque')}",qop=auth,nc=00000001,cnonce="g"`;
    const request = write(`REGISTER sip:${host}:${port} SIP/2.0`, [
      `Via: SIP/2.0/UDP ${this.#address}:${this.#socket.address().port};branch=z9hG4bKg${this.#count};rport`,
      `From: <sip:${seat}@${host}>;tag=g`,
      `To: <sip:${seat}@${host}>`,
      `Call-ID: guess-${this.#address}-${this.#count}`,
      `CSeq: ${this.#count} REGISTER`,
      `Contact: <sip:${seat}@${this.#address}:${this.#socket.address().port}>`,
      'Max-Forwards: 70',
      ...(challenge === null ? [] : [proof]),
    ]);
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(null), 700);
      this.#waiting = (answered) => {
        clearTimeout(late);
        resolve(answered);
      };
      this.#socket.send(request, port, host);
    });
  }
}
