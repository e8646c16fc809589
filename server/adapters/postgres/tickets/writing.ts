// One transaction's changes to tickets, gathered and written in one statement: rows, words, facts, deliveries.
// It must not decide what changes: the steps it is given do.
import type { PoolClient } from 'pg';
import { isOverdue, nextDue } from '../../../domain/ticket/due.ts';
import type { Accepted, NewFact } from '../../../domain/decision.ts';
import type { TicketEffect } from '../../../domain/ticket/inputs.ts';
import type { TicketBook } from '../../../domain/ticket/rules.ts';
import { comparedText, termsOf } from '../../../domain/ticket/words.ts';
import type { Tell } from '../../../engine/tickets/ports.ts';
import type { Ticket } from '../../../protocol/ticket.ts';
import { inert } from '../entry-text.ts';

export interface Origin {
  readonly call: string;
  readonly slot: string;
  readonly tag: string;
}
interface Row {
  readonly ticket: Ticket;
  readonly terms: readonly string[] | null;
  readonly origin: Origin | null;
}
interface FactRow {
  readonly ticket: Ticket;
  readonly fact: NewFact;
  readonly command: string | null;
}

const write = `
with entry as materialized (
  select * from jsonb_to_recordset($1::jsonb) as e (body jsonb, overdue boolean, due_at timestamptz, terms jsonb,
    text text, origin_call text, origin_slot text, origin_tag text)
), written as (
  insert into tickets as t (id, serial, version, platform, origin_platform, platforms, class, state, source, item, region,
    unit, emergency, overdue, due_at, opened_at, changed_at, closed_at, caller_number, origin_call, origin_slot,
    origin_tag, body)
  select body ->> 'id', body ->> 'serial', (body ->> 'version')::integer, body ->> 'platform',
    body ->> 'originPlatform', array(select jsonb_array_elements_text(body -> 'platforms')), body ->> 'class',
    body ->> 'state', body ->> 'source', body ->> 'item', body ->> 'region', body ->> 'unit',
    (body ->> 'emergency')::boolean, overdue, due_at, (body ->> 'openedAt')::timestamptz,
    (body ->> 'changedAt')::timestamptz, (body ->> 'closedAt')::timestamptz, body -> 'caller' ->> 'number',
    origin_call, origin_slot, origin_tag, body
  from entry
  on conflict (id) do update set version = excluded.version, platform = excluded.platform,
    platforms = excluded.platforms, class = excluded.class, state = excluded.state, item = excluded.item,
    region = excluded.region, unit = excluded.unit, emergency = excluded.emergency, overdue = excluded.overdue,
    due_at = excluded.due_at, changed_at = excluded.changed_at, closed_at = excluded.closed_at, body = excluded.body,
    origin_slot = coalesce(excluded.origin_slot, t.origin_slot), origin_tag = coalesce(excluded.origin_tag, t.origin_tag),
    xid = pg_current_xact_id()
  returning id, position
), worded as (
  insert into ticket_words (position, text, words)
  select position, text, array_to_tsvector(array(select jsonb_array_elements_text(terms)) || ticket_blocks(position)
    || ticket_marks(body ->> 'platform', body ->> 'region', body ->> 'item'))
  from entry join written on written.id = body ->> 'id' where terms is not null
  on conflict (position) do update set text = excluded.text, words = excluded.words
), told as (
  insert into ticket_facts (ticket, version, type, time, actor, platform, call, data, command, item, unit, platforms,
    opened_at)
  select f.ticket, f.version, f.type, f.time, f.actor, f.platform, f.call, f.data, f.command, f.item, f.unit,
    array(select jsonb_array_elements_text(f.platforms)), f.opened_at
  from jsonb_to_recordset($2::jsonb) as f (ticket text, version integer, type text, time timestamptz, actor text,
    platform text, call text, data jsonb, command text, item text, unit text, platforms jsonb, opened_at timestamptz)
  returning position, ticket, version, type, time, actor, platform, data
)
insert into outbox (partner, position, ticket, body)
select partner.id, told.position, told.ticket, jsonb_build_object('fact', to_jsonb(told), 'ticket', entry.body)
from told join entry on entry.body ->> 'id' = told.ticket
join jsonb_to_recordset($3::jsonb) as partner (id text, platforms jsonb)
  on entry.body -> 'platforms' ?| array(select jsonb_array_elements_text(partner.platforms))`;

/** Another platform's system that is told of every ticket its platforms have a part in. */
export interface Subscriber {
  readonly id: string;
  readonly platforms: readonly string[];
}

