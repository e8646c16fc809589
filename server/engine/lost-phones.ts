// A browser phone that is gone before its channel says so: its page was closed, crashed or loaded anew (RC1).
// It must not decide what becomes of the call; and a socket that closed while sound still comes is no lost phone.
import { isParty } from '../domain/call/state.ts';
import type { Leg } from '../domain/call/state.ts';
import type { CallId, LegId, SeatId } from '../protocol/words.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { PhoneWatch } from './phone-watch.ts';
import type { Clock, Telephony } from './ports.ts';

/** Two looks this far apart: twenty packets of sound. */
const betweenLooksMs = 400;

export class LostPhones {
  private readonly parts: {
    readonly dispatcher: Dispatcher;
    readonly telephony: Telephony;
    readonly phoneWatch: PhoneWatch;
    readonly clock: Clock;
  };
  constructor(parts: LostPhones['parts']) {
    this.parts = parts;
  }

  /** The seat's SIP socket has closed. */
  async closed(seat: SeatId): Promise<void> {
    const { dispatcher, telephony, phoneWatch, clock } = this.parts;
    phoneWatch.gone(seat);
    const held = this.legOf(seat);
    if (!held) return;
    // F21: what it heard of the call went with its socket.
    if (held.state !== 'up') {
      dispatcher.call(held.call, { type: 'leg-lost', leg: held.leg, at: clock.now() });
      return;
    }
    const look = () => telephony.packetsReceived(held.leg).catch(() => null);
    const before = await look();
    await new Promise((resolve) => setTimeout(resolve, betweenLooksMs));
    // Not known is not lost: the phone's own silence is noticed by the media watch.
    if (before === null || (await look()) !== before) return;
    dispatcher.call(held.call, { type: 'leg-lost', leg: held.leg, at: clock.now() });
  }

  /** The same person signed in at the seat again: the page that had the call is no more. */
  replaced(seat: SeatId): void {
    const held = this.legOf(seat);
    if (held)
      this.parts.dispatcher.call(held.call, { type: 'leg-lost', leg: held.leg, at: this.parts.clock.now() });
  }

  private legOf(
    seat: SeatId,
  ): { readonly call: CallId; readonly leg: LegId; readonly state: Leg['state'] } | null {
    for (const call of this.parts.dispatcher.calls.values())
      for (const leg of call.legs)
        if (leg.seat === seat && isParty(leg) && !leg.leaving)
          return { call: call.id, leg: leg.id, state: leg.state };
    return null;
  }
}
