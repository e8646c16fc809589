// Moves entries from memory to a disk: to PostgreSQL in batches, or to the spool while that is away, and from the spool
// to PostgreSQL when it is back; in order, exactly once (SV6, SV8, G9, G11). It must not drop an entry or write under a
// lease that is another's.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log, Meter } from '../../engine/ports.ts';
import { BatchWriter } from './batch-writer.ts';
import type { Database } from './database.ts';
import type { EntryText } from './entry-text.ts';
import { isDataRefused, leaseLost, notStored, shortly, StoreFailure } from './failures.ts';
import type { Fence } from './fence.ts';
import { LastSequence } from './last-sequence.ts';
import type { Spool } from './spool.ts';
import { Waiters } from './waiters.ts';

/** How long a batch may take before the spool takes it instead: a command waits for it. */
const patienceMilliseconds = 1000;
/** Nobody waits for a replay. */
const replayMilliseconds = 10_000;
const retryMilliseconds = 500;
const mostEntriesABatch = 500;
/** A batch begins at most this often: at 300 facts/s it divides the cost of a fact by three, for some ms before a 202. */
const gatherMilliseconds = 20;
/** Where nobody waits for an answer: no later than the state on the channel (saves.ts), from which a fact lost here is told again. */
const unhurriedMilliseconds = 60;

export interface PumpParts {
  readonly database: Database;
  readonly folder: string;
  readonly fence: Fence;
  readonly log: Log;
  readonly meter: Meter;
}

export class Pump {
  readonly #writer: BatchWriter;
  readonly #spool: Spool;
  readonly #marker: LastSequence;
  readonly #fence: Fence;
  readonly #log: Log;
  readonly #meter: Meter;
  readonly #committed: (last: number) => void;
  readonly #waiters = new Waiters();
  /** Taken, not on any disk yet; the front of it may be on its way. */
  #queue: EntryText[] = [];
  #running: Promise<void> | null = null;
  #replaying: Promise<void> | null = null;
  #probe: NodeJS.Timeout | null = null;
  #fenced = false;
  #closed = false;
  /** Null until PostgreSQL was asked for the first time. */
  #up: boolean | null = null;

  /** `committed` is told, in order, up to which sequence PostgreSQL has everything. */
  constructor(
    { database, folder, fence, log, meter }: PumpParts,
    spool: Spool,
    committed: (last: number) => void,
  ) {
    this.#writer = new BatchWriter(database, fence);
    this.#marker = new LastSequence(folder);
    this.#spool = spool;
    this.#fence = fence;
    this.#log = log;
    this.#meter = meter;
    this.#committed = committed;
  }

  get up(): boolean | null {
    return this.#up;
  }

