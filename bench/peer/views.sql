-- What PostGraphile publishes: views over the hub's own tables, which read as whoever asks (security_invoker), so that every
-- row policy holds as it stands. Smart tags in the comments tell keys and relations, which a view does not have itself.
drop schema if exists peer cascade;
create schema peer;
grant usage on schema peer to hub_employer, hub_provider, hub_epao;

create view peer.standard with (security_invoker = true) as
select s.id, s.reference, s.title, s.level from apprentices.standard s;
comment on view peer.standard is E'@primaryKey id';

create view peer.cohort with (security_invoker = true) as
select intake, count(*)::int as total, count(*) filter (where readiness = 'READY')::int as ready,
  count(*) filter (where readiness = 'NOT_READY')::int as not_ready,
  count(*) filter (where readiness = 'PASSED')::int as passed,
  count(*) filter (where due_sort < (select hub.today()))::int as overdue
from (select c.intake, c.due_sort, case when c.readiness in ('READY', 'NOT_READY')
    then case when c.ready_from <= (select hub.today()) then 'READY' else 'NOT_READY' end else c.readiness end as readiness
  from hub.card c) c group by intake;
comment on view peer.cohort is E'@primaryKey intake';

create view peer.apprentice with (security_invoker = true) as
select c.apprentice_id as id, c.uln, c.given_names, c.family_name, c.status, upper(c.next_party) as next_party, c.due_on,
  c.standard_id, c.intake, c.name_sort, c.due_sort, c.gateway_sort, c.start_sort, c.readiness = 'PASSED' as passed,
  case when c.readiness in ('READY', 'NOT_READY')
    then case when c.ready_from <= (select hub.today()) then 'READY' else 'NOT_READY' end else c.readiness end as readiness,
  c.ready_from
from hub.card c;
comment on view peer.apprentice is
  E'@primaryKey id\n@foreignKey (standard_id) references peer.standard (id)|@fieldName standard\n@foreignKey (intake) references peer.cohort (intake)|@foreignFieldName apprentices';

create view peer.item with (security_invoker = true) as
select n.id, n.apprentice_id, n.position, n.requirement, n.label, n.state, n.met, n.since as achieved_on from gateway.item n;
comment on view peer.item is
  E'@primaryKey apprentice_id,position\n@foreignKey (apprentice_id) references peer.apprentice (id)|@foreignFieldName items';

create view peer.blocker with (security_invoker = true) as
select b.apprentice_id, b.position, b.rule, b.sentence, upper(b.party) as party, b.due_on from gateway.blocker b
where b.from_on <= (select hub.today()) and b.until_on > (select hub.today());
comment on view peer.blocker is
  E'@primaryKey apprentice_id,position\n@foreignKey (apprentice_id) references peer.apprentice (id)|@foreignFieldName blockers';

create view peer.cohort_blocker with (security_invoker = true) as
select c.intake, b.rule, b.requirement, upper(b.party) as party, count(distinct b.apprentice_id)::int as count
from hub.card c join gateway.blocker b on b.apprentice_id = c.apprentice_id
where c.readiness <> 'PASSED' and b.from_on <= (select hub.today()) and b.until_on > (select hub.today())
group by c.intake, b.rule, b.requirement, b.party;
comment on view peer.cohort_blocker is
  E'@primaryKey intake,rule,requirement,party\n@foreignKey (intake) references peer.cohort (intake)|@foreignFieldName blockers';

create view peer.provider with (security_invoker = true) as
select t.apprentice_id, t.from_on, t.party_id, o.id, o.name from apprentices.tie t
join apprentices.organisation o on o.id = t.organisation_id
where t.kind = 'provider' and t.until_on > (select hub.today());
comment on view peer.provider is
  E'@primaryKey apprentice_id,from_on,party_id\n@foreignKey (apprentice_id) references peer.apprentice (id)|@foreignFieldName providers';

create view peer.assessment with (security_invoker = true) as
select z.apprentice_id, z.position, z.method, z.grade from grades.assessment z;
comment on view peer.assessment is
  E'@primaryKey apprentice_id,position\n@foreignKey (apprentice_id) references peer.apprentice (id)|@foreignFieldName assessments';

create view peer.grade with (security_invoker = true) as
select w.apprentice_id, w.overall, w.released_on from grades.grade w;
comment on view peer.grade is
  E'@primaryKey apprentice_id\n@foreignKey (apprentice_id) references peer.apprentice (id)|@foreignFieldName grade';

grant select on all tables in schema peer to hub_employer, hub_provider, hub_epao;
