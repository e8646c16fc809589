// Who sits where in a simulated city: its own seats, and the groups overflow may borrow.
// It must not say when they work; world.ts does.
import { newSeat } from '../../server/domain/acd/floor.ts';
import type { Seat } from '../../server/domain/acd/floor.ts';
import type { GroupRules } from '../../server/domain/overflow/rules.ts';
import type { Plan } from './plan.ts';

export function groupsOf({ overflow }: Plan, platform: string): readonly GroupRules[] {
  const group = (id: string, kind: GroupRules['kind'], seats: number, level: 1 | 2): GroupRules => ({
    id,
    platform,
    lender: id,
    kind,
    level,
    standing: true,
    preference: kind === 'trunk' ? 4 : 2,
    seats,
  });
  if (!overflow) return [];
  return [
    group('remote', 'seats', overflow.remoteSeats, 1),
    group('trunk', 'trunk', overflow.trunkLines, 1),
    group('region', 'seats', overflow.regionSeats, 2),
  ].filter(({ seats }) => seats > 0);
}

/** Own seats are ready; remote people come when they are asked; a trunk's lines are always there. */
export function seatsOf(
  plan: Plan,
  groups: readonly GroupRules[],
  platformOf: (queue: string) => string,
  at: number,
): readonly Seat[] {
  const seat = (id: string, platform: string, group: string, queues: string[]): Seat => ({
    ...newSeat({ id, platform, group, remote: queues.length === 0, endpoint: id, queues }, at),
    status: 'ready',
    phone: 'registered',
  });
  const own = plan.crowds.flatMap(({ queue, seats }) =>
    Array.from({ length: seats }, (_, n) => seat(`${queue}-${n + 1}`, platformOf(queue), queue, [queue])),
  );
  const remote = groups.flatMap(({ id, kind, seats, platform }) =>
    Array.from({ length: seats }, (_, n): Seat => {
      const one = seat(`${id}-${n + 1}`, platform, id, []);
      return kind === 'trunk' ? { ...one, unattended: true } : { ...one, status: 'offline' };
    }),
  );
  return [...own, ...remote];
}
