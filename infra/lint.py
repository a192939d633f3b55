"""What must be so in the database for its locks to hold: one query per rule, each answering with what breaks it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg

from hub.slices.rows import TABLES
from hub.store.base import SCHEMAS
from hub.store.policies import columns, readers, services
from hub.store.roles import ACTING, LOGIN_ROLES, ROLES, SETS

KNOWN = (*ROLES, *(role for seat in SETS for role in seat.roles))
"""The hub's own roles, with those of every set of subgraphs, which need not exist."""
MEMBERS = ", ".join(
    f"('{role}', '{taken}')" for role, taken in (*ACTING.items(), *(pair for seat in SETS for pair in seat.inherited()))
)
TABLES_OF = (
    "pg_class c join pg_namespace n on n.oid = c.relnamespace"
    " where n.nspname = any($1::text[]) and c.relkind in ('r', 'p') and $2::text[] is not null"
)
NAME = "n.nspname || '.' || c.relname"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a query over ($1 our schemas, $2 our roles) whose every row names one breach."""

    name: str
    sentence: str
    sql: str


RULES = (
    Rule(
        "row-security",
        "Every table has row-level security, enabled and forced.",
        f"select {NAME} from {TABLES_OF} and not (c.relrowsecurity and c.relforcerowsecurity)",
    ),
    Rule(
        "policies",
        "Every table has a policy, and a role with a right on a table has a policy there.",
        f"select {NAME} from {TABLES_OF} and not exists (select 1 from pg_policy p where p.polrelid = c.oid)"
        f" union all select {NAME} || ' for ' || r.rolname from {TABLES_OF.replace(' where', ' cross join pg_roles r where')}"
        " and r.rolname = any($2) and has_table_privilege(r.oid, c.oid, 'select,insert,update,delete')"
        " and not exists (select 1 from pg_policy p where p.polrelid = c.oid"
        " and exists (select 1 from unnest(p.polroles) as o where o = 0 or pg_has_role(r.oid, o, 'usage')))",
    ),
    Rule(
        "ownership",
        "The hub's own roles own nothing.",
        f"select {NAME} || ' of ' || r.rolname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " join pg_roles r on r.oid = c.relowner where r.rolname = any($2) and $1::text[] is not null"
        " union all select n.nspname || ' of ' || r.rolname from pg_namespace n join pg_roles r on r.oid = n.nspowner"
        " where r.rolname = any($2)"
        " union all select p.proname || ' of ' || r.rolname from pg_proc p join pg_roles r on r.oid = p.proowner"
        " where r.rolname = any($2)",
    ),
    Rule(
        "attributes",
        "The hub's own roles are plain: no superuser, no bypass of row security, no making of roles or databases.",
        "select rolname from pg_roles where rolname = any($2) and $1::text[] is not null"
        " and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)",
    ),
    Rule(
        "memberships",
        "A role is a member of its rules' role alone and inherits nothing; that of a set of subgraphs inherits from theirs.",
        "select m.rolname || ' in ' || g.rolname from pg_auth_members a join pg_roles m on m.oid = a.member"
        " join pg_roles g on g.oid = a.roleid where m.rolname = any($2) and $1::text[] is not null"
        f" and (a.admin_option or (m.rolname, g.rolname) not in (values {MEMBERS}))"
        " union all select rolname || ' inherits' from pg_roles where rolinherit"
        f" and rolname = any('{{{','.join(LOGIN_ROLES)}}}')",
    ),
    Rule(
        "roles",
        "Every role of the hub exists.",
        f"select name from unnest('{{{','.join(ROLES)}}}'::text[]) as name"
        " where $1::text[] is not null and $2::text[] is not null"
        " and not exists (select 1 from pg_roles where rolname = name)",
    ),
    Rule(
        "views",
        "No view runs with its owner's rights.",
        f"select {NAME} from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = any($1) and $2::text[] is not null and (c.relkind = 'm' or c.relkind = 'v'"
        " and not coalesce(c.reloptions::text[] "
        " && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false))",
    ),
    Rule(
        "definers",
        "No function runs with its owner's rights.",
        "select n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
        " where n.nspname = any($1) and $2::text[] is not null and p.prosecdef",
    ),
    Rule(
        "public",
        "Nothing is granted to everybody.",
        f"select {NAME} from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a"
        " where n.nspname = any($1) and $2::text[] is not null and a.grantee = 0"
        " union all select n.nspname from pg_namespace n, aclexplode(n.nspacl) a where n.nspname = any($1) and a.grantee = 0"
        f" union all select {NAME} || '.' || t.attname from pg_attribute t join pg_class c on c.oid = t.attrelid"
        " join pg_namespace n on n.oid = c.relnamespace, aclexplode(t.attacl) a where n.nspname = any($1) and a.grantee = 0",
    ),
    Rule(
        "enums",
        "No column is an enum: equality on one is not leakproof, so a policy would keep its index from being used.",
        f"select {NAME} || '.' || t.attname from pg_attribute t join pg_class c on c.oid = t.attrelid"
        " join pg_namespace n on n.oid = c.relnamespace join pg_type y on y.oid = t.atttypid"
        " where n.nspname = any($1) and $2::text[] is not null and y.typtype = 'e'",
    ),
)
POLICIES = (
    "select schemaname || '.' || tablename || ' ' || policyname as name,"
    " coalesce(qual, '') || ' ' || coalesce(with_check, '') as body from pg_policies where schemaname = any($1)"
)
GRANTS = (
    f"select {NAME} as name, r.rolname as role, lower(a.privilege_type) as right from pg_class c"
    " join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee"
    " where n.nspname = any($1) and r.rolname = any($2)"
    f" union all select {NAME} || '.' || t.attname, r.rolname, lower(a.privilege_type) from pg_attribute t"
    " join pg_class c on c.oid = t.attrelid join pg_namespace n on n.oid = c.relnamespace, aclexplode(t.attacl) a"
    " join pg_roles r on r.oid = a.grantee where n.nspname = any($1) and r.rolname = any($2)"
)
ONCE = re.compile(r"\(\s*select\s+hub\.(party|today)\(\)\s+as\s+\w+\s*\)", re.IGNORECASE)
CALLED = re.compile(r"\b([a-z_]+\.[a-z_]+)\s*\(|\b(now|current_setting|current_date|clock_timestamp)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule with the names of what breaks it; none is what is wanted."""

    name: str
    sentence: str
    breaches: tuple[str, ...]


