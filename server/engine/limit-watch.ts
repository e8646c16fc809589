// Looks every ten seconds at what can run out: this machine's files and disks, Asterisk's media ports, the number of facts.
// It must not judge: domain/guard/limits.ts does. A limit that cannot be read is not watched, and counts as no alarm.
import type { LegRole } from '../domain/call/state.ts';
import { watchLimits } from '../domain/guard/limits.ts';
import type { LimitReading } from '../domain/guard/limits.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Clock, Limits, Log, Meter } from './ports.ts';
import type { Recorder } from './recorder.ts';

export interface LimitWatchParts {
  readonly limits: Limits;
  /** Of Asterisk, two for each leg; null: not known here. */
  readonly mediaPorts: number | null;
  readonly dispatcher: Dispatcher;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}
const everyMs = 10_000;
/** Within Asterisk: no port is taken for these. */
const inside: ReadonlySet<LegRole> = new Set(['whisper', 'recorder', 'anchor']);

export class LimitWatch {
  private readonly parts: LimitWatchParts;
  private near: ReadonlySet<string> = new Set();
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(parts: LimitWatchParts) {
    this.parts = parts;
  }

  start(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.look().finally(() => this.start()), everyMs);
    this.timer.unref();
  }
  stop(): void {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
  }

  async look(): Promise<void> {
    const { limits, recorder, clock, log, meter } = this.parts;
    const own = await limits.read().catch((error: unknown) => {
      log.warn({ error }, 'Limits of this machine could not be read; looked at again in 10 s.');
      return [];
    });
    const readings = [...own, ...this.ours()];
    for (const { limit, used, most } of readings)
      meter.gauge('hotline_limit_used_ratio', used / most, { limit });
    const { near, facts } = watchLimits(this.near, readings);
    this.near = near;
    const at = clock.now();
    for (const fact of facts) recorder.record({ at, call: null, platform: null, facts: [fact] }, {});
  }

  private ours(): readonly LimitReading[] {
    const { mediaPorts, dispatcher, recorder } = this.parts;
    const facts = { limit: 'facts', used: recorder.sequence, most: Number.MAX_SAFE_INTEGER };
    if (mediaPorts === null) return [facts];
    let legs = 0;
    for (const call of dispatcher.calls.values())
      legs += call.legs.filter(({ role }) => !inside.has(role)).length;
    return [facts, { limit: 'media-ports', used: legs * 2, most: mediaPorts }];
  }
}
