// What a screen knows of the floor, folded from the stream's frames: calls, seats, queues, alarms, the latest facts.
// Pure: frame in, next floor out. It must not fetch, keep time or decide anything the server decides (RC3).
import type { Fact, StreamFrame } from '../../../server/protocol/facts.ts';
import type { CallView, QueueView, SeatView } from '../../../server/protocol/views.ts';

export interface Floor {
  /** Everything up to here is in; -1 before the first frame. */
  readonly sequence: number;
  readonly calls: ReadonlyMap<string, CallView>;
  /** Calls that ended while we watched, newest last; a seat in wrap-up still works on one. */
  readonly ended: ReadonlyMap<string, CallView>;
  readonly seats: ReadonlyMap<string, SeatView>;
  readonly queues: ReadonlyMap<string, QueueView>;
  /** Newest last. */
  readonly facts: readonly Fact[];
  /** Newest last; only what `isAlarm` names. */
  readonly alarms: readonly Fact[];
}

export const emptyFloor: Floor = {
  sequence: -1,
  calls: new Map(),
  ended: new Map(),
  seats: new Map(),
  queues: new Map(),
  facts: [],
  alarms: [],
};

const factsKept = 400;
const alarmsKept = 100;
/** R9, R23: of a ticket, what somebody has to act upon. */
const ticketAlarms = new Set([
  'ticket.unacknowledged',
  'ticket.deadline-near',
  'ticket.deadline-missed',
  'ticket.duty-uncovered',
  'ticket.escalated',
]);
/** What a supervisor must see: alarms, notices to its platform, tickets that wait for somebody. */
export const isAlarm = (type: string): boolean =>
  type.startsWith('alarm.') || type.startsWith('notice.') || ticketAlarms.has(type);
const endedKept = 60;

export type Folded =
  | { readonly kind: 'next'; readonly floor: Floor }
  /** A frame was missed: say hello again with `floor.sequence`. */
  | { readonly kind: 'gap' }
  | { readonly kind: 'problem'; readonly code: string };

const byId = <V extends { readonly id: string }>(views: readonly V[]): ReadonlyMap<string, V> =>
  new Map(views.map((view) => [view.id, view]));

const put = <V extends { readonly id: string; readonly version?: number }>(
  views: ReadonlyMap<string, V>,
  view: V | undefined,
): ReadonlyMap<string, V> => {
  if (!view) return views;
  const known = views.get(view.id);
  // An answer to a command may have brought a newer view than this frame.
  if (known?.version !== undefined && view.version !== undefined && known.version > view.version)
    return views;
  return new Map(views).set(view.id, view);
};

const newest = <T>(items: readonly T[], most: number): readonly T[] =>
  items.length > most ? items.slice(items.length - most) : items;

function withCall(floor: Floor, call: CallView | undefined): Floor {
  if (!call) return floor;
  if (call.phase !== 'ended')
    return floor.ended.has(call.id) ? floor : { ...floor, calls: put(floor.calls, call) };
  const calls = new Map(floor.calls);
  calls.delete(call.id);
  const ended = new Map(floor.ended);
  ended.delete(call.id);
  ended.set(call.id, call);
  if (ended.size > endedKept) ended.delete(ended.keys().next().value ?? '');
  return { ...floor, calls, ended };
}

/** Calls that vanished while we were away, when a snapshot says which ones live: kept as ended with what was last seen. */
function vanished(before: Floor, live: ReadonlyMap<string, CallView>): ReadonlyMap<string, CallView> {
  const ended = new Map(before.ended);
  for (const call of before.calls.values())
    if (!live.has(call.id)) ended.set(call.id, { ...call, phase: 'ended' });
  return ended;
}

export function fold(floor: Floor, frame: StreamFrame): Folded {
  if ('problem' in frame) return { kind: 'problem', code: frame.problem.code };
  if ('snapshot' in frame) {
    const { sequence, calls, seats, queues } = frame.snapshot;
    const live = byId(calls);
    return {
      kind: 'next',
      floor: {
        ...floor,
        sequence,
        calls: live,
        ended: vanished(floor, live),
        seats: byId(seats),
        queues: byId(queues),
      },
    };
  }
  if (frame.after !== undefined && frame.after !== floor.sequence) return { kind: 'gap' };
  if ('mark' in frame) return { kind: 'next', floor: { ...floor, sequence: frame.mark.sequence } };
  if ('changed' in frame) {
    const { sequence, call, seat, queue } = frame.changed;
    const next = withCall(floor, call);
    return {
      kind: 'next',
      floor: { ...next, sequence, seats: put(next.seats, seat), queues: put(next.queues, queue) },
    };
  }
  const { fact, call, seat, queue } = frame;
  const next = withCall(floor, call);
  return {
    kind: 'next',
    floor: {
      ...next,
      sequence: fact.sequence,
      seats: put(next.seats, seat),
      queues: put(next.queues, queue),
      facts: newest([...next.facts, fact], factsKept),
      alarms: isAlarm(fact.type) ? newest([...next.alarms, fact], alarmsKept) : next.alarms,
    },
  };
}

/** A view that came as the answer to a command: shown at once, without waiting for its fact. */
export const foldAnswer = (
  floor: Floor,
  view: { readonly call?: CallView; readonly seat?: SeatView },
): Floor => {
  const next = withCall(floor, view.call);
  return { ...next, seats: put(next.seats, view.seat) };
};
