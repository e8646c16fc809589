// A kept place as its facts tell it: read when it happens and read back after a restart (R15).
// It must not trust a fact's shape.
import type { Fact } from '../../protocol/facts.ts';
import { TicketClass } from '../../protocol/words.ts';
import type { CallId, Platform, QueueId, Time } from '../../protocol/words.ts';

export interface Kept {
  /** The call that was given up for it. */
  readonly call: CallId;
  readonly platform: Platform;
  readonly queue: QueueId;
  readonly number: string;
  readonly class: TicketClass;
  /** Its place: when it first came. */
  readonly since: Time;
  readonly keptAt: Time;
  /** How often it was rung in vain. */
  readonly attempts: number;
}

export const aboutOf = (call: CallId): string => `callback:${call}`;
/** Nothing is owed after these. */
const last: ReadonlySet<string> = new Set(['callback.connected', 'callback.called-in', 'callback.expired']);

/** What is kept by the newest fact about it; null: nothing, or not any more. */
export function keptBy({ type, call, time, data }: Fact): Kept | null {
  const text = (key: string): string => {
    const value = data[key];
    return typeof value === 'string' ? value : '';
  };
  const name = TicketClass.safeParse(data['class']);
  const since = Date.parse(text('placeSince'));
  if (call === null || last.has(type) || text('about') !== aboutOf(call) || Number.isNaN(since)) return null;
  const { attempts } = data;
  return {
    call,
    platform: text('platform'),
    queue: text('queue'),
    number: text('number'),
    class: name.success ? name.data : 'general',
    since,
    keptAt: Date.parse(text('keptAt')) || Date.parse(time),
    // One that was under way when nobody looked counts: its ids are not used again.
    attempts: (typeof attempts === 'number' ? attempts : 0) + (type === 'callback.dialled' ? 1 : 0),
  };
}
