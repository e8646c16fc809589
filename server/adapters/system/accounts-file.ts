// The accounts of a first start with their passwords, in a file for their owner alone (design §7).
// It must not be read by the server afterwards: accounts live in the database, as hashes.
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { Platform, Role, SeatId } from '../../protocol/words.ts';

export const PlainAccount = z.object({
  user: z.string().min(1),
  password: z.string().min(1),
  role: Role,
  platform: Platform.optional(),
  seat: SeatId.optional(),
});
export type PlainAccount = z.infer<typeof PlainAccount>;

/** Null when there is no such file yet. Throws when it is there and cannot be understood. */
export async function readAccountsFile(path: string): Promise<readonly PlainAccount[] | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return z.array(PlainAccount).parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${path} is damaged. Move it away; the accounts themselves are in the database.`, {
      cause: error,
    });
  }
}

/** On disk when it resolves; a crash leaves no half of it. Mode 0600 from its first byte on. */
export async function writeAccountsFile(path: string, accounts: readonly PlainAccount[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(`${JSON.stringify(accounts, null, 1)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
}
