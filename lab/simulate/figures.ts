// What came of a run, in stretches of time and in all. It must not decide anything.

export interface Stretch {
  /** Hour of the run at its beginning. */
  readonly hour: number;
  offered: number;
  answered: number;
  inTime: number;
  abandoned: number;
  /** By borrowed seats, of those answered. */
  borrowed: number;
  waitSeconds: number;
  longestSeconds: number;
  mostWaiting: number;
  /** Seats lent to it at most. */
  mostLent: number;
}
export interface QueueFigures {
  readonly queue: string;
  readonly stretches: Stretch[];
  readonly waits: number[];
}

export class Figures {
  readonly queues = new Map<string, QueueFigures>();
  /** What overflow said, by hour of the run. */
  readonly said: { readonly hour: number; readonly type: string; readonly what: string }[] = [];
  private readonly seconds: number;

  constructor(queues: readonly string[], hours: number, stretchSeconds: number) {
    this.seconds = stretchSeconds;
    const stretches = Math.ceil((hours * 3600) / stretchSeconds);
    for (const queue of queues)
      this.queues.set(queue, {
        queue,
        waits: [],
        stretches: Array.from({ length: stretches }, (_, n) => ({
          hour: (n * stretchSeconds) / 3600,
          offered: 0,
          answered: 0,
          inTime: 0,
          abandoned: 0,
          borrowed: 0,
          waitSeconds: 0,
          longestSeconds: 0,
          mostWaiting: 0,
          mostLent: 0,
        })),
      });
  }

  at(queue: string, second: number): Stretch {
    const found = this.queues.get(queue)?.stretches;
    const stretch = found?.[Math.min(found.length - 1, Math.floor(second / this.seconds))];
    if (!stretch) throw new Error(`There is no queue ${queue} in this run; name one of the site's.`);
    return stretch;
  }
}

export interface Total {
  readonly offered: number;
  readonly answered: number;
  readonly abandoned: number;
  readonly borrowed: number;
  /** Shares of all that called, 0 to 1. */
  readonly serviceLevel: number;
  readonly connected: number;
  readonly meanWaitSeconds: number;
  readonly p90Seconds: number;
  readonly longestSeconds: number;
  readonly mostWaiting: number;
}

export function totalOf({ stretches, waits }: QueueFigures, from = 0, to = Infinity): Total {
  const within = stretches.filter(({ hour }) => hour >= from && hour < to);
  const sum = (what: 'offered' | 'answered' | 'inTime' | 'abandoned' | 'borrowed' | 'waitSeconds') =>
    within.reduce((total, stretch) => total + stretch[what], 0);
  const offered = sum('offered');
  const sorted = [...waits].sort((a, b) => a - b);
  return {
    offered,
    answered: sum('answered'),
    abandoned: sum('abandoned'),
    borrowed: sum('borrowed'),
    serviceLevel: offered === 0 ? 1 : sum('inTime') / offered,
    connected: offered === 0 ? 1 : sum('answered') / offered,
    meanWaitSeconds: offered === 0 ? 0 : sum('waitSeconds') / offered,
    p90Seconds: sorted[Math.floor(sorted.length * 0.9)] ?? 0,
    longestSeconds: Math.max(0, ...within.map(({ longestSeconds }) => longestSeconds)),
    mostWaiting: Math.max(0, ...within.map(({ mostWaiting }) => mostWaiting)),
  };
}
