"""The statements of the hand-written routes: context, rows and JSON in one round trip each."""

CONTEXT = "with ctx as materialized (select set_config('hub.party', $1, true) || set_config('hub.today', $2, true) as v) "


def whole(query: str) -> str:
    """A query under its context, answered as UTF-8 bytes; in the wrong order it would fail closed."""
    return f"{CONTEXT}select case when (select v from ctx) is not null then convert_to(({query})::text, 'UTF8') end"


STATUS = """case when c.readiness in ('READY', 'NOT_READY')
  then case when c.ready_from <= (select hub.today()) then 'READY' else 'NOT_READY' end else c.readiness end"""

ONE = whole(f"""
select to_json(x) from (select
  (select to_json(a) from (select 'apr_' || c.apprentice_id as id, c.uln, c.given_names as "givenNames",
      c.family_name as "familyName", c.status, upper(c.next_party) as "nextParty", c.due_on as "dueOn",
      (select to_json(g) from (select c.readiness = 'PASSED' as passed,
        (select to_json(r) from (select {STATUS} as status, c.ready_from as "readyFrom",
          array(select to_json(t) from (select 'itm_' || n.id as id, n.requirement, n.label, n.state, n.met,
            n.since as "achievedOn" from gateway.item n where n.apprentice_id = c.apprentice_id order by n.position) t) as items
        ) r) as readiness) g) as gateway
    from hub.card c where c.apprentice_id = $3) a) as apprentice) x""")

COHORT = whole(f"""
with c as materialized (
  select c.apprentice_id, c.given_names, c.family_name, c.name_sort, c.due_sort, c.readiness, {STATUS} as status
  from hub.card c where c.intake = $3)
select to_json(x) from (select (select to_json(k) from (select
    count(*) as total, count(*) filter (where status = 'READY') as ready,
    count(*) filter (where status = 'NOT_READY') as "notReady", count(*) filter (where status = 'PASSED') as passed,
    count(*) filter (where due_sort < (select hub.today())) as overdue,
    array(select to_json(r) from (select b.rule, b.requirement, upper(b.party) as party,
        count(distinct b.apprentice_id) as count
      from gateway.blocker b join c on c.apprentice_id = b.apprentice_id
      where c.readiness <> 'PASSED' and b.from_on <= (select hub.today()) and b.until_on > (select hub.today())
      group by b.rule, b.requirement, b.party
      order by count(distinct b.apprentice_id) desc, b.rule, b.requirement, b.party) r) as blockers,
    (select to_json(p) from (select array(select to_json(a) from (select 'apr_' || c.apprentice_id as id,
        c.given_names as "givenNames", c.family_name as "familyName",
        (select to_json(g) from (select (select to_json(s) from (select c.status,
          array(select to_json(t) from (select b.rule, b.sentence, upper(b.party) as party, b.due_on as "dueOn"
            from gateway.blocker b
            where c.readiness <> 'PASSED' and b.apprentice_id = c.apprentice_id and b.from_on <= (select hub.today())
              and b.until_on > (select hub.today()) order by b.position) t) as blockers) s) as readiness) g) as gateway
      from c order by c.name_sort, c.apprentice_id limit 500) a) as nodes) p) as apprentices
  from c) k) as cohort) x""")

SORTS = {
    "NAME": ("name_sort", "text"),
    "DUE": ("due_sort", "date"),
    "EXPECTED_GATEWAY": ("gateway_sort", "date"),
    "START": ("start_sort", "date"),
}


def page(column: str, kind: str, *, after: bool) -> str:
    """The statement of a page in one order, from its beginning or after a cursor."""
    behind = f"where (c.{column}, c.apprentice_id) > ($4::text::{kind}, $5::text::uuid)" if after else ""
    return whole(f"""
with c as materialized (select c.*, row_number() over () as n from (
    select c.* from hub.card c {behind} order by c.{column}, c.apprentice_id limit $3::int + 1) c)
select to_json(x) from (select (select to_json(p) from (select
  array(select to_json(a) from (select 'apr_' || c.apprentice_id as id, c.uln, c.given_names as "givenNames",
      c.family_name as "familyName", c.status, upper(c.next_party) as "nextParty", c.due_on as "dueOn",
      array(select to_json(v) from (select (select to_json(o) from (select 'org_' || o.id as id, o.name
            from apprentices.organisation o where o.id = t.organisation_id) o) as organisation
          from apprentices.tie t
          where t.apprentice_id = c.apprentice_id and t.kind = 'provider' and t.until_on > (select hub.today())
          order by t.from_on, t.party_id) v) as providers,
      (select to_json(s) from (select 'std_' || s.id as id, s.reference, s.title, s.level
          from apprentices.standard s where s.id = c.standard_id) s) as standard,
      (select to_json(g) from (select (select to_json(r) from (select {STATUS} as status,
          array(select to_json(m) from (select m.requirement, m.state, m.met from gateway.item m
            where m.apprentice_id = c.apprentice_id order by m.position) m) as items) r) as readiness) g) as gateway,
      array(select to_json(z) from (select z.method, z.grade from grades.assessment z
          where c.readiness = 'PASSED' and z.apprentice_id = c.apprentice_id order by z.position) z) as assessments,
      (select to_json(w) from (select w.overall, w.released_on as "releasedOn" from grades.grade w
          where c.readiness = 'PASSED' and w.apprentice_id = c.apprentice_id) w) as grade
    from c where c.n <= $3::int order by c.n) a) as nodes,
  (select to_json(f) from (select (select count(*) from c) > $3::int as "hasNextPage",
      (select translate(encode(convert_to(c.{column}::text || E'\\x1f' || c.apprentice_id, 'UTF8'), 'base64'), E'+/\\n', '-_')
        from c where c.n <= $3::int order by c.n desc limit 1) as "endCursor") f) as "pageInfo") p) as apprentices) x""")


PAGES = {(name, after): page(*sort, after=after) for name, sort in SORTS.items() for after in (False, True)}
