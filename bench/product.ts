// The product as a contender: our server on the stage, its seats signed in and ready through the HTTP surface, their
// phones the generator's. It must not reach into the server: what a client can do is enough.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Desk } from '../lab/desk.ts';
import { serverProcess } from '../lab/server.ts';
import type { ServerProcess } from '../lab/server.ts';
import type { Contender, Running } from './contender.ts';
import { firstSeat } from './site.ts';
import { usualSeats } from './stage.ts';
import type { Stage } from './stage.ts';

export type Product = Running & {
  readonly server: ServerProcess;
  readonly supervisor: Desk;
};

export async function startProduct(stage: Stage, seats = usualSeats): Promise<Product> {
  const server = serverProcess({
    stack: stage.stack,
    http: { host: '127.0.0.1', port: stage.httpPort },
    siteFile: stage.siteFile,
    supervise: false,
    log: 'warn',
    environment: { NODE_ENV: 'production' },
  });
  await server.start();
  try {
    const desk = (user: string): Promise<Desk> => Desk.open(server.url, server.accountsFile, user);
    const supervisor = await desk('sup-12345');
    const names = Array.from({ length: seats }, (_, n) => String(firstSeat + n));
    // A few at a time: each sign-in is a password hash.
    const queue = [...names];
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
          const person = await desk(name);
          await person.signIn();
          await person.ready();
        }
      }),
    );
    await allReady(supervisor, seats);
    return { appPid: server.pid, server, supervisor, stop: () => server.stop() };
  } catch (error) {
    const log = (await readFile(server.logFile, 'utf8').catch(() => '')).slice(-2_000);
    await server.stop();
    throw new Error(`The product could not be made ready: ${String(error)}\nThe end of its log:\n${log}`, {
      cause: error,
    });
  }
}

async function allReady(supervisor: Desk, wanted: number): Promise<void> {
  let seen = '';
  for (let tries = 0; tries < 150; tries += 1) {
    const queue = (await supervisor.get('/queues/12345')).body;
    seen = JSON.stringify(queue['seats']);
    if ((queue['seats'] as { ready?: number } | undefined)?.ready === wanted) return;
    await sleep(100);
  }
  throw new Error(`Not all of ${wanted} seats are ready; the queue says ${seen}.`);
}

export const product: Contender = {
  name: 'Hotline Link',
  callerHost: '127.0.0.2',
  service: '12345',
  start: (stage) => startProduct(stage),
};
