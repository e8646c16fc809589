// A lock between processes of one machine that cannot go stale: a listening socket in Linux's abstract namespace.
// The kernel drops it with the process that holds it. It must not be used between machines or network namespaces.
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Lock = { release(): Promise<void> };

/** Takes the lock for a path, or returns undefined when another process has it. */
export async function tryLock(purpose: string, path: string): Promise<Lock | undefined> {
  const name = `\0hotline-link/${purpose}/${createHash('sha256').update(path).digest('hex')}`;
  const server = createServer((socket) => socket.destroy());
  const taken = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ path: name, backlog: 1 }, () => resolve(true));
  });
  if (!taken) return undefined;
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Waits for the lock; `waiting` is called once if somebody else has it now. */
export async function lock(purpose: string, path: string, waiting: () => void): Promise<Lock> {
  for (let tries = 0; ; tries += 1) {
    const held = await tryLock(purpose, path);
    if (held !== undefined) return held;
    if (tries === 0) waiting();
    await sleep(500);
  }
}
