-- Fills an empty, migrated database with the world of world.py. Placeholders in braces are whole numbers.
-- Runs as the superuser with triggers off: every reference below is right by construction.

create function pg_temp.uid(kind text, n bigint) returns uuid language sql immutable as $$
  select overlay(overlay(md5(kind || ':' || n) placing '4' from 13) placing '8' from 17)::uuid $$;

create temp table who as
select i, pg_temp.uid('apprentice', i) as id,
  case when i >= {ordinary} then {employers} else i / 100 end as e,
  case when i >= {ordinary} then {providers} when i < 100 then {providers} + 1 else i / 100 % {providers} end as p,
  case when i >= {ordinary} then {epaos} when i < 100 then {epaos} + 1 else i * 7919 % {epaos} end as a,
  case when i >= {ordinary} then 'INTAKE-' || (i - {ordinary}) / 500
       when i < 100 then 'INTAKE-1'
       when i / 100 / {providers} * 100 + i % 100 < 500 then 'INTAKE-1' else 'INTAKE-2' end as intake,
  i % 10 < 5 as passed, i % 10 < 3 as released, i % 10 = 5 as ready,
  (array['Ash','Birch','Cole','Dale','Elm','Fen','Glen','Heath','Ives','Kirk'])[1 + (i * 31) % 10]
    || (array['worth','ton','ley','ford','by','more','wick','den','well','ham'])[1 + (i * 17) % 97 % 10] as family,
  (array['Alex','Blake','Casey','Drew','Ellis','Frankie','Gray','Harper','Indigo','Jules'])[1 + (i * 7) % 89 % 10]
    || ' ' || chr(65 + i % 26) as given,
  to_char(1000000000 + i::bigint * 37, 'FM0000000000') as uln,
  (array['London','North West','Wales border','East Midlands'])[1 + i % 4] as region,
  date '2023-09-04' + i % 200 as start_on,
  date '2026-01-05' + (i * 37) % 400 as gateway_on,
  case when i % 10 < 5 then date '2026-07-12' else date '2026-02-02' + (i * 13) % 200 end as due_on
from generate_series(0, {total} - 1) i order by i;
create temp table standard as select id from apprentices.standard where reference = 'ST0648';

insert into apprentices.organisation (id, name, region, claimed)
select pg_temp.uid('org-' || kind, n), initcap(kind) || ' ' || n, 'London', true
from (values ('employer', {employers}), ('provider', {providers} + 1), ('epao', {epaos} + 1)) k(kind, most),
  lateral generate_series(0, most) n;
insert into apprentices.party (id, organisation_id, kind)
select pg_temp.uid('party-' || kind, n), pg_temp.uid('org-' || kind, n), kind
from (values ('employer', {employers}), ('provider', {providers} + 1), ('epao', {epaos} + 1)) k(kind, most),
  lateral generate_series(0, most) n;

insert into apprentices.apprentice (id, standard_id, employer_id)
select w.id, s.id, pg_temp.uid('org-employer', e) from who w, standard s order by i;
insert into apprentices.identity (apprentice_id, registered_by, standard_id, uln, given_names, family_name, start_on,
  first_start_on, planned_end_on, expected_gateway_on, age_band, region, intake, status)
select w.id, pg_temp.uid('party-provider', p), s.id, uln, given, family, start_on, start_on, start_on + 1095, gateway_on,
  '19+', region, intake, 'ON_PROGRAMME'
from who w, standard s order by i;
insert into apprentices.tie (apprentice_id, party_id, organisation_id, kind, state, from_on)
select w.id, pg_temp.uid('party-' || kind, case kind when 'employer' then e else p end),
  pg_temp.uid('org-' || kind, case kind when 'employer' then e else p end), kind, 'CONFIRMED', start_on
from who w, (values ('employer'), ('provider')) k(kind) order by i;

insert into hub.card (party_id, apprentice_id, kind, reach, opened_on, status, readiness, ready_from, next_party, due_on,
  uln, given_names, family_name, standard_id, region, intake, expected_gateway_on, start_on, name_sort, due_sort, gateway_sort, start_sort,
  my_reference)
select pg_temp.uid('party-' || kind, case kind when 'employer' then e when 'provider' then p else a end), w.id, kind,
  case when kind = 'epao' and not passed then 2 else 3 end,
  case when kind = 'epao' then date '2025-10-01' else start_on end,
  case when released then 'ACHIEVED' when passed then 'IN_ASSESSMENT' else 'ON_PROGRAMME' end,
  case when passed then 'PASSED' when ready then 'READY' else 'NOT_READY' end,
  case when passed then date '2026-01-12' when ready then date '2026-02-02' end,
  case when released then null when passed then 'epao' when ready then 'employer' else 'provider' end,
  case when not released then due_on end, uln, given, family, s.id, region, intake, gateway_on, start_on,
  lower(family) || E'\t' || lower(given),
  case when released then date '9999-12-31' else due_on end, gateway_on, start_on, left(kind, 1) || '-' || i
