// The way to PostgreSQL: single connections for the writer and the lease, a pool for readers, the schema made ready once.
// It must not wait long for a database that is away: every connection gives up within a second.
import { Kysely, PostgresDialect } from 'kysely';
import { Client, Pool, types } from 'pg';
import type { ClientConfig } from 'pg';
import type { Log } from '../../engine/ports.ts';
import { migrate, migrateLater } from './migrate.ts';
import { shortly } from './failures.ts';
import type { Tables } from './schema.ts';

export const connectMilliseconds = 1000;
const readMilliseconds = 5000;

export interface Database {
  readonly pool: Pool;
  readonly query: Kysely<Tables>;
  /** A connection of its own, with the schema up to date. Rejects when PostgreSQL is away. The caller ends it. */
  connect(purpose: string): Promise<Client>;
  /** Makes what the schema still lacks and calls need not wait for. False: another node is at it. */
  complete(): Promise<boolean>;
  close(): Promise<void>;
}

// bigint comes as text by default; ours (sequences, epochs, versions) stay far below 2^53.
const int8 = 20;
const parsers: ClientConfig['types'] = {
  getTypeParser: ((oid: number, format: 'text' | 'binary') =>
    oid === int8 && format !== 'binary'
      ? Number
      : // pg's own type of oid is an enum of the known ones.
        (types.getTypeParser as (oid: number, format: string) => unknown)(
          oid,
          format,
        )) as typeof types.getTypeParser,
};

/** Does not connect yet, so that a server can start while PostgreSQL is away. */
export function openDatabase(url: string, log: Log): Database {
  const config = {
    connectionString: url,
    connectionTimeoutMillis: connectMilliseconds,
    types: parsers,
    keepAlive: true,
    // A statement whose client has given up must not live on for ever and hold locks.
    statement_timeout: 15_000,
    lock_timeout: 5000,
    // The plans here are tiny: compiling or remaking them would cost more than running them.
    options: '-c jit=off -c plan_cache_mode=force_generic_plan',
  };
  const pool = new Pool({
    ...config,
    max: 8,
    query_timeout: readMilliseconds,
    application_name: 'hotline',
    allowExitOnIdle: true,
  });
  const lost = (error: Error): void =>
    log.debug({ reason: shortly(error) }, 'a PostgreSQL connection was lost');
  pool.on('error', lost);
  // The pool listens to idle connections alone: one lost between two queries of its user would end the process.
  pool.on('connect', (client) => client.on('error', lost));
  let ready: Promise<void> | null = null;

  const single = async (purpose: string, query_timeout = 120_000): Promise<Client> => {
    const client = new Client({ ...config, query_timeout, application_name: `hotline-${purpose}` });
    // Without a listener a lost connection would be an uncaught exception; the next query reports it anyway.
    client.on('error', (error) =>
      log.debug({ purpose, reason: shortly(error) }, 'a PostgreSQL connection was lost'),
    );
    try {
      await client.connect();
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    return client;
  };
  /** An index over millions of rows takes minutes: given up on this side, it would be begun again and again. */
  const patient = async <T>(lockTimeout: string, work: (client: Client) => Promise<T>): Promise<T> => {
    const client = await single('migrations', 0);
    try {
      await client.query(`set statement_timeout = 0; set lock_timeout = '${lockTimeout}'`);
      return await work(client);
    } finally {
      await client.end();
    }
  };
  const prepare = (): Promise<void> => patient('60s', (client) => migrate(client, log));
  return {
    pool,
    query: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
    async connect(purpose) {
      ready ??= prepare();
      try {
        await ready;
      } catch (error) {
        ready = null;
        throw error;
      }
      return single(purpose);
    },
    // It waits for whoever reads or writes at its beginning, and nobody waits for it.
    complete: () => patient('0', (client) => migrateLater(client, log)),
    close: () => pool.end(),
  };
}
