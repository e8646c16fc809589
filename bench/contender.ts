// What can be measured: something between callers and seats on the stage's Asterisk. The floors and the product are all
// of this one shape. It must not measure; measure.ts does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { floorCaller, floorNumbers, usualSeats } from './stage.ts';
import type { Stage } from './stage.ts';

export type Running = {
  /** Process whose time is the contender's own, beside Asterisk's. */
  readonly appPid: number | undefined;
  stop(): Promise<void>;
};

export type Contender = {
  readonly name: string;
  readonly callerHost: string;
  readonly service: string;
  start(stage: Stage): Promise<Running>;
};

const nothing: Running = { appPid: undefined, stop: () => Promise.resolve() };

/** One dialplan line, no choice of seat: nothing can be faster. */
const plainDial: Contender = {
  name: 'Dial()',
  callerHost: floorCaller,
  service: floorNumbers.dial,
  start: () => Promise.resolve(nothing),
};

/** Asterisk's own call distribution over the same number of seats. */
const appQueue: Contender = {
  name: 'app_queue',
  callerHost: floorCaller,
  service: floorNumbers.queue,
  start: () => Promise.resolve(nothing),
};

/** The least that ARI over a WebSocket can do. */
export const ariLoop: Contender = {
  name: 'bare ARI loop',
  callerHost: floorCaller,
  service: floorNumbers.loop,
  async start(stage) {
    const child = spawn(process.execPath, [new URL('./floors/ari-loop.ts', import.meta.url).pathname], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        BENCH_ARI_URL: stage.stack.ari.url,
        BENCH_ARI_PASSWORD: stage.stack.ari.password,
        BENCH_SEATS: String(usualSeats),
      },
    });
    const ended = once(child, 'exit');
    const first = await Promise.race([once(child.stdout, 'data'), ended.then(() => undefined)]);
    if (first === undefined) throw new Error('The bare ARI loop ended at its start; its reason is above.');
    return {
      appPid: child.pid,
      async stop() {
        child.kill('SIGTERM');
        await ended;
      },
    };
  },
};

export const floors: readonly Contender[] = [plainDial, appQueue, ariLoop];
