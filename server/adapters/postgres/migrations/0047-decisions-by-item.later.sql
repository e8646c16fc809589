-- What was decided about disputes of an item (R11), shown to whoever chooses it: few facts among millions.
create index concurrently if not exists ticket_facts_decided on ticket_facts (item, position desc)
  where type = 'ticket.dispute-decided';
