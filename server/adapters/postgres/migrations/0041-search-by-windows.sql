-- Search goes down from the newest ticket in windows that grow while little is found: a term for the block of each size in which
-- a row stands lets the index answer for one window alone. Every lookup is for whole terms: a beginning of two characters would
-- gather the lists of all terms that begin so. `text` is what is compared where terms cannot tell: runs, single characters.
create function ticket_blocks(place bigint) returns text[] language sql immutable parallel safe
  return array['#a' || place / 1024, '#b' || place / 16384, '#c' || place / 262144, '#d' || place / 4194304];

-- Filters that are seldom changed are terms as well.
create function ticket_marks(platform text, region text, item text) returns text[] language sql immutable parallel safe
  return array['@p' || platform, '@r' || region, '@i' || item];

create table ticket_words_anew (
  position bigint primary key,
  text text not null,
  words tsvector not null
);
insert into ticket_words_anew (position, text, words)
select w.position,
  lower(normalize((t.body ->> 'summary') || E'\n' || (t.body ->> 'place') || E'\n' || t.serial, nfkc)),
  array_to_tsvector(array(
    select term from unnest(tsvector_to_array(w.words)) as old (word)
    cross join lateral (
      -- Chinese pairs stay; of a Latin word or number its beginnings of three to seven characters.
      select word as term where ascii(word) >= 12000 and length(word) = 2
      union all
      select left(word, n) from generate_series(3, 7) as n
      where ascii(word) < 12000 and not starts_with(word, '#') and n <= length(word)
      union all
      select word where ascii(word) < 12000 and not starts_with(word, '#') and length(word) < 3
    ) as made
  ) || ticket_blocks(w.position) || ticket_marks(t.platform, t.region, t.item))
from ticket_words w join tickets t using (position);
drop table ticket_words;
alter table ticket_words_anew rename to ticket_words;
alter index ticket_words_anew_pkey rename to ticket_words_pkey;
-- New rows wait in a list that every search reads through: a short one.
create index ticket_words_found on ticket_words using gin (words) with (gin_pending_list_limit = 512);
