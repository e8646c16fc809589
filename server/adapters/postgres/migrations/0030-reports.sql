-- What reports count: one row for each thing that happened and each figure it counts in. Reports, drill-downs and analysts
-- read the same view, so that a figure is never anything but recorded facts.

create index facts_of_reports on facts (type, time)
  where type in ('transfer.started', 'transfer.accepted', 'call.answered', 'outcome.decided');

create view report_figures as
select 'ticket' as source, f.type, f.time, f.ticket, f.call, figure,
  case f.type
    when 'ticket.accepted' then extract(epoch from f.time - t.opened_at) / 60
    when 'ticket.closed' then extract(epoch from f.time - t.opened_at) / 60
  end as minutes,
  -- Who did it: a ticket handed over or returned stands with the other platform already.
  case when f.type in ('ticket.handed-over', 'ticket.returned') and f.data ->> 'from' <> coalesce(f.data ->> 'unit', '')
      and length(f.data ->> 'from') < 18 then f.data ->> 'from' else f.platform end as platform,
  f.data ->> 'to' as other,
  coalesce(f.data ->> 'unit', case when length(f.data ->> 'from') = 18 then f.data ->> 'from' end, t.unit) as unit,
  t.item, coalesce(f.data ->> 'class', t.class) as class, f.actor as seat, f.data ->> 'reason' as reason, t.platforms
from ticket_facts f
join tickets t on t.id = f.ticket
cross join lateral (
  select case f.type
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
  end as figure
  union all
  select case f.type when 'ticket.accepted' then 'accept' when 'ticket.signed' then 'sign' when 'ticket.on-site' then 'on-site'
      when 'ticket.fed-back' then 'feedback' when 'ticket.closed' then 'close' end
    || case when (f.data ->> 'late')::boolean then '.late' else '.in-time' end
  where f.data ? 'late'
  union all
  -- Missed and never done since; what was done late is counted where it was done.
  select (f.data ->> 'deadline') || '.unmet'
  where f.type = 'ticket.deadline-missed' and not exists (
    select from ticket_facts d where d.ticket = f.ticket and d.position > f.position and d.type = case f.data ->> 'deadline'
      when 'accept' then 'ticket.accepted' when 'sign' then 'ticket.signed' when 'on-site' then 'ticket.on-site'
      when 'feedback' then 'ticket.fed-back' when 'close' then 'ticket.closed' end)
) as figures (figure)
where figure is not null
union all
select 'call', s.type, s.time, null, s.call, figure,
  case when figure = 'transfer.accepted' then (o.data ->> 'requestToAnswerMs')::numeric / 60000 end,
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
  case f.type when 'call.answered' then (f.data ->> 'waitMs')::numeric / 60000 end,
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
