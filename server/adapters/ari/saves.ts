// Keeps each call's state on its caller's channel, so that it dies with the call and not with this process (design §5).
// A burst of steps costs one request. It must not hold up or reorder call control beyond that.
import type { Log, Meter } from '../../engine/ports.ts';
import type { CallId, LegId } from '../../protocol/words.ts';
import { alreadyGone, lost, segment, succeeded } from './access.ts';
import type { RestLane } from './rest.ts';

export const stateVariable = 'HOTLINE_STATE';

export interface Saves {
  /** `state` is written out only when it is sent: of a burst the last alone. */
  save(call: CallId, caller: LegId, state: () => string): void;
  /** The channel is gone: nothing of it needs keeping. */
  gone(caller: LegId): void;
  flush(): Promise<void>;
}

export function createSaves(options: { rest: RestLane; log: Log; meter: Meter; delayMs?: number }): Saves {
  const { rest, log, meter, delayMs = 60 } = options;
  const waiting = new Map<LegId, { call: CallId; state: () => string; timer: NodeJS.Timeout }>();

  async function write(caller: LegId): Promise<void> {
    const one = waiting.get(caller);
    if (!one) return;
    clearTimeout(one.timer);
    waiting.delete(caller);
    meter.count('hotline_ari_saves_total');
    const reply = await rest.request(
      {
        method: 'POST',
        path: `channels/${segment(caller)}/variable`,
        body: { variable: stateVariable, value: one.state() },
      },
      true,
    );
    if (succeeded(reply) || alreadyGone(reply) || reply.status === lost) return;
    log.warn(
      { call: one.call, status: reply.status },
      'State of a call not saved on its channel; the next step saves it again.',
    );
  }

  return {
    save(call, caller, state) {
      const one = waiting.get(caller);
      // The first step of a burst sets the time, so that a busy call is saved too.
      if (one) one.state = state;
      else waiting.set(caller, { call, state, timer: setTimeout(() => void write(caller), delayMs) });
    },
    gone(caller) {
      const one = waiting.get(caller);
      if (one) clearTimeout(one.timer);
      waiting.delete(caller);
    },
    async flush() {
      await Promise.all([...waiting.keys()].map(write));
    },
  };
}
