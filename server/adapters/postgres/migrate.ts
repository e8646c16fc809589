// Brings the schema up to date: numbered SQL files, each in a transaction of its own, applied once, in order.
// Our own, because of the kept libraries node-pg-migrate has the lock but no checksums and postgrator checksums but no
// lock; both are needed here. It must not undo anything: a step back is a new file.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Client } from 'pg';
import type { Log } from '../../engine/ports.ts';

const folder = new URL('./migrations/', import.meta.url);
/** Any number, so long as every node uses the same: nodes that start together wait for each other. */
const lockKey = 12_345_110;

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

export async function migrate(client: Client, log: Log): Promise<void> {
  const known = await readMigrations();
  await client.query('select pg_advisory_lock($1)', [lockKey]);
  try {
    await client.query(
      'create table if not exists migrations (number integer primary key, name text not null, checksum text not null, ' +
        'applied_at timestamptz not null default now())',
    );
    const { rows } = await client.query<{ number: number; checksum: string }>(
      'select number, checksum from migrations',
    );
    const applied = new Map(rows.map((row) => [row.number, row.checksum]));
    for (const migration of known) {
      const checksum = applied.get(migration.number);
      if (checksum === migration.checksum) continue;
      if (checksum !== undefined) {
        throw new Error(
          `Migration ${migration.name} has been changed since it was applied to this database. ` +
            'Put the file back as it was and write the change as a new migration.',
        );
      }
      await apply(client, migration);
      log.info({ migration: migration.name }, 'migration applied');
    }
  } finally {
    await client.query('select pg_advisory_unlock($1)', [lockKey]);
  }
}

async function apply(client: Client, { number, name, sql, checksum }: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into migrations (number, name, checksum) values ($1, $2, $3)', [
      number,
      name,
      checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(
      `Migration ${name} failed; nothing of it was kept. Mend the file or the database and start again.`,
      {
        cause: error,
      },
    );
  }
}

async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const twice = names.find((name, n) => name.slice(0, 4) === names[n + 1]?.slice(0, 4));
  if (twice !== undefined)
    throw new Error(
      `Two migrations have the number of ${twice}. Give the one not applied yet the next free number.`,
    );
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8');
      return {
        number: Number(name.slice(0, 4)),
        name,
        sql,
        checksum: createHash('sha256').update(sql).digest('hex'),
      };
    }),
  );
}
