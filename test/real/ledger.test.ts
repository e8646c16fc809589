// The ledger on a real PostgreSQL: order, exactly once, crashes of either side, the fence, reading what is not stored yet.
// The stories are in ledger/; they must not share a database, each has its own.
import { test } from 'tap';
import { Stand } from './ledger-stand.ts';
import type { Test } from 'tap';
import { inOrder, notStoredYet, pages, hostileTexts, cost } from './ledger/reading.ts';
import {
  killedUnderLoad,
  hung,
  killedInTheMiddle,
  writerKilled,
  spoolCut,
  noDisk,
} from './ledger/outages.ts';
import { appendOnly, laterIndexes, lowerEpoch, renewal } from './ledger/fence.ts';

const stand = await Stand.start();

const stories: readonly (readonly [title: string, story: (t: Test, stand: Stand) => Promise<void>])[] = [
  ['CL7 facts come back in the order they went in, once each, after a restart too', inOrder],
  ['CL7 what is not stored yet is read all the same; newer views win', notStoredYet],
  ['R12 pages of calls by cursor: none skipped, none twice, while new calls arrive', pages],
  ['SV6 G11 PostgreSQL killed under load: nothing refused, nothing lost, nothing twice', killedUnderLoad],
  ['SV6 PostgreSQL hangs: commands wait a second, not for ever; the late commit counts once', hung],
  [
    'F8 PostgreSQL killed in the middle of reads and transactions: they fail, the process lives',
    killedInTheMiddle,
  ],
  [
    'SV8 G9 the writer killed at random points, PostgreSQL there or not: every number said is stored once',
    writerKilled,
  ],
  ['SV6 a spool cut anywhere in its last line: the whole lines are replayed', spoolCut],
  [
    'G14 F14 neither disk takes it: refused as not-stored, kept in memory, stored when there is room again',
    noDisk,
  ],
  ['CL10 texts that PostgreSQL cannot hold, and an entry it refuses, hold nobody up', hostileTexts],
  ['F3 a lower epoch never writes, and is told; its facts are put aside, not lost', lowerEpoch],
  ['F3 a renewal of the lease waits for no write, a write for no renewal', renewal],
  ['G24 facts cannot be changed; a changed migration is refused; two nodes may migrate at once', appendOnly],
  [
    'G24 indexes over large tables are made beside who writes, once, also after one was cut short',
    laterIndexes,
  ],
  ['G27 what a fact costs', cost],
];

test('the ledger', async (t) => {
  t.teardown(() => stand.stop());
  for (const [title, story] of stories) await t.test(title, (t) => story(t, stand));
});
