// Views of seats, queues, platforms and calls as the engine would give them, for tests of the HTTP surface.
// It must never be imported by anything under server/.
import type { CallView, PlatformView, QueueView, SeatView } from '../../server/protocol/views.ts';

export const since = '2026-11-22T02:00:00.000Z';

export function seatView(id: string, platform: string, more: Partial<SeatView> = {}): SeatView {
  return {
    id,
    platform,
    group: platform,
    remote: false,
    status: 'ready',
    state: 'idle',
    since,
    queues: [`q-${platform}`],
    phone: 'registered',
    notResponding: false,
    version: 1,
    ...more,
  };
}
export function platformView(id: string): PlatformView {
  return {
    id,
    name: id,
    queues: [`q-${id}`],
    waiting: 0,
    oldestWaitSeconds: 0,
    live: { waiting: 0, talking: 0, transferring: 0, threeWay: 0 },
    seats: { signedIn: 2, ready: 2, talking: 0, wrapUp: 0, onBreak: 0 },
    today: {
      offered: 0,
      answered: 0,
      answeredInTime: 0,
      abandoned: 0,
      shortAbandoned: 0,
      serviceLevel: null,
      serviceLevelSeconds: 15,
      answerRate: null,
      meanWaitSeconds: null,
      longestWaitSeconds: 0,
    },
  };
}
export function queueView(platform: string, more: Partial<QueueView> = {}): QueueView {
  return {
    id: `q-${platform}`,
    platform,
    name: platform,
    waiting: 0,
    oldestWaitSeconds: 0,
    seats: { signedIn: 2, ready: 2, talking: 0, wrapUp: 0 },
    calls: [],
    today: { offered: 0, answered: 0, answeredInTime: 0, abandoned: 0, shortAbandoned: 0 },
    expectedWait: null,
    ...more,
  };
}
export function callView(
  id: string,
  platform: string,
  number: string,
  seat: string | null,
  more: Partial<CallView> = {},
): CallView {
  return {
    id,
    version: 3,
    platform,
    phase: seat === null ? 'queued' : 'talking',
    caller: { number, name: '王小明' },
    dialled: platform,
    ...(seat === null ? {} : { owner: seat, firstReceiver: platform }),
    queue: `q-${platform}`,
    parties: [
      { id: `${id}-caller`, role: 'caller', state: 'up', held: false, muted: false, hears: [] },
      ...(seat === null
        ? []
        : [
            {
              id: `${id}-owner`,
              role: 'owner' as const,
              seat,
              platform,
              state: 'up' as const,
              held: false,
              muted: false,
              hears: [],
            },
          ]),
    ],
    tickets: [],
    arrivedAt: since,
    ...more,
  };
}
