-- Who may enter, who is in, and what was done in whose name.

create table accounts (
  "user" text primary key,
  password_hash text not null,
  role text not null,
  platform text,
  seat text,
  failures integer not null default 0,
  last_failure_at timestamptz,
  created_at timestamptz not null default now()
);

create table sessions (
  token_hash text primary key,
  "user" text not null references accounts ("user") on delete cascade,
  role text not null,
  platform text,
  seat text,
  opened_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sessions_of_user on sessions ("user");
create index sessions_by_expiry on sessions (expires_at);

-- `content` is the very text the hash is over; the other columns are made from it by the database, so that what is
-- shown cannot differ from what was hashed: [previous hash, number, at in ms, actor, action, subject, details].
create table audit (
  number bigint primary key,
  content text not null,
  hash text not null,
  previous_hash text generated always as (content::jsonb ->> 0) stored,
  at bigint generated always as ((content::jsonb ->> 2)::bigint) stored,
  actor text generated always as (content::jsonb ->> 3) stored,
  action text generated always as (content::jsonb ->> 4) stored,
  subject text generated always as (content::jsonb ->> 5) stored
);
create index audit_by_time on audit (at);
create trigger audit_append_only before update or delete or truncate on audit
  for each statement execute function refuse_change();

-- One row: its lock puts the appends of all nodes in one line.
create table audit_head (
  one boolean primary key default true check (one),
  number bigint not null,
  hash text not null
);
insert into audit_head (number, hash) values (0, repeat('0', 64));
