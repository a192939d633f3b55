"""Turns `hub/slices/rows` into grants and row policies: the lock inside PostgreSQL."""

from collections.abc import Iterator, Mapping

from hub.slices.rows import FINDS_BY_ID, FOUND_BY_ID, KNOWN_TO_FIND, TABLES, RowSlice, Sees, nouns_of
from hub.store.base import SCHEMAS
from hub.store.roles import PROCESSES, ROLES, RULES, SEATS, UNGRADED
from hub.viewer import PartyKind

FUNCTIONS = """
create or replace function hub.party() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('hub.party', true), '')::uuid $$;
create or replace function hub.today() returns date language sql stable parallel safe
  as $$ select nullif(current_setting('hub.today', true), '')::date $$;
"""


def condition(table: str, sees: Sees) -> str:
    """The SQL condition under which a row of the table is seen."""
    parts = []
    if sees.reach is not None:
        parts.append(
            "exists (select 1 from hub.card c where c.party_id = (select hub.party())"
            f" and c.apprentice_id = {table}.{'id' if table == 'apprentices.apprentice' else 'apprentice_id'}"
            f" and c.reach >= {sees.reach})"
        )
    if sees.where is not None:
        parts.append(sees.where)
    return " and ".join(parts) or "true"


def readers(table: str, kind: PartyKind) -> list[str]:
    """The roles under which a kind of party reads a table: the whole hub's, and those of the nouns that show it."""
    return [f"hub_{kind}", *(SEATS[noun].party(kind) for noun in nouns_of(table))]


def services(table: str, slice_: RowSlice) -> Mapping[str, str]:
    """What the hub's own roles may do with a table; acts that may know no grade may do the rest of what acts may."""
    given = dict(slice_.services)
    if RULES in given and not table.startswith("grades."):
        given[UNGRADED] = given[RULES]
    return given


def columns(table: str, slice_: RowSlice) -> Mapping[str, tuple[str, ...]]:
    """The roles that may read some columns of a table and no others."""
    found = {SEATS[FINDS_BY_ID].party(kind): KNOWN_TO_FIND for kind in slice_.sees if table in FOUND_BY_ID}
    return {**found, **{SEATS[noun].process: named for noun, named in slice_.processes.items()}}


def policies(table: str, slice_: RowSlice) -> Iterator[str]:
    """The statements that lock one table and open it as its slice says."""
    yield f"alter table {table} enable row level security"
    yield f"alter table {table} force row level security"
    some = columns(table, slice_)
    for kind, sees in slice_.sees.items():
        whole = ", ".join(readers(table, kind))
        finder = SEATS[FINDS_BY_ID].party(kind)
        yield f"grant select on {table} to {whole}"
        to = f"{whole}, {finder}" if finder in some else whole
        yield f"create policy sees_{kind} on {table} for select to {to} using ({condition(table, sees)})"
    for role, rights in services(table, slice_).items():
        yield f"grant {rights} on {table} to {role}"
        yield f"create policy service_{role} on {table} for all to {role} using (true) with check (true)"
    for role, named in some.items():
        yield f"grant select ({', '.join(named)}) on {table} to {role}"
        if role in PROCESSES:
            yield f"create policy service_{role} on {table} for select to {role} using (true)"


def statements(existing: list[tuple[str, str]]) -> Iterator[str]:
    """Everything that makes the database's locks equal to `hub/slices`.

    `existing` names the (table, policy) pairs to be replaced.
    """
    everyone = ", ".join(ROLES)
    yield FUNCTIONS
    yield from (f"drop policy {policy} on {table}" for table, policy in existing)
    for schema in SCHEMAS:
        yield f"revoke all on all tables in schema {schema} from public, {everyone}"
        yield f"grant usage on schema {schema} to {everyone}"
    for table, slice_ in TABLES.items():
        yield from policies(table, slice_)
    yield f"grant select on hub.schema_version to {everyone}"
    yield "alter table hub.schema_version enable row level security"
    yield "alter table hub.schema_version force row level security"
    yield "create policy read on hub.schema_version for select using (true)"
    yield "create policy migrate on hub.schema_version for all to current_user using (true) with check (true)"
