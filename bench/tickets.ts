// Tickets: how many a second through HTTP to a durable row, then lists, searches and exports over millions of them.
// It must not be read without its figures of the machine: everything shares the same cores here, the load as well.
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { City } from '../lab/city.ts';
import { askTickets } from './tickets/asking.ts';
import { exportTickets } from './tickets/exporting.ts';
import { fillTickets } from './tickets/filling.ts';
import { openTickets } from './tickets/opening.ts';

const { values } = parseArgs({
  options: {
    tickets: { type: 'string', default: '200000' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '128' },
    'fill-seconds': { type: 'string', default: '600' },
    exports: { type: 'string', default: 'ndjson,csv,xlsx' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(`node bench/tickets.ts [options]

Opens tickets over HTTP for some rounds, fills the store with generated ones, then times lists, searches and exports.

  --seconds 20            how long a round of opening lasts     --rounds 3
  --connections 128       clients that open at once
  --tickets 200000        how many are generated; 0: only opening is measured
  --fill-seconds 600      stops generating after this, and measures what is there
  --exports ndjson,csv,xlsx   formats to export the newest million in`);
  process.exit(0);
}
const count = Number(values.tickets);
const city = await City.start({ log: 'error' });
const db = new Client({ connectionString: city.stack.postgres.url });
try {
  await db.connect();
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
  if (count > 0) {
    const made = await fillTickets(db, {
      count,
      seconds: Number(values['fill-seconds']),
      url: city.stack.postgres.url,
      ownerUrl: city.stack.postgres.ownerUrl,
    });
    const desk = await city.desk('system');
    await askTickets(desk);
    const { rows } = await db.query<{ at: Date }>(
      'select opened_at as at from tickets order by opened_at desc, position desc offset $1 limit 1',
      [Math.min(made, 1_000_000) - 1],
    );
    for (const format of values.exports.split(',').filter((each) => each !== ''))
      await exportTickets(desk, city.server.pid ?? 0, format, rows[0]?.at.toISOString() ?? '');
  }
} finally {
  await db.end();
  await city.stop();
}
