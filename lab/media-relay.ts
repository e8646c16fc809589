// UDP paths that can be cut: packets pass both ways between two ends who each know one side of it, or are lost.
// It must not look at what it carries.
import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';

/** Ports of loopback: what is sent to `near` reaches the address the path leads to, what is sent to `far` the other end. */
export interface MediaPath {
  readonly near: number;
  readonly far: number;
}

export class MediaRelay {
  readonly #sockets: Socket[] = [];
  #cut = false;

  async path(host: string, port: number): Promise<MediaPath> {
    const [near, far] = await Promise.all([bound(), bound()]);
    this.#sockets.push(near, far);
    let other: RemoteInfo | null = null;
    near.on('message', (packet, from) => {
      other = from;
      if (!this.#cut) far.send(packet, port, host);
    });
    far.on('message', (packet) => {
      if (!this.#cut && other) near.send(packet, other.port, other.address);
    });
    return { near: near.address().port, far: far.address().port };
  }

  cut(on: boolean): void {
    this.#cut = on;
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }
}

function bound(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      // A port nobody listens at any more is told to the sender; here that is a packet lost.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}
