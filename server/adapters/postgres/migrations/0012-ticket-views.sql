-- For analysts (共建中间数据库): read-only views without names or numbers, each column explained.

create view analyst_tickets as
select serial, platform, origin_platform, class, state, source, item, region, unit, emergency, overdue,
  (body ->> 'joint')::boolean as joint, (body ->> 'policeAttended')::boolean as police_attended,
  (body ->> 'returns')::integer as returns, jsonb_array_length(body -> 'disputes') as disputes,
  opened_at, (body ->> 'acceptedAt')::timestamptz as accepted_at, (body ->> 'assignedAt')::timestamptz as assigned_at,
  (body ->> 'signedAt')::timestamptz as signed_at, (body ->> 'onSiteAt')::timestamptz as on_site_at, closed_at
from tickets;
comment on view analyst_tickets is 'One row a ticket (工单/警单), as it is now; no names, numbers or free text.';
comment on column analyst_tickets.serial is 'Spoken number: day and running number.';
comment on column analyst_tickets.platform is 'Platform that owns it now: 12345 or 110.';
comment on column analyst_tickets.origin_platform is 'Platform that first had the matter.';
comment on column analyst_tickets.class is 'general 一般, urgent 紧急, major 重大.';
comment on column analyst_tickets.state is 'new, accepted, assigned, signed, on-site, feedback, closed, returned, escalated.';
comment on column analyst_tickets.source is 'phone, internet, station, patrol, unit.';
comment on column analyst_tickets.item is 'Item of the catalogue (附件2).';
comment on column analyst_tickets.region is 'GB/T 2260 division.';
comment on column analyst_tickets.unit is 'Unified social credit code of the handling unit.';
comment on column analyst_tickets.emergency is '突发: signed in 30 minutes, on site in 2 hours.';
comment on column analyst_tickets.overdue is 'Missed a deadline and still owes it (督办).';
comment on column analyst_tickets.returns is 'How often it was returned.';
comment on column analyst_tickets.disputes is 'How often its jurisdiction was disputed.';

create view analyst_ticket_facts as
select f.position, t.serial, f.type, f.time, f.platform, f.data ->> 'unit' as unit, f.data ->> 'deadline' as deadline,
  f.data ->> 'from' as "from", f.data ->> 'to' as "to"
from ticket_facts f join tickets t on t.id = f.ticket;
comment on view analyst_ticket_facts is 'Everything that happened to tickets, in order, without free text.';
comment on column analyst_ticket_facts.type is 'ticket.opened, accepted, assigned, signed, on-site, fed-back, closed, returned, handed-over…';
comment on column analyst_ticket_facts.deadline is 'Of ticket.deadline-near and ticket.deadline-missed.';

create view analyst_deadlines as
select t.serial, t.platform, t.class, t.unit, d ->> 'name' as deadline, (d ->> 'at')::timestamptz as at,
  (d ->> 'metAt')::timestamptz as met_at, (d ->> 'missed')::boolean as missed
from tickets t, jsonb_array_elements(t.body -> 'deadlines') as d;
comment on view analyst_deadlines is 'Deadlines of tickets: when they were due, when met, and whether missed.';
