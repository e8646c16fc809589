// Writes down every act in somebody's name. Acts that need their entry first wait for it (`must`); what is done to a
// call does not wait for the database (design §5), its entry follows in order. It must not hold a number in the clear.
import type { Clock, Log } from '../engine/ports.ts';
import type { Audit, AuditEntry } from '../engine/security-ports.ts';
import { Refusal } from './problem.ts';
import { masked } from './privacy/masking.ts';

export type Act = Omit<AuditEntry, 'at'>;

const mostWaiting = 50_000;
const mostAtOnce = 500;

export class AuditTrail {
  readonly #audit: Audit;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #retryMs: number;
  #waiting: AuditEntry[] = [];
  #writing: Promise<void> | null = null;
  #closed = false;

  constructor(audit: Audit, clock: Clock, log: Log, retryMs = 1_000) {
    this.#audit = audit;
    this.#clock = clock;
    this.#log = log;
    this.#retryMs = retryMs;
  }

  /** Resolves when the entry is committed; refuses the act (503) when it cannot be. */
  async must(act: Act): Promise<void> {
    try {
      await this.#audit.append(this.#entry(act));
    } catch (failure) {
      this.#log.warn(
        { action: act.action, error: String(failure) },
        'the audit could not be written, so the act was refused; look at the database',
      );
      throw new Refusal('database-away');
    }
  }

  /** Written soon, in order, and again and again until the database takes it. The fact itself names its actor meanwhile. */
  note(act: Act): void {
    if (this.#waiting.length >= mostWaiting) {
      // Never silently: the log is then the only witness, so it gets the entry.
      this.#log.error(
        { entry: this.#waiting.shift() },
        'the audit has too much waiting; this entry is only in the log: bring the database back',
      );
    }
    this.#waiting.push(this.#entry(act));
    this.#writing ??= this.#write().finally(() => (this.#writing = null));
  }

  /** Entries noted and not yet committed. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** One last attempt; what cannot be written goes to the log. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    for (const entry of this.#waiting)
      this.#log.error({ entry }, 'stopped with this audit entry unwritten; add it by hand');
  }

  async #write(): Promise<void> {
    for (;;) {
      // All that waits at once: an entry each would be a transaction each, and the slowest part of every command.
      const next = this.#waiting.slice(0, mostAtOnce);
      if (next.length === 0) return;
      try {
        await this.#audit.append(...next);
        // Some of them may have gone to the log meanwhile, when too much was waiting.
        const written = new Set(next);
        this.#waiting = this.#waiting.filter((entry) => !written.has(entry));
      } catch (failure) {
        if (this.#closed) return;
        this.#log.warn(
          { waiting: this.#waiting.length, error: String(failure) },
          'the audit cannot be written now; it is tried again',
        );
        await new Promise((resolve) => setTimeout(resolve, this.#retryMs).unref());
      }
    }
  }

  #entry(act: Act): AuditEntry {
    return { ...act, details: masked(act.details), at: this.#clock.now() };
  }
}
