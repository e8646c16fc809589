// One step on one ticket: the ticket as it becomes, facts and effects, in order.
// It must not decide anything; the files that use it do.
import type { NewFact } from '../decision.ts';
import type { Ticket } from '../../protocol/ticket.ts';
import type { Time } from '../../protocol/words.ts';
import type { Opened, TicketEffect } from './inputs.ts';
import type { TicketBook } from './rules.ts';

export const iso = (time: Time): string => new Date(time).toISOString();
const minute = 60_000;

export class Step {
  readonly book: TicketBook;
  readonly at: Time;
  readonly actor: string;
  readonly before: Ticket;
  ticket: Ticket;
  readonly facts: NewFact[] = [];
  readonly effects: TicketEffect[] = [];

  constructor(book: TicketBook, ticket: Ticket, at: Time, actor: string) {
    this.book = book;
    this.before = ticket;
    this.ticket = ticket;
    // Times of one ticket never run backwards, whatever a clock does.
    this.at = Math.max(at, Date.parse(ticket.changedAt));
    this.actor = actor;
  }

  get now(): string {
    return iso(this.at);
  }
  set(change: Partial<Ticket>): void {
    this.ticket = { ...this.ticket, ...change };
  }
  /** Removes optional members. */
  unset(...names: ('unit' | 'handedOverFrom' | 'signedAt' | 'onSiteAt' | 'assignedAt')[]): void {
    const left = { ...this.ticket };
    for (const name of names) Reflect.deleteProperty(left, name);
    this.ticket = left;
  }
  fact(what: string, data: Readonly<Record<string, unknown>> = {}): void {
    this.facts.push({ type: `ticket.${what}`, actor: this.actor, data });
  }
  order(effect: TicketEffect): void {
    this.effects.push(effect);
  }

  /** A deadline counted from now; one of the same name is replaced. */
  deadline(name: Ticket['deadlines'][number]['name'], minutes: number): void {
    const at = this.at + minutes * minute;
    this.set({
      deadlines: [
        ...this.ticket.deadlines.filter((each) => each.name !== name),
        {
          name,
          at: iso(at),
          remindAt: iso(this.at + minutes * minute * this.book.rules.remindAt),
          reminded: false,
          missed: false,
        },
      ],
    });
  }
  /** What a fact says of the deadline it meets: reports count from facts, and a later assignment replaces deadlines. */
  due(name: Ticket['deadlines'][number]['name']): { readonly due?: string; readonly late?: boolean } {
    const owed = this.ticket.deadlines.find((each) => each.name === name && each.metAt === undefined);
    return owed === undefined ? {} : { due: owed.at, late: owed.missed || this.at > Date.parse(owed.at) };
  }
  met(...names: Ticket['deadlines'][number]['name'][]): void {
    this.set({
      deadlines: this.ticket.deadlines.map((each) => {
        if (!names.includes(each.name) || each.metAt !== undefined) return each;
        // Due and done in the same scan interval: late is late, whether or not the scan had seen it.
        const missed = each.missed || this.at > Date.parse(each.at);
        return { ...each, metAt: this.now, missed };
      }),
    });
  }
  /** Deadlines that are not owed any more; what was met or missed stays on record. */
  lift(...names: Ticket['deadlines'][number]['name'][]): void {
    this.set({
      deadlines: this.ticket.deadlines.filter(
        (each) => !names.includes(each.name) || each.metAt !== undefined || each.missed,
      ),
    });
  }
  /** Something was sent to somebody who must say that it arrived (R20, R23). */
  send(to: string, kind: Ticket['receipts'][number]['kind']): void {
    const id = `${this.ticket.receipts.length + 1}`;
    this.set({ receipts: [...this.ticket.receipts, { id, to, kind, at: this.now, chased: 0 }] });
  }
  /** Open receipts that match are acknowledged; gives how many. */
  acknowledge(matches: (receipt: Ticket['receipts'][number]) => boolean, by: string): number {
    let count = 0;
    this.set({
      receipts: this.ticket.receipts.map((receipt) => {
        if (receipt.acknowledgedAt !== undefined || !matches(receipt)) return receipt;
        count += 1;
        return { ...receipt, acknowledgedAt: this.now, by };
      }),
    });
    return count;
  }

  done(): Opened {
    const changed = this.ticket !== this.before || this.facts.length > 0;
    const state = changed
      ? { ...this.ticket, version: this.before.version + 1, changedAt: this.now }
      : this.before;
    return { ok: true, state, effects: this.effects, facts: this.facts };
  }
}
