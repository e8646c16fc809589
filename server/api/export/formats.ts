// Pages of tickets → bytes of a file, page by page, so that a million rows take no more memory than a thousand.
// It must not hold rows back: a slow reader slows the reading of the database.
import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { ExportFormat } from '../../protocol/ticket.ts';
import { columns, rowOf } from './rows.ts';
import type { Pages } from './rows.ts';
import { workbook } from './xlsx.ts';

export const formats = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const satisfies Record<ExportFormat, string>;

export function exported(format: ExportFormat, pages: Pages): Readable {
  switch (format) {
    case 'csv':
      return Readable.from(csv(pages), { objectMode: false });
    case 'ndjson':
      return Readable.from(ndjson(pages), { objectMode: false });
    case 'xlsx':
      return workbook(pages);
  }
}

async function* csv(pages: Pages): AsyncGenerator<string> {
  // Excel takes UTF-8 for what it is only behind a byte order mark.
  yield `\uFEFF${stringify([[...columns]], { record_delimiter: 'windows' })}`;
  for await (const page of pages)
    // A10: a cell that begins like a formula is shown, never run.
    yield stringify(
      page.map((ticket) => [...rowOf(ticket)]),
      {
        escape_formulas: true,
        record_delimiter: 'windows',
      },
    );
}

async function* ndjson(pages: Pages): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((ticket) => `${JSON.stringify(ticket)}\n`).join('');
}
