// Ids and serial numbers of tickets to be: ids grow with time (UUID version 7), serials are day and running number.
// It must not be asked twice for one ticket; numbers taken and not used are lost, which is harmless.
import { randomBytes } from 'node:crypto';
import type { Identity } from '../../../domain/ticket/inputs.ts';
import type { Database } from '../database.ts';
import { reading } from './transaction.ts';

const blockSize = 1000;
const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' });

export class Identities {
  readonly #database: Database;
  readonly #now: () => number;
  #next = 0;
  #left = 0;
  #filling: Promise<void> | null = null;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** This many at once. Nothing is awaited between the look and the taking: others take from the same block. */
  async take(count: number): Promise<Identity[]> {
    while (this.#left < count) {
      this.#filling ??= this.#fill().finally(() => (this.#filling = null));
      await this.#filling;
    }
    return Array.from({ length: count }, () => this.#one());
  }

  #one(): Identity {
    this.#left -= 1;
    const now = this.#now();
    const running = this.#next;
    this.#next += 1;
    const date = day.format(now).replaceAll('-', '');
    return { id: timeOrdered(now), serial: `${date}-${String(running).padStart(7, '0')}` };
  }

  /** A block of its own for each process: numbers never meet. */
  async #fill(): Promise<void> {
    const { rows } = await reading(() =>
      this.#database.pool.query<{ block: number }>("select nextval('ticket_serial_blocks') as block"),
    );
    this.#next = (rows[0]?.block ?? 0) * blockSize;
    this.#left = blockSize;
  }
}

function timeOrdered(now: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x70;
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
