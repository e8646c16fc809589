// The tickets' office: commands in, steps under the store's lock, answers out; and the three rounds that never stop:
// what is due, what calls have told, what the ledger must hear. It must not know rules of tickets or a database.
import { decideTicket } from '../../domain/ticket/decide.ts';
import { ordersOf } from '../../domain/ticket/from-call.ts';
import { open } from '../../domain/ticket/opening.ts';
import type { TicketBook } from '../../domain/ticket/rules.ts';
import { intakeFacts } from '../../domain/ticket/intake.ts';
import type { Fact } from '../../protocol/facts.ts';
import type { NewTicketWish, Ticket, TicketCommand, TicketFact } from '../../protocol/ticket.ts';
import type { Actor, CallId, Platform } from '../../protocol/words.ts';
import type { Answer } from '../face.ts';
import type { Clock, Log, Meter } from '../ports.ts';
import type { TicketFace } from './face.ts';
import { Round } from './round.ts';
import type { Changed, Tell, TicketStore } from './ports.ts';

export interface OfficeParts {
  readonly store: TicketStore;
  readonly book: TicketBook;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Puts a ticket's fact into the ledger and on the stream. */
  readonly record: (fact: TicketFact & { readonly call: CallId | null }) => void;
  /** Resolves when everything recorded is on disk; the ledger then says itself how far it was told. */
  readonly recorded: () => Promise<boolean>;
  /** Rings a line into a call that is up (R8); false where the call is over. */
  readonly ring: (call: CallId, line: Platform, command: string, actor: Actor) => Promise<boolean>;
  /** Tickets of these calls are not what they were. */
  readonly callsChanged: (calls: readonly CallId[]) => Promise<void>;
}

const everyMs = 1000;
const factsAtOnce = 2000;
const dueAtOnce = 200;
const relayAtOnce = 500;

export class TicketOffice implements TicketFace {
  private readonly parts: OfficeParts;
  private readonly rounds: readonly Round[];
  private readonly intakeRound: Round;
  private readonly relayRound: Round;
  /** Told by this process: a fact the database refuses for ever must not be told for ever. */
  private readonly told = new Set<number>();

  constructor(parts: OfficeParts) {
    this.parts = parts;
    const round = (name: string, work: () => Promise<boolean>) =>
      new Round({ name, work, everyMs, log: parts.log });
    this.intakeRound = round('tickets from calls', () => this.intake());
    this.relayRound = round('ticket facts to the ledger', () => this.relay());
    this.rounds = [this.intakeRound, this.relayRound, round('deadlines', () => this.due())];
  }

  start(): void {
    for (const round of this.rounds) round.start();
  }
  async stop(): Promise<void> {
    await Promise.all(this.rounds.map((round) => round.stop()));
  }

  /** A fact of the ledger that may make a ticket: looked at soon, not at the next round. */
  heard(fact: Fact): void {
    if ((intakeFacts as readonly string[]).includes(fact.type)) this.intakeRound.soon();
  }

  async open(wish: NewTicketWish, command: string, actor: Actor): Promise<Answer<Ticket>> {
    const { store, book, clock, meter } = this.parts;
    const { platform = actor.platform ?? book.platforms[0] ?? '', ...rest } = wish;
    const opened = open(book, {
      identity: await store.identity(),
      platform,
      ...(actor.platform === null ? {} : { origin: actor.platform }),
      actor: actor.user,
      at: clock.now(),
      wish: rest,
      // Opened for another platform: it must say that it has it (R23).
      ...(platform === actor.platform ? {} : { pushed: 'push' as const }),
    });
    if (!opened.ok) return { ...opened, view: null };
    const began = performance.now();
    const answer = await this.answer(await store.open(opened, command));
    meter.observe('hotline_ticket_open_seconds', (performance.now() - began) / 1000);
    return answer;
  }

  async command(id: string, command: string, actor: Actor, body: TicketCommand): Promise<Answer<Ticket>> {
    const { store, book, clock } = this.parts;
    const next = await store.identity();
    const other = body.name === 'merge' ? await store.ticket(body.body.into) : null;
    const at = clock.now();
    const changed = await store.change(
      id,
      command,
      (ticket) =>
        decideTicket(book, ticket, {
          type: 'command',
          actor,
          command: body,
          next,
          ...(other ? { other } : {}),
          at,
        }),
      this.tell,
    );
    if (changed.ok)
      for (const { call, line } of changed.errands) {
        const rung = await this.parts.ring(call, line, `${command}:ring`, actor).catch(() => false);
        // Not rung: the receipt is chased until somebody of 110 acknowledges it (R23).
        if (!rung)
          this.parts.log.info(
            { ticket: id, call },
            'The call of an escalated ticket is over; 110 was told by ticket.',
          );
      }
    return this.answer(changed);
  }

  private readonly tell: Tell = (ticket, input) => decideTicket(this.parts.book, ticket, input);

  private async answer(changed: Changed): Promise<Answer<Ticket>> {
    if (!changed.ok) {
      const { code, field, ticket } = changed;
      return { ok: false, code, ...(field === undefined ? {} : { field }), view: ticket };
    }
    const { ticket, repeated } = changed;
    if (!repeated) {
      // Calls first: what the stream says of the ticket comes with a call that shows it.
      if (ticket.calls.length > 0) await this.parts.callsChanged(ticket.calls);
      this.relayRound.soon();
    }
    return { ok: true, version: ticket.version, view: ticket, repeated };
  }

  ticket(id: string) {
    return this.parts.store.ticket(id);
  }
  list(filter: Parameters<TicketStore['list']>[0]) {
    return this.parts.store.list(filter);
  }
  timeline(id: string) {
    return this.parts.store.timeline(id);
  }
  untagged(platform: Platform | null) {
    return this.parts.store.untagged(platform);
  }
  decisions(item: string, concerning: Platform | null, limit: number) {
    return this.parts.store.decisions(item, concerning, limit);
  }
  ofCalls(calls: readonly CallId[]) {
    return this.parts.store.ofCalls(calls);
  }
  changes(cursor: string | null, limit: number) {
    return this.parts.store.changes(cursor, limit);
  }

  private async intake(): Promise<boolean> {
    const { store, book } = this.parts;
    const { more, calls } = await store.intake(
      factsAtOnce,
      (story, present, identity) => ordersOf(book, story, present, identity),
      this.tell,
    );
    if (calls.length > 0) {
      await this.parts.callsChanged([...new Set(calls)]);
      this.relayRound.soon();
    }
    return more;
  }

  private async due(): Promise<boolean> {
    const { store, book, clock } = this.parts;
    const at = clock.now();
    const stepped = await store.due(
      at,
      dueAtOnce,
      (ticket) => decideTicket(book, ticket, { type: 'due', at }),
      this.tell,
    );
    if (stepped > 0) this.relayRound.soon();
    return stepped === dueAtOnce;
  }

  /** Waits until the ledger has what it was told before it asks what to tell next: told once, in order. */
  private async relay(): Promise<boolean> {
    if (!(await this.parts.recorded())) return false;
    const facts = await this.parts.store.unrelayed(relayAtOnce);
    const news = facts.filter(({ position }) => !this.told.has(position));
    for (const fact of news) {
      this.told.add(fact.position);
      this.parts.record(fact);
    }
    for (const position of this.told) {
      if (this.told.size <= relayAtOnce * 10) break;
      this.told.delete(position);
    }
    return news.length > 0;
  }
}
