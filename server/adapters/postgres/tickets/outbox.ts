// The outbox in PostgreSQL: what is due, what was delivered, what lies on the desk, what came in.
// It must not send anything: the couriers do.
import type { Outbox, Waiting } from '../../../exchange/ports.ts';
import type { Database } from '../database.ts';
import { reading } from './transaction.ts';

interface DueRow {
  readonly id: number;
  readonly position: number;
  readonly ticket: string;
  readonly attempts: number;
  readonly created_at: Date;
  readonly body: Waiting['body'];
}

// Heads only: the oldest message of its ticket. A parked one has no equal before it, so it holds its ticket, and no other.
const heads = `
select o.id, o.position, o.ticket, o.attempts, o.created_at, o.body from outbox o
where o.partner = $1 and o.parked_at is null and o.next_at <= $2 and o.ticket <> all ($4::text[])
  and not exists (select from outbox e where e.partner = o.partner and e.ticket = o.ticket and e.id < o.id)
order by o.next_at, o.id limit $3`;
const everything = `
select o.id, o.position, o.ticket, o.attempts, o.created_at, o.body from outbox o
where o.partner = $1 and o.parked_at is null and o.next_at <= $2 and o.ticket <> all ($4::text[])
  and not exists (select from outbox e where e.partner = o.partner and e.ticket = o.ticket and e.id < o.id
    and (e.parked_at is not null or e.next_at > $2))
order by o.id limit $3`;

export function openOutbox(database: Database): Outbox {
  const rows = async <R extends object>(text: string, values: readonly unknown[]): Promise<readonly R[]> =>
    reading(async () => (await database.pool.query<R>(text, [...values])).rows);
  return {
    async due(partner, now, limit, busy, all = false) {
      const found = await rows<DueRow>(all ? everything : heads, [partner, new Date(now), limit, busy]);
      return found.map(({ created_at, ...row }) => ({ ...row, createdAt: created_at.getTime() }));
    },
    async delivered(partner, message, waiting, receipt) {
      await rows(
        `with gone as (delete from outbox where id = $1 returning 1)
         insert into deliveries (partner, message, direction, ticket, position, type, attempts, receipt)
         select $2, $3, 'out', $4, $5, $6, $7, $8 from gone on conflict do nothing`,
        [
          waiting.id,
          partner,
          message,
          waiting.ticket,
          waiting.position,
          String(waiting.body.fact['type']),
          waiting.attempts + 1,
          JSON.stringify(receipt ?? null),
        ],
      );
    },
    async retry(id, at, error) {
      await rows('update outbox set attempts = attempts + 1, next_at = $2, last_error = $3 where id = $1', [
        id,
        new Date(at),
        error.slice(0, 500),
      ]);
    },
    async park(id, at, error) {
      await rows('update outbox set attempts = attempts + 1, parked_at = $2, last_error = $3 where id = $1', [
        id,
        new Date(at),
        error.slice(0, 500),
      ]);
    },
    async parked(partner) {
      const found = await rows<{
        id: number;
        ticket: string;
        type: string;
        attempts: number;
        error: string | null;
        parked_at: Date;
        behind: number;
      }>(
        `select o.id, o.ticket, o.body -> 'fact' ->> 'type' as type, o.attempts, o.last_error as error, o.parked_at,
           (select count(*) from outbox b where b.partner = o.partner and b.ticket = o.ticket and b.id > o.id) as behind
         from outbox o where o.partner = $1 and o.parked_at is not null order by o.parked_at limit 500`,
        [partner],
      );
      return found.map(({ parked_at, error, ...row }) => ({
        ...row,
        error: error ?? '',
        parkedAt: parked_at.toISOString(),
      }));
    },
    async replay(partner, id) {
      const found = await rows(
        `update outbox set parked_at = null, attempts = 0, next_at = now(), created_at = now()
         where partner = $1 and parked_at is not null and ($2::bigint is null or id = $2) returning 1`,
        [partner, id],
      );
      return found.length;
    },
    async acknowledge(partner, positions, messageOf) {
      const found = await rows(
        `with named as (select * from unnest($2::bigint[], $3::text[]) as n (position, message)),
         gone as (delete from outbox o using named n where o.partner = $1 and o.position = n.position
           returning n.message, o.ticket, o.position, o.body -> 'fact' ->> 'type' as type, o.attempts)
         insert into deliveries (partner, message, direction, ticket, position, type, attempts)
         select $1, message, 'out', ticket, position, type, attempts from gone on conflict do nothing returning 1`,
        [partner, positions, positions.map(messageOf)],
      );
      return found.length;
    },
    async figures() {
      const found = await rows<{ partner: string; waiting: number; parked: number; oldest: Date | null }>(
        `select partner, count(*) filter (where parked_at is null) as waiting,
           count(*) filter (where parked_at is not null) as parked, min(created_at) as oldest from outbox group by partner`,
        [],
      );
      return found.map((row) => ({ ...row, oldest: row.oldest?.toISOString() ?? null }));
    },
    async received(partner, message) {
      const found = await rows<{ receipt: unknown }>(
        "select receipt from deliveries where partner = $1 and direction = 'in' and message = $2",
        [partner, message],
      );
      return found[0]?.receipt ?? null;
    },
    async receive(partner, message, ticket, type, receipt) {
      const found = await rows(
        `insert into deliveries (partner, message, direction, ticket, type, attempts, receipt)
         values ($1, $2, 'in', $3, $4, 1, $5) on conflict do nothing returning 1`,
        [partner, message, ticket, type, JSON.stringify(receipt)],
      );
      return found.length > 0;
    },
    async deliveries(partner, from, to) {
      const found = await rows<{
        message: string;
        direction: 'out' | 'in';
        ticket: string;
        type: string;
        attempts: number;
        at: Date;
      }>(
        `select message, direction, ticket, type, attempts, at from deliveries
         where partner = $1 and at >= $2 and at < $3 order by at limit 10000`,
        [partner, new Date(from), new Date(to)],
      );
      return found.map((row) => ({ ...row, at: row.at.toISOString() }));
    },
    async acceptance(tickets) {
      const found = await rows<{ id: string; platform: string; accepted: boolean }>(
        "select id, platform, state not in ('new', 'returned') as accepted from tickets where id = any($1)",
        [tickets],
      );
      return new Map(found.map(({ id, ...row }) => [id, row]));
    },
  };
}
