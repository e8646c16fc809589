// A process that opens and steps tickets and delivers them to a partner, to be killed at any moment by a test.
// Prints the id of each ticket it was told is stored, one a line.
import { writeSync } from 'node:fs';
import { openDatabase } from '../../server/adapters/postgres/database.ts';
import { openWebhook } from '../../server/adapters/partners/webhook.ts';
import { Exchange } from '../../server/exchange/exchange.ts';
import { noMeter, quiet } from '../real/ledger-stand.ts';
import { officeOver, seat, wish } from '../real/ticket-stand.ts';

const [databaseUrl = '', partnerUrl = '', key = '', prefix = ''] = process.argv.slice(2);
const database = openDatabase(databaseUrl, quiet);
const { office, outbox } = await officeOver(database, {
  subscribers: [{ id: 'other', platforms: ['12345'] }],
});
const exchange = new Exchange({
  cell: 'test',
  ways: [
    {
      mode: 'webhook',
      partner: { id: 'other', platforms: ['12345'], keys: [key], inboundKeys: [key] },
      ...openWebhook({ url: partnerUrl, allow: [new URL(partnerUrl).host], inner: true }),
    },
  ],
  outbox,
  office,
  now: Date.now,
  chance: Math.random,
  log: quiet,
  observe: (_partner, seconds) => noMeter.observe('', seconds),
});
exchange.start();
for (let n = 0; n < 100_000; n += 1) {
  const opened = await office.open(wish({ summary: `${prefix} ${n}` }), `${prefix}-${n}`, seat);
  if (!opened.ok) continue;
  const { id } = opened.view;
  writeSync(1, `${id}\n`);
  await office.command(id, `${prefix}-${n}-a`, seat, { name: 'accept', body: {} });
  await office.command(id, `${prefix}-${n}-c`, seat, { name: 'close', body: { resolution: '已答复' } });
}
