// The figures of one hotline over all its queues, for the wall (R14). It must not count anything itself: queues, seats and calls do.
import type { Floor, QueueLoad } from '../domain/acd/messages.ts';
import { available } from '../domain/seat/seat.ts';
import type { Call } from '../domain/call/state.ts';
import type { Site } from '../protocol/site.ts';
import type { PlatformView } from '../protocol/views.ts';
import type { Platform, Time } from '../protocol/words.ts';

interface PlatformParts {
  readonly site: Site;
  readonly floor: Floor;
  readonly calls: Iterable<Call>;
  readonly now: Time;
}

export function platformView({ site, floor, calls, now }: PlatformParts, id: Platform): PlatformView | null {
  const platform = site.platforms.find((each) => each.id === id);
  if (!platform) return null;
  const loads = site.queues
    .filter((queue) => queue.platform === id)
    .flatMap((queue) => floor.load(queue.id, now) ?? []);
  const oldest = Math.min(...loads.map((load) => load.oldest ?? Infinity));
  return {
    id,
    name: platform.name,
    queues: loads.map((load) => load.id),
    waiting: loads.reduce((sum, load) => sum + load.waiting, 0),
    oldestWaitSeconds: Number.isFinite(oldest) ? Math.max(0, (now - oldest) / 1000) : 0,
    live: liveOf(calls, id),
    seats: seatsOf(floor, id),
    today: todayOf(loads, platform.serviceLevelSeconds),
  };
}

function liveOf(calls: Iterable<Call>, platform: Platform): PlatformView['live'] {
  const live = { waiting: 0, talking: 0, transferring: 0, threeWay: 0 };
  for (const { platform: of, phase } of calls) {
    if (of !== platform) continue;
    if (phase.name === 'talking') live.talking += 1;
    else if (phase.name === 'transferring') live.transferring += 1;
    else if (phase.name === 'three-way') live.threeWay += 1;
    else if (phase.name !== 'rating' && phase.name !== 'ending') live.waiting += 1;
  }
  return live;
}

/** A seat of two queues is one seat. */
function seatsOf(floor: Floor, platform: Platform): PlatformView['seats'] {
  const seats = { signedIn: 0, ready: 0, talking: 0, wrapUp: 0, onBreak: 0 };
  for (const seat of floor.seats()) {
    if (seat.platform !== platform || seat.status === 'offline' || seat.unattended === true) continue;
    seats.signedIn += 1;
    if (available(seat)) seats.ready += 1;
    if (seat.state === 'talking') seats.talking += 1;
    if (seat.state === 'wrap-up') seats.wrapUp += 1;
    if (seat.status === 'break' && seat.state === 'idle') seats.onBreak += 1;
  }
  return seats;
}

function todayOf(loads: readonly QueueLoad[], serviceLevelSeconds: number): PlatformView['today'] {
  const sum = (what: keyof QueueLoad['today']): number =>
    loads.reduce((total, { today }) => total + today[what], 0);
  const [answered, answeredInTime, abandoned] = [sum('answered'), sum('answeredInTime'), sum('abandoned')];
  const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  const mean = share(sum('waitedMs'), answered);
  return {
    offered: sum('offered'),
    answered,
    answeredInTime,
    abandoned,
    shortAbandoned: sum('shortAbandoned'),
    serviceLevel: share(answeredInTime, answered + abandoned),
    serviceLevelSeconds,
    answerRate: share(answered, answered + abandoned),
    meanWaitSeconds: mean === null ? null : mean / 1000,
    longestWaitSeconds: Math.max(0, ...loads.map(({ today }) => today.longestMs)) / 1000,
  };
}
