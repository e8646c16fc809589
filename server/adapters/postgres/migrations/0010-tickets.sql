-- Tickets: one document each (protocol/ticket.ts), what lists and reports filter by beside it, and every change a fact.

create table tickets (
  position bigint generated always as identity unique,
  id text primary key,
  serial text not null unique,
  version integer not null,
  platform text not null,
  origin_platform text not null,
  platforms text[] not null,
  class text not null,
  state text not null,
  source text not null,
  item text not null,
  region text not null,
  unit text,
  emergency boolean not null,
  overdue boolean not null,
  due_at timestamptz,
  opened_at timestamptz not null,
  changed_at timestamptz not null,
  closed_at timestamptz,
  caller_number text,
  -- The call it came from and the platform it stands for there: one ticket per call and accepting platform (WR3).
  origin_call text,
  origin_slot text,
  origin_tag text,
  body jsonb not null,
  -- The transaction that last wrote the row: reading in this order up to the oldest one still open skips nothing.
  xid xid8 not null default pg_current_xact_id(),
  unique (origin_call, origin_slot)
);
create index tickets_of_platform on tickets (platform, opened_at desc, position desc);
create index tickets_in_state on tickets (platform, state, opened_at desc, position desc);
create index tickets_by_opening on tickets (opened_at desc, position desc);
create index tickets_of_item on tickets (item, opened_at desc, position desc) where item <> '';
create index tickets_of_region on tickets (region, opened_at desc, position desc) where region <> '';
create index tickets_of_unit on tickets (unit, opened_at desc, position desc) where unit is not null;
create index tickets_of_number on tickets (caller_number, opened_at desc) where caller_number is not null;
create index tickets_grave on tickets (platform, class, opened_at desc, position desc) where class <> 'general';
create index tickets_overdue on tickets (platform, opened_at desc, position desc) where overdue;
create index tickets_due on tickets (due_at) where due_at is not null;
create index tickets_by_change on tickets (xid, position);
create index tickets_calls on tickets using gin ((body -> 'calls') jsonb_path_ops);

-- Found by: pairs of characters, and one term that says in which block of 65,536 tickets the row stands, so that common
-- words are looked for in the newest block alone. A table of its own: a change of state must not rewrite the terms.
create table ticket_words (
  position bigint primary key,
  words tsvector not null
);
create index ticket_words_found on ticket_words using gin (words);

create table ticket_facts (
  position bigint generated always as identity primary key,
  ticket text not null,
  version integer not null,
  type text not null,
  time timestamptz not null,
  actor text not null,
  platform text not null,
  call text,
  data jsonb not null,
  -- The command that caused it, on its first fact: the same command again finds its ticket here.
  command text,
  xid xid8 not null default pg_current_xact_id()
);
create index ticket_facts_of_ticket on ticket_facts (ticket, position);
create index ticket_facts_in_order on ticket_facts (xid, position);
create index ticket_facts_by_type on ticket_facts (type, time);
create unique index ticket_facts_commands on ticket_facts (command) where command is not null;
create trigger ticket_facts_append_only before update or delete or truncate on ticket_facts
  for each statement execute function refuse_change();

create sequence ticket_serial_blocks;

-- How far the ledger's facts were made into tickets. One row; its lock makes one line of all who try.
create table ticket_intake (
  one boolean primary key default true check (one),
  sequence bigint not null
);
insert into ticket_intake (sequence) values (0);

create table untagged_calls (
  call text primary key,
  platform text not null,
  number text not null,
  seat text,
  since timestamptz not null,
  wrap_up_over boolean not null
);
create index untagged_calls_of_platform on untagged_calls (platform, since);

-- Where the relay of ticket facts into the ledger stands is read from the ledger itself.
create index facts_of_tickets on facts (sequence desc) where type like 'ticket.%';
