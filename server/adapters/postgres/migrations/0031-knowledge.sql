-- Knowledge (一问一答, R14): one question, one answer, with the unit that answers for it and how long it holds.

create table knowledge (
  id text primary key,
  version integer not null,
  question text not null,
  answer text not null,
  category text not null,
  unit text not null,
  words text[] not null,
  valid_from timestamptz,
  valid_until timestamptz,
  -- Somebody at a desk says that it is not so any more; lifted by the next change of the entry.
  flag jsonb,
  uses bigint not null default 0,
  last_used_at timestamptz,
  changed_at timestamptz not null,
  changed_by text not null,
  -- Grows with each change: the sum over all rows tells every node whether what it has read is still so.
  changed bigint not null,
  unique (category, question)
);
create sequence knowledge_changes;

-- What was there before each change, and what was taken out: answers given must stay explainable.
create table knowledge_history (
  id text not null,
  version integer not null,
  body jsonb not null,
  until timestamptz not null,
  by text not null,
  primary key (id, version)
);
create trigger knowledge_history_append_only before update or delete or truncate on knowledge_history
  for each statement execute function refuse_change();

-- Questions asked that nothing was found for, so that somebody writes the answer.
create table knowledge_misses (
  question text primary key,
  asked integer not null,
  platform text,
  first_at timestamptz not null,
  last_at timestamptz not null,
  settled_at timestamptz,
  settled_by text
);
create index knowledge_misses_open on knowledge_misses (asked desc, last_at desc) where settled_at is null;
