// Today's calls by quarter of an hour beside a usual day: the same weekday of the weeks before (R14, R16).
// It must not count by itself: the ledger does. What is asked by many walls at once is read once.
import { z } from 'zod';
import type { VolumeSlot } from '../../engine/ports.ts';
import { Volume } from '../../protocol/reports.ts';
import type { VolumeQuarter } from '../../protocol/reports.ts';
import { identityOf } from '../auth/identity.ts';
import { Refusal } from '../problem.ts';
import type { Api, Surface } from '../surface.ts';
import { refusals } from './shapes.ts';

const quarterMs = 15 * 60_000;
const dayMs = 86_400_000;
const weeks = 4;
const freshMs = 20_000;
const usualFreshMs = 3_600_000;
const mostKept = 64;

const Query = z.object({
  from: z.iso
    .datetime({ offset: true })
    .meta({ description: "When the day begins, by the asker's own calendar." }),
});
type Usual = z.infer<typeof Volume>['usual'];

export function volumeRoutes(api: Api, { deps }: Surface): void {
  const kept = new Map<string, { readonly at: number; readonly value: Promise<unknown> }>();
  const once = <T>(key: string, fresh: number, read: () => Promise<T>): Promise<T> => {
    const now = deps.clock.now();
    const known = kept.get(key);
    if (known && now - known.at < fresh) return known.value as Promise<T>;
    const value = read();
    kept.set(key, { at: now, value });
    // A failure is not kept: the next asker tries again.
    value.catch(() => kept.delete(key));
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    return value;
  };
  const day = (platform: string, from: number): Promise<readonly VolumeSlot[]> =>
    deps.engine.volume(
      platform,
      new Date(from).toISOString(),
      new Date(from + dayMs).toISOString(),
      quarterMs,
    );

  api.get(
    '/v1/reports/volume',
    {
      schema: {
        tags: ['reports'],
        summary: "A day's calls by quarter of an hour, and what is usual on that weekday",
        querystring: Query,
        response: { 200: Volume, ...refusals },
      },
    },
    async (request) => {
      const { platform } = identityOf(request).actor;
      if (platform === null) throw new Refusal('forbidden');
      const from = Date.parse(request.query.from);
      const [today, usual] = await Promise.all([
        once(`today ${platform} ${from}`, freshMs, () => day(platform, from)),
        once(`usual ${platform} ${from}`, usualFreshMs, async (): Promise<Usual> => {
          const before = await Promise.all(
            Array.from({ length: weeks }, (_, week) => day(platform, from - (week + 1) * 7 * dayMs)),
          );
          return mean(before, from);
        }),
      ]);
      return {
        from: new Date(from).toISOString(),
        quarters: today.map((slot) => quarter(from, slot)),
        usual,
      };
    },
  );
}

const quarter = (from: number, { slot, ...counts }: VolumeSlot): VolumeQuarter => ({
  at: new Date(from + slot * quarterMs).toISOString(),
  ...counts,
});

/** Days without a call are days the hotline did not run, not usual ones. */
function mean(days: readonly (readonly VolumeSlot[])[], from: number): Usual {
  const had = days.filter(({ length }) => length > 0);
  const slots = [...new Set(had.flat().map(({ slot }) => slot))].sort((a, b) => a - b);
  const share = (slot: number, figure: Exclude<keyof VolumeSlot, 'slot'>): number =>
    had.reduce((sum, day) => sum + (day.find((each) => each.slot === slot)?.[figure] ?? 0), 0) / had.length;
  return {
    days: had.length,
    quarters: slots.map((slot) =>
      quarter(from, {
        slot,
        offered: share(slot, 'offered'),
        answered: share(slot, 'answered'),
        answeredInTime: share(slot, 'answeredInTime'),
        abandoned: share(slot, 'abandoned'),
        borrowed: share(slot, 'borrowed'),
      }),
    ),
  };
}
