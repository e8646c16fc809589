-- The ledger: facts for ever, and what they last made of calls, seats and call-backs.

create table facts (
  sequence bigint primary key,
  type text not null,
  time timestamptz not null,
  call text,
  platform text,
  actor text not null,
  data jsonb not null,
  epoch bigint not null
);
create index facts_of_call on facts (call, sequence) where call is not null;

-- Facts acknowledged by an engine that had lost its lease meanwhile: their numbers belong to another's facts by now.
-- Kept, never mixed in, for a person to look at.
create table facts_aside (
  epoch bigint not null,
  sequence bigint not null,
  type text not null,
  time timestamptz not null,
  call text,
  platform text,
  actor text not null,
  data jsonb not null,
  primary key (epoch, sequence)
);

create table calls (
  id text primary key,
  epoch bigint not null,
  version bigint not null,
  live boolean not null,
  platform text not null,
  number text not null,
  queue text,
  first_receiver text,
  arrived_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz,
  end_reason text,
  view jsonb not null
);
create index calls_by_arrival on calls (arrived_at desc, id desc);
create index calls_open on calls (arrived_at) where live;
create index calls_of_platform on calls (platform, arrived_at desc, id desc);
create index calls_of_number on calls (number, arrived_at desc, id desc);

create table seats (
  id text primary key,
  epoch bigint not null,
  version bigint not null,
  view jsonb not null
);

create table call_backs (
  id bigint generated always as identity primary key,
  call text not null,
  platform text not null,
  number text not null,
  class text not null,
  reason text not null,
  at timestamptz not null,
  done_at timestamptz,
  unique (call, at)
);
create index call_backs_open on call_backs (at) where done_at is null;

-- (cell, epoch) is unique so that a change of epoch counts as a change of key: a take-over waits for a write that holds
-- the row FOR KEY SHARE and the reverse, while the owner's renewals, which leave the key alone, wait for nobody.
create table lease (
  cell text primary key,
  holder text,
  node text,
  epoch bigint not null,
  expires_at timestamptz not null,
  unique (cell, epoch)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only; write a new row that corrects the old one', tg_table_name;
end
$$;
create trigger facts_append_only before update or delete or truncate on facts
  for each statement execute function refuse_change();
create trigger facts_aside_append_only before update or delete or truncate on facts_aside
  for each statement execute function refuse_change();
