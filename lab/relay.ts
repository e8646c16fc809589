// A TCP relay that can stand still, as a pulled cable does: nothing passes, nothing is lost, nobody is told.
// It must not look at what it carries.
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export class Relay {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #still = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** On a free port of loopback, to `host`:`port`. */
  static async start(host: string, port: number): Promise<Relay> {
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const relay = new Relay(server, (server.address() as AddressInfo).port);
    server.on('connection', (near) => {
      const far = connect({ host, port });
      near.pipe(far);
      far.pipe(near);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        relay.#sockets.add(one);
        one.on('error', () => undefined);
        one.on('close', () => {
          relay.#sockets.delete(one);
          other.destroy();
        });
      }
      if (relay.#still) for (const socket of [near, far]) socket.pause();
    });
    return relay;
  }

  stand(still: boolean): void {
    this.#still = still;
    for (const socket of this.#sockets) {
      if (still) socket.pause();
      else socket.resume();
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