  /** Connects, starts the replay, and gives the highest sequence known to PostgreSQL, the spool or the small file. */
  async start(): Promise<number> {
    const stored = await this.#connect();
    if (stored !== null && stored < this.#marker.value) {
      this.#log.error(
        { database: stored, confirmed: this.#marker.value },
        'PostgreSQL lacks facts it once confirmed; was it restored from a backup? Numbers go on after the lost ones',
      );
    }
    const last = Math.max(stored ?? 0, this.#spool.last, this.#marker.value);
    this.#waiters.stored(last);
    return last;
  }

  push(entry: EntryText): void {
    if (this.#closed) throw new Error('The ledger is closed; append nothing after close().');
    this.#queue.push(entry);
    this.#run();
  }

  durable(sequence: number): Promise<void> {
    return this.#fenced ? Promise.reject(leaseLost(this.#fence.epoch)) : this.#waiters.until(sequence);
  }

  /** Everything pushed is on a disk when this resolves; otherwise it rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#probe) clearTimeout(this.#probe);
    await this.#running;
    await this.#replaying;
    if (this.#queue.length > 0) await this.#store(this.#queue);
    const failure = notStored('the ledger is closed');
    this.#waiters.fail(failure);
    await this.#writer.close();
    this.#marker.close();
    if (this.#queue.length > 0) throw failure;
  }

  #run(): void {
    this.#running ??= this.#empty().finally(() => {
      this.#running = null;
    });
  }

  async #empty(): Promise<void> {
    // What is appended in this same turn of the event loop shares the batch.
    await new Promise((resume) => setImmediate(resume));
    while (this.#queue.length > 0) {
      const began = performance.now();
      if (!(await this.#store(this.#queue.slice(0, mostEntriesABatch)))) {
        this.#tryLater();
        return;
      }
      await this.#gather(began);
    }
  }

  async #gather(began: number): Promise<void> {
    while (this.#queue.length < mostEntriesABatch && !this.#closed) {
      const waited = performance.now() - began;
      const most = this.#waiters.waiting ? gatherMilliseconds : unhurriedMilliseconds;
      if (most - waited <= 1) return;
      await sleep(Math.min(gatherMilliseconds, most - waited));
    }
  }

  /** Puts the front of the queue on a disk. False when neither PostgreSQL nor the spool took it: it stays queued. */
  async #store(batch: readonly EntryText[]): Promise<boolean> {
    const last = batch.at(-1)?.last ?? 0;
    // Lost between two batches: no write failed that would have told, and nobody would connect again (SV6).
    if (this.#up === true && !this.#writer.connected) this.#goDown(new Error('The connection was lost.'));
    // While anything waits in the spool new entries queue behind it: order is kept.
    const direct = this.#writer.connected && this.#spool.size === 0 && !this.#fenced;
    if (direct && (await this.#commit(batch, patienceMilliseconds))) {
      this.#queue = this.#queue.slice(batch.length);
      this.#waiters.stored(last);
      return true;
    }
    try {
      await this.#spool.append(batch);
    } catch (error) {
      this.#log.error(
        { reason: shortly(error) },
        'neither PostgreSQL nor the spool can be written; facts are in memory alone. Look at the disk of the state folder',
      );
      this.#waiters.fail(notStored(error));
      return false;
    }
    this.#queue = this.#queue.slice(batch.length);
    this.#meter.gauge('hotline_ledger_spooled_entries', this.#spool.entries);
    // Kept for the record, but nothing an engine does without the lease is acknowledged.
    if (this.#fenced) this.#waiters.fail(leaseLost(this.#fence.epoch));
    else this.#waiters.stored(last);
    this.#replay();
    return true;
  }

  /** True when PostgreSQL has the batch; false when it is away or the lease is lost, and the spool must have it. */
  async #commit(batch: readonly EntryText[], milliseconds: number): Promise<boolean> {
    const began = performance.now();
    try {
      const aside = await this.#writer.write(batch, milliseconds);
      if (aside > 0) {
        this.#log.error(
          { facts: aside },
          'facts from a time when another engine held the lease are in facts_aside',
        );
      }
    } catch (error) {
      if (error instanceof StoreFailure) this.#loseLease(error);
      else if (isDataRefused(error)) return this.#commitParts(batch, milliseconds, error);
      else this.#goDown(error);
      return false;
    }
    const last = batch.at(-1)?.last ?? 0;
    this.#marker.keep(last);
    this.#committed(last);
    this.#meter.observe('hotline_ledger_write_seconds', (performance.now() - began) / 1000);
    return true;
  }

  /** A refused row must not hold up the others: halves, down to the entry at fault, which is kept in a file of its own. */
  async #commitParts(batch: readonly EntryText[], milliseconds: number, error: unknown): Promise<boolean> {
    const [first] = batch;
    if (first === undefined) return true;
    if (batch.length > 1) {
      const middle = batch.length >>> 1;
      return (
        (await this.#commit(batch.slice(0, middle), milliseconds)) &&
        (await this.#commit(batch.slice(middle), milliseconds))
      );
    }
    await this.#spool.refuse(first);
    this.#meter.count('hotline_ledger_refused_total');
    this.#log.error(
      { sequence: first.last, reason: shortly(error) },
      'PostgreSQL refuses this entry; it is kept in refused.ndjson beside the spool, for a person to enter',
    );
    return true;
  }

  #replay(): void {
    if (this.#closed || this.#fenced || !this.#writer.connected) return;
    this.#replaying ??= this.#replayAll()
      .catch((error: unknown) =>
        this.#log.error({ reason: shortly(error) }, 'the spool cannot be replayed; tried again'),
      )
      .finally(() => {
        this.#replaying = null;
        if (this.#spool.size > 0) this.#tryLater();
      });
  }

  /** Goes along while new entries are appended behind it; done when it has caught up and the file is empty. */
  async #replayAll(): Promise<void> {
    const entries = this.#spool.entries;
    let at = 0;
    while (this.#spool.size > 0 && !this.#closed) {
      const { lines, next } = await this.#spool.read(at);
      if (lines.length > 0 && !(await this.#commit(lines, replayMilliseconds))) return;
      at = next;
      if (lines.length === 0 && (await this.#spool.clear(at))) at = 0;
    }
    this.#meter.gauge('hotline_ledger_spooled_entries', this.#spool.entries);
    if (this.#spool.size === 0) this.#log.info({ entries }, 'the spool was replayed into PostgreSQL');
  }

  async #connect(): Promise<number | null> {
    try {
      const last = await this.#writer.connect();
      if (this.#up === false) this.#log.info({ spooled: this.#spool.entries }, 'PostgreSQL is back');
      this.#up = true;
      this.#meter.gauge('hotline_ledger_database_up', 1);
      this.#goOn();
      return last;
    } catch (error) {
      this.#goDown(error);
      this.#goOn();
      return null;
    }
  }

  #goOn(): void {
    if (this.#spool.size > 0) this.#replay();
    if (this.#queue.length > 0) this.#run();
  }

  #goDown(error: unknown): void {
    this.#writer.drop();
    if (this.#up !== false) {
      this.#log.error({ reason: shortly(error) }, 'PostgreSQL is away; calls go on, facts go to the spool');
    }
    this.#up = false;
    this.#meter.gauge('hotline_ledger_database_up', 0);
    this.#tryLater();
  }

  #tryLater(): void {
    if (this.#closed || this.#fenced) return;
    this.#probe ??= setTimeout(() => {
      this.#probe = null;
      if (this.#writer.connected) this.#goOn();
      else void this.#connect();
    }, retryMilliseconds).unref();
  }

  #loseLease(failure: StoreFailure): void {
    if (this.#fenced) return;
    this.#fenced = true;
    this.#waiters.fail(failure);
    this.#log.error({ epoch: this.#fence.epoch }, 'a write was refused: another engine holds the lease');
    this.#fence.lost('a write was refused by the epoch in the database');
  }
}
