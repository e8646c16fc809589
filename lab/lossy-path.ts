// A UDP path that loses some packets and lets others overtake each other, the same ones each time for the same seed.
// It must not look at what it carries.
import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';

export interface LossyOptions {
  /** Both ends of the path stand at this address: who is known by it is known through the path, too. */
  readonly host: string;
  readonly to: { readonly host: string; readonly port: number };
  /** Shares of 1. */
  readonly lost: number;
  readonly late: number;
  readonly seed: number;
}
const lateMs = 30;

export class LossyPath {
  lost = 0;
  late = 0;
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #options: LossyOptions;
  #chance: number;

  private constructor(near: Socket, far: Socket, options: LossyOptions) {
    this.#near = near;
    this.#far = far;
    this.#options = options;
    this.#chance = options.seed;
    const { to } = options;
    let peer: RemoteInfo | null = null;
    near.on('message', (packet, from) => {
      peer = from;
      this.#pass(() => far.send(packet, to.port, to.host));
    });
    far.on('message', (packet) => {
      if (peer) {
        const { port, address } = peer;
        this.#pass(() => near.send(packet, port, address));
      }
    });
  }

  static async open(options: LossyOptions): Promise<LossyPath> {
    const bound = (): Promise<Socket> =>
      new Promise((resolve) => {
        const socket = createSocket('udp4');
        socket.bind(0, options.host, () => resolve(socket));
      });
    return new LossyPath(await bound(), await bound(), options);
  }

  /** Where to send instead. */
  get near(): { host: string; port: number } {
    return { host: this.#options.host, port: this.#near.address().port };
  }

  close(): void {
    this.#near.close();
    this.#far.close();
  }

  #pass(send: () => void): void {
    // A linear congruential generator is chance enough, and repeatable.
    this.#chance = (Math.imul(this.#chance, 1_664_525) + 1_013_904_223) >>> 0;
    const at = this.#chance / 2 ** 32;
    const { lost, late } = this.#options;
    if (at < lost) this.lost += 1;
    else if (at < lost + late) {
      this.late += 1;
      setTimeout(send, lateMs);
    } else send();
  }
}
