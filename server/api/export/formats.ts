// Pages of tickets → bytes of a file, page by page, so that a million rows take no more memory than a thousand.
// It must not hold rows back: a slow reader slows the reading of the database.
import { PassThrough, Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { Ticket } from '../../protocol/ticket.ts';
import { columns, rowOf } from './rows.ts';

export type Pages = AsyncIterable<readonly Ticket[]>;
export const formats = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const;
export type Format = keyof typeof formats;

/** Rows a sheet of Excel can hold, without its heading. */
const mostSheetRows = 1_048_575;

export function exported(format: Format, pages: Pages, failed: (error: unknown) => void): Readable {
  switch (format) {
    case 'csv':
      return Readable.from(csv(pages), { objectMode: false });
    case 'ndjson':
      return Readable.from(ndjson(pages), { objectMode: false });
    case 'xlsx': {
      const out = new PassThrough();
      xlsx(pages, out).catch((error: unknown) => {
        failed(error);
        out.destroy(error instanceof Error ? error : new Error(String(error)));
      });
      return out;
    }
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

async function xlsx(pages: Pages, out: PassThrough): Promise<void> {
  // Heavy, and asked for seldom: loaded when it is.
  const { default: excel } = await import('exceljs');
  const book = new excel.stream.xlsx.WorkbookWriter({
    stream: out,
    useSharedStrings: false,
    useStyles: false,
  });
  const fresh = (n: number) => {
    const sheet = book.addWorksheet(n === 1 ? 'tickets' : `tickets ${n}`);
    sheet.addRow([...columns]).commit();
    return sheet;
  };
  let sheets = 1;
  let sheet = fresh(sheets);
  let rows = 0;
  for await (const page of pages) {
    for (const ticket of page) {
      if (rows === mostSheetRows) {
        sheet.commit();
        sheets += 1;
        sheet = fresh(sheets);
        rows = 0;
      }
      sheet.addRow([...rowOf(ticket)]).commit();
      rows += 1;
    }
    if (out.writableNeedDrain) await new Promise((resume) => out.once('drain', resume));
    if (out.destroyed) throw new Error('the reader went away');
  }
  sheet.commit();
  await book.commit();
}
