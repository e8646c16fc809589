// The program of an export's thread that behaves as its filter's `q` says. It must never be imported by anything under server/.
import { parentPort, workerData } from 'node:worker_threads';
import type { ExportJob, ExportNews } from '../../server/engine/tickets/exports.ts';

const { wish } = workerData as ExportJob;
const server = parentPort;
if (!server) throw new Error('This is the program of a thread.');
const tell = (news: ExportNews): void => server.postMessage(news);
const kept: unknown[] = [];
let pieces = 0;

function next(): void {
  pieces += 1;
  if (wish.filter.q === 'endless') tell({ type: 'piece', bytes: new Uint8Array(65_536) });
  else if (pieces < 3) tell({ type: 'piece', bytes: new TextEncoder().encode(`${pieces};`) });
  else if (wish.filter.q === 'throw') throw new Error('Half-way.');
  else if (wish.filter.q === 'memory') for (;;) kept.push(new Array(10_000).fill({}));
  else if (wish.filter.q === 'leave') process.exit(0);
  else if (wish.filter.q === 'fail')
    tell({ type: 'failed', reason: 'The database went away.', code: 'database-away' });
  else {
    tell({ type: 'end' });
    server?.close();
  }
}
if (wish.filter.q === 'refuse')
  tell({ type: 'failed', reason: 'Not one of ours.', code: 'invalid-field', field: 'cursor' });
else {
  server.on('message', next);
  tell({ type: 'ready' });
}
