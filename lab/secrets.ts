// The passwords of one stack: random at its first start, kept in files only their owner may read.
// It must not print, log or hand a secret to a command line.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Secrets = {
  ari: string;
  witness: string;
  postgres: string;
  postgresOwner: string;
  valkey: string;
};

export type SecretFiles = { ari: string; witness: string; databaseUrl: string; valkeyUrl: string };

const names: readonly (keyof Secrets)[] = ['ari', 'witness', 'postgres', 'postgresOwner', 'valkey'];

export async function keepSecrets(folder: string): Promise<Secrets> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const entries = await Promise.all(
    names.map(async (name): Promise<[string, string]> => [
      name,
      await keep(join(folder, `${name}-password`)),
    ]),
  );
  return Object.fromEntries(entries) as Secrets;
}

/** What the server is given: one secret a file, so that none stands in an environment or a process list. */
export async function writeSecretFiles(
  folder: string,
  secrets: Secrets,
  ports: { postgres: number; valkey: number },
): Promise<SecretFiles> {
  const files: SecretFiles = {
    ari: join(folder, 'ari-password'),
    witness: join(folder, 'witness-password'),
    databaseUrl: join(folder, 'database-url'),
    valkeyUrl: join(folder, 'valkey-url'),
  };
  await writePrivate(files.databaseUrl, databaseUrl('hotline', secrets.postgres, ports.postgres));
  await writePrivate(files.valkeyUrl, valkeyUrl(secrets.valkey, ports.valkey));
  return files;
}

export function databaseUrl(user: 'hotline' | 'postgres', password: string, port: number): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/hotline`;
}

export function valkeyUrl(password: string, port: number): string {
  return `redis://:${password}@127.0.0.1:${port}/0`;
}

export async function writePrivate(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

async function keep(path: string): Promise<string> {
  const known = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (known !== '') return known;
  const fresh = randomBytes(32).toString('hex');
  await writeFile(path, fresh, { mode: 0o600 });
  return fresh;
}
