// CL9: a leg that is up and sends nothing for two seconds is a media fault; and a browser's sound is watched all along, for a
// page may freeze or lose its network in mid-call (RC1, RC2). Asks the telephone system for packets received.
// It must not mend: the call decides (mend once, then the next seat).
import { isParty } from '../domain/call/state.ts';
import type { Call, Leg } from '../domain/call/state.ts';
import type { Floor } from '../domain/acd/messages.ts';
import type { LegId } from '../protocol/words.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Clock, Telephony, Timers } from './ports.ts';

const afterMs = 2000;
/** A phone sends fifty packets in this time. */
const everyMs = 1000;

interface Watch {
  readonly call: string;
  looks: number;
  /** Packets at the last look; null before one was answered. */
  packets: number | null;
  away: boolean;
}

export interface MediaWatchParts {
  readonly telephony: Telephony;
  readonly dispatcher: Dispatcher;
  readonly floor: Floor;
  readonly timers: Timers;
  readonly clock: Clock;
}

export class MediaWatch {
  private readonly watched = new Map<LegId, Watch>();
  private readonly parts: MediaWatchParts;

  constructor(parts: MediaWatchParts) {
    this.parts = parts;
  }

  /** Called with each call that changed: legs newly up in conversation are looked at, legs gone are forgotten. */
  follow(call: Call): void {
    if (call.phase.name === 'ending') this.forget(call);
    if (call.phase.name !== 'talking' && call.phase.name !== 'three-way') return;
    for (const leg of call.legs) {
      if (leg.state !== 'up' || !isParty(leg) || this.watched.has(leg.id)) continue;
      this.watched.set(leg.id, { call: call.id, looks: 0, packets: null, away: leg.away !== undefined });
      this.schedule(leg.id, afterMs);
    }
  }

  /** A desk phone that was heard is not looked at again, and would be kept for ever. */
  private forget(call: Call): void {
    for (const [leg, watch] of this.watched) if (watch.call === call.id) this.watched.delete(leg);
  }

  private schedule(leg: LegId, inMs: number): void {
    this.parts.timers.start(`media:${leg}`, this.parts.clock.now() + inMs, () => void this.look(leg));
  }

  private async look(leg: LegId): Promise<void> {
    const watch = this.watched.get(leg);
    if (!watch) return;
    const alive = () => this.parts.dispatcher.calls.get(watch.call)?.legs.find((each) => each.id === leg);
    if (!alive()) return void this.watched.delete(leg);
    const packets = await this.parts.telephony.packetsReceived(leg).catch(() => null);
    const state = alive();
    if (!state) return void this.watched.delete(leg);
    // A phone on hold may rightly be silent.
    if (packets === 0 && !state.held && watch.looks < 2) {
      watch.looks += 1;
      this.parts.dispatcher.call(watch.call, { type: 'leg-silent', leg, at: this.parts.clock.now() });
      if (watch.looks < 2) {
        this.schedule(leg, afterMs);
        return;
      }
    }
    // A desk phone may send nothing in a pause of speech; a browser always sends.
    if (!this.isBrowser(state)) return;
    if (packets !== null && watch.packets !== null && (packets === watch.packets) !== watch.away) {
      watch.away = !watch.away;
      const { clock, dispatcher } = this.parts;
      dispatcher.call(watch.call, { type: 'leg-away', leg, on: watch.away, at: clock.now() });
    }
    watch.packets = packets ?? watch.packets;
    this.schedule(leg, everyMs);
  }

  private isBrowser({ seat }: Leg): boolean {
    return seat !== null && this.parts.floor.seat(seat)?.device === 'browser';
  }
}
