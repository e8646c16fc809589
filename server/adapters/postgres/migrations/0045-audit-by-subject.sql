-- An auditor asks who did what to one call, one ticket, one account, and what one person did.
create index audit_of_subject on audit (subject, number desc);
create index audit_of_actor on audit (actor, number desc);
