// One transaction on a connection of the pool, tried again where PostgreSQL asks for it (deadlock, serialisation).
// It must not hide a failure: away is `database-away`, everything else goes up as it is.
import type { PoolClient } from 'pg';
import type { Database } from '../database.ts';
import { Gate } from './gate.ts';
import { StoreFailure, isDataRefused, shortly } from '../failures.ts';

const tries = 4;
const stateOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** The same command was written by another a moment ago: looked for again, it is found. */
const isCommandTaken = (error: unknown): boolean =>
  error instanceof Error && 'constraint' in error && error.constraint === 'ticket_facts_commands';

export const ticketsAway = (cause: unknown): StoreFailure =>
  new StoreFailure(
    'database-away',
    `Tickets cannot be read or written just now (${shortly(cause)}); calls go on. Try again in a moment.`,
    { cause },
  );

/** Half of the pool: the other half is for reading. */
const slots = 4;
const gates = new WeakMap<Database, Gate>();

export function transaction<T>(database: Database, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const gate = gates.get(database) ?? new Gate(slots);
  gates.set(database, gate);
  return gate.through(() => attempted(database, work));
}

async function attempted<T>(database: Database, work: (client: PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const client = await database.pool.connect().catch((error: unknown) => {
      throw ticketsAway(error);
    });
    let broken = false;
    try {
      await client.query('begin');
      const done = await work(client);
      await client.query('commit');
      return done;
    } catch (error) {
      broken = await client.query('rollback').then(
        () => false,
        () => true,
      );
      const state = stateOf(error);
      if (attempt < tries && (state === '40P01' || state === '40001' || isCommandTaken(error))) continue;
      if (error instanceof StoreFailure || isDataRefused(error) || (!broken && state === '')) throw error;
      throw ticketsAway(error);
    } finally {
      client.release(broken);
    }
  }
}

/** A read of the pool; whatever fails is `database-away`, unless the data is at fault. */
export async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreFailure || isDataRefused(error)) throw error;
    throw ticketsAway(error);
  }
}
