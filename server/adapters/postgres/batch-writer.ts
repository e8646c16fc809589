// One connection that writes batches of entries, each in one statement and so in one transaction (group commit).
// It must not retry or reorder: the ledger decides what becomes of a batch that failed.
import type { Client } from 'pg';
import { connectMilliseconds } from './database.ts';
import type { Database } from './database.ts';
import type { EntryText } from './entry-text.ts';
import { leaseLost } from './failures.ts';
import { ensureLease } from './fence.ts';
import type { Fence } from './fence.ts';

// The fence is read FOR KEY SHARE in the very statement that writes: a take-over (which changes the key, see the lease
// table) either waits for this statement or makes it find no row. `epoch <`: an engine that went on alone while
// PostgreSQL was away has the higher epoch, and its renewal claims the row within a second.
const fenced = `
with fence as materialized (
  select from lease where cell = $1 and (epoch < $2 or (epoch = $2 and holder = $3)) for key share
), entry as materialized (
  select e.body, e.place, (e.body ->> 'epoch')::bigint as epoch
  from fence, jsonb_array_elements($4::jsonb) with ordinality as e (body, place)
), fact as materialized (
  select f.*, entry.epoch from entry, jsonb_to_recordset(entry.body -> 'facts') as f (
    sequence bigint, type text, time timestamptz, call text, platform text, actor text, data jsonb)
)`;

const writeBatch = `${fenced}, facts_written as (
  insert into facts (sequence, type, time, call, platform, actor, data, epoch)
  select sequence, type, time, call, platform, actor, data, epoch from fact order by sequence
  on conflict (sequence) do nothing
  returning 1
), calls_written as (
  insert into calls (id, epoch, version, live, platform, number, queue, first_receiver,
    arrived_at, answered_at, ended_at, end_reason, view)
  select distinct on (view ->> 'id') view ->> 'id', epoch, (view ->> 'version')::bigint, not (body -> 'call' ->> 'ended')::boolean,
    view ->> 'platform', view -> 'caller' ->> 'number', view ->> 'queue', view ->> 'firstReceiver',
    (view ->> 'arrivedAt')::timestamptz, (view ->> 'answeredAt')::timestamptz, (view ->> 'endedAt')::timestamptz,
    view ->> 'endReason', view
  from entry, lateral (select body -> 'call' -> 'view') as c (view)
  where view is not null
  order by view ->> 'id', epoch desc, (view ->> 'version')::bigint desc, place desc
  on conflict (id) do update set epoch = excluded.epoch, version = excluded.version, live = excluded.live,
    platform = excluded.platform, number = excluded.number, queue = excluded.queue,
    first_receiver = excluded.first_receiver, arrived_at = excluded.arrived_at, answered_at = excluded.answered_at,
    ended_at = excluded.ended_at, end_reason = excluded.end_reason, view = excluded.view
  where (calls.epoch, calls.version) <= (excluded.epoch, excluded.version)
), seats_written as (
  insert into seats (id, epoch, version, view)
  select distinct on (view ->> 'id') view ->> 'id', epoch, (view ->> 'version')::bigint, view
  from entry, lateral (select body -> 'seat') as s (view)
  where view is not null
  order by view ->> 'id', epoch desc, (view ->> 'version')::bigint desc, place desc
  on conflict (id) do update set epoch = excluded.epoch, version = excluded.version, view = excluded.view
  where (seats.epoch, seats.version) <= (excluded.epoch, excluded.version)
), call_backs_written as (
  insert into call_backs (call, platform, number, class, reason, at)
  select b ->> 'call', b ->> 'platform', b ->> 'number', b ->> 'class', b ->> 'reason',
    timestamptz 'epoch' + (b ->> 'at')::float8 * interval '1 millisecond'
  from entry, lateral (select body -> 'callBack') as c (b)
  where b is not null
  on conflict (call, at) do nothing
)
select (select count(*) from fence) as held, (select count(*) from facts_written) as written`;

// Only after a batch whose numbers were partly taken: ours, replayed (same epoch), or another engine's.
const putAside = `${fenced}, aside as (
  insert into facts_aside (epoch, sequence, type, time, call, platform, actor, data)
  select fact.epoch, fact.sequence, fact.type, fact.time, fact.call, fact.platform, fact.actor, fact.data
  from fact join facts as stored using (sequence)
  where stored.epoch <> fact.epoch
  on conflict do nothing
  returning 1
)
select (select count(*) from fence) as held, (select count(*) from aside) as written`;

interface Outcome {
  readonly held: number;
  readonly written: number;
}

export class BatchWriter {
  readonly #database: Database;
  readonly #fence: Fence;
  #client: Client | null = null;

  constructor(database: Database, fence: Fence) {
    this.#database = database;
    this.#fence = fence;
  }

  get connected(): boolean {
    return this.#client !== null;
  }

  /** Connects and gives the highest sequence stored. Rejects when PostgreSQL is away. */
  async connect(): Promise<number> {
    const client = await this.#database.connect('ledger');
    client.once('end', () => {
      if (this.#client === client) this.#client = null;
    });
    try {
      const query_timeout = connectMilliseconds;
      const ensure = { text: ensureLease, values: [this.#fence.cell], query_timeout };
      await client.query(ensure);
      const ask = { text: 'select coalesce(max(sequence), 0) as last from facts', query_timeout };
      const { rows } = await client.query<{ last: number }>(ask);
      this.#client = client;
      return rows[0]?.last ?? 0;
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
  }

  /**
   * Resolves when the batch is committed, with how many of its facts had to be put aside. Writing it twice is harmless.
   * Rejects with `not-active` when the lease is another's; with PostgreSQL's own error otherwise, outcome unknown.
   */
  async write(entries: readonly EntryText[], milliseconds: number): Promise<number> {
    const sent = entries.reduce((sum, entry) => sum + entry.facts, 0);
    const json = `[${entries.map((entry) => entry.json).join(',')}]`;
    const { written } = await this.#run('ledger-write', writeBatch, json, milliseconds);
    return written === sent ? 0 : (await this.#run('ledger-aside', putAside, json, milliseconds)).written;
  }

  /** Gives the connection up; a statement still under way may yet commit, or not. */
  drop(): void {
    const client = this.#client;
    this.#client = null;
    void client?.end().catch(() => undefined);
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  async #run(name: string, text: string, json: string, milliseconds: number): Promise<Outcome> {
    const { cell, epoch, holder } = this.#fence;
    if (this.#client === null) throw new Error('The connection to PostgreSQL is lost.');
    const query = { name, text, values: [cell, epoch, holder, json], query_timeout: milliseconds };
    const { rows } = await this.#client.query<Outcome>(query);
    const outcome = rows[0];
    if (outcome?.held !== 1) throw leaseLost(epoch);
    return outcome;
  }
}
