"""The statements behind the resolvers: each carries its own context, so that no transaction is needed."""


def _under(query: str) -> str:
    """A query under its context; its rows depend on the context, so it is set before they are read."""
    return (
        "with ctx as materialized (select set_config('hub.party', $1, true) || set_config('hub.today', $2, true) as v) "
        f"select found.* from ctx cross join lateral ({query}) as found"
    )


TODAY = "(select hub.today())"
STATUS = f"""case when c.readiness in ('READY', 'NOT_READY')
  then case when c.ready_from <= {TODAY} then 'READY' else 'NOT_READY' end else c.readiness end"""
OPEN = f"b.from_on <= {TODAY} and b.until_on > {TODAY}"
CARD = f"""select c.apprentice_id as key, c.standard_id, c.uln, c.status, upper(c.next_party) as next_party, c.due_on,
  c.readiness, {STATUS} as readiness_today, c.ready_from, c.name_sort, c.due_sort, c.gateway_sort, c.start_sort,
  c.given_names, c.family_name"""

ONE = _under(f"{CARD} from hub.card c where ctx.v is not null and c.apprentice_id = $3")
ITEMS = _under("""select n.apprentice_id as key, n.id, n.requirement, n.label, n.state, n.met, n.since from gateway.item n
  where ctx.v is not null and n.apprentice_id = any($3::uuid[]) order by n.apprentice_id, n.position""")
BLOCKERS = _under(f"""select b.apprentice_id as key, b.rule, b.sentence, upper(b.party) as party, b.due_on
  from gateway.blocker b
  where ctx.v is not null and b.apprentice_id = any($3::uuid[]) and {OPEN} order by b.apprentice_id, b.position""")
PROVIDERS = _under(f"""select t.apprentice_id as key, o.id, o.name from apprentices.tie t
  join apprentices.organisation o on o.id = t.organisation_id
  where ctx.v is not null and t.apprentice_id = any($3::uuid[]) and t.kind = 'provider' and t.until_on > {TODAY}
  order by t.apprentice_id, t.from_on, t.party_id""")
ASSESSMENTS = _under("""select z.apprentice_id as key, z.method, z.grade from grades.assessment z
  where ctx.v is not null and z.apprentice_id = any($3::uuid[]) order by z.apprentice_id, z.position""")
GRADES = _under("""select w.apprentice_id as key, w.overall, w.released_on from grades.grade w
  where ctx.v is not null and w.apprentice_id = any($3::uuid[])""")
STANDARDS = _under("""select s.id as key, s.reference, s.title, s.level from apprentices.standard s
  where ctx.v is not null and s.id = any($3::uuid[])""")
COUNTS = _under(f"""select count(*) as total, count(*) filter (where status = 'READY') as ready,
  count(*) filter (where status = 'NOT_READY') as not_ready, count(*) filter (where status = 'PASSED') as passed,
  count(*) filter (where due_sort < {TODAY}) as overdue
  from (select {STATUS} as status, c.due_sort from hub.card c where ctx.v is not null and c.intake = $3) s""")
RULES = _under(f"""select b.rule, b.requirement, upper(b.party) as party, count(distinct b.apprentice_id) as count
  from hub.card c join gateway.blocker b on b.apprentice_id = c.apprentice_id
  where ctx.v is not null and c.intake = $3 and c.readiness <> 'PASSED' and {OPEN}
  group by b.rule, b.requirement, b.party order by count(distinct b.apprentice_id) desc, b.rule, b.requirement, b.party""")
INTAKE = _under(
    f"{CARD} from hub.card c where ctx.v is not null and c.intake = $4 order by c.name_sort, c.apprentice_id limit $3::int"
)
SORTS = {"name_sort": "text", "due_sort": "date", "gateway_sort": "date", "start_sort": "date"}


def page(column: str, *, after: bool) -> str:
    """A page in one order, from its beginning or after a cursor."""
    behind = f"and (c.{column}, c.apprentice_id) > ($4::text::{SORTS[column]}, $5::text::uuid)" if after else ""
    return _under(f"{CARD} from hub.card c where ctx.v is not null {behind} order by c.{column}, c.apprentice_id limit $3::int")


PAGES = {(column, after): page(column, after=after) for column in SORTS for after in (False, True)}