export class Writing {
  readonly errands: Extract<TicketEffect, { type: 'ring' }>[] = [];
  readonly client: PoolClient;
  readonly #book: TicketBook;
  readonly #subscribers: readonly Subscriber[];
  readonly #rows = new Map<string, Row>();
  readonly #facts: FactRow[] = [];
  readonly #locked = new Map<string, Ticket>();

  constructor(client: PoolClient, book: TicketBook, subscribers: readonly Subscriber[]) {
    this.client = client;
    this.#book = book;
    this.#subscribers = subscribers;
  }

  /** Tickets this transaction has locked already, as they are: asking for each would be a question a ticket. */
  known(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) this.#locked.set(ticket.id, ticket);
  }

  /** The ticket as this transaction has it, locked until its end; null where there is none. */
  async load(id: string): Promise<Ticket | null> {
    const here = this.#rows.get(id);
    if (here) return here.ticket;
    const locked = this.#locked.get(id);
    if (locked) return locked;
    const { rows } = await this.client.query<{ body: Ticket }>({
      name: 'ticket-lock',
      text: 'select body from tickets where id = $1 for update',
      values: [id],
    });
    return rows[0]?.body ?? null;
  }

  /** Takes a step's outcome, and steps the tickets it speaks to. `before`: null for a new one. */
  async take(
    before: Ticket | null,
    step: Accepted<Ticket, TicketEffect>,
    command: string | null,
    tell: Tell,
    origin: Origin | null = null,
  ): Promise<void> {
    const { state, facts, effects } = step;
    const touched = before === null || state.version !== before.version || origin !== null;
    if (touched) this.#put(before, state, origin);
    facts.forEach((fact, n) => this.#facts.push({ ticket: state, fact, command: n === 0 ? command : null }));
    for (const effect of effects) {
      if (effect.type === 'ring') this.errands.push(effect);
      else if (effect.type === 'open') await this.take(null, effect.opened, null, tell);
      else {
        const other = await this.load(effect.ticket);
        const answer = other && tell(other, effect.input);
        if (other && answer?.ok) await this.take(other, answer, null, tell);
      }
    }
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Writes everything in one statement. */
  async flush(): Promise<void> {
    if (this.#rows.size === 0) return;
    const rows = [...this.#rows.values()].map(({ ticket, terms, origin }) => {
      const due = nextDue(this.#book, ticket);
      return {
        body: ticket,
        overdue: isOverdue(ticket),
        due_at: due === null ? null : new Date(due).toISOString(),
        terms,
        text: terms === null ? null : comparedText(...textsOf(ticket), ticket.serial),
        origin_call: origin?.call ?? null,
        origin_slot: origin?.slot ?? null,
        origin_tag: origin?.tag ?? null,
      };
    });
    const facts = this.#facts.map(({ ticket, fact, command }) => ({
      ticket: ticket.id,
      version: ticket.version,
      type: fact.type,
      time: ticket.changedAt,
      actor: fact.actor,
      platform: ticket.platform,
      call: ticket.calls.at(-1) ?? null,
      data: { serial: ticket.serial, class: ticket.class, state: ticket.state, ...fact.data },
      command,
      item: ticket.item,
      unit: ticket.unit ?? null,
      platforms: ticket.platforms,
      opened_at: ticket.openedAt,
    }));
    await this.client.query({
      name: 'tickets-write',
      text: write,
      values: [
        jsonText(rows),
        jsonText(facts),
        JSON.stringify(this.#subscribers.map(({ id, platforms }) => ({ id, platforms }))),
      ],
    });
  }

  #put(before: Ticket | null, ticket: Ticket, origin: Origin | null): void {
    const known = this.#rows.get(ticket.id);
    const worded = before === null || foundBy(before) !== foundBy(ticket);
    const terms = worded ? termsOf(textsOf(ticket), ticket.serial) : (known?.terms ?? null);
    this.#rows.set(ticket.id, { ticket, terms, origin: origin ?? known?.origin ?? null });
  }
}

const textsOf = (ticket: Ticket): readonly string[] => [ticket.summary, ticket.place];
const foundBy = (ticket: Ticket): string =>
  [...textsOf(ticket), ticket.platform, ticket.region, ticket.item].join('\n');

// What jsonb refuses: see entry-text.ts.
const refused = /\\u(?:0000|d[89a-f][0-9a-f]{2})/;
function jsonText(value: unknown): string {
  const text = JSON.stringify(value);
  return refused.test(text) ? JSON.stringify(inert(value)) : text;
}
