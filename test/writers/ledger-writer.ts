// A process that writes facts as an engine would, to be killed at any moment: says each number once it is on disk.
// Arguments: database address, state folder, epoch. It must not end by itself.
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../server/adapters/postgres/database.ts';
import { openLedger } from '../../server/adapters/postgres/ledger.ts';
import type { Log, Meter } from '../../server/engine/ports.ts';

const [url = '', folder = '', epoch = '1'] = process.argv.slice(2);
const nothing = (): void => undefined;
const log: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const meter: Meter = { count: nothing, observe: nothing, gauge: nothing };
const say = (word: string, number: number): void => void writeSync(1, `${word} ${number}\n`);

const fence = {
  cell: 'test',
  epoch: Number(epoch),
  holder: `writer-${epoch}`,
  lost: () => say('lost', Number(epoch)),
};
const ledger = await openLedger({ database: openDatabase(url, log), folder, fence, log, meter });
let sequence = await ledger.lastSequence();
say('start', sequence);
for (;;) {
  for (let burst = 1 + Math.floor(Math.random() * 5); burst > 0; burst -= 1) {
    sequence += 1;
    const number = sequence;
    const time = new Date().toISOString();
    const call = `call-${number % 11}`;
    ledger.append({
      facts: [
        {
          sequence,
          type: 'call.moved',
          time,
          call,
          platform: '12345',
          actor: 'system:engine',
          data: { epoch, text: '三方通话' },
        },
      ],
    });
    void ledger.durable(number).then(() => say('stored', number), nothing);
  }
  await sleep(Math.random() * 8);
}
