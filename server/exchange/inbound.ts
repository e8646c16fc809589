// What a partner sends in: its signature and time, once each, made into an act of the tickets' office, answered with a
// receipt. It must not trust anything before the signature, nor let a partner speak for a platform that is not its own.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  AcknowledgeBody,
  CloseBody,
  EscalateBody,
  FeedbackBody,
  HandoverBody,
  NewTicketBody,
  NoteBody,
  ReasonBody,
  ReturnBody,
  TicketId,
} from '../protocol/ticket.ts';
import type { TicketCommand } from '../protocol/ticket.ts';
import { isGenuine } from './message.ts';
import type { OfficeAnswer, Outbox, Partner, TicketsOffice } from './ports.ts';

const act = <N extends TicketCommand['name'], S extends z.ZodType>(name: N, body: S) =>
  z.object({ name: z.literal(name), body });
/** What another platform, or a unit's own system, may do to a ticket from outside (R8: escalate, too); who is to handle it is said here. */
const Act = z.discriminatedUnion('name', [
  act('accept', NoteBody.default({})),
  act('sign', NoteBody.default({})),
  act('on-site', NoteBody.default({})),
  act('feedback', FeedbackBody),
  act('close', CloseBody),
  act('return', ReturnBody),
  act('handover', HandoverBody),
  act('acknowledge', AcknowledgeBody),
  act('escalate', EscalateBody),
  act('dispute', ReasonBody),
]);
const Event = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(200),
  type: z.enum(['cn.hotline.ticket.command.v1', 'cn.hotline.ticket.open.v1']),
  subject: z.string().max(64).optional(),
  data: z.unknown(),
});
const Command = z.object({ ticket: TicketId, command: Act });

export interface Receipt {
  readonly message: string;
  readonly result: 'accepted' | 'refused';
  readonly code?: string;
  readonly ticket?: string;
  readonly version?: number;
  readonly state?: string;
}
export type Taken =
  | { readonly ok: true; readonly receipt: Receipt; readonly repeated: boolean }
  | { readonly ok: false; readonly why: 'not-genuine' | 'unreadable' | 'reused-id'; readonly field?: string };

interface Kept {
  readonly hash: string;
  readonly receipt: Receipt;
}

export class Inbound {
  readonly #outbox: Outbox;
  readonly #office: TicketsOffice;
  readonly #now: () => number;

  constructor(outbox: Outbox, office: TicketsOffice, now: () => number) {
    this.#outbox = outbox;
    this.#office = office;
    this.#now = now;
  }

  /** `headers`: the three `webhook-*` ones. Rejects where the database is away: then nothing was taken. */
  async take(partner: Partner, body: string, headers: Readonly<Record<string, string>>): Promise<Taken> {
    if (!isGenuine(partner.inboundKeys, body, headers, this.#now())) return { ok: false, why: 'not-genuine' };
    return this.genuine(partner, headers['webhook-id'] ?? '', body);
  }

  /** The signature was verified by the way it came. */
  async genuine(partner: Partner, id: string, body: string): Promise<Taken> {
    const hash = createHash('sha256').update(body).digest('hex');
    const before = (await this.#outbox.received(partner.id, id)) as Kept | null;
    if (before) {
      // A13: the same id with another text is no repetition but a forgery or a fault.
      if (before.hash !== hash) return { ok: false, why: 'reused-id' };
      return { ok: true, receipt: before.receipt, repeated: true };
    }
    const event = readEvent(body);
    if (!event.success)
      return { ok: false, why: 'unreadable', field: event.error.issues[0]?.path.join('.') ?? '' };
    if (event.data.id !== id) return { ok: false, why: 'unreadable', field: 'id' };
    const answer = await this.#act(partner, event.data);
    if (answer === null) return { ok: false, why: 'unreadable', field: 'data' };
    const receipt: Receipt = answer.ok
      ? {
          message: id,
          result: 'accepted',
          ticket: answer.view.id,
          version: answer.version,
          state: answer.view.state,
        }
      : { message: id, result: 'refused', code: answer.code };
    // After a crash just before this line the act is asked for again, and its own key makes that harmless.
    await this.#outbox.receive(partner.id, id, receipt.ticket ?? event.data.subject ?? '', event.data.type, {
      hash,
      receipt,
    });
    return { ok: true, receipt, repeated: false };
  }

  async #act(partner: Partner, event: z.infer<typeof Event>): Promise<OfficeAnswer | null> {
    const actor = {
      user: `partner:${partner.id}`,
      role: 'system' as const,
      platform: partner.platforms[0] ?? null,
      seat: null,
    };
    const key = `partner:${partner.id}:${event.id}`;
    if (event.type === 'cn.hotline.ticket.open.v1') {
      const wish = NewTicketBody.safeParse(event.data);
      return wish.success ? this.#office.open(wish.data, key, actor) : null;
    }
    const asked = Command.safeParse(event.data);
    return asked.success ? this.#office.command(asked.data.ticket, key, actor, asked.data.command) : null;
  }
}

function readEvent(body: string) {
  try {
    return Event.safeParse(JSON.parse(body));
  } catch {
    return Event.safeParse(null);
  }
}
