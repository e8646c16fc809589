// The figures of a queue, each defined once (notes §4.4). Pure.
import type { QueueView } from '../../../server/protocol/views.ts';

export type Heat = 'calm' | 'warm' | 'hot';

/** Share of today's offered calls answered within the platform's limit, 0–100; null before the first call. */
export const serviceLevel = ({ today }: QueueView): number | null =>
  today.offered === 0 ? null : (100 * today.answeredInTime) / today.offered;
export const abandonRate = ({ today }: QueueView): number | null =>
  today.offered === 0 ? null : (100 * today.abandoned) / today.offered;

/** Counts on by itself between two views: the one at the head waits every second. */
export function oldestWaitMs(queue: QueueView, now: number): number {
  const since = queue.calls.map((waiting) => Date.parse(waiting.since));
  return since.length === 0 ? 0 : Math.max(0, now - Math.min(...since));
}

/** 110 is answered within 10 s, 12345 within 15 s; past that it is warm, past four times that hot. */
export function heatOf(queue: QueueView, now: number): Heat {
  const limitMs = queue.platform === '110' ? 10_000 : 15_000;
  const waited = oldestWaitMs(queue, now);
  const level = serviceLevel(queue);
  if (waited > 4 * limitMs || (queue.waiting > 0 && queue.seats.signedIn === 0)) return 'hot';
  if (waited > limitMs || (level !== null && queue.today.offered >= 20 && level < 80)) return 'warm';
  return 'calm';
}

export const percent = (value: number | null): string =>
  value === null ? '–' : `${value.toFixed(value >= 99.95 ? 0 : 1)}%`;
