// Second factors in PostgreSQL. It must not see a secret or a code: the secret comes sealed, of a code only its time step.
import type { SecondFactors } from '../../engine/security-ports.ts';
import type { Database } from './database.ts';

export function openSecondFactors({ query }: Database): SecondFactors {
  return {
    async find(user) {
      const row = await query
        .selectFrom('second_factors')
        .select(['sealed', 'confirmed'])
        .where('user', '=', user)
        .executeTakeFirst();
      return row ?? null;
    },
    async list() {
      return query.selectFrom('second_factors').select(['user', 'confirmed']).execute();
    },
    async begin(user, sealed) {
      const made = await query
        .insertInto('second_factors')
        .values({ user, sealed })
        .onConflict((conflict) =>
          conflict
            .column('user')
            .doUpdateSet({ sealed, last_step: 0 })
            .where('second_factors.confirmed', '=', false),
        )
        .returning('user')
        .execute();
      return made.length > 0;
    },
    async take(user, sealed, step) {
      const taken = await query
        .updateTable('second_factors')
        .set({ confirmed: true, last_step: step })
        .where('user', '=', user)
        .where('sealed', '=', sealed)
        .where('last_step', '<', step)
        .returning('user')
        .execute();
      return taken.length > 0;
    },
    async remove(user) {
      const gone = await query
        .deleteFrom('second_factors')
        .where('user', '=', user)
        .returning('user')
        .execute();
      return gone.length > 0;
    },
  };
}
