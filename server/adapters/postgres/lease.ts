// The lease: one row in PostgreSQL says which engine acts for the cell, under an epoch that grows with each owner.
// PostgreSQL being away does not lose it: calls must go on, no other engine can take the row either, and Asterisk itself
// keeps out a second engine (a newer application replaces the older). It must not be renewed on a connection that
// anything else can hold up.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Lease, Log } from '../../engine/ports.ts';
import { connectMilliseconds } from './database.ts';
import type { Database } from './database.ts';
import { shortly } from './failures.ts';
import { ensureLease } from './fence.ts';
import type { Fence } from './fence.ts';
import { NodeFile } from './node-file.ts';

const renewMilliseconds = 1000;
const retryMilliseconds = 250;
const aloneAfterMilliseconds = 5000;
const life = "interval '3 seconds'";

// $4: an epoch this node has used while it was alone. $5: whether our node's own last process is surely gone.
const takeSql = `
  update lease set holder = $2, node = $3, epoch = greatest(epoch, $4) + 1, expires_at = clock_timestamp() + ${life}
  where cell = $1 and (expires_at < clock_timestamp() or (node = $3 and $5)) returning epoch`;
const renewSql = `
  update lease set expires_at = clock_timestamp() + ${life} where cell = $1 and holder = $2 and epoch = $3 returning epoch`;
// After being alone: ours is the higher epoch, and nobody lives on the row.
const claimSql = `
  update lease set holder = $2, node = $4, epoch = $3, expires_at = clock_timestamp() + ${life}
  where cell = $1 and epoch < $3 and (expires_at < clock_timestamp() or node = $4) returning epoch`;

export interface LeaseParts {
  readonly database: Database;
  readonly cell: string;
  /** Where the node's identity and last epoch are kept. */
  readonly folder: string;
  readonly log: Log;
}

export async function openLease({ database, cell, folder, log }: LeaseParts): Promise<Lease & Fence> {
  return new RowLease(database, cell, await NodeFile.open(folder), log);
}

class RowLease implements Lease, Fence {
  readonly cell: string;
  readonly holder = randomUUID();
  readonly #database: Database;
  readonly #node: NodeFile;
  readonly #log: Log;
  readonly #listeners: (() => void)[] = [];
  #client: Client | null = null;
  #epoch = 0;
  #timer: NodeJS.Timeout | null = null;
  #renewing: Promise<void> | null = null;
  #state: 'waiting' | 'held' | 'lost' | 'released' = 'waiting';
  #reachable = true;

  constructor(database: Database, cell: string, node: NodeFile, log: Log) {
    this.#database = database;
    this.cell = cell;
    this.#node = node;
    this.#log = log;
  }

  /** 0 until acquired. */
  get epoch(): number {
    return this.#epoch;
  }

  async acquire(): Promise<number> {
    const predecessorGone = this.#node.predecessorIsGone();
    let awaySince: number | null = null;
    while (this.#state === 'waiting') {
      const epoch = await this.#take(predecessorGone);
      if (typeof epoch === 'number') return this.#hold(epoch);
      awaySince = epoch === 'away' ? (awaySince ?? performance.now()) : null;
      if (awaySince !== null && performance.now() - awaySince >= aloneAfterMilliseconds) {
        const alone = this.#node.epoch + 1;
        this.#log.warn(
          { epoch: alone },
          'PostgreSQL is away: going on alone, with an epoch from the state folder',
        );
        return this.#hold(alone);
      }
      await sleep(retryMilliseconds);
    }
    throw new Error('The lease was released before it was acquired; nothing to do but end.');
  }

  onLost(listener: () => void): void {
    this.#listeners.push(listener);
  }

  lost(reason: string): void {
    if (this.#state !== 'held') return;
    this.#state = 'lost';
    if (this.#timer) clearInterval(this.#timer);
    this.#log.error({ epoch: this.#epoch, reason }, 'the lease is lost; this engine must not act any more');
    for (const listener of this.#listeners) listener();
  }

  /** Gives the cell to whoever waits for it. Close the ledger first: nothing of ours is written after this. */
  async release(): Promise<void> {
    const held = this.#state === 'held';
    if (this.#state !== 'lost') this.#state = 'released';
    if (this.#timer) clearInterval(this.#timer);
    await this.#renewing;
    if (held) {
      const sql =
        "update lease set holder = null, node = null, expires_at = '-infinity' where cell = $1 and holder = $2 and epoch = $3";
      await this.#run(sql, [this.cell, this.holder, this.#epoch]).catch((error: unknown) => {
        this.#log.info({ reason: shortly(error) }, 'the lease could not be given back; it expires by itself');
      });
    }
    await this.#client?.end().catch(() => undefined);
    this.#client = null;
  }

  async #take(predecessorGone: boolean): Promise<number | 'taken' | 'away'> {
    try {
      await this.#run(ensureLease, [this.cell]);
      const parameters = [this.cell, this.holder, this.#node.node, this.#node.epoch, predecessorGone];
      const [row] = await this.#run(takeSql, parameters);
      return row?.epoch ?? 'taken';
    } catch (error) {
      this.#dropClient(error);
      return 'away';
    }
  }

  async #hold(epoch: number): Promise<number> {
    await this.#node.keep(epoch);
    this.#epoch = epoch;
    this.#state = 'held';
    // A process that was stopped and wakes (F3) finds this timer overdue, and looks before it does much else.
    this.#timer = setInterval(() => {
      // Never two at once: a database that hangs must not gather a queue of renewals.
      this.#renewing ??= this.#renew().finally(() => {
        this.#renewing = null;
      });
    }, renewMilliseconds).unref();
    this.#log.info({ epoch, node: this.#node.node }, 'this engine holds the cell');
    return epoch;
  }

  async #renew(): Promise<void> {
    if (this.#state !== 'held') return;
    try {
      if ((await this.#run(renewSql, [this.cell, this.holder, this.#epoch])).length > 0) return;
      if ((await this.#run(claimSql, [this.cell, this.holder, this.#epoch, this.#node.node])).length > 0) {
        this.#log.info({ epoch: this.#epoch }, 'the lease taken while alone is in the database now');
        return;
      }
      const [row] = await this.#run('select epoch from lease where cell = $1', [this.cell]);
      if (row) this.lost(`another engine holds the cell under epoch ${row.epoch}`);
      else await this.#run(ensureLease, [this.cell]);
    } catch (error) {
      this.#dropClient(error);
    }
  }

  async #run(sql: string, values: readonly unknown[]): Promise<readonly { readonly epoch: number }[]> {
    this.#client ??= await this.#database.connect('lease');
    const query = { text: sql, values: [...values], query_timeout: connectMilliseconds };
    const { rows } = await this.#client.query<{ epoch: number }>(query);
    if (!this.#reachable) this.#log.info({}, 'the lease can be renewed again');
    this.#reachable = true;
    return rows;
  }

  #dropClient(error: unknown): void {
    void this.#client?.end().catch(() => undefined);
    this.#client = null;
    if (this.#reachable)
      this.#log.warn({ reason: shortly(error) }, 'PostgreSQL cannot be asked about the lease');
    this.#reachable = false;
  }
}
