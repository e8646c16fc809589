-- Lists over millions of tickets. An index is led by what is filtered for and then by the state: with a state its page stands there
-- in order, without one it is the newest of nine short walks. What is filtered besides is passed over in the index, so that
-- filters that never meet cost no row. Where a list is narrow by itself the index holds those tickets alone.
drop index tickets_of_platform;
create index tickets_of_platform on tickets (platform, opened_at desc, position desc, class, source);
drop index tickets_in_state;
create index tickets_in_state on tickets (platform, state, opened_at desc, position desc, region, item, class);
drop index tickets_of_item;
create index tickets_of_item on tickets (item, state, opened_at desc, position desc, platform, region, class, unit)
  where item <> '';
drop index tickets_of_region;
create index tickets_of_region on tickets (region, state, opened_at desc, position desc, platform, class) where region <> '';
drop index tickets_of_unit;
create index tickets_of_unit on tickets (unit, state, opened_at desc, position desc, platform, class) where unit is not null;
drop index tickets_grave;
create index tickets_grave on tickets (class, state, opened_at desc, position desc, platform, region, item)
  where class <> 'general';
create index tickets_of_source on tickets (source, opened_at desc, position desc, state, platform)
  where source not in ('phone', 'internet');
-- What both platforms have a part in: the lists of the other's tickets.
create index tickets_shared on tickets (platform, opened_at desc, position desc, state) where cardinality(platforms) > 1;
