// Pages of tickets → an Excel workbook, row by row into the ZIP file as it goes out (ECMA-376, text cells alone).
// It must not hold rows: whoever reads slowly slows the reading of the database.
import { PassThrough, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { Ticket } from '../../protocol/ticket.ts';
import { columns, rowOf } from './rows.ts';
import type { Pages } from './rows.ts';

/** Rows a sheet of Excel can hold, without its heading. */
const mostSheetRows = 1_048_575;
// Mostly repetition: the quickest packs it almost as well, and calls share the processor.
const compressionLevel = 1;

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const packages = 'http://schemas.openxmlformats.org/package/2006';
const types = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

const special = /[&<>]/;
// What XML 1.0 has no way to write.
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const written = (text: string): string => {
  const plain = text.replace(unwritable, '');
  if (!special.test(plain)) return plain;
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
};
/** Text, whatever it looks like: nothing in it is ever a formula (A10). */
const cell = (text: string): string =>
  text === '' ? '<c/>' : `<c t="inlineStr"><is><t xml:space="preserve">${written(text)}</t></is></c>`;
const line = (cells: readonly string[]): string => `<row>${cells.map(cell).join('')}</row>`;

/** Fails where the pages do: a workbook cut short must not look whole. */
export function workbook(pages: Pages, most = mostSheetRows): Readable {
  const zip = new ZipFile();
  const out = zip.outputStream.pipe(new PassThrough());
  const sheets = new Sheets(pages, most);
  const write = async (): Promise<void> => {
    let count = 0;
    do {
      count += 1;
      const sheet = Readable.from(sheets.next(), { objectMode: false });
      // Whoever goes away ends the reading behind it.
      out.once('close', () => sheet.destroy());
      zip.addReadStream(sheet, `xl/worksheets/sheet${count}.xml`, { compressionLevel });
      await finished(sheet);
    } while (sheets.more);
    for (const [path, text] of parts(count)) zip.addBuffer(Buffer.from(declaration + text, 'utf8'), path);
    zip.end();
  };
  write().catch((error: unknown) => {
    if (!out.destroyed) out.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return out;
}

/** The rows of one sheet after the other. */
class Sheets {
  readonly #pages: AsyncIterator<readonly Ticket[]>;
  readonly #most: number;
  #left: readonly Ticket[] = [];
  more = true;

  constructor(pages: Pages, most: number) {
    this.#pages = pages[Symbol.asyncIterator]();
    this.#most = most;
  }

  async *next(): AsyncGenerator<string> {
    let whole = false;
    try {
      yield `${declaration}<worksheet xmlns="${main}"><sheetData>${line(columns)}`;
      let rows = 0;
      while (await this.#filled()) {
        if (rows === this.#most) break;
        const some = this.#left.slice(0, this.#most - rows);
        this.#left = this.#left.slice(some.length);
        rows += some.length;
        yield some.map((ticket) => line(rowOf(ticket))).join('');
      }
      yield '</sheetData></worksheet>';
      whole = true;
    } finally {
      if (!whole) await this.#pages.return?.();
    }
  }

  /** Whether there is a row left. */
  async #filled(): Promise<boolean> {
    while (this.#left.length === 0 && this.more) {
      const page = await this.#pages.next();
      if (page.done === true) this.more = false;
      else this.#left = page.value;
    }
    return this.#left.length > 0;
  }
}

function parts(sheets: number): readonly (readonly [string, string])[] {
  const all = Array.from({ length: sheets }, (_, n) => n + 1);
  return [
    [
      '[Content_Types].xml',
      `<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${types}.sheet.main+xml"/>${all
        .map(
          (n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${types}.worksheet+xml"/>`,
        )
        .join('')}</Types>`,
    ],
    [
      '_rels/.rels',
      `<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ],
    [
      'xl/_rels/workbook.xml.rels',
      `<Relationships xmlns="${packages}/relationships">${all
        .map(
          (n) =>
            `<Relationship Id="rId${n}" Type="${relations}/worksheet" Target="worksheets/sheet${n}.xml"/>`,
        )
        .join('')}</Relationships>`,
    ],
    [
      'xl/workbook.xml',
      `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets>${all
        .map((n) => `<sheet name="tickets${n === 1 ? '' : ` ${n}`}" sheetId="${n}" r:id="rId${n}"/>`)
        .join('')}</sheets></workbook>`,
    ],
  ];
}