async def lint(connection: asyncpg.Connection) -> list[Finding]:
    """Every rule with what breaks it in this database."""
    found = []
    for rule in RULES:
        rows = await connection.fetch(rule.sql, list(SCHEMAS), list(KNOWN))
        found.append(Finding(rule.name, rule.sentence, tuple(sorted({row[0] for row in rows}))))
    policies = {row["name"]: row["body"] for row in await connection.fetch(POLICIES, list(SCHEMAS))}
    told = "A policy asks for party and date once a statement, inside (select …), and for no other moment."
    found.append(
        Finding("policy-functions", told, tuple(name for name, body in sorted(policies.items()) if called_per_row(body)))
    )
    grants = {(row["name"], row["role"], row["right"]) for row in await connection.fetch(GRANTS, list(SCHEMAS), list(KNOWN))}
    differing = tuple(" ".join(each) for each in sorted(grants ^ set(expected_grants())))
    found.append(Finding("grants", "Rights on tables are those of hub/slices, no more and no fewer.", differing))
    return found


def called_per_row(body: str) -> bool:
    """Whether a policy calls a function for each row: anywhere but in a sub-select of its own."""
    return CALLED.search(ONCE.sub("", body)) is not None


def expected_grants() -> Iterator[tuple[str, str, str]]:
    """Every (table, role, right) that `hub/slices` gives."""
    for table, slice_ in TABLES.items():
        yield from ((table, role, "select") for kind in slice_.sees for role in readers(table, kind))
        for role, rights in services(table, slice_).items():
            yield from ((table, role, right.strip()) for right in rights.split(","))
        for role, named in columns(table, slice_).items():
            yield from ((f"{table}.{name}", role, "select") for name in named)
    yield from (("hub.schema_version", role, "select") for role in ROLES)
