// The one order in which waiting requests are served, over all queues of the cell (OF2, G19).
// It must not look at the clock: two requests compare the same at every instant, so nothing is ever re-sorted.
//
// rank = since − bonus, the time at which it *counts* as having arrived; smaller first, then first arrival, then id.
//   bonus = head (a day) + class (major 30 min, urgent 10 min) − nuisance (30 min)
//
// Why this is bands and ageing at once. Bands: of two requests that arrived together the higher class is first; the
// head's day outweighs every class. Ageing: a waiting request's advantage over one that arrives t later grows by t,
// which is "every second of waiting adds a second", yet it adds to everybody alike and so cancels out of comparisons.
// Total: ids differ. Starvation-free: let B be the largest bonus. Whoever is before r has since − bonus ≤ rank(r), so
// arrived no later than rank(r) + B. After that instant nobody new passes r: the number before it can only fall, and
// with one answer at a time among finitely many it is reached. A general caller is thus passed by urgent calls that
// arrive in its first 10 min, by major ones in its first 30 min, and by no ordinary call after that.
import type { TicketClass, Time } from '../../protocol/words.ts';
import type { Ageing } from './rules.ts';

export interface Ranked {
  readonly rank: number;
  readonly since: Time;
  readonly id: string;
}

export function bonusMs(
  of: { readonly class: TicketClass; readonly head: boolean; readonly nuisance: boolean },
  ageing: Ageing,
): number {
  const byClass = { general: 0, urgent: ageing.urgentSeconds, major: ageing.majorSeconds }[of.class];
  return 1000 * (byClass + (of.head ? ageing.headSeconds : 0) - (of.nuisance ? ageing.nuisanceSeconds : 0));
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Negative: a is served first. Zero only for the same request. */
export const byTurn = (a: Ranked, b: Ranked): number =>
  a.rank - b.rank || a.since - b.since || byText(a.id, b.id);

/** Longest idle first; equal times by id, so ties cannot occur (OF2). */
export const byIdle = (
  a: { readonly idleSince: Time; readonly seat: string },
  b: { readonly idleSince: Time; readonly seat: string },
): number => a.idleSince - b.idleSince || byText(a.seat, b.seat);
