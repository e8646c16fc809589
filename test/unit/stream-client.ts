// A client of the stream for its tests: connects, says hello, keeps what it hears.
// It must not assert.
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { WebSocket } from 'ws';
import { StreamFrame } from '../../server/protocol/facts.ts';
import { openDesk } from '../doubles/api.ts';
import type { Desk } from '../doubles/api.ts';

export type Frame = ReturnType<typeof StreamFrame.parse>;

export interface Line {
  readonly socket: WebSocket;
  readonly frames: Frame[];
  readonly text: string[];
  readonly closed: Promise<number>;
  /** Resolves when this many frames are there; the test's own timeout is the only one. */
  have(count: number): Promise<Frame[]>;
  hello(lastSequence?: number): void;
}

export async function listening(
  t: Test,
  more: Parameters<typeof openDesk>[0] = {},
): Promise<Desk & { readonly url: string }> {
  const desk = await openDesk(more);
  await desk.app.listen({ port: 0, host: '127.0.0.1' });
  t.teardown(() => desk.app.close());
  const { port } = desk.app.server.address() as AddressInfo;
  return { ...desk, url: `ws://127.0.0.1:${port}/v1/stream` };
}

export function dial(
  url: string,
  options: ConstructorParameters<typeof WebSocket>[2],
  protocols: string[] = [],
): Promise<Line> {
  const socket = new WebSocket(url, protocols, options);
  const frames: Frame[] = [];
  const text: string[] = [];
  const waiting: { readonly count: number; readonly done: () => void }[] = [];
  socket.on('message', (data: Buffer) => {
    text.push(data.toString());
    frames.push(StreamFrame.parse(JSON.parse(data.toString())));
    for (const wait of waiting) if (frames.length >= wait.count) wait.done();
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () =>
      resolve({
        socket,
        frames,
        text,
        closed,
        have: (count) =>
          new Promise((done) =>
            frames.length >= count ? done(frames) : waiting.push({ count, done: () => done(frames) }),
          ),
        hello: (lastSequence) =>
          socket.send(JSON.stringify({ hello: lastSequence === undefined ? {} : { lastSequence } })),
      }),
    );
  });
}
