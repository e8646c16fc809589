-- 共建中间数据库: analysts read views alone, as members of the role hotline_analyst; every column says what it is.

create view analyst_figures as
select source, type, time, figure, minutes, platform, other, unit, item, class, seat from report_figures;
comment on view analyst_figures is 'What reports count, one row for each recorded fact and figure; no calls, no reasons in people''s own words.';
comment on column analyst_figures.source is 'ticket or call.';
comment on column analyst_figures.type is 'Type of the fact.';
comment on column analyst_figures.time is 'When it happened.';
comment on column analyst_figures.figure is 'As report_figures.figure.';
comment on column analyst_figures.minutes is 'Opening to acceptance or close; request to answer of a transfer; wait of a call.';
comment on column analyst_figures.platform is 'Who did it, or had it.';
comment on column analyst_figures.other is 'Where it went: platform or line; of three-way, who accepted.';
comment on column analyst_figures.unit is 'Unified social credit code of the unit it is about.';
comment on column analyst_figures.item is 'Item of the catalogue (附件2).';
comment on column analyst_figures.class is 'general 一般, urgent 紧急, major 重大.';
comment on column analyst_figures.seat is 'User or seat that did it.';

comment on column analyst_tickets.joint is 'Handled jointly by both platforms (联合处置).';
comment on column analyst_tickets.police_attended is 'Police have been there (R22).';
comment on column analyst_tickets.opened_at is 'When it was opened.';
comment on column analyst_tickets.accepted_at is 'When its platform accepted it; empty while it has not.';
comment on column analyst_tickets.assigned_at is 'When it was given to the unit.';
comment on column analyst_tickets.signed_at is 'When the unit signed for it (签收).';
comment on column analyst_tickets.on_site_at is 'When the unit was on site (到场).';
comment on column analyst_tickets.closed_at is 'When it was closed (办结).';
comment on column analyst_ticket_facts.position is 'Order of happening; gaps mean nothing.';
comment on column analyst_ticket_facts.serial is 'Ticket it happened to.';
comment on column analyst_ticket_facts.time is 'When it happened.';
comment on column analyst_ticket_facts.platform is 'Platform that had the ticket then.';
comment on column analyst_ticket_facts.unit is 'Unit it is about.';
comment on column analyst_ticket_facts."from" is 'Of a handover or return: platform or unit it came from.';
comment on column analyst_ticket_facts."to" is 'Of a handover, return or escalation: where it went.';
comment on column analyst_deadlines.serial is 'Ticket.';
comment on column analyst_deadlines.platform is 'Platform that owns it now.';
comment on column analyst_deadlines.class is 'general 一般, urgent 紧急, major 重大.';
comment on column analyst_deadlines.unit is 'Unified social credit code of the handling unit.';
comment on column analyst_deadlines.deadline is 'accept, sign, on-site, feedback, close.';
comment on column analyst_deadlines.at is 'When it was due.';
comment on column analyst_deadlines.met_at is 'When it was done; empty where it was not.';
comment on column analyst_deadlines.missed is 'Done late, or past and not done.';

-- A server's own account may not make roles: where the role was made beforehand, as lab and compose do, it may read.
do $$ begin
  if exists (select from pg_roles where rolname = 'hotline_analyst') then
    grant select on analyst_tickets, analyst_ticket_facts, analyst_deadlines, analyst_figures to hotline_analyst;
  end if;
end $$;
