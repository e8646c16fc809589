// Exports, each in a thread with its own memory: bytes come as fast as they are fetched and no faster (ADR 6).
// It must not know formats or tables; and nothing that becomes of a thread may end this process.
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { ExportJob, ExportNews, Exports, ExportWish } from '../../engine/tickets/exports.ts';
import type { Log } from '../../engine/ports.ts';
import type { RefusalCode } from '../../protocol/errors.ts';

export interface ExportsParts {
  /** The thread's program. */
  readonly thread: URL;
  readonly databaseUrl: string;
  readonly log: Log;
  readonly most?: number;
  /** Whoever fetches nothing for so long has gone; its place is another's. */
  readonly stalledMs?: number;
}

/** Two cores, and calls need theirs. */
const mostAtOnce = 2;
const patienceMs = 60_000;
// A page of tickets is 2 MB as objects: what V8 would let stand before it collects is bounded here, not in the whole server.
const resourceLimits = { maxYoungGenerationSizeMb: 12, maxOldGenerationSizeMb: 128 };

class ExportFailure extends Error {
  override readonly name = 'ExportFailure';
  readonly code: string | undefined;
  readonly field: string | undefined;

  constructor(message: string, code?: string, field?: string) {
    super(message);
    this.code = code;
    this.field = field;
  }
}
const tooMany: RefusalCode = 'too-many-exports';

export function openExports(parts: ExportsParts): Exports & { close(): Promise<void> } {
  const { most = mostAtOnce, thread, databaseUrl } = parts;
  const running = new Set<Worker>();
  return {
    async start(wish) {
      if (running.size >= most) throw new ExportFailure(`${most} exports are running.`, tooMany);
      const workerData: ExportJob = { wish, databaseUrl };
      const worker = new Worker(thread, { name: 'export', workerData, resourceLimits, execArgv: [] });
      running.add(worker);
      worker.once('exit', () => running.delete(worker));
      return await fileOf(worker, wish, parts);
    },
    async close() {
      await Promise.all([...running].map((worker) => worker.terminate()));
    },
  };
}

/** What the thread hands on, as a stream; rejects where it fails before the first piece. */
function fileOf(worker: Worker, { actor, format }: ExportWish, parts: ExportsParts): Promise<Readable> {
  const { promise, resolve, reject } = Promise.withResolvers<Readable>();
  let fetched: NodeJS.Timeout | undefined;
  let state: 'opening' | 'open' | 'over' = 'opening';
  const file = new Readable({
    read() {
      clearTimeout(fetched);
      worker.postMessage('more');
    },
    destroy(error, done) {
      state = 'over';
      clearTimeout(fetched);
      worker.terminate().then(
        () => done(error),
        () => done(error),
      );
    },
  });
  // It was logged; whoever reads it hears of it too, but it may fail before anybody does.
  file.on('error', () => undefined);
  const fail = (error: Error): void => {
    if (state === 'opening') reject(error);
    else if (state === 'open')
      parts.log.warn(
        { actor: actor.user, format, reason: error.message },
        'An export broke off; whoever asked sees a download that failed. Ask again.',
      );
    file.destroy(error);
  };
  const expectFetching = (): void => {
    clearTimeout(fetched);
    fetched = setTimeout(() => fail(new ExportFailure('Nobody fetched it.')), parts.stalledMs ?? patienceMs);
  };
  worker.on('message', (news: ExportNews) => {
    if (state === 'over') return;
    switch (news.type) {
      case 'ready':
        state = 'open';
        // Whoever asked may have gone by now: a file never begun would keep its place for ever.
        expectFetching();
        resolve(file);
        return;
      case 'piece':
        expectFetching();
        file.push(news.bytes);
        return;
      case 'end':
        state = 'over';
        file.push(null);
        return;
      case 'failed':
        fail(new ExportFailure(news.reason, news.code, news.field));
    }
  });
  worker.on('error', (error: unknown) => fail(error instanceof Error ? error : new Error(String(error))));
  // Only what said it was at its end has ended: a file cut short must not look whole.
  worker.on('exit', (code) => {
    if (state !== 'over') fail(new ExportFailure(`Its thread ended (${code}).`));
  });
  return promise;
}
