// Signing a seat in and out: the floor decides, then its phone's secret is minted or destroyed (design §4: no standing password).
// It must not keep secrets beyond the sign-in that minted them.
import type { Seat } from '../domain/seat/seat.ts';
import type { SeatCommand } from '../protocol/commands.ts';
import type { SipAccount } from '../protocol/session.ts';
import type { Actor, SeatId } from '../protocol/words.ts';
import type { Dispatcher, Stepped } from './dispatcher.ts';
import type { Clock, Log, Phones } from './ports.ts';

export interface SeatPhonesParts {
  readonly dispatcher: Dispatcher;
  readonly phones: Phones;
  readonly clock: Clock;
  readonly log: Log;
  /** Fixed address of a seat's desk phone, where the site gives one. */
  readonly contactOf: (seat: SeatId) => string | null;
  /** A browser that was signed in at this seat has been loaded anew: whatever phone it had is gone. */
  readonly replaced: (seat: SeatId) => void;
}

export class SeatPhones {
  private readonly accounts = new Map<SeatId, { readonly id: string; readonly sip: SipAccount }>();
  private readonly parts: SeatPhonesParts;

  constructor(parts: SeatPhonesParts) {
    this.parts = parts;
  }

  async signIn(
    seat: SeatId,
    id: string,
    actor: Actor,
    command: Extract<SeatCommand, { name: 'sign-in' }>,
  ): Promise<Stepped & { readonly sip?: SipAccount }> {
    const { dispatcher, phones, clock, log, contactOf, replaced } = this.parts;
    const stepped = dispatcher.floor({ type: 'command', id, actor, seat, command, at: clock.now() });
    // The same person again (a reloaded page) gets a new secret for the seat it already has; anybody else is refused.
    const again = !stepped.ok && stepped.code === 'already-signed-in' && actor.seat === seat;
    if (!stepped.ok && !again) return stepped;
    const kept = this.accounts.get(seat);
    if (kept?.id === id) return { ok: true, repeated: true, sip: kept.sip };
    try {
      const sip = await phones.provision(seat, command.body.phone, contactOf(seat));
      this.accounts.set(seat, { id, sip });
      if (again && command.body.phone === 'browser') replaced(seat);
      return { ok: true, repeated: false, sip };
    } catch (error) {
      log.warn({ seat, error }, 'The phone of a seat could not be set up; the seat is signed out again.');
      if (!again)
        dispatcher.floor({
          type: 'command',
          id: `${id}:undo`,
          actor,
          seat,
          command: { name: 'sign-out', body: {} },
          at: clock.now(),
        });
      return { ok: false, code: 'not-ready' };
    }
  }

  async signedOut(seat: SeatId): Promise<void> {
    this.accounts.delete(seat);
    try {
      await this.parts.phones.withdraw(seat);
    } catch (error) {
      this.parts.log.warn(
        { seat, error },
        'The secret of a signed-out seat could not be destroyed now; it is swept at the next connection.',
      );
    }
  }

  /**
   * Asterisk is new: seats' phones register again with what they have (astdb keeps it). Secrets of seats that are signed out are
   * destroyed: a sign-out may have failed, or fallen into a restart.
   */
  async anew(seats: readonly Seat[]): Promise<void> {
    try {
      const registered = await this.parts.phones.registered();
      for (const { id, status } of seats)
        if (status === 'offline' && registered.has(id)) await this.signedOut(id);
    } catch (error) {
      this.parts.log.warn({ error }, 'Secrets of signed-out seats could not be swept.');
    }
  }
}
