// Who this node is across restarts, and the highest epoch it ever had: needed when PostgreSQL is away at start.
// It must not be shared by two servers that live at the same time.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './spool.ts';

export interface NodeRecord {
  readonly node: string;
  readonly epoch: number;
  /** Process that wrote this last. */
  readonly pid: number;
}

export class NodeFile {
  readonly #folder: string;
  #record: NodeRecord;

  private constructor(folder: string, record: NodeRecord) {
    this.#folder = folder;
    this.#record = record;
  }

  static async open(folder: string): Promise<NodeFile> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const text = await readFile(join(folder, 'node.json'), 'utf8').catch(() => '');
    return new NodeFile(folder, parse(text) ?? { node: randomUUID(), epoch: 0, pid: 0 });
  }

  get node(): string {
    return this.#record.node;
  }
  get epoch(): number {
    return this.#record.epoch;
  }

  /** The process that wrote the file last is gone, so a lease still in its name may be taken over at once (SV4). */
  predecessorIsGone(): boolean {
    const { pid } = this.#record;
    if (pid === 0 || pid === process.pid) return true;
    try {
      process.kill(pid, 0);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH';
    }
  }

  /** On disk when it resolves; a crash leaves the old record or the new one. */
  async keep(epoch: number): Promise<void> {
    this.#record = { node: this.#record.node, epoch, pid: process.pid };
    const path = join(this.#folder, 'node.json');
    const file = await open(`${path}.part`, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(this.#record)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.part`, path);
    await syncFolder(this.#folder);
  }
}

function parse(text: string): NodeRecord | null {
  try {
    const { node, epoch, pid } = JSON.parse(text) as Partial<NodeRecord>;
    return typeof node === 'string' && Number.isSafeInteger(epoch) && Number.isSafeInteger(pid)
      ? { node, epoch: epoch ?? 0, pid: pid ?? 0 }
      : null;
  } catch {
    return null;
  }
}
