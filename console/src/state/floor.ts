// The floor as the screens see it: the folded stream, published to Vue. Own call and seat at once, the rest a few times
// a second, so that a wallboard of 500 seats stays light. It must not change what the frames say.
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { StreamFrame } from '../../../server/protocol/facts.ts';
import type { CallView, LineView, SeatView } from '../../../server/protocol/views.ts';
import { Refused } from '../api/client.ts';
import { emptyFloor, fold, foldAnswer, isAlarm } from '../stream/floor.ts';
import type { Floor } from '../stream/floor.ts';
import { StreamSocket } from '../stream/socket.ts';
import type { LinkState } from '../stream/socket.ts';
import { useSession } from './session.ts';

const paintMs = 250;

export const useFloor = defineStore('floor', () => {
  const session = useSession();
  const floor = shallowRef<Floor>(emptyFloor);
  const link = ref<LinkState>('connecting');
  const heardAt = ref(Date.now());
  const lines = shallowRef<readonly LineView[]>([]);
  let latest: Floor = emptyFloor;
  let painting: ReturnType<typeof setTimeout> | undefined;
  let socket: StreamSocket | null = null;

  const paint = () => {
    clearTimeout(painting);
    painting = undefined;
    floor.value = latest;
  };
  const soon = () => (painting ??= setTimeout(paint, paintMs));
  const mine = (frame: StreamFrame): boolean => {
    if (session.session?.role === 'seat' || 'snapshot' in frame) return true;
    return 'fact' in frame && isAlarm(frame.fact.type);
  };

  function onFrame(frame: StreamFrame): void {
    heardAt.value = Date.now();
    const folded = fold(latest, frame);
    if (folded.kind === 'gap') return socket?.hello();
    if (folded.kind === 'problem') return;
    latest = folded.floor;
    if (mine(frame)) paint();
    else soon();
  }

  function start(): void {
    stop();
    latest = emptyFloor;
    paint();
    socket = new StreamSocket({
      ticket: session.ticket,
      lastSequence: () => latest.sequence,
      onFrame,
      onState: (state) => {
        link.value = state;
        if (state === 'session-ended') session.ended();
      },
      isOver: (failure) => failure instanceof Refused && failure.code === 'unauthenticated',
    });
    socket.start();
    void loadLines();
  }
  function stop(): void {
    socket?.stop();
    socket = null;
  }
  async function loadLines(): Promise<void> {
    lines.value = await session.api
      .get<{ items: LineView[] }>('/v1/lines')
      .then(({ items }) => items)
      .catch(() => lines.value);
  }
  /** The view a command answered with. */
  function take(view: { call?: CallView; seat?: SeatView }): void {
    latest = foldAnswer(latest, view);
    paint();
  }

  const ownSeat = computed(() => {
    const id = session.session?.seat;
    return id === undefined ? null : (floor.value.seats.get(id) ?? null);
  });
  /** The call this seat has, is being offered, or still owes a tag for. */
  const ownCall = computed((): CallView | null => {
    const seat = ownSeat.value;
    if (!seat) return null;
    const { calls, ended } = floor.value;
    if (seat.call !== undefined) return calls.get(seat.call) ?? ended.get(seat.call) ?? null;
    return [...calls.values()].find((call) => call.parties.some((party) => party.seat === seat.id)) ?? null;
  });

  return { floor, link, heardAt, lines, start, stop, take, loadLines, ownSeat, ownCall };
});
