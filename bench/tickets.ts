// Tickets: how many a second through HTTP to a durable row, then lists, searches, reports and exports over millions of them.
// It must not be read without its figures of the machine: everything shares the same cores here, the load as well.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { City } from '../lab/city.ts';
import { askTickets } from './tickets/asking.ts';
import { exportTickets } from './tickets/exporting.ts';
import { fillFacts, fillTickets, indexTickets } from './tickets/filling.ts';
import { openTickets } from './tickets/opening.ts';
import { Reader } from './tickets/reader.ts';
import { askReports } from './tickets/reporting.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: 'open,fill,index,ask,facts,reports,export' },
    folder: { type: 'string' },
    tickets: { type: 'string', default: '200000' },
    'fact-tickets': { type: 'string', default: '1500000' },
    'step-seconds': { type: 'string', default: '3600' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '128' },
    exports: { type: 'string', default: 'ndjson,csv,xlsx' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`node bench/tickets.ts [options]

Opens tickets over HTTP for some rounds, fills the store with generated ones, then times lists, searches, reports and exports.

  --steps open,fill,index,ask,facts,reports,export   which of these, in this order
  --folder FOLDER         keeps the city there: a later run goes on with other steps; remove it by hand
  --step-seconds 3600     filling and indexing stop after this and are gone on with by the same step (needs --folder)
  --seconds 20            how long a round of opening lasts     --rounds 3
  --connections 128       clients that open at once
  --tickets 200000        how many are generated
  --fact-tickets 1500000  how many of them, the newest, have the facts that reports count
  --exports ndjson,csv,xlsx   formats to export the newest million in`);
  process.exit(0);
}
const count = Number(values.tickets);
if (values.folder !== undefined) mkdirSync(values.folder, { recursive: true, mode: 0o700 });
const city = await City.start({
  log: 'error',
  ...(values.folder === undefined ? {} : { folder: values.folder }),
});
const options = { ...city.stack.postgres, seconds: Number(values['step-seconds']) };
const db = new Client({ connectionString: options.url });

async function opening(): Promise<void> {
  const rounds: number[] = [];
  for (let n = 0; n < Number(values.rounds); n += 1)
    rounds.push(
      await openTickets(city, db, {
        seconds: Number(values.seconds),
        connections: Number(values.connections),
      }),
    );
  const sorted = rounds.toSorted((a, b) => a - b);
  console.log(
    `tickets/s over ${rounds.length} rounds: least ${sorted[0]?.toFixed(0)}, median ${sorted[Math.floor(sorted.length / 2)]?.toFixed(0)}, most ${sorted.at(-1)?.toFixed(0)}`,
  );
}

async function asked(ask: (system: Reader, supervisor: Reader) => Promise<void>): Promise<void> {
  const readers = [new Reader(await city.desk('system')), new Reader(await city.desk('sup-12345'))] as const;
  await ask(...readers);
  await Promise.all(readers.map((reader) => reader.close()));
}

async function exporting(): Promise<void> {
  const { rows } = await db.query<{ at: Date }>(
    'select min(opened_at) as at from (select opened_at from tickets order by opened_at desc, position desc limit 1000000) as newest',
  );
  const desk = await city.desk('system');
  for (const format of values.exports.split(',').filter((each) => each !== ''))
    await exportTickets(desk, city.server.pid ?? 0, format, rows[0]?.at.toISOString() ?? '');
}

const steps: Readonly<Record<string, () => Promise<void>>> = {
  open: opening,
  async fill() {
    // The pattern of all that are generated.
    const desk = await city.desk('system');
    await desk.must('/tickets', { platform: '12345', summary: '样本', region: '450702', place: '向阳街' });
    await fillTickets(db, { count, ...options });
  },
  index: () => indexTickets(db, { count, ...options }),
  ask: () => asked(askTickets),
  facts: () => fillFacts(db, { count: Number(values['fact-tickets']), ...options }),
  reports: () => asked((...readers) => askReports(readers)),
  export: exporting,
};
try {
  await db.connect();
  for (const name of values.steps.split(',')) {
    const step = steps[name];
    if (!step) throw new Error(`There is no step ${name}.`);
    const began = performance.now();
    await step();
    console.log(`step ${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
  // Tables that are not logged live on only where PostgreSQL can stop in order, which it must within seconds.
  if (values.folder !== undefined) execFileSync('sync');
} finally {
  await db.end();
  await city.stop();
}
