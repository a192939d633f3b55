"""Decision 16, DESIGN §7: rows of a noun point at nothing beyond its border but the apprentice they are about."""

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table

from hub.store.grades import standing
from hub.store.tables import metadata

APPRENTICE = ("apprentice_id", "apprentices.apprentice.id")
# Who acknowledged a portfolio is a party of the hub's own, whoever hosts what.
NAMED = {("portfolios.acknowledgement", "epao_party_id", "apprentices.party.id")}
Crossing = tuple[str, str, str]


def crossings(tables: MetaData) -> set[Crossing]:
    """Every (table, column, column it points at) where a foreign key leaves the schema of its table."""
    return {
        (table.fullname, key.parent.name, key.target_fullname)
        for table in tables.tables.values()
        for key in table.foreign_keys
        if key.target_fullname.partition(".")[0] != table.schema
    }


def unlawful(found: set[Crossing]) -> set[Crossing]:
    """Those that are neither the apprentice a row is about nor named above."""
    return {each for each in found if each[1:] != APPRENTICE} ^ NAMED


def test_foreign_keys_leave_a_noun_for_the_apprentice_alone() -> None:
    """Issue 3, item 5; what `grades` holds leaves it for nothing else, so that an EPAO can host it."""
    found = crossings(metadata)
    assert unlawful(found) == set()
    assert {target for table, _, target in found if table.startswith("grades.")} == {"apprentices.apprentice.id"}
    assert {table.partition(".")[0] for table, *_ in found} == {"gateway", "portfolios", "grades", "hub"}


def test_a_foreign_key_over_a_border_is_found() -> None:
    """The law has teeth: each noun's row that points into another noun, by a column of whatever name."""
    broken = MetaData()
    for schema in ("apprentices", "gateway", "grades"):
        Table("apprentice", broken, Column("id", Integer, primary_key=True), schema=schema)
    added = {("portfolios.a", "grade_id", "grades.apprentice.id"), ("grades.b", "apprentice_id", "gateway.apprentice.id")}
    for table, column, target in {*added, *NAMED, ("grades.c", *APPRENTICE), ("grades.d", "me", "grades.apprentice.id")}:
        schema, _, name = table.partition(".")
        Table(name, broken, Column(column, Integer, ForeignKey(target)), schema=schema)
    assert unlawful(crossings(broken)) == added


def test_epa_107_what_all_acts_know_of_an_assessment_is_no_grade() -> None:
    """EPA-107: four columns of `grades.standing` say whether, what again, and by when; a fifth is a decision of its own."""
    kinds = {column.name: str(column.type) for column in standing.columns}
    assert kinds == {
        "apprentice_id": "UUID",
        "achieved": "BOOLEAN",
        "offered": "ARRAY",
        "to_release": "BOOLEAN",
        "due_on": "DATE",
    }
