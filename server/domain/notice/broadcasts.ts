// A supervisor's word to seats, from its sending to the last that read it (§4 of the trade's list: 广播). Pure; the time comes in.
// The newest fact about one tells all of it, so that a restart needs no more. It must not know who is signed in.
//
//   sent ──► acknowledged by one seat after another ──► expired, or ended by a supervisor
import type { Fact } from '../../protocol/facts.ts';
import type { Platform, QueueId, SeatId, Time } from '../../protocol/words.ts';
import { refuse } from '../decision.ts';
import type { NewFact, Refused } from '../decision.ts';

export interface Broadcast {
  readonly id: string;
  readonly platform: Platform;
  /** Null: every seat of the platform. */
  readonly queue: QueueId | null;
  readonly text: string;
  readonly sentAt: Time;
  readonly sentBy: string;
  readonly expiresAt: Time;
  readonly endedAt: Time | null;
  readonly acknowledged: Readonly<Record<SeatId, Time>>;
}
export type Broadcasts = ReadonlyMap<string, Broadcast>;
export interface BroadcastStep {
  readonly broadcasts: Broadcasts;
  readonly broadcast: Broadcast;
  readonly fact: NewFact;
}
/** As much of a seat as decides whether it is meant. */
export interface Addressee {
  readonly id: SeatId;
  readonly platform: Platform;
  readonly queues: readonly QueueId[];
}

/** What is over is shown to supervisors for a day. */
const shownMs = 86_400_000;

export const isMeant = ({ platform, queue }: Broadcast, seat: Addressee): boolean =>
  seat.platform === platform && (queue === null || seat.queues.includes(queue));
export const isOpen = ({ endedAt, expiresAt }: Broadcast, at: Time): boolean =>
  endedAt === null && at < expiresAt;

/** To be shown to this seat now. */
export const isOwed = (broadcast: Broadcast, seat: Addressee, at: Time): boolean =>
  isMeant(broadcast, seat) && isOpen(broadcast, at) && broadcast.acknowledged[seat.id] === undefined;

const step = (broadcasts: Broadcasts, now: Broadcast, type: string, actor: string, seat?: SeatId) => ({
  broadcasts: new Map([...broadcasts, [now.id, now]]),
  broadcast: now,
  fact: {
    type: `broadcast.${type}`,
    actor,
    data: {
      about: `broadcast:${now.id}`,
      ...(seat === undefined ? {} : { seat }),
      ...now,
    },
  },
});

export function send(
  broadcasts: Broadcasts,
  wish: Pick<Broadcast, 'id' | 'platform' | 'queue' | 'text' | 'sentBy' | 'expiresAt'>,
  at: Time,
): BroadcastStep {
  const kept = new Map([...broadcasts].filter(([, each]) => (each.endedAt ?? each.expiresAt) > at - shownMs));
  return step(kept, { ...wish, sentAt: at, endedAt: null, acknowledged: {} }, 'sent', wish.sentBy);
}

/** A seat has read it; said late is as good. */
export function acknowledge(
  broadcasts: Broadcasts,
  id: string,
  seat: Addressee,
  actor: string,
  at: Time,
): Refused | BroadcastStep {
  const known = broadcasts.get(id);
  if (!known || !isMeant(known, seat)) return refuse('not-found');
  if (known.acknowledged[seat.id] !== undefined) return refuse('already-so');
  const now = { ...known, acknowledged: { ...known.acknowledged, [seat.id]: at } };
  return step(broadcasts, now, 'acknowledged', actor, seat.id);
}

export function end(
  broadcasts: Broadcasts,
  id: string,
  platform: Platform,
  actor: string,
  at: Time,
): Refused | BroadcastStep {
  const known = broadcasts.get(id);
  if (known?.platform !== platform) return refuse('not-found');
  if (!isOpen(known, at)) return refuse('already-so');
  return step(broadcasts, { ...known, endedAt: at }, 'ended', actor);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const time = (value: unknown): Time | null => (typeof value === 'number' ? value : null);

/** A fact of the family read back after a restart. */
export function remember(broadcasts: Broadcasts, { data }: Fact): Broadcasts {
  const id = text(data['id']);
  const [sentAt, expiresAt] = [time(data['sentAt']), time(data['expiresAt'])];
  if (data['about'] !== `broadcast:${id}` || sentAt === null || expiresAt === null) return broadcasts;
  const given = typeof data['acknowledged'] === 'object' ? { ...data['acknowledged'] } : {};
  const acknowledged = Object.fromEntries(
    Object.entries(given).filter((each): each is [string, Time] => typeof each[1] === 'number'),
  );
  const read: Broadcast = {
    id,
    platform: text(data['platform']),
    queue: text(data['queue']) || null,
    text: text(data['text']),
    sentAt,
    sentBy: text(data['sentBy']),
    expiresAt,
    endedAt: time(data['endedAt']),
    acknowledged,
  };
  return new Map([...broadcasts, [id, read]]);
}
