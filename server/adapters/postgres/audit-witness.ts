// Remembers the head of the audit chain outside the database, so that a tail cut off is found (G24, A12).
// It must not fall behind an append that was acknowledged.
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './spool.ts';

export interface AuditHead {
  readonly number: number;
  readonly hash: string;
}

const length = 16 + 1 + 64 + 1;

export class AuditWitness {
  readonly #file: FileHandle;
  #newest: AuditHead | null = null;
  #written = 0;
  #writing: Promise<void> | null = null;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<AuditWitness> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const witness = new AuditWitness(await open(path, constants.O_RDWR | constants.O_CREAT, 0o600));
    await syncFolder(dirname(path));
    witness.#written = (await witness.read())?.number ?? 0;
    return witness;
  }

  /** Null when nothing was witnessed yet. */
  async read(): Promise<AuditHead | null> {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await this.#file.read(bytes, 0, length, 0);
    const match = /^(?<number>\d{16}) (?<hash>[0-9a-f]{64})\n$/.exec(bytes.toString('latin1', 0, bytesRead));
    return match?.groups
      ? { number: Number(match.groups['number']), hash: match.groups['hash'] ?? '' }
      : null;
  }

  /** Resolves when this head, or a later one, is on disk. Heads that come while one is written share the next write. */
  async keep(head: AuditHead): Promise<void> {
    if (head.number > (this.#newest?.number ?? this.#written)) this.#newest = head;
    while (this.#written < head.number) {
      this.#writing ??= this.#write().finally(() => {
        this.#writing = null;
      });
      await this.#writing;
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  async #write(): Promise<void> {
    const head = this.#newest;
    if (!head) return;
    await this.#file.write(`${String(head.number).padStart(16, '0')} ${head.hash}\n`, 0, 'latin1');
    await this.#file.datasync();
    this.#written = head.number;
  }
}
