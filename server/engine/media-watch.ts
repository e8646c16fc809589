// CL9: a leg that is up and sends nothing for two seconds is a media fault. Asks the telephone system for packets received.
// It must not mend: the call decides (mend once, then the next seat).
import { isParty } from '../domain/call/state.ts';
import type { Call } from '../domain/call/state.ts';
import type { LegId } from '../protocol/words.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Clock, Telephony, Timers } from './ports.ts';

const afterMs = 2000;

export class MediaWatch {
  private readonly watched = new Map<LegId, { call: string; looks: number }>();
  private readonly parts: { telephony: Telephony; dispatcher: Dispatcher; timers: Timers; clock: Clock };

  constructor(parts: { telephony: Telephony; dispatcher: Dispatcher; timers: Timers; clock: Clock }) {
    this.parts = parts;
  }

  /** Called with each call that changed: legs newly up in conversation are looked at, legs gone are forgotten. */
  follow(call: Call): void {
    if (call.phase.name !== 'talking' && call.phase.name !== 'three-way') return;
    for (const leg of call.legs) {
      if (leg.state !== 'up' || !isParty(leg) || this.watched.has(leg.id)) continue;
      this.watched.set(leg.id, { call: call.id, looks: 0 });
      this.schedule(leg.id);
    }
  }

  private schedule(leg: LegId): void {
    this.parts.timers.start(`media:${leg}`, this.parts.clock.now() + afterMs, () => void this.look(leg));
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
    if (packets !== 0 || state.held) return;
    watch.looks += 1;
    this.parts.dispatcher.call(watch.call, { type: 'leg-silent', leg, at: this.parts.clock.now() });
    if (watch.looks < 2) this.schedule(leg);
  }

  forget(leg: LegId): void {
    this.watched.delete(leg);
    this.parts.timers.stop(`media:${leg}`);
  }
}
