// Where entries wait while PostgreSQL is away: one fsynced file of checksummed lines, in order (SV6, G11).
// It must not decide when it is used, and never forget a line that was acknowledged.
import { constants } from 'node:fs';
import { copyFile, mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../engine/ports.ts';
import { readSpoolLine, spoolLine } from './entry-text.ts';
import type { EntryText, StoredEntry } from './entry-text.ts';

const chunkBytes = 256 * 1024;
const newline = 0x0a;

export interface SpoolChunk {
  readonly lines: readonly EntryText[];
  /** Where the next chunk begins. */
  readonly next: number;
}

export class Spool {
  readonly #file: FileHandle;
  readonly #refusals: FileHandle;
  readonly #log: Log;
  #size = 0;
  #entries = 0;
  #last = 0;
  /** Writes run one after another; so a clearing can never swallow a line written meanwhile. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(file: FileHandle, refusals: FileHandle, log: Log) {
    this.#file = file;
    this.#refusals = refusals;
    this.#log = log;
  }

  /** Opens the folder's spool, cuts off a half-written end, and shows each waiting entry to `found`, oldest first. */
  static async open(folder: string, log: Log, found: (entry: StoredEntry) => void): Promise<Spool> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, 'facts.ndjson');
    const flags = constants.O_RDWR | constants.O_CREAT;
    const spool = new Spool(
      await open(path, flags, 0o600),
      await open(join(folder, 'refused.ndjson'), 'a', 0o600),
      log,
    );
    await syncFolder(folder);
    await spool.#repair(path, found);
    return spool;
  }

  /** Bytes waiting; 0 = nothing waits and no clearing is under way. */
  get size(): number {
    return this.#size;
  }
  get entries(): number {
    return this.#entries;
  }
  /** Sequence of the latest waiting entry, 0 when none waits. */
  get last(): number {
    return this.#last;
  }

  /** Resolves when the entries are on disk. After a failure (disk full) the file is as it was before. */
  append(entries: readonly EntryText[]): Promise<void> {
    return this.#inTurn(async () => {
      const bytes = Buffer.from(entries.map(spoolLine).join(''));
      try {
        await writeAll(this.#file, bytes, this.#size);
        await this.#file.datasync();
      } catch (error) {
        await this.#file.truncate(this.#size).catch(() => undefined);
        throw error;
      }
      this.#size += bytes.length;
      this.#entries += entries.length;
      this.#last = entries.at(-1)?.last ?? this.#last;
    });
  }

  /** Whole lines from a place on; none when the end is reached. Damaged ones are left out. */
  async read(from: number): Promise<SpoolChunk> {
    const { lines, next } = await this.#linesFrom(from, this.#size);
    return { lines: lines.flatMap((line) => readSpoolLine(line.text) ?? []), next };
  }

  /** Empties the file, unless something was appended after `end`. True when it is empty now. */
  clear(end: number): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#size !== end) return false;
      await this.#file.truncate(0);
      await this.#file.datasync();
      this.#size = 0;
      this.#entries = 0;
      this.#last = 0;
      return true;
    });
  }

  /** Keeps an entry that PostgreSQL refuses whatever one does, so that it cannot hold up those behind it. */
  refuse(entry: EntryText): Promise<void> {
    return this.#inTurn(async () => {
      await this.#refusals.appendFile(spoolLine(entry));
      await this.#refusals.datasync();
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(() => this.#file.close());
    await this.#refusals.close();
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** What follows the last whole line was never acknowledged (its fsync had not returned) and is cut off. */
  async #repair(path: string, found: (entry: StoredEntry) => void): Promise<void> {
    const { size } = await this.#file.stat();
    let damaged = 0;
    for (let at = 0; at < size;) {
      const { lines, next } = await this.#linesFrom(at, size);
      for (const line of lines) {
        const entry = readSpoolLine(line.text);
        if (entry === null) {
          damaged += 1;
          continue;
        }
        this.#entries += 1;
        this.#last = entry.last;
        this.#size = line.end;
        found(JSON.parse(entry.json) as StoredEntry);
      }
      at = next;
    }
    if (this.#size < size || damaged > 0) {
      await copyFile(path, `${path}.damaged-${String(Date.now())}`);
      await this.#file.truncate(this.#size);
      this.#log.warn(
        { damaged, cutBytes: size - this.#size },
        'the spool had unfinished lines; a copy is kept beside it',
      );
    }
    // Lines of a killed predecessor may still be in the page cache alone.
    await this.#file.datasync();
  }

  async #linesFrom(
    from: number,
    end: number,
  ): Promise<{ lines: { text: string; end: number }[]; next: number }> {
    for (let length = chunkBytes; ; length *= 4) {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, end - from)));
      await readAll(this.#file, bytes, from);
      // Cut by bytes: a torn line may end within a character.
      const lines: { text: string; end: number }[] = [];
      let start = 0;
      for (let cut = bytes.indexOf(newline); cut >= 0; cut = bytes.indexOf(newline, start)) {
        lines.push({ text: bytes.toString('utf8', start, cut), end: from + cut + 1 });
        start = cut + 1;
      }
      // None: the end, or a single entry longer than a chunk.
      if (lines.length > 0) return { lines, next: from + start };
      if (from + length >= end) return { lines, next: end };
    }
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}

async function readAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
    if (bytesRead === 0)
      throw new Error('The spool file is shorter than it was; is another server using this state folder?');
    done += bytesRead;
  }
}

/** Without this a new file's name may be gone after a power cut, and its content with it. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
