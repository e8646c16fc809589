// Brings the schema up to date: numbered SQL files, each in a transaction of its own, applied once, in order. Indexes over
// tables that are large by now (`.later.sql`) are made beside the calls, which they would keep from being taken for minutes.
// Our own, because of the kept libraries node-pg-migrate has the lock but no checksums and postgrator checksums but no
// lock; both are needed here. It must not undo anything: a step back is a new file.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Client } from 'pg';
import type { Log } from '../../engine/ports.ts';

const folder = new URL('./migrations/', import.meta.url);
/** Any number, so long as every node uses the same: nodes that start together wait for each other. */
const lockKey = 12_345_110;
const laterKey = 12_345_111;
/** All that may stand in a later migration: it is run again where it was cut short. */
const laterForm =
  /^(?:create(?: unique)? index concurrently if not exists|drop index concurrently if exists) (?<index>\w+)/iu;

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
  readonly later: boolean;
}

export async function migrate(client: Client, log: Log): Promise<void> {
  const known = await readMigrations();
  await client.query('select pg_advisory_lock($1)', [lockKey]);
  try {
    await client.query(
      'create table if not exists migrations (number integer primary key, name text not null, checksum text not null, ' +
        'applied_at timestamptz not null default now())',
    );
    for (const migration of await unapplied(client, known)) {
      if (migration.later) continue;
      await apply(client, migration);
      log.info({ migration: migration.name }, 'migration applied');
    }
  } finally {
    await client.query('select pg_advisory_unlock($1)', [lockKey]);
  }
}

/** Statement by statement, outside of any transaction. False: another node is at it. */
export async function migrateLater(client: Client, log: Log): Promise<boolean> {
  // Not waited for: a statement that waits holds a snapshot, and CREATE INDEX CONCURRENTLY waits for every snapshot.
  const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [
    laterKey,
  ]);
  if (rows[0]?.mine !== true) return false;
  try {
    for (const migration of await unapplied(client, await readMigrations())) {
      if (!migration.later) continue;
      const began = performance.now();
      for (const statement of statementsOf(migration)) await makeAnew(client, statement);
      await note(client, migration);
      const seconds = Math.round((performance.now() - began) / 1000);
      log.info({ migration: migration.name, seconds }, 'migration applied beside the calls');
    }
  } finally {
    await client.query('select pg_advisory_unlock($1)', [laterKey]);
  }
  return true;
}

async function unapplied(client: Client, known: readonly Migration[]): Promise<readonly Migration[]> {
  const { rows } = await client.query<{ number: number; checksum: string }>(
    'select number, checksum from migrations',
  );
  const applied = new Map(rows.map((row) => [row.number, row.checksum]));
  const changed = known.find(({ number, checksum }) => (applied.get(number) ?? checksum) !== checksum);
  if (changed)
    throw new Error(
      `Migration ${changed.name} has been changed since it was applied to this database. ` +
        'Put the file back as it was and write the change as a new migration.',
    );
  return known.filter(({ number }) => !applied.has(number));
}

async function makeAnew(
  client: Client,
  { text, index }: { readonly text: string; readonly index: string },
): Promise<void> {
  // Cut short, it stands there, is kept up and never used.
  const { rows } = await client.query(
    'select from pg_index where indexrelid = to_regclass($1) and not indisvalid',
    [index],
  );
  if (rows.length > 0) await client.query(`drop index concurrently ${index}`);
  await client.query(text);
}

function statementsOf({
  name,
  sql,
}: Migration): readonly { readonly text: string; readonly index: string }[] {
  const bare = sql.replaceAll(/^--.*$/gmu, '');
  const texts = bare.split(';').map((text) => text.trim());
  return texts
    .filter((text) => text !== '')
    .map((text) => {
      const index = laterForm.exec(text)?.groups?.['index'];
      if (index === undefined)
        throw new Error(
          `Migration ${name} may only create or drop indexes, concurrently and "if (not) exists".`,
        );
      return { text, index };
    });
}

const note = (client: Client, { number, name, checksum }: Migration) =>
  client.query('insert into migrations (number, name, checksum) values ($1, $2, $3)', [
    number,
    name,
    checksum,
  ]);

async function apply(client: Client, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(migration.sql);
    await note(client, migration);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new Error(
      `Migration ${migration.name} failed; nothing of it was kept. Mend the file or the database and start again.`,
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
        later: name.endsWith('.later.sql'),
      };
    }),
  );
}
