// What the floor must know of the site: its queues and its times. Made once from site data; everything has a default.
// It must not hold anything that changes while the floor runs.
import type { Site } from '../../protocol/site.ts';
import type { Platform, QueueId } from '../../protocol/words.ts';
import type { SeatRules } from '../seat/seat.ts';

export interface QueueRules {
  readonly id: QueueId;
  readonly platform: Platform;
  readonly name: string;
  /** Answered within this counts as in time (R14). */
  readonly serviceLevelSeconds: number;
  /** How long a caller is kept for the seat that had it before; 0 or none: not at all. */
  readonly personalWaitSeconds?: number;
}

/** Seconds by which a request counts as having arrived earlier than it did (order.ts). */
export interface Ageing {
  readonly urgentSeconds: number;
  readonly majorSeconds: number;
  readonly headSeconds: number;
  /** Taken off instead: ranked last (R26). */
  readonly nuisanceSeconds: number;
}

/** After so long a wait every skill may be this many levels lower than asked. */
export interface Relaxation {
  readonly afterSeconds: number;
  readonly lower: number;
}

export interface FloorRules extends SeatRules {
  readonly queues: readonly QueueRules[];
  readonly ageing: Ageing;
  /** In order of growing time. */
  readonly relaxation: readonly Relaxation[];
  /** A seat of tier n takes calls that waited at least the nth of these; tiers beyond the list use the last. */
  readonly tierSeconds: readonly number[];
  /** Same caller again within this after giving up: its old place (0: never). */
  readonly redialSeconds: number;
  /** The seat that had a number is asked first when it calls again within this (0: never). */
  readonly personalSeconds: number;
  /** Given up within this: not counted as abandoned but apart. */
  readonly shortAbandonSeconds: number;
  /** Where the day of the counters begins. */
  readonly utcOffsetMinutes: number;
  /** An expected wait is withheld when 9 of 10 recent ones were off by more than this, or by more than half of it. */
  readonly waitErrorSeconds: number;
  /** An offer whose request is gone and that nobody ends is given up after this. */
  readonly withdrawGraceSeconds: number;
}

export const defaultRules: Omit<FloorRules, 'queues'> = {
  coolDownSeconds: 10,
  wrapUpSeconds: 60,
  wrapUpExtensionSeconds: 60,
  rejectSeconds: 5,
  missesAllowed: 2,
  crashesAllowed: 3,
  offerGuardSeconds: 60,
  ageing: { urgentSeconds: 600, majorSeconds: 1800, headSeconds: 86_400, nuisanceSeconds: 1800 },
  relaxation: [
    { afterSeconds: 30, lower: 1 },
    { afterSeconds: 60, lower: 2 },
    { afterSeconds: 120, lower: 100 },
  ],
  tierSeconds: [0],
  redialSeconds: 60,
  personalSeconds: 0,
  shortAbandonSeconds: 5,
  utcOffsetMinutes: 480,
  waitErrorSeconds: 30,
  withdrawGraceSeconds: 1,
};

/** Throws where the relaxation steps are not in order: a rule that can be read two ways is none. */
export function floorRulesOf(site: Site, changes: Partial<Omit<FloorRules, 'queues'>> = {}): FloorRules {
  const longest = Math.max(
    site.timers.offerSeconds,
    site.timers.transferSeatSeconds,
    site.timers.transferLineSeconds,
  );
  const rules: FloorRules = {
    ...defaultRules,
    coolDownSeconds: site.timers.coolDownSeconds,
    wrapUpSeconds: site.timers.wrapUpSeconds,
    wrapUpExtensionSeconds: site.timers.wrapUpSeconds,
    offerGuardSeconds: 2 * longest,
    personalSeconds: site.personal.withinSeconds,
    ...changes,
    queues: site.queues.map(({ id, platform: of, name }) => {
      const platform = site.platforms.find((each) => each.id === of);
      // OF7: who is kept on ringing waits for nobody in particular.
      const waits = platform?.answerWaiting === 'music' ? site.personal.waitSeconds : 0;
      const serviceLevelSeconds = platform?.serviceLevelSeconds ?? 15;
      return { id, platform: of, name, serviceLevelSeconds, personalWaitSeconds: waits };
    }),
  };
  const unordered = rules.relaxation.some((step, n) => {
    const before = rules.relaxation[n - 1];
    return before !== undefined && (before.afterSeconds >= step.afterSeconds || before.lower > step.lower);
  });
  if (unordered) throw new Error('relaxation: put the steps in order of growing afterSeconds and lower.');
  return rules;
}
