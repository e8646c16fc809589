// Accounts in PostgreSQL. It must not see a password: hashes come from the api.
import type { Selectable } from 'kysely';
import type { Account, Accounts } from '../../engine/security-ports.ts';
import type { Database } from './database.ts';
import type { Tables } from './schema.ts';

export function openAccounts({ query }: Database): Accounts {
  return {
    async find(user) {
      const row = await query.selectFrom('accounts').selectAll().where('user', '=', user).executeTakeFirst();
      return row ? asAccount(row) : null;
    },
    async create({ user, passwordHash, role, platform, seat }) {
      const made = await query
        .insertInto('accounts')
        .values({ user, password_hash: passwordHash, role, platform, seat, last_failure_at: null })
        .onConflict((conflict) => conflict.column('user').doNothing())
        .returning('user')
        .execute();
      return made.length > 0;
    },
    async list() {
      const rows = await query.selectFrom('accounts').selectAll().orderBy('user').execute();
      return rows.map(asAccount);
    },
    async recordFailure(user, at) {
      const row = await query
        .updateTable('accounts')
        .set((set) => ({ failures: set('failures', '+', 1), last_failure_at: new Date(at) }))
        .where('user', '=', user)
        .returning('failures')
        .executeTakeFirst();
      return row?.failures ?? 0;
    },
    async clearFailures(user) {
      await query
        .updateTable('accounts')
        .set({ failures: 0, last_failure_at: null })
        .where('user', '=', user)
        .where('failures', '>', 0)
        .execute();
    },
  };
}

const asAccount = (row: Selectable<Tables['accounts']>): Account => ({
  user: row.user,
  passwordHash: row.password_hash,
  role: row.role,
  platform: row.platform,
  seat: row.seat,
  failures: row.failures,
  lastFailureAt: row.last_failure_at?.getTime() ?? null,
  createdAt: row.created_at.getTime(),
});
