// Tells the floor whose phone is registered: asked of the telephone system each second, for subscriptions to endpoints
// double every event of our own channels (Asterisk notes §6). It must not judge; the floor decides what a lost phone means.
import type { SeatId } from '../protocol/words.ts';
import type { Floor } from '../domain/acd/messages.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Clock, Log, Phones } from './ports.ts';

export class PhoneWatch {
  private known = new Map<SeatId, boolean>();
  private timer: NodeJS.Timeout | null = null;
  private readonly parts: { phones: Phones; floor: Floor; dispatcher: Dispatcher; clock: Clock; log: Log };

  constructor(parts: { phones: Phones; floor: Floor; dispatcher: Dispatcher; clock: Clock; log: Log }) {
    this.parts = parts;
  }

  start(everyMs = 1000): void {
    const again = async () => {
      await this.look();
      this.timer = setTimeout(() => void again(), everyMs);
      this.timer.unref();
    };
    this.timer = setTimeout(() => void again(), everyMs);
    this.timer.unref();
  }
  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
  /** Known before the telephone system says so: its socket has closed. The next look has the last word. */
  gone(seat: SeatId): void {
    const { floor, dispatcher, clock } = this.parts;
    if (floor.seat(seat)?.device !== 'browser' || floor.seat(seat)?.status === 'offline') return;
    this.known.set(seat, false);
    dispatcher.floor({ type: 'phone', seat, registered: false, at: clock.now() });
  }
  /** After a restart of the telephone system nothing is known any more. */
  forget(): void {
    this.known = new Map();
  }

  async look(): Promise<void> {
    const { floor, phones, dispatcher, clock, log } = this.parts;
    const signedIn = floor.seats().filter((seat) => seat.status !== 'offline');
    if (signedIn.length === 0) return;
    try {
      const registered = await phones.registered();
      for (const seat of signedIn) {
        const now = registered.has(resourceOf(seat.endpoint));
        if (this.known.get(seat.id) === now && (seat.phone === 'registered') === now) continue;
        this.known.set(seat.id, now);
        dispatcher.floor({ type: 'phone', seat: seat.id, registered: now, at: clock.now() });
      }
    } catch (error) {
      log.debug({ error }, 'Phones could not be listed; asked again in a second.');
    }
  }
}

/** `PJSIP/1001` is known as 1001, `PJSIP/12345@trunk-nanning` as trunk-nanning. */
const resourceOf = (endpoint: string): string => endpoint.slice(endpoint.search(/[/@][^/@]*$/) + 1);
