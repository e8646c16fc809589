// Work that is done again and again: at once when asked for, every so often by itself, one at a time, for ever.
// It must not give up: a failure is logged once and tried again with growing pauses, up to some seconds.
import type { Log } from '../ports.ts';

export interface RoundParts {
  readonly name: string;
  /** True: there is more to do at once. */
  readonly work: () => Promise<boolean>;
  readonly everyMs: number;
  readonly log: Log;
}
/** Short: after an outage of a minute tickets must not wait for half of one more. */
const longestPauseMs = 5000;

export class Round {
  readonly #parts: RoundParts;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #stopped = true;
  #failures = 0;

  constructor(parts: RoundParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stopped = false;
    this.soon();
  }

  soon(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    // While it fails its own pauses count: news must not turn them into a storm.
    if (this.#failures > 0 && this.#timer) return;
    this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  #run(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#again = false;
    this.#running = this.#work().finally(() => {
      this.#running = null;
      if (this.#stopped) return;
      if (this.#again && this.#failures === 0) this.#run();
      else this.#later();
    });
  }

  async #work(): Promise<void> {
    const { name, work, log } = this.#parts;
    try {
      while ((await work()) && !this.#stopped);
      if (this.#failures > 0) log.info({ round: name }, 'A round works again.');
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      const details = { round: name, reason: error instanceof Error ? error.message : String(error) };
      if (this.#failures === 1) log.warn(details, 'A round failed; it is tried again. Look at the database.');
      else log.debug(details, 'A round failed again.');
    }
  }

  #later(): void {
    const { everyMs } = this.#parts;
    const pause = Math.min(everyMs * 2 ** Math.min(this.#failures, 10), longestPauseMs);
    this.#timer = setTimeout(() => this.#run(), Math.max(everyMs, this.#failures === 0 ? everyMs : pause));
    this.#timer.unref();
  }
}
