// The program of an export's thread, put together as wire.ts does the server's: reads tickets on a connection of its own,
// masks, formats, and hands on a piece when asked for one (ADR 6). It must not know of calls, nor be imported.
import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from './adapters/postgres/database.ts';
import { shortly } from './adapters/postgres/failures.ts';
import { Reading } from './adapters/postgres/tickets/reading.ts';
import { createLog } from './adapters/system/log.ts';
import { exported } from './api/export/formats.ts';
import { ticketPages } from './api/export/pages.ts';
import type { ExportJob, ExportNews } from './engine/tickets/exports.ts';

const server = parentPort;
if (!server) throw new Error('This is the program of a thread; wire.ts says how it is started.');
const tell = (news: ExportNews): void =>
  server.postMessage(news, news.type === 'piece' ? [news.bytes.buffer] : []);

/** Calls share these processors and come first. On Linux each thread has a priority of its own, and /proc names this one. */
function giveWay(): void {
  try {
    setPriority(
      Number(basename(readlinkSync('/proc/thread-self'))),
      constants.priority.PRIORITY_BELOW_NORMAL,
    );
  } catch {
    // Elsewhere it runs as everything does.
  }
}

let wanted = 0;
let awaited: (() => void) | null = null;
server.on('message', () => {
  wanted += 1;
  awaited?.();
});
async function asked(): Promise<void> {
  if (wanted === 0) await new Promise<void>((resolve) => (awaited = resolve));
  awaited = null;
  wanted -= 1;
}

async function* resumed<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

async function run({ wish, databaseUrl }: ExportJob): Promise<void> {
  const database = openDatabase(databaseUrl, createLog('warn'));
  try {
    const rest = ticketPages(new Reading(database).methods().list, wish);
    // What refuses the first page is still an answer of its own.
    const first = await rest.next();
    tell({ type: 'ready' });
    for await (const piece of exported(wish.format, resumed(first, rest))) {
      // Copied: what is handed on is no longer ours, and a Buffer may share its memory with others.
      const bytes =
        typeof piece === 'string' ? new TextEncoder().encode(piece) : new Uint8Array(piece as Buffer);
      await asked();
      tell({ type: 'piece', bytes });
    }
    tell({ type: 'end' });
  } finally {
    await database.close();
  }
}

giveWay();
try {
  await run(workerData as ExportJob);
} catch (error) {
  const told = error as { code?: unknown; field?: unknown };
  tell({
    type: 'failed',
    reason: shortly(error),
    ...(typeof told.code === 'string' ? { code: told.code } : {}),
    ...(typeof told.field === 'string' ? { field: told.field } : {}),
  });
}
// The way to the server would keep this thread alive.
server.close();
