// Reads the floor for overflow: each queue's load with own and borrowed seats apart, and each remote group.
// It must not keep anything between readings.
import type { Floor, QueueLoad } from '../acd/messages.ts';
import { available } from '../seat/seat.ts';
import type { QueueId, SeatId, Time } from '../../protocol/words.ts';
import type { Reading } from './marks.ts';
import type { GroupReading } from './state.ts';

export interface Readings {
  readonly queues: Readonly<Record<QueueId, Reading>>;
  readonly groups: Readonly<Record<string, GroupReading>>;
}

interface Group {
  ready: number;
  busy: number;
  calls: SeatId[];
}

/** @param borrowed the groups each queue borrows now, or is giving back. */
export function readFloor(
  floor: Floor,
  queues: readonly QueueId[],
  borrowed: (queue: QueueId) => readonly string[],
  at: Time,
): Readings {
  const own = new Map(queues.map((queue) => [queue, { ready: 0, free: 0 }]));
  const groups: Record<string, Group> = {};
  for (const seat of floor.seats()) {
    if (seat.remote) {
      const group = (groups[seat.group] ??= { ready: 0, busy: 0, calls: [] });
      if (seat.status === 'ready') group.ready += 1;
      if (seat.status === 'ready' && seat.state !== 'idle') group.busy += 1;
      if (seat.state === 'reserved' || seat.state === 'ringing' || seat.state === 'talking')
        group.calls.push(seat.id);
    } else
      for (const queue of seat.queues) {
        const counts = own.get(queue);
        if (!counts) continue;
        if (seat.status === 'ready') counts.ready += 1;
        if (available(seat)) counts.free += 1;
      }
  }
  const readings: Record<QueueId, Reading> = {};
  for (const [queue, { ready, free }] of own) {
    const load = floor.load(queue, at);
    if (!load) continue;
    const lent = borrowed(queue).map((group) => groups[group]);
    readings[queue] = {
      waiting: load.waiting,
      oldestSeconds: load.oldest === null ? 0 : Math.max(0, (at - load.oldest) / 1000),
      expectedSeconds: expected(load),
      ready: lent.reduce((sum, group) => sum + (group?.ready ?? 0), ready),
      localFree: free,
      borrowedBusy: lent.reduce((sum, group) => sum + (group?.calls.length ?? 0), 0),
    };
  }
  return { queues: readings, groups };
}

/** Whoever joins where a seat is free does not wait, whatever the pace of the last busy hour. */
const expected = (load: QueueLoad): number | null =>
  load.waiting === 0 && load.seats.available > 0 ? 0 : (load.expected?.seconds ?? null);
