// The same messages as signed batch files through a folder, for networks that only exchange files. Out: batches, each
// message sent again until its receipt has come. In: batches and receipts. It must not take a file that is not genuine.
import { z } from 'zod';
import { nextTryMs } from './back-off.ts';
import type { Inbound, Receipt } from './inbound.ts';
import { cloudEvent, isSigned, messageId, signed } from './message.ts';
import type { BorderFolder, ExchangeLog, Outbox, Partner } from './ports.ts';

export interface BorderParts {
  readonly cell: string;
  readonly partner: Partner;
  readonly outbox: Outbox;
  readonly inbound: Inbound;
  readonly folder: BorderFolder;
  readonly now: () => number;
  readonly chance: () => number;
  readonly log: ExchangeLog;
  readonly everyMs?: number;
}
const mostABatch = 1000;

/** A batch file: what was signed, word for word, and the signature's headers. */
const BatchFile = z.object({ headers: z.record(z.string(), z.string()), body: z.string() });
const Batch = z.object({
  id: z.string().min(1).max(200),
  messages: z.array(z.object({ id: z.string().min(1).max(200), body: z.string() })).default([]),
  receipts: z.array(z.looseObject({ message: z.string() })).default([]),
});

export class Border {
  readonly #parts: BorderParts;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #stopped = true;

  constructor(parts: BorderParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stopped = false;
    this.#later(0);
  }
  soon(): void {
    // Files go at the folder's own pace.
  }
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  /** One turn: read what has come, then write what is due. */
  async turn(): Promise<void> {
    const receipts = await this.#read();
    await this.#write(receipts);
  }

  #later(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#running = this.turn()
        .catch((error: unknown) =>
          this.#parts.log.warn(
            { partner: this.#parts.partner.id, reason: String(error) },
            'The border folder could not be worked through; tried again. Look at the folder and the database.',
          ),
        )
        .finally(() => {
          this.#running = null;
          if (!this.#stopped) this.#later(this.#parts.everyMs ?? 5000);
        });
    }, ms);
    this.#timer.unref();
  }

  async #read(): Promise<readonly Receipt[]> {
    const { folder, partner, outbox, inbound, cell, log } = this.#parts;
    const receipts: Receipt[] = [];
    for (const { name, text } of await folder.read()) {
      const file = BatchFile.safeParse(parsed(text));
      const genuine = file.success && isGenuineFile(partner, file.data.body, file.data.headers);
      const batch = genuine ? Batch.safeParse(parsed(file.data.body)) : null;
      if (!batch?.success) {
        log.error(
          { partner: partner.id, file: name },
          'A batch file was refused: not signed by the partner, or not whole.',
        );
        await folder.finish(name, 'refused', 'not genuine or not whole');
        continue;
      }
      const ours = batch.data.receipts.flatMap(({ message }) => {
        const position = Number(message.slice(cell.length + 1));
        return message.startsWith(`${cell}.`) && Number.isSafeInteger(position) ? [position] : [];
      });
      if (ours.length > 0)
        await outbox.acknowledge(partner.id, ours, (position) => messageId(cell, position));
      for (const { id, body } of batch.data.messages) {
        const taken = await inbound.genuine(partner, id, body);
        receipts.push(taken.ok ? taken.receipt : { message: id, result: 'refused', code: taken.why });
      }
      await folder.finish(name, 'done', '');
    }
    return receipts;
  }

  async #write(receipts: readonly Receipt[]): Promise<void> {
    const { folder, partner, outbox, cell, now, chance } = this.#parts;
    const due = await outbox.due(partner.id, now(), mostABatch, [], true);
    if (due.length === 0 && receipts.length === 0) return;
    const id = `${cell}.batch.${now()}`;
    const messages = due.map((waiting) => ({
      id: messageId(cell, waiting.position),
      body: cloudEvent(cell, waiting),
    }));
    const body = JSON.stringify({ id, messages, receipts });
    await folder.write(`${id}.json`, JSON.stringify({ headers: signed(partner, id, body, now()), body }));
    // Written, not yet received: it goes again when no receipt has come by then.
    for (const { id: row, attempts } of due)
      await outbox.retry(row, now() + Math.max(60_000, nextTryMs(attempts + 1, chance())), 'no receipt yet');
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
};

/** Files wait at a border for hours: the time in the signature is not compared with now; ids keep repeats out. */
const isGenuineFile = (partner: Partner, body: string, headers: Readonly<Record<string, string>>): boolean =>
  isSigned(partner.inboundKeys, body, headers);
