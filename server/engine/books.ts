// Asterisk's own records of calls, read for what nobody here saw: survival calls, and calls that ended while we were away.
// It must not read twice at once: the same end would be written twice.
import type { CallId } from '../protocol/words.ts';
import { closeOpen, openAndGone, takeRecords } from './survival-records.ts';

type SurvivalParts = Parameters<typeof takeRecords>[0];
export type BooksParts = SurvivalParts & { readonly ready: () => boolean };

const everyMs = 5000;
/** Longer than a call's record takes to be complete (call-records.ts). */
const settleMs = 1500;

export class Books {
  private readonly parts: BooksParts;
  private reading: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | null = null;

  constructor(parts: BooksParts) {
    this.parts = parts;
  }

  start(): void {
    this.timer = setTimeout(() => void this.take().finally(() => this.start()), everyMs);
    this.timer.unref();
  }
  stop(): void {
    if (this.timer) clearTimeout(this.timer);
  }

  /** After a comparison: calls that ended in the gap. First what Asterisk's records know, then what nobody knows. */
  async settle(): Promise<void> {
    const gone = await openAndGone(this.parts);
    await this.take();
    setTimeout(() => void this.close(gone), settleMs).unref();
  }

  private async close(gone: ReadonlySet<CallId>): Promise<void> {
    await this.take();
    if (!this.parts.ready()) return;
    await closeOpen(this.parts, gone).catch((error: unknown) =>
      this.parts.log.warn({ error }, 'Open calls could not be closed now; done at the next comparison.'),
    );
  }

  private take(): Promise<void> {
    this.reading = this.reading.then(async () => {
      if (this.parts.ready()) await takeRecords(this.parts);
    });
    this.reading = this.reading.catch((error: unknown) =>
      this.parts.log.warn({ error }, 'Call records could not be read now; read again in 5 s.'),
    );
    return this.reading;
  }
}
