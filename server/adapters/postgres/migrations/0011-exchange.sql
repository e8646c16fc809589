-- The outbox: what each partner is to be told, written in the very transaction that made it true.

create table outbox (
  id bigint generated always as identity primary key,
  partner text not null,
  position bigint not null,
  ticket text not null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  attempts integer not null default 0,
  next_at timestamptz not null default now(),
  last_error text,
  -- Given up for now and put on the desk; the ticket's later messages wait behind it, other tickets do not.
  parked_at timestamptz,
  unique (partner, position)
);
create index outbox_of_ticket on outbox (partner, ticket, id);
create index outbox_waiting on outbox (partner, next_at, id) where parked_at is null;
create index outbox_parked on outbox (partner, parked_at) where parked_at is not null;

-- Both ends' ledger: what was delivered and what came in; kept for reconciliation.
create table deliveries (
  partner text not null,
  message text not null,
  direction text not null check (direction in ('out', 'in')),
  ticket text not null,
  position bigint,
  type text not null,
  attempts integer not null,
  at timestamptz not null default now(),
  receipt jsonb,
  primary key (partner, direction, message)
);
create index deliveries_of_ticket on deliveries (ticket, at);
create index deliveries_by_time on deliveries (partner, at);
