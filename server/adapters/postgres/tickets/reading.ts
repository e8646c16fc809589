// Reading tickets: one, lists by filter, full text, timelines, the bulk cursor. It must not change anything.
import type { Page, TicketFilter, TicketStore } from '../../../engine/tickets/ports.ts';
import type { ItemDecision, Ticket, TicketFact, UntaggedCall } from '../../../protocol/ticket.ts';
import type { CallId } from '../../../protocol/words.ts';
import type { Database } from '../database.ts';
import { StoreFailure } from '../failures.ts';
import { listTickets } from './listing.ts';
import { reading } from './transaction.ts';

type Readers = Pick<
  TicketStore,
  'ticket' | 'list' | 'timeline' | 'untagged' | 'decisions' | 'ofCalls' | 'changes' | 'unrelayed'
>;

interface FactRow extends Omit<TicketFact, 'time'> {
  readonly time: Date;
  readonly call: CallId | null;
}
const factColumns = 'f.position, f.ticket, f.version, f.type, f.time, f.actor, f.platform, f.call, f.data';
const asFact = ({ time, ...row }: FactRow): TicketFact & { readonly call: CallId | null } => ({
  ...row,
  time: time.toISOString(),
});

export class Reading {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  methods(): Readers {
    return {
      ticket: (id) => reading(() => this.#ticket(id)),
      list: (filter: TicketFilter) => reading(() => listTickets(this.#database, filter)),
      timeline: (id) => reading(() => this.#timeline(id)),
      untagged: (platform) => reading(() => this.#untagged(platform)),
      decisions: (item, concerning, limit) => reading(() => this.#decisions(item, concerning, limit)),
      ofCalls: (calls) => reading(() => this.#ofCalls(calls)),
      changes: (cursor, limit) => reading(() => this.#changes(cursor, limit)),
      unrelayed: (limit) => reading(() => this.#unrelayed(limit)),
    };
  }

  async #rows<R extends object>(text: string, values: readonly unknown[]): Promise<readonly R[]> {
    return (await this.#database.pool.query<R>(text, [...values])).rows;
  }

  async #ticket(id: string): Promise<Ticket | null> {
    const rows = await this.#rows<{ body: Ticket }>('select body from tickets where id = $1', [id]);
    return rows[0]?.body ?? null;
  }

  async #timeline(id: string): Promise<readonly TicketFact[]> {
    const rows = await this.#rows<FactRow>(
      `select ${factColumns} from ticket_facts f where f.ticket = $1 order by f.position`,
      [id],
    );
    return rows.map(asFact);
  }

  async #untagged(platform: string | null): Promise<readonly UntaggedCall[]> {
    const rows = await this.#rows<{
      call: string;
      platform: string;
      number: string;
      seat: string | null;
      since: Date;
      wrap_up_over: boolean;
    }>('select * from untagged_calls where $1::text is null or platform = $1 order by since limit 1000', [
      platform,
    ]);
    return rows.map(({ seat, since, wrap_up_over, ...row }) => ({
      ...row,
      ...(seat === null ? {} : { seat }),
      since: since.toISOString(),
      wrapUpOver: wrap_up_over,
    }));
  }

  /** By the item the ticket had when it was decided: a fact says itself what it is about (0042). */
  async #decisions(item: string, concerning: string | null, limit: number): Promise<readonly ItemDecision[]> {
    const rows = await this.#rows<Omit<ItemDecision, 'at'> & { at: Date }>(
      `select ticket, data ->> 'serial' as serial, time as at, data ->> 'for' as platform, actor as by, data ->> 'note' as note
       from ticket_facts where type = 'ticket.dispute-decided' and item = $1
         and ($2::text is null or platforms @> array[$2])
       order by position desc limit $3`,
      [item, concerning, limit],
    );
    return rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() }));
  }

  async #ofCalls(calls: readonly CallId[]): Promise<ReadonlyMap<CallId, readonly string[]>> {
    const found = new Map<CallId, string[]>();
    if (calls.length === 0) return found;
    const rows = await this.#rows<{ call: string; id: string }>(
      `select c.call, t.id from unnest($1::text[]) as c (call)
       join tickets t on t.body -> 'calls' @> to_jsonb(c.call) order by t.position`,
      [calls],
    );
    for (const { call, id } of rows) found.set(call, [...(found.get(call) ?? []), id]);
    return found;
  }

  /**
   * In the order of the transactions that wrote, and only up to the oldest one still open: what it writes will come
   * after what has been read. `id > last` would skip rows that were numbered early and committed late.
   */
  async #changes(cursor: string | null, limit: number): Promise<Page<Ticket> & { readonly next: string }> {
    const [xid, position] = readPlace(cursor);
    const rows = await this.#rows<{ body: Ticket; place: string; position: number }>(
      `select t.body, t.xid::text as place, t.position from tickets t
       where (t.xid, t.position) > ($1::text::xid8, $2::bigint) and t.xid < pg_snapshot_xmin(pg_current_snapshot())
       order by t.xid, t.position limit $3`,
      [xid, position, limit],
    );
    const last = rows.at(-1);
    return {
      items: rows.map(({ body }) => body),
      next: last ? `${last.place}.${last.position}` : `${xid}.${position}`,
    };
  }

  /** The same order; where the ledger stands is read from the ledger's newest ticket fact, so it is never told twice. */
  async #unrelayed(limit: number): Promise<readonly (TicketFact & { readonly call: CallId | null })[]> {
    const rows = await this.#rows<FactRow>(
      `with last as (
         select r.xid, r.position from ticket_facts r where r.position = (
           select (data ->> 'position')::bigint from facts where type like 'ticket.%' order by sequence desc limit 1)
       )
       select ${factColumns} from ticket_facts f
       where (f.xid, f.position) > (coalesce((select xid from last), '0'::xid8), coalesce((select position from last), 0))
         and f.xid < pg_snapshot_xmin(pg_current_snapshot())
       order by f.xid, f.position limit $1`,
      [limit],
    );
    return rows.map(asFact);
  }
}

function readPlace(cursor: string | null): readonly [string, string] {
  if (cursor === null) return ['0', '0'];
  const [, xid, position] = /^(\d{1,20})\.(\d{1,19})$/.exec(cursor) ?? [];
  if (xid === undefined || position === undefined)
    throw new StoreFailure('invalid-field', 'The cursor is not one of ours; start again without it.', {
      field: 'cursor',
    });
  return [xid, position];
}
