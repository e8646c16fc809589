// The workbook of an export: whole, escaped, sheet after sheet, and its reader sets the pace.
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { workbook } from '../../server/api/export/xlsx.ts';
import type { Ticket } from '../../server/protocol/ticket.ts';
import { unzip } from '../zip.ts';

const now = '2026-11-22T02:00:00.000Z';
const ticket = (n: number, summary = `第${n}件`): Ticket => ({
  schema: 1,
  id: `t-${n}`,
  serial: `s-${n}`,
  version: 1,
  kind: 'work-order',
  platform: '12345',
  originPlatform: '12345',
  platforms: ['12345'],
  class: 'general',
  emergency: false,
  state: 'new',
  source: 'phone',
  item: '',
  region: '',
  place: '',
  summary,
  confidential: false,
  policeAttended: false,
  joint: false,
  calls: [],
  links: [],
  deadlines: [],
  receipts: [],
  disputes: [],
  returns: 0,
  openedBy: '1001',
  openedAt: now,
  changedAt: now,
});

void t.test(
  'A10 R13 a workbook: text cells alone, whatever is in them; more rows than a sheet holds go on in the next',
  async (t) => {
    async function* pages() {
      for (let n = 0; n < 30; n += 10) {
        await Promise.resolve();
        yield Array.from({ length: 10 }, (_, k) => ticket(n + k));
      }
      yield [ticket(30, '=1+1 <&> \u0001\n')];
    }
    const files = unzip(await buffer(workbook(pages(), 12)));
    t.same([...files.keys()].sort(), [
      '[Content_Types].xml',
      '_rels/.rels',
      'xl/_rels/workbook.xml.rels',
      'xl/workbook.xml',
      'xl/worksheets/sheet1.xml',
      'xl/worksheets/sheet2.xml',
      'xl/worksheets/sheet3.xml',
    ]);
    const sheets = [1, 2, 3].map((n) => files.get(`xl/worksheets/sheet${n}.xml`)?.toString('utf8') ?? '');
    t.same(
      sheets.map((text) => text.split('<row>').length - 2),
      [12, 12, 7],
      'each with its heading',
    );
    const serials = sheets.flatMap((text) => [...text.matchAll(/>(s-\d+)</g)].map(([, serial]) => serial));
    t.same(
      serials,
      Array.from({ length: 31 }, (_, n) => `s-${n}`),
    );
    t.match(sheets[2], '>=1+1 &lt;&amp;&gt; \n<');
    t.notMatch(sheets.join(''), /<f>/, 'no formula');
  },
);

void t.test('R13 whoever reads slowly or goes away holds up or ends the reading behind it', async (t) => {
  let read = 0;
  let ended = false;
  async function* pages() {
    try {
      for (;;) {
        await Promise.resolve();
        read += 1;
        // Cannot be packed into little.
        yield Array.from({ length: 100 }, (_, n) =>
          ticket(n, Array.from({ length: 200 }, () => Math.random()).join()),
        );
      }
    } finally {
      ended = true;
    }
  }
  const failures: unknown[] = [];
  const stream = workbook(pages());
  stream.on('error', (error) => failures.push(error));
  await new Promise((resolve) => stream.once('readable', resolve));
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.ok(read < 20, `nobody reads: ${read} pages were read ahead`);
  stream.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.ok(ended, 'the reading has ended');
  t.same(failures, [], 'which is no failure');
});

void t.test('R13 a workbook whose pages fail half-way fails, and ends nothing else', async (t) => {
  async function* pages() {
    yield [ticket(1)];
    await Promise.resolve();
    throw new Error('The database is away.');
  }
  await t.rejects(buffer(workbook(pages())), /away/);
});
