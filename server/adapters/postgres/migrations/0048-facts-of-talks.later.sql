-- A start asks for the seats that talked with somebody in the last half hour (OF9): by time, without reading the other facts.
create index concurrently if not exists facts_of_talks on facts (time)
  where type in ('seat.wrap-up-started', 'call.survived');
