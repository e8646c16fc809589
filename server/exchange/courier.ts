// One partner's deliveries: in order within a ticket, several tickets at once, again and again until taken; what cannot be
// delivered goes to the desk and holds up its own ticket alone. It must not share anything with another partner's courier.
import { finalTries, giveUpAfterMs, nextTryMs } from './back-off.ts';
import { cloudEvent, messageId, signed } from './message.ts';
import type { Carrier, ExchangeLog, Outbox, Partner, Waiting } from './ports.ts';

export interface CourierParts {
  readonly cell: string;
  readonly partner: Partner;
  readonly outbox: Outbox;
  readonly carry: Carrier;
  readonly now: () => number;
  readonly chance: () => number;
  readonly log: ExchangeLog;
  readonly observe: (seconds: number, result: string) => void;
}
const atOnce = 16;
const lookEveryMs = 250;
const longestRestMs = 10_000;

export class Courier {
  readonly #parts: CourierParts;
  readonly #busy = new Map<string, Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #stopped = true;
  #failures = 0;

  constructor(parts: CourierParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stopped = false;
    this.#look();
  }

  /** Something new may be in the outbox. */
  soon(): void {
    if (!this.#stopped && !this.#looking && this.#failures === 0) this.#look();
  }

  /** What is on its way is waited for: at most the carrier's own time limit. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#looking;
    await Promise.all(this.#busy.values());
  }

  #look(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#looking = this.#send().finally(() => {
      this.#looking = null;
      if (this.#stopped) return;
      const rest = Math.min(lookEveryMs * 2 ** Math.min(this.#failures, 6), longestRestMs);
      this.#timer = setTimeout(() => this.#look(), rest);
      this.#timer.unref();
    });
  }

  async #send(): Promise<void> {
    const { outbox, partner, now, log } = this.#parts;
    try {
      while (!this.#stopped && this.#busy.size < atOnce) {
        const due = await outbox.due(partner.id, now(), atOnce - this.#busy.size, [...this.#busy.keys()]);
        if (due.length === 0) break;
        for (const waiting of due) this.#deliver(waiting);
      }
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures === 1)
        log.warn(
          { partner: partner.id, reason: String(error) },
          'The outbox cannot be read; tried again by itself.',
        );
    }
  }

  #deliver(waiting: Waiting): void {
    const done = this.#attempt(waiting)
      .catch((error: unknown) =>
        // The database went away after the delivery: it is delivered again, and the receiver knows its id.
        this.#parts.log.debug(
          { partner: this.#parts.partner.id, reason: String(error) },
          'A delivery was not noted.',
        ),
      )
      .finally(() => {
        this.#busy.delete(waiting.ticket);
        this.soon();
      });
    this.#busy.set(waiting.ticket, done);
  }

  async #attempt(waiting: Waiting): Promise<void> {
    const { cell, partner, outbox, carry, now, chance, log, observe } = this.#parts;
    const id = messageId(cell, waiting.position);
    const body = cloudEvent(cell, waiting);
    const began = performance.now();
    const answer = await carry({ id, body }, signed(partner, id, body, now()));
    observe((performance.now() - began) / 1000, answer.ok ? 'delivered' : 'failed');
    if (answer.ok) {
      await outbox.delivered(partner.id, id, waiting, answer.receipt);
      return;
    }
    const attempts = waiting.attempts + 1;
    const tooLate = now() - waiting.createdAt > giveUpAfterMs;
    if (tooLate || (answer.final && attempts >= finalTries)) {
      await outbox.park(waiting.id, now(), answer.error);
      log.error(
        { partner: partner.id, message: id, attempts, error: answer.error },
        'A message was put on the dead-letter desk; see GET /v1/exchange, mend the cause, then replay it.',
      );
      return;
    }
    await outbox.retry(
      waiting.id,
      now() + (answer.retryAfterMs ?? nextTryMs(attempts, chance())),
      answer.error,
    );
  }
}