from who w, standard s, (values ('employer'), ('provider'), ('epao')) k(kind) order by i;

insert into gateway.item (id, apprentice_id, requirement, position, label, state, met, since, filed_by, filed_at)
select gen_random_uuid(), w.id, r.code, r.position, r.label,
  case when met then case when passed then 'ACCEPTED' else 'SUBMITTED' end else 'MISSING' end, met,
  case when met then date '2025-11-03' + r.position end, case when met then 'provider' end,
  case when met then timestamptz '2025-11-10 09:00Z' end
from who w cross join standard s join apprentices.requirement r on r.standard_id = s.id,
  lateral (select passed or ready or (i / 10 + r.position) % 3 > 0 as met) m order by i, r.position;
insert into gateway.readiness (apprentice_id, status, ready_from, overlays)
select w.id, case when passed then 'PASSED' when ready then 'READY' else 'NOT_READY' end,
  case when passed or ready then date '2026-01-12' end, '{{}}' from who w order by i;
insert into gateway.blocker (apprentice_id, position, rule, requirement, sentence, party, due_on, from_on, until_on)
select w.id, r.position, r.rule, r.code, r.label || ': not met.', case r.position when 0 then 'employer' else 'provider' end,
  due_on, date '2024-01-01', 'infinity'
from who w cross join standard s join apprentices.requirement r on r.standard_id = s.id
where not passed and not ready and (i / 10 + r.position) % 3 = 0 order by i, r.position;
insert into gateway.nomination (id, apprentice_id, position, epao_party_id, epao_organisation_id, state, nominated_on, answered_on)
select gen_random_uuid(), w.id, 0, pg_temp.uid('party-epao', a), pg_temp.uid('org-epao', a), 'ACCEPTED',
  date '2025-10-01', date '2025-10-06' from who w order by i;
insert into gateway.decision (id, apprentice_id, decided_on, declaration, declaration_version, advice_taken,
  by_reference, by_name, by_role, actor_party_id, actor_client, at)
select gen_random_uuid(), w.id, date '2026-01-12', '1', '1', true, 'P-1', 'Robin Example', 'Head of learning',
  pg_temp.uid('party-employer', e), 'cli_bench', timestamptz '2026-01-12 09:00Z' from who w where passed order by i;

insert into portfolios.portfolio (apprentice_id, state, hash, pieces, missing, warnings)
select w.id, 'VALIDATED', md5(w.id::text) || md5(w.id::text), 10, '{{}}', '{{}}' from who w where passed order by i;
insert into portfolios.evidence (id, apprentice_id, position, type, ksbs, sha256, link, filed_by, on_behalf_of_apprentice,
  filed_at)
select gen_random_uuid(), w.id, n, 'CLIENT_FEEDBACK', array['K' || 1 + n, 'S' || 1 + n], md5(n::text) || md5(n::text),
  'https://evidence.example/' || n, 'provider', true, timestamptz '2025-12-01 09:00Z'
from who w, generate_series(0, 9) n where passed and not released order by i, n;
insert into portfolios.validation (id, apprentice_id, hash, declaration_version, on_date, by_reference, by_name, by_role,
  actor_party_id, actor_client, at)
select gen_random_uuid(), w.id, md5(w.id::text) || md5(w.id::text), '1', date '2026-01-09', 'P-1', 'Robin Example',
  'Head of learning', pg_temp.uid('party-employer', e), 'cli_bench', timestamptz '2026-01-09 09:00Z'
from who w where passed order by i;
insert into portfolios.acknowledgement (id, apprentice_id, hash, epao_party_id, on_date, actor_party_id, actor_client, at)
select gen_random_uuid(), w.id, md5(w.id::text) || md5(w.id::text), pg_temp.uid('party-epao', a), date '2026-01-14',
  pg_temp.uid('party-epao', a), 'cli_bench', timestamptz '2026-01-14 09:00Z' from who w where passed order by i;

insert into grades.assessment (apprentice_id, audience, method, position, attempt, grade)
select w.id, audience, m.code, m.position, 1, (array['PASS','DISTINCTION'])[1 + (i / 10 + m.position) % 2]
from who w cross join standard s join apprentices.method m on m.standard_id = s.id,
  (values ('all'), ('epao')) v(audience) where released order by i;
insert into grades.grade (apprentice_id, audience, overall, capped, released_on)
select w.id, audience, (array['PASS','DISTINCTION'])[1 + i / 10 % 2], false, date '2026-02-20'
from who w, (values ('all'), ('epao')) v(audience) where released order by i;
insert into grades.release (id, apprentice_id, overall, on_date, by_reference, by_name, by_role, actor_party_id, actor_client, at)
select gen_random_uuid(), w.id, (array['PASS','DISTINCTION'])[1 + i / 10 % 2], date '2026-02-20', 'P-2', 'Kim Example',
  'Quality lead', pg_temp.uid('party-epao', a), 'cli_bench', timestamptz '2026-02-20 09:00Z' from who w where released order by i;
