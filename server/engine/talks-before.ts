// Tells the floor, after a start, which seat had which caller before it, out of the ledger (OF9).
// It must not hold up a call: calls are taken meanwhile, and what happened since stands.
import type { Dispatcher } from './dispatcher.ts';
import type { Clock, Ledger, Log } from './ports.ts';

export interface TalksBeforeParts {
  readonly ledger: Pick<Ledger, 'talks'>;
  readonly dispatcher: Pick<Dispatcher, 'floor'>;
  readonly clock: Clock;
  readonly log: Log;
  /** 0: nobody is asked first, and nothing is read. */
  readonly withinSeconds: number;
}
const againMs = 1000;

export class TalksBefore {
  private readonly parts: TalksBeforeParts;
  private timer: NodeJS.Timeout | null = null;
  private done = false;

  constructor(parts: TalksBeforeParts) {
    this.parts = parts;
  }

  /** Once in a start; where the ledger cannot be asked yet, as soon as it can. */
  read(): void {
    if (this.done || this.parts.withinSeconds === 0) return;
    this.done = true;
    void this.take();
  }
  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private async take(): Promise<void> {
    const { ledger, dispatcher, clock, log, withinSeconds } = this.parts;
    try {
      const talks = await ledger.talks(clock.now() - withinSeconds * 1000);
      dispatcher.floor({ type: 'talked-before', talks, at: clock.now() });
      log.info(
        { talks: talks.length },
        'Who calls again is given to the seat that had it before this start.',
      );
    } catch (error) {
      log.debug({ error }, 'Who had whom before this start cannot be read yet; tried again in a second.');
      this.timer = setTimeout(() => void this.take(), againMs);
      this.timer.unref();
    }
  }
}
