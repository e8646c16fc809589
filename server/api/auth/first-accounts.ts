// The accounts a new installation starts with, from the site's seats and platforms, each with a password of its own.
// It must not print or log them: they stand in one file its owner alone may read, and as hashes in the database.
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Accounts, NewAccount } from '../../engine/security-ports.ts';
import type { Site } from '../../protocol/site.ts';
import { Role } from '../../protocol/words.ts';
import { hashPassword, randomPassword } from './passwords.ts';

type PlannedAccount = Omit<NewAccount, 'passwordHash'>;

const Entry = z.object({
  user: z.string(),
  password: z.string(),
  role: Role,
  platform: z.string().optional(),
});
/** One line of accounts.json. */
export type AccountEntry = z.infer<typeof Entry>;

/** Seats of every group, a supervisor a platform (`sup-12345`), the auditor, an administrator, a system client. */
export function plannedAccounts(site: Pick<Site, 'platforms' | 'seatGroups'>): readonly PlannedAccount[] {
  // Lines of a trunk are nobody's.
  const staffed = site.seatGroups.filter(({ over }) => over === undefined);
  const seats = staffed.flatMap(({ platform, from, to }) =>
    Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => {
      const seat = String(from + n);
      return { user: seat, role: 'seat' as const, platform, seat };
    }),
  );
  const supervisors = site.platforms.map(({ id }) => ({
    user: `sup-${id}`,
    role: 'supervisor' as const,
    platform: id,
    seat: null,
  }));
  const others = (['audit', 'admin', 'system'] as const).map((user) => ({
    user,
    role: roleOf[user],
    platform: null,
    seat: null,
  }));
  return [...seats, ...supervisors, ...others];
}
const roleOf = { audit: 'auditor', admin: 'administrator', system: 'system' } as const;

/**
 * Makes the accounts that are not there yet and gives those, with their passwords; an empty list when all were there.
 * The file is written first: a crash between the two leaves passwords without accounts, which the next start takes up,
 * never accounts whose password nobody has.
 */
export async function ensureFirstAccounts(
  accounts: Accounts,
  site: Pick<Site, 'platforms' | 'seatGroups'>,
  file: string,
): Promise<readonly AccountEntry[]> {
  const there = new Set((await accounts.list()).map(({ user }) => user));
  const missing = plannedAccounts(site).filter(({ user }) => !there.has(user));
  if (missing.length === 0) return [];
  const written = await readAccounts(file);
  const before = new Map(written.map((entry) => [entry.user, entry]));
  const entries = missing.map(({ user, role, platform }): AccountEntry => {
    const password = before.get(user)?.password ?? randomPassword();
    return { user, password, role, ...(platform === null ? {} : { platform }) };
  });
  const made = new Map(entries.map((entry) => [entry.user, entry]));
  await writeAccounts(file, [...written.filter(({ user }) => !made.has(user)), ...entries]);
  // Two at a time: the hashes share Node's four worker threads with the database's own key derivation.
  const queue = [...missing];
  const work = async () => {
    for (let account = queue.shift(); account; account = queue.shift()) {
      const passwordHash = await hashPassword(made.get(account.user)?.password ?? randomPassword());
      await accounts.create({ ...account, passwordHash });
    }
  };
  await Promise.all([work(), work()]);
  return entries;
}

/** Empty where there is no file; throws where there is one that cannot be read, rather than write over it. */
async function readAccounts(file: string): Promise<readonly AccountEntry[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (failure) {
    if (failure instanceof Error && 'code' in failure && failure.code === 'ENOENT') return [];
    throw failure;
  }
  try {
    return z.array(Entry).parse(JSON.parse(text));
  } catch {
    throw new Error(
      `${file} is not a list of accounts; move it away to have new accounts written, or put it right.`,
    );
  }
}

/** Whole or not at all, readable by its owner alone (0600). */
async function writeAccounts(file: string, entries: readonly AccountEntry[]): Promise<void> {
  const beside = `${file}.new`;
  await writeFile(beside, `${JSON.stringify(entries, null, 2)}\n`, { mode: 0o600, flush: true });
  await chmod(beside, 0o600);
  await rename(beside, file);
}
