// A model of the floor (domain/acd) in a few lines: who is free is offered, who is not waits. No order worth the name.
// It must not be used to prove anything about the ACD; that has tests of its own.
import type { FloorMessage } from '../../server/domain/call/effects.ts';
import type { TellCall } from '../../server/domain/acd/messages.ts';

export interface ModelSeat {
  readonly id: string;
  readonly platform: string;
  state: 'idle' | 'offered' | 'talking' | 'wrap-up' | 'away';
  call: string | null;
  request: string | null;
}
interface Request {
  readonly message: Extract<FloorMessage, { type: 'request' }>;
  readonly offers: Set<string>;
  readonly failed: Set<string>;
}
export interface Tell {
  readonly call: string;
  readonly input: TellCall;
}

export class ModelFloor {
  readonly seats = new Map<string, ModelSeat>();
  readonly requests = new Map<string, Request>();
  /** After a restart nothing is offered until every call has been adopted. */
  held = false;

  constructor(seats: readonly { id: string; platform: string }[]) {
    for (const { id, platform } of seats)
      this.seats.set(id, { id, platform, state: 'idle', call: null, request: null });
  }

  hear(message: FloorMessage): Tell[] {
    switch (message.type) {
      case 'request': {
        if (this.requests.has(message.request)) return [];
        const offers = new Set<string>();
        for (const seat of this.seats.values()) if (seat.request === message.request) offers.add(seat.id);
        const request = { message, offers, failed: new Set<string>() };
        this.requests.set(message.request, request);
        return this.match(request);
      }
      case 'withdraw':
        this.requests.delete(message.request);
        return [];
      case 'offer-ended':
        return this.offerEnded(message.request, message.seat, message.result);
      case 'seat-released': {
        const seat = this.seats.get(message.seat);
        if (!seat || seat.call !== message.call) return [];
        Object.assign(seat, { state: message.talked ? 'wrap-up' : 'idle', request: null });
        return [];
      }
      case 'seat-adopted': {
        const seat = this.seats.get(message.seat);
        if (seat)
          Object.assign(seat, {
            state: message.state === 'talking' ? 'talking' : 'offered',
            call: message.call,
            request: message.request,
          });
        return [];
      }
      case 'where': {
        const request = this.requests.get(message.request);
        if (!request || request.offers.size > 0) return [];
        const place = 1 + [...this.requests.keys()].indexOf(message.request);
        const expectedSeconds = place > 2 ? null : place * 70;
        return [
          {
            call: request.message.call,
            input: { type: 'stands', request: message.request, place, expectedSeconds },
          },
        ];
      }
      case 'place-kept':
      case 'offer-ringing':
      case 'tagged':
        return [];
    }
  }

  private offerEnded(id: string, seatId: string, result: string): Tell[] {
    const seat = this.seats.get(seatId);
    const request = this.requests.get(id);
    if (seat?.request === id && seat.state === 'offered') {
      seat.request = null;
      if (result === 'accepted') seat.state = 'talking';
      else Object.assign(seat, { state: result === 'timed-out' ? 'away' : 'idle', call: null });
    } else if (result === 'accepted') throw new Error(`${seatId} accepted ${id}, which it was not offered`);
    if (!request) return [];
    request.offers.delete(seatId);
    if (result === 'accepted') {
      this.requests.delete(id);
      return [];
    }
    request.failed.add(seatId);
    return result === 'cancelled' ? [] : this.match(request);
  }

  private match(request: Request): Tell[] {
    if (this.held) return [];
    const { message, offers, failed } = request;
    const told = (input: TellCall): Tell => ({ call: message.call, input });
    const { wanted, request: id } = message;
    const fit = (seat: ModelSeat) =>
      'seat' in wanted
        ? seat.id === wanted.seat &&
          (seat.state === 'idle' ||
            (message.resume === true && seat.state === 'wrap-up' && seat.call === message.call))
        : seat.state === 'idle' && seat.platform === wanted.queue;
    const free = [...this.seats.values()].filter(
      (seat) => fit(seat) && !message.except.includes(seat.id) && !failed.has(seat.id),
    );
    const chosen = message.all ? free : offers.size > 0 ? [] : free.slice(0, 1);
    const tells = chosen.map((seat) => {
      Object.assign(seat, { state: 'offered', call: message.call, request: id });
      offers.add(seat.id);
      const { platform } = seat;
      return told({
        type: 'offered',
        request: id,
        seat: seat.id,
        endpoint: `PJSIP/${seat.id}`,
        platform,
      });
    });
    if (tells.length > 0 || offers.size > 0) return tells;
    if ('seat' in wanted) {
      this.requests.delete(id);
      return [told({ type: 'refused', request: id, reason: 'seat-unavailable' })];
    }
    if (wanted.queue === 'nowhere') return [told({ type: 'refused', request: id, reason: 'no-such-queue' })];
    return [told({ type: 'placed', request: id, place: 1 })];
  }

  /** The person is ready again: the first who waits for this seat gets it. */
  ready(id: string): Tell[] {
    const seat = this.seats.get(id);
    if (!seat || (seat.state !== 'wrap-up' && seat.state !== 'away')) return [];
    Object.assign(seat, { state: 'idle', call: null });
    return this.matchAll();
  }
  matchAll(): Tell[] {
    return [...this.requests.values()].flatMap((request) => {
      request.failed.clear();
      return request.offers.size === 0 || request.message.all
        ? this.match(request).filter(({ input }) => input.type === 'offered')
        : [];
    });
  }
  open(): Tell[] {
    this.held = false;
    return [...this.requests.values()].flatMap((request) => this.match(request));
  }
}
