-- One-time codes (RFC 6238): the secret as the server sealed it, never in clear. Until a first code has confirmed it, it opens nothing.

create table second_factors (
  "user" text primary key references accounts ("user") on delete cascade,
  sealed text not null,
  confirmed boolean not null default false,
  -- The newest time step whose code was taken: it and all before it are refused from then on.
  last_step bigint not null default 0,
  created_at timestamptz not null default now()
);
