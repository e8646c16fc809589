// What a call must know of the site: timers, lines, whom a target leads to. Made once from site data by rulesOf().
// It must not read files or hold anything that changes while calls live.
import type { Site, SitePlatform, SitePrompts } from '../../protocol/site.ts';
import type { Platform, SeatId, Target } from '../../protocol/words.ts';
import type { Route } from './state.ts';

/** What an expert line asks for: so high that no wait of a transfer relaxes it down to anybody (R14). */
export const expertLevel = 3;

export interface CallRules {
  readonly timers: Site['timers'];
  /** More call-takers than this on one call bring in a supervisor (TR13). */
  readonly maxSeats: number;
  readonly maxParties: number;
  /** A party that is gone sooner than this after it answered never really took the call (F18). */
  readonly tooShortSeconds: number;
  /** A waiting caller is written down again each time this passes; one that had a seat already is alarmed (TR10). */
  readonly waitingSeconds: number;
  /** Numbers of a line tried in order share the line's time, but each rings this long at least (TR7). */
  readonly leastRingSeconds: number;
  /** How long the seat that handed over stays for its tone (TR5). */
  readonly farewellSeconds: number;
  /** Calls are recorded from answer to end. */
  readonly recording: boolean;
  readonly prompts: SitePrompts;
  /** What may be decided of a caller who says nothing. */
  readonly silentCall: Site['silentCall'];
  readonly platforms: readonly Platform[];
  platformOfNumber(dialled: string): SitePlatform | null;
  platform(id: Platform): SitePlatform | null;
  /** Where a target leads, or null where there is none. */
  route(target: Target): Route | null;
  platformOfSeat(seat: SeatId): Platform | null;
  /** Dial string of the phone a person of ours sits at; null where there is none (a seat over a trunk). */
  phoneOfSeat(seat: SeatId): string | null;
}

export function rulesOf(site: Site): CallRules {
  const byNumber = new Map(
    site.platforms.flatMap((platform) => platform.numbers.map((number) => [number, platform] as const)),
  );
  const platforms = new Map(site.platforms.map((platform) => [platform.id, platform]));
  const queues = new Map(site.queues.map((queue) => [queue.id, queue]));
  const lines = new Map(site.lines.map((line) => [line.id, line]));
  const experts = new Map(site.experts.map((expert) => [expert.id, expert]));
  const groupOf = (seat: SeatId) => {
    const number = /^\d+$/.test(seat) ? Number(seat) : Number.NaN;
    return site.seatGroups.find((group) => number >= group.from && number <= group.to);
  };
  const platformOfSeat = (seat: SeatId): Platform | null => groupOf(seat)?.platform ?? null;
  const toQueue = (id: string, skill?: string): Route | null => {
    const queue = queues.get(id);
    if (!queue) return null;
    const skills = skill === undefined ? {} : { skills: { [skill]: expertLevel } };
    return { kind: 'queue', queue: id, platform: queue.platform, ...skills };
  };
  return {
    timers: site.timers,
    maxSeats: site.maxSeatsPerCall,
    maxParties: site.maxParties,
    tooShortSeconds: 3,
    waitingSeconds: 60,
    leastRingSeconds: 8,
    farewellSeconds: 0.6,
    recording: site.recording.on,
    prompts: site.prompts,
    silentCall: site.silentCall,
    platforms: site.platforms.map((platform) => platform.id),
    platformOfNumber: (dialled) => byNumber.get(dialled) ?? null,
    platform: (id) => platforms.get(id) ?? null,
    platformOfSeat,
    phoneOfSeat: (seat) => {
      const group = groupOf(seat);
      return group && !group.over ? `PJSIP/${seat}` : null;
    },
    route: (target) => {
      if ('queue' in target) return toQueue(target.queue);
      if ('seat' in target) {
        const platform = platformOfSeat(target.seat);
        return platform === null ? null : { kind: 'seat', seat: target.seat, platform };
      }
      const expert = experts.get(target.line);
      if (expert) return toQueue(expert.queue, expert.id);
      const line = lines.get(target.line);
      if (!line) return null;
      if ('queue' in line.route) return toQueue(line.route.queue);
      const { trunk, numbers, order, acceptance } = line.route;
      return { kind: 'trunk', trunk, line: line.id, numbers, together: order === 'together', acceptance };
    },
  };
}
