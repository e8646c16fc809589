// PostgreSQL as a part of the stack: its cluster is made once in the state folder and kept.
// It must not weaken durability (fsync stays on) or listen anywhere but on loopback with a password.
import { access, chown, mkdir, rename, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LabFailure } from './failure.ts';
import { runConfined, users, type Confined } from './namespace.ts';
import { writePrivate } from './secrets.ts';

export type PostgresOptions = {
  rootFolder: string;
  folder: string;
  port: number;
  /** `owner` is the superuser, `hotline` the server's own account. Both are hexadecimal. */
  passwords: { owner: string; hotline: string };
};

/** Makes the cluster when there is none, and returns how to run the server. */
export async function preparePostgres(options: PostgresOptions): Promise<Confined> {
  const { folder, port, rootFolder } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chown(folder, users.postgres, users.postgres);
  const programs = await programFolder(rootFolder);
  const base = {
    rootFolder,
    user: 'postgres',
    deathSignal: 'INT',
    mounts: { [folder]: '/var/lib/postgresql' },
  } as const;
  if (!(await exists(join(folder, 'data')))) await makeCluster(options, base, programs);
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    shared_buffers: '128MB',
    max_connections: '100',
    lc_messages: 'C',
  };
  const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return { ...base, command: [`${programs}/postgres`, '-D', '/var/lib/postgresql/data', ...words] };
}

/** The server's role and database, and the role of those who read its views; harmless when they are there already. */
export async function ensureDatabase(options: PostgresOptions): Promise<void> {
  const { folder, rootFolder, port, passwords } = options;
  const statements = `
    SELECT 'CREATE ROLE hotline LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hotline') \\gexec
    ALTER ROLE hotline PASSWORD '${passwords.hotline}';
    SELECT 'CREATE ROLE hotline_analyst NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hotline_analyst') \\gexec
    SELECT 'CREATE DATABASE hotline OWNER hotline' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'hotline') \\gexec
  `;
  const { code, output } = await runConfined(
    {
      rootFolder,
      user: 'postgres',
      deathSignal: 'KILL',
      mounts: { [folder]: '/var/lib/postgresql' },
      command: [
        'psql',
        '-X',
        '-q',
        '-v',
        'ON_ERROR_STOP=1',
        '-h',
        '127.0.0.1',
        '-p',
        String(port),
        '-U',
        'postgres',
        'postgres',
      ],
    },
    { input: statements, environment: { PGPASSWORD: passwords.owner } },
  );
  if (code !== 0)
    throw new LabFailure(
      `The database could not be made: ${output}`,
      'Read logs/postgres.log in the state folder.',
    );
}

async function makeCluster(
  options: PostgresOptions,
  base: Omit<Confined, 'command'>,
  programs: string,
): Promise<void> {
  const { folder } = options;
  const passwordFile = join(folder, 'owner-password');
  await rm(join(folder, 'data.part'), { recursive: true, force: true });
  await writePrivate(passwordFile, options.passwords.owner);
  await chown(passwordFile, users.postgres, users.postgres);
  try {
    const { code, output } = await runConfined({
      ...base,
      command: [
        `${programs}/initdb`,
        '-D',
        '/var/lib/postgresql/data.part',
        '--username=postgres',
        '--encoding=UTF8',
        // With plain C, or ICU over it, the similarity of Chinese texts is silently zero.
        '--locale=C.UTF-8',
        '--auth=scram-sha-256',
        '--pwfile=/var/lib/postgresql/owner-password',
      ],
    });
    if (code !== 0)
      throw new LabFailure(`initdb failed: ${output}`, 'Remove the state folder and start again.');
    await rename(join(folder, 'data.part'), join(folder, 'data'));
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Sends the first message of the protocol: only a server that takes logins asks for a password. */
export async function postgresAnswers(port: number): Promise<boolean> {
  const body = Buffer.from('\0\x03\0\0user\0hotline\0database\0hotline\0\0', 'latin1');
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let answer = '';
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('data', (part: Buffer) => {
      answer = part.toString('latin1', 0, 1);
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(answer === 'R'));
    socket.write(Buffer.concat([length, body]));
  });
}

async function programFolder(rootFolder: string): Promise<string> {
  const versions = await readdir(join(rootFolder, 'usr/lib/postgresql'));
  const newest = versions.map(Number).toSorted((a, b) => b - a)[0];
  if (newest === undefined || newest < 17) {
    throw new LabFailure(
      'PostgreSQL 17 or newer is not in the root file system.',
      'Remove the root file system from the cache; it is made anew.',
    );
  }
  return `/usr/lib/postgresql/${newest}/bin`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
