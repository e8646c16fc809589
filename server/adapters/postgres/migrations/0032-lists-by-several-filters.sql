-- Lists by two filters that seldom meet (a state and a division, an item and a platform): with the second one in the
-- index as well, rows that do not match are passed over there and not fetched one by one.
drop index tickets_in_state;
create index tickets_in_state on tickets (platform, state, opened_at desc, position desc, region, item);
drop index tickets_by_opening;
create index tickets_by_opening on tickets (opened_at desc, position desc, state, source);
drop index tickets_of_item;
create index tickets_of_item on tickets (item, opened_at desc, position desc, state, platform, region) where item <> '';
drop index tickets_of_region;
create index tickets_of_region on tickets (region, opened_at desc, position desc, state, platform) where region <> '';
drop index tickets_of_unit;
create index tickets_of_unit on tickets (unit, opened_at desc, position desc, state) where unit is not null;
