-- Reports over millions: a fact of a ticket says itself what reports count it by, as it was when it happened. A figure once told
-- stays what it was, and is counted without looking up a ticket for each fact.
alter table ticket_facts add column item text not null default '', add column unit text,
  add column platforms text[] not null default '{}', add column opened_at timestamptz;
alter table ticket_facts disable trigger ticket_facts_append_only;
update ticket_facts f set item = t.item, unit = t.unit, platforms = t.platforms, opened_at = t.opened_at
from tickets t where t.id = f.ticket;
alter table ticket_facts enable trigger ticket_facts_append_only;

-- Worked out once, when the fact is written: asked of the text for each of half a million facts it took most of a report's time.
alter table ticket_facts
  add column figures text[] generated always as (array_remove(array[
    case type
      when 'ticket.opened' then 'opened'
      when 'ticket.accepted' then 'accepted'
      when 'ticket.assigned' then 'assigned'
      when 'ticket.signed' then 'signed'
      when 'ticket.on-site' then 'arrived'
      when 'ticket.fed-back' then 'fed-back'
      when 'ticket.closed' then 'closed'
      when 'ticket.returned' then 'returned'
      when 'ticket.handed-over' then 'handed-over'
      when 'ticket.disputed' then 'disputed'
      when 'ticket.dispute-decided' then 'decided'
      when 'ticket.escalated' then 'escalated'
      when 'ticket.joint-started' then 'joint'
    end,
    case when data ? 'late' then
      case type when 'ticket.accepted' then 'accept' when 'ticket.signed' then 'sign' when 'ticket.on-site' then 'on-site'
        when 'ticket.fed-back' then 'feedback' when 'ticket.closed' then 'close' end
      || case when data ->> 'late' = 'true' then '.late' else '.in-time' end
    end
  ], null)) stored,
  add column minutes double precision generated always as (
    case when type in ('ticket.accepted', 'ticket.closed') then extract(epoch from time - opened_at) / 60 end) stored,
  -- Who did it: a ticket handed over or returned stands with the other platform already.
  add column done_by text generated always as (
    case when type in ('ticket.handed-over', 'ticket.returned') and data ->> 'from' <> coalesce(data ->> 'unit', '')
      and length(data ->> 'from') < 18 then data ->> 'from' else platform end) stored,
  add column about_unit text generated always as (
    coalesce(data ->> 'unit', case when length(data ->> 'from') = 18 then data ->> 'from' end, unit)) stored,
  add column class text generated always as (data ->> 'class') stored;

drop view report_figures;
create view report_figures as
select 'ticket' as source, f.type, f.time, f.ticket, f.call, figure, f.minutes, f.done_by as platform,
  f.data ->> 'to' as other, f.about_unit as unit, f.item, f.class, f.actor as seat, f.data ->> 'reason' as reason, f.platforms
from ticket_facts f cross join lateral unnest(f.figures) as figures (figure)
union all
-- Missed and never done since; what was done late is counted where it was done.
select 'ticket', f.type, f.time, f.ticket, f.call, (f.data ->> 'deadline') || '.unmet', null, f.done_by, f.data ->> 'to',
  f.about_unit, f.item, f.class, f.actor, f.data ->> 'reason', f.platforms
from ticket_facts f
where f.type = 'ticket.deadline-missed' and not exists (
  select from ticket_facts d where d.ticket = f.ticket and d.position > f.position and d.type = case f.data ->> 'deadline'
    when 'accept' then 'ticket.accepted' when 'sign' then 'ticket.signed' when 'on-site' then 'ticket.on-site'
    when 'feedback' then 'ticket.fed-back' when 'close' then 'ticket.closed' end)
union all
select 'call', s.type, s.time, null, s.call, figure,
  case when figure = 'transfer.accepted' then (o.data ->> 'requestToAnswerMs')::double precision / 60000 end,
  s.data ->> 'fromPlatform', coalesce(s.data -> 'to' ->> 'line', s.data ->> 'toPlatform', s.data -> 'to' ->> 'seat'), null,
  null, s.data ->> 'class', s.data ->> 'from', o.data ->> 'reason',
  array_remove(array[s.data ->> 'fromPlatform', s.data ->> 'toPlatform'], null)
from facts s
left join lateral (
  select e.type, e.data from facts e
  where e.call = s.call and e.sequence > s.sequence and e.data ->> 'transfer' = s.data ->> 'transfer'
    and e.type in ('transfer.accepted', 'transfer.failed', 'transfer.cancelled', 'transfer.merged')
  order by e.sequence limit 1
) o on true
cross join lateral (select unnest(array['transfer', coalesce(o.type, 'transfer.open')])) as figures (figure)
where s.type = 'transfer.started'
union all
select 'call', f.type, f.time, null, f.call,
  case f.type when 'call.answered' then 'answered' when 'transfer.accepted' then 'taken' else 'three-way' end,
  case f.type when 'call.answered' then (f.data ->> 'waitMs')::double precision / 60000 end,
  coalesce(f.data ->> 'platform', f.platform), f.data ->> 'acceptedBy', null, null, null, f.data ->> 'seat', f.data ->> 'by',
  array_remove(array[f.platform, f.data ->> 'platform', f.data ->> 'acceptedBy', f.data ->> 'firstReceiver'], null)
from facts f
where f.type in ('call.answered', 'transfer.accepted', 'outcome.decided');
comment on view report_figures is 'One row for each recorded fact and each figure of the reports it counts in.';
comment on column report_figures.figure is 'opened, accepted, assigned, signed, arrived, fed-back, closed, returned, handed-over, disputed, decided, escalated, joint; accept|sign|on-site|feedback|close with .in-time, .late or .unmet; transfer, transfer.accepted|failed|cancelled|merged|open; answered, taken, three-way.';
comment on column report_figures.minutes is 'Opening to acceptance or close; request to answer of a transfer; wait of a call.';
comment on column report_figures.platform is 'Who did it, or had it.';
comment on column report_figures.other is 'Where it went: platform or line; of three-way, who accepted.';
comment on column report_figures.seat is 'User or seat that did it.';
comment on column report_figures.reason is 'Reason given, or why a transfer failed.';
comment on column report_figures.platforms is 'Platforms that had a part: theirs is the figure to see.';
comment on column report_figures.item is 'Item of the catalogue the ticket had when it happened.';
comment on column report_figures.unit is 'Unit it is about, or that had the ticket when it happened.';
