// The highest sequence PostgreSQL has confirmed, kept in a small file: with it a server that starts while PostgreSQL is
// away goes on counting where it stopped (CL7). It must not be trusted over the database or the spool: the highest wins.
import { closeSync, constants, fdatasync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const digits = 16;
const syncMilliseconds = 1000;

export class LastSequence {
  readonly #file: number;
  #value = 0;
  #syncing: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(folder: string) {
    this.#file = openSync(join(folder, 'last-sequence'), constants.O_RDWR | constants.O_CREAT, 0o600);
    const text = Buffer.alloc(digits);
    const length = readSync(this.#file, text, 0, digits, 0);
    const read = Number(text.toString('latin1', 0, length));
    this.#value = Number.isSafeInteger(read) ? read : 0;
  }

  get value(): number {
    return this.#value;
  }

  /**
   * One write of 17 bytes within a page: a killed process leaves the old or the new number, never a mixture. A power cut
   * may cost the last second; facts numbered twice through that are put aside by the database, not lost.
   */
  keep(sequence: number): void {
    if (sequence <= this.#value) return;
    this.#value = sequence;
    writeSync(this.#file, `${String(sequence).padStart(digits, '0')}\n`, 0, 'latin1');
    this.#syncing ??= setTimeout(() => {
      this.#syncing = null;
      fdatasync(this.#file, () => undefined);
    }, syncMilliseconds).unref();
  }

  close(): void {
    // Closed twice, the number would by then be another file's or socket's, and take that away from under the process.
    if (this.#closed) return;
    this.#closed = true;
    if (this.#syncing) clearTimeout(this.#syncing);
    closeSync(this.#file);
  }
}
