// How much a number's history looks like a nuisance, from recorded facts alone (R26, R25). A hint for the supervisor who decides.
// It must not rank or block anybody.
import type { NuisanceScore } from '../../protocol/nuisance.ts';
import type { CallView } from '../../protocol/views.ts';
import type { Time } from '../../protocol/words.ts';

const dayMs = 86_400_000;
const briefMs = 10_000;
/** So many calls a day are nothing remarkable. */
const usualADay = 3;
const least = 0;
const most = 100;

/** @param calls of one number to one platform, newest first or in any order. */
export function scoreOf(calls: readonly CallView[], at: Time, days: number): NuisanceScore {
  const over = calls.filter(
    ({ phase, arrivedAt }) => phase === 'ended' && at - Date.parse(arrivedAt) <= days * dayMs,
  );
  const lastDay = over.filter(({ arrivedAt }) => at - Date.parse(arrivedAt) <= dayMs).length;
  const brief = over.filter(isBrief).length;
  const disposedNuisance = over.filter(({ disposition }) => disposition === 'nuisance').length;
  const served = over.filter(
    ({ tickets, tag }) => tickets.length > 0 || tag?.class === 'urgent' || tag?.class === 'major',
  ).length;
  const share = over.length === 0 ? 0 : brief / over.length;
  // Many today, mostly empty, called so by seats before; whoever was helped before is heard.
  const value =
    Math.min(40, Math.max(0, lastDay - usualADay) * 4) +
    Math.round((over.length > usualADay ? share : share / 2) * 30) +
    Math.min(45, disposedNuisance * 15) -
    served * 20;
  return {
    value: Math.min(most, Math.max(least, value)),
    calls: over.length,
    lastDay,
    brief,
    disposedNuisance,
    served,
    days,
  };
}

function isBrief({ answeredAt, endedAt }: CallView): boolean {
  if (answeredAt === undefined) return true;
  return endedAt !== undefined && Date.parse(endedAt) - Date.parse(answeredAt) < briefMs;
}
