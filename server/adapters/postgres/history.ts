// Reading what PostgreSQL has stored: facts, timelines, calls by keyset cursor, seats, call-backs.
// It must not know what is not stored yet; the ledger lays that over.
import { sql } from 'kysely';
import type { TalkBefore } from '../../domain/acd/last-seats.ts';
import type { CallFilter, OwedCall, VolumeAsked, VolumeSlot } from '../../engine/ports.ts';
import type { Fact } from '../../protocol/facts.ts';
import type { CallView, SeatView } from '../../protocol/views.ts';
import type { Database } from './database.ts';
import { StoreFailure } from './failures.ts';

/** Where a page of calls ended: the next page begins after this one. */
export interface CallPlace {
  readonly arrivedAt: string;
  readonly id: string;
}

export const placeOf = (view: CallView): CallPlace => ({ arrivedAt: view.arrivedAt, id: view.id });

export const cursorOf = (place: CallPlace): string =>
  Buffer.from(`${place.arrivedAt} ${place.id}`, 'utf8').toString('base64url');

export function readCursor(cursor: string): CallPlace {
  const [arrivedAt = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ');
  if (id === '' || Number.isNaN(Date.parse(arrivedAt))) {
    throw new StoreFailure('invalid-field', 'The cursor is not one of ours; start again without it.', {
      field: 'cursor',
    });
  }
  return { arrivedAt, id };
}

/** Newest first; ids break ties, so that no call is skipped or shown twice. */
export const newestFirst = (a: CallPlace, b: CallPlace): number =>
  Date.parse(b.arrivedAt) - Date.parse(a.arrivedAt) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

export class History {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async facts(after: number, limit: number): Promise<readonly Fact[]> {
    const rows = await this.#facts().where('sequence', '>', after).orderBy('sequence').limit(limit).execute();
    return rows.map(asFact);
  }

  async timeline(call: string): Promise<readonly Fact[]> {
    const rows = await this.#facts().where('call', '=', call).orderBy('sequence').execute();
    return rows.map(asFact);
  }

  async newestAbout(family: string): Promise<readonly Fact[]> {
    const about = sql<string>`data->>'about'`;
    const rows = await this.#facts()
      .distinctOn(about)
      .where('type', 'like', `${family}.%`)
      .where(about, 'is not', null)
      .orderBy(about)
      .orderBy('sequence', 'desc')
      .execute();
    return rows.map(asFact).sort((a, b) => a.sequence - b.sequence);
  }

  async call(id: string): Promise<CallView | null> {
    const row = await this.#database.query
      .selectFrom('calls')
      .select('view')
      .where('id', '=', id)
      .executeTakeFirst();
    return row?.view ?? null;
  }

  /** Newest arrival first. `from` counts in, `to` does not. */
  async calls(filter: CallFilter, after: CallPlace | null, limit: number): Promise<readonly CallView[]> {
    let query = this.#database.query.selectFrom('calls').select('view');
    if (filter.platform !== undefined) query = query.where('platform', '=', filter.platform);
    if (filter.number !== undefined) query = query.where('number', '=', filter.number);
    if (filter.from !== undefined) query = query.where('arrived_at', '>=', new Date(filter.from));
    if (filter.to !== undefined) query = query.where('arrived_at', '<', new Date(filter.to));
    if (after !== null) {
      query = query.where((where) =>
        where(where.refTuple('arrived_at', 'id'), '<', where.tuple(new Date(after.arrivedAt), after.id)),
      );
    }
    const rows = await query.orderBy('arrived_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
    return rows.map((row) => row.view);
  }

  /** A day's calls by slot: grouped by the database, since a busy day's rows are too many to carry. */
  async volume({ platform, from, to, slotMs, inTimeMs }: VolumeAsked): Promise<readonly VolumeSlot[]> {
    const { rows } = await sql<VolumeSlot>`
      select floor(extract(epoch from (arrived_at - ${from}::timestamptz)) * 1000 / ${slotMs})::int as slot,
        count(*)::int as offered,
        count(answered_at)::int as answered,
        count(*) filter (where answered_at - arrived_at <= ${inTimeMs} * interval '1 millisecond')::int as "answeredInTime",
        count(*) filter (where answered_at is null and ended_at is not null)::int as abandoned,
        count(*) filter (where exists (
          select 1 from facts where facts.call = calls.id and facts.type = 'overflow.call-taken'))::int as borrowed
      from calls
      where platform = ${platform} and arrived_at >= ${from}::timestamptz and arrived_at < ${to}::timestamptz
      group by slot order by slot`.execute(this.#database.query);
    return rows;
  }

  async openCalls(): Promise<readonly CallView[]> {
    const query = this.#database.query.selectFrom('calls').select('view').where('live', 'is', true);
    return (await query.orderBy('arrived_at').execute()).map((row) => row.view);
  }

  async seats(): Promise<readonly SeatView[]> {
    const rows = await this.#database.query.selectFrom('seats').select('view').orderBy('id').execute();
    return rows.map((row) => row.view);
  }

  /** The types are in the text, not parameters: the index holds these alone. */
  async talks(since: number): Promise<readonly TalkBefore[]> {
    const { rows } = await sql<{ number: string; seat: string; time: Date }>`
      select calls.number, facts.data->>'seat' as seat, facts.time
      from facts join calls on calls.id = facts.call
      where facts.type in ('seat.wrap-up-started', 'call.survived')
        and facts.time >= ${new Date(since)} and facts.data->>'seat' is not null
      order by facts.time`.execute(this.#database.query);
    return rows.map(({ number, seat, time }) => ({ number, seat, at: time.getTime() }));
  }

  /** Open ones first, oldest first; done ones of the last day after them. */
  async callBacks(): Promise<readonly OwedCall[]> {
    const rows = await this.#database.query
      .selectFrom('call_backs')
      .leftJoin('calls', 'calls.id', 'call_backs.call')
      .select([
        'call_backs.id',
        'call',
        'call_backs.platform',
        'call_backs.number',
        'class',
        'reason',
        'at',
        'done_at',
        'view',
      ])
      .where((where) =>
        where.or([where('done_at', 'is', null), where('at', '>', new Date(Date.now() - 86_400_000))]),
      )
      .orderBy((order) => order('done_at', 'is not', null))
      .orderBy('at')
      .execute();
    return rows.map(({ done_at, at, view, ...rest }) => ({
      ...rest,
      at: at.getTime(),
      done: done_at !== null,
      seat: view?.owner ?? null,
    }));
  }

  async doneCallBack(id: number, at: number): Promise<boolean> {
    const done = await this.#database.query
      .updateTable('call_backs')
      .set({ done_at: new Date(at) })
      .where('id', '=', id)
      .where('done_at', 'is', null)
      .returning('id')
      .execute();
    return done.length > 0;
  }

  #facts() {
    return this.#database.query
      .selectFrom('facts')
      .select(['sequence', 'type', 'time', 'call', 'platform', 'actor', 'data']);
  }
}

const asFact = (row: Omit<Fact, 'time'> & { readonly time: Date }): Fact => ({
  ...row,
  time: row.time.toISOString(),
});
