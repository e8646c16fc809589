// What is simulated: how many call when, how long it takes, how patient they are, who sits there, what overflow may do.
// It must not run anything. Volumes are those of goals §3: Qinzhou's busy hour and its storm of five times that.
import type { Site } from '../../server/protocol/site.ts';
import { seatsFor } from '../../server/domain/acd/staffing.ts';

export interface Crowd {
  readonly queue: string;
  /** Calls an hour at an hour of the run (0 = midnight of the first day). */
  readonly callsPerHour: (hour: number) => number;
  readonly talkSeconds: number;
  readonly wrapUpSeconds: number;
  /** Mean time a caller waits before giving up; Infinity: for ever. */
  readonly patienceSeconds: number;
  /** From offer to answer. */
  readonly ringSeconds: number;
  /** 0: exponential times, as Erlang has them; else log-normal of this coefficient of variation. */
  readonly variation: number;
  /** Share of those who gave up that dial again, at most three times. */
  readonly redials: number;
  readonly seats: number;
}
export interface Plan {
  readonly name: string;
  readonly hours: number;
  readonly crowds: readonly Crowd[];
  /** Null: no overflow at all. */
  readonly overflow: Help | null;
  readonly seed: number;
  /** Figures are kept for stretches of so many seconds. */
  readonly stretchSeconds: number;
}
export interface Help {
  /** Seconds a supervisor takes to press after the suggestion; null: by rule. */
  readonly pressSeconds: number | null;
  /** Seconds until a remote seat that was asked for sits ready, at least and at most. */
  readonly musterSeconds: readonly [number, number];
  readonly remoteSeats: number;
  readonly trunkLines: number;
  /** Seats the region grants, and how long it takes to answer; 0: it grants none. */
  readonly regionSeats: number;
  readonly regionSeconds: number;
}

/** Calls of each hour as a share of the busy hour; read off published days of comparable hotlines, not measured here. */
const shapes: Readonly<Record<string, readonly number[]>> = {
  '12345': [
    0.1, 0.07, 0.05, 0.05, 0.06, 0.1, 0.18, 0.35, 0.72, 1, 0.97, 0.82, 0.55, 0.62, 0.84, 0.86, 0.79, 0.62,
    0.45, 0.38, 0.32, 0.26, 0.19, 0.14,
  ],
  '110': [
    0.5, 0.4, 0.32, 0.26, 0.24, 0.26, 0.36, 0.52, 0.68, 0.78, 0.82, 0.82, 0.74, 0.72, 0.76, 0.8, 0.84, 0.9,
    0.96, 1, 1, 0.98, 0.88, 0.7,
  ],
};
const flat = Array.from({ length: 24 }, () => 1);
const weekdays = [1, 0.96, 0.95, 0.94, 0.93, 0.68, 0.62];

export const days = ['ordinary', 'busy', 'storm', 'week'] as const;
export type Day = (typeof days)[number];

export interface Wishes {
  readonly day: Day;
  readonly busyHour: Readonly<Record<string, number>>;
  readonly seats: Readonly<Record<string, number>>;
  readonly overflow: Help | null;
  readonly seed: number;
  readonly patienceSeconds: number;
  readonly stormTimes: number;
}

/** Goals §3: busy-hour calls, talk, wrap-up, and the share to be answered in time. */
const usual: Readonly<Record<string, { calls: number; talk: number; wrapUp: number; share: number }>> = {
  '12345': { calls: 678, talk: 180, wrapUp: 60, share: 0.9 },
  '110': { calls: 325, talk: 90, wrapUp: 30, share: 0.95 },
};
const strange = { calls: 100, talk: 180, wrapUp: 60, share: 0.9 };

export function planOf(site: Site, wishes: Wishes): Plan {
  const { day, busyHour, seats, overflow, seed, patienceSeconds, stormTimes } = wishes;
  const hours = day === 'week' ? 168 : 24;
  const crowds = site.queues.map((queue): Crowd => {
    const about = usual[queue.id] ?? strange;
    const calls = busyHour[queue.id] ?? about.calls;
    const within = site.platforms.find(({ id }) => id === queue.platform)?.serviceLevelSeconds ?? 15;
    const needed = seatsFor(
      { callsPerHour: calls, handleSeconds: about.talk + about.wrapUp },
      { share: about.share, withinSeconds: within },
      null,
    );
    const storm = queue.platform === '110' ? 1 + (stormTimes - 1) / 4 : stormTimes;
    return {
      queue: queue.id,
      callsPerHour: (hour) => calls * level(shapes[queue.id] ?? flat, day, hour, storm),
      talkSeconds: about.talk,
      wrapUpSeconds: about.wrapUp,
      patienceSeconds: queue.platform === '110' ? patienceSeconds / 2 : patienceSeconds,
      ringSeconds: 3,
      variation: 0.8,
      redials: 0.6,
      seats: seats[queue.id] ?? needed?.seats ?? 1,
    };
  });
  return { name: day, hours, crowds, overflow, seed, stretchSeconds: day === 'week' ? 3600 : 300 };
}

/** Between the middles of two hours the level moves in a straight line. */
function level(shape: readonly number[], day: Day, hour: number, storm: number): number {
  const at = hour - 0.5;
  const from = Math.floor(at);
  const of = (n: number) => shape[((n % 24) + 24) % 24] ?? 0;
  const now = of(from) + (of(from + 1) - of(from)) * (at - from);
  if (day === 'week') return now * (weekdays[Math.floor(hour / 24)] ?? 1);
  if (day === 'ordinary') return now / 1.5;
  // The storm: 14:00 to 15:30, there within ten minutes.
  if (day !== 'storm' || hour < 14 || hour > 15.5) return now;
  return Math.max(now, storm * Math.min(1, (hour - 14) * 6, (15.5 - hour) * 6));
}
