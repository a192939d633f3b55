"""d7, issue 4 item 6: every column says what it is for, and nothing that the hub must not hold has a place to be held in."""

import re
from collections.abc import Iterable, Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)
from pydantic import BaseModel

from hub.acts.all import REGISTRY
from hub.acts.operating import AddOrganisation, LinkGroup, SetLars
from hub.settings import Settings
from hub.slices.data import DATA, USE_OF
from hub.slices.events import EVENTS
from hub.slices.uses import KEEPS, USES, Fate, Sort, bases, periods
from hub.store.tables import metadata
from infra.datamap import data_map, processing
from schema.assembly import build
from tests.hub.acts.test_models import _models
from tests.laws.house import ROOT

COLUMNS = [(table.fullname, column.name) for table in metadata.sorted_tables for column in table.columns]


def unmapped(columns: Iterable[tuple[str, str]], entries: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Columns without an entry, and entries without a column."""
    return set(columns) ^ set(entries)


def test_d7_every_column_has_an_entry_and_no_entry_is_dead() -> None:
    assert unmapped(COLUMNS, USE_OF) == set()
    named = [(table, column) for table, uses in DATA.items() for columns in uses.values() for column in columns.split()]
    assert len(named) == len(set(named)), "a column has two uses"
    assert set(USE_OF.values()) == set(USES), "a use without a column, or a column of an unknown use"
    assert {use.keep for use in USES.values()} == set(KEEPS)


def test_the_law_finds_a_column_without_an_entry_and_an_entry_without_a_column() -> None:
    assert unmapped([*COLUMNS, ("hub.card", "nickname")], USE_OF) == {("hub.card", "nickname")}
    assert unmapped(COLUMNS[1:], USE_OF) == {COLUMNS[0]}


def test_d7_special_category_data_is_seen_by_no_party_and_never_stays() -> None:
    """Art. 9, X-24: what is special category is in no party's slice and goes with erasure."""
    from_map = {table for (table, _), use in USE_OF.items() if USES[use].sort is Sort.SPECIAL}
    assert from_map == {"gateway.basis"}
    assert all(use.fate is not Fate.STAYS for use in USES.values() if use.sort is Sort.SPECIAL)


def test_what_stays_after_erasure_says_why() -> None:
    assert [name for name, use in USES.items() if (use.fate is Fate.STAYS) != bool(use.why)] == []


def test_bases_and_periods_are_settings_with_defaults() -> None:
    """The parties' data protection officers decide."""
    settings = Settings(retention={"CONTACT": 1}, bases={"CONTACT": "Art. 6(1)(b)"})
    assert periods(settings.retention)["CONTACT"] == 1 and periods({})["CONTACT"] == 3
    page = data_map(settings.retention, settings.bases)
    assert "Art. 6(1)(b)" in page and "| CONTACT | 1 month |" in page
    for wrong in ({"CONTACTS": 1}, {"HUB": 1}, {"CONTACT": -1}):
        with pytest.raises(Exception, match="SETTING_INVALID"):
            periods(wrong)
    with pytest.raises(Exception, match="SETTING_INVALID"):
        bases({"CONTACTS": "x"})


@pytest.mark.parametrize(("page", "written"), [("data-map.md", data_map), ("processing.md", processing)])
def test_the_pages_are_up_to_date(page: str, written) -> None:
    """`hub docs write` brings them up to date."""
    assert (ROOT / "docs" / page).read_text() == written()


# requirements d7, DESIGN §2a: not held. Each entry is one word, or words that stand side by side.
NOT_HELD = {
    "leave": "absence absences annual_leave on_leave leave_of leave_days leave_from leave_on leave_type maternity paternity",
    "sickness": "sick sickness illness",
    "discipline": "discipline disciplinary grievance misconduct conduct warning_letter performance",
    "pay": "pay payroll paid salary wage wages earnings bonus",
    "the care-leaver flag": "care care_leaver careleaver care_flag looked_after",
    "dates of birth": "birth birthday birthdate dob born date_of_birth age",
    "case texts": "case_text case_texts case_note case_notes case_file narrative transcript",
    "special categories": "disability disabilities is_disabled diagnosis health medical ehc ehcp ethnicity religion",
    "what an import must leave behind": "nationality gender sex nino national_insurance address postcode",
}
# Words that stand for something else: a band of ages at the start, where the plan's own text is quoted.
MEANT = {"age_band", "under-16"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(name: str) -> str:
    """A name as its words in small letters with an underscore between."""
    return "_".join(part.lower() for part in WORD.findall(name))


def held(names: Iterable[str]) -> set[str]:
    """The names that say something the hub must not hold."""
    found = set()
    for name in names:
        said = f"_{words(name)}_"
        for meant in MEANT:
            said = said.replace(f"_{meant}_", "_")
        if any(f"_{word}_" in said for line in NOT_HELD.values() for word in line.split()):
            found.add(name)
    return found


def graph_names(schema: GraphQLSchema) -> Iterator[str]:
    """Every name of a graph: types, fields, arguments, inputs, values."""
    for name, kind in schema.type_map.items():
        if name.startswith("__"):
            continue
        yield name
        if isinstance(kind, GraphQLEnumType):
            yield from kind.values
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield from kind.fields
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            yield from (argument for field in kind.fields.values() for argument in field.args)


def input_names() -> Iterator[str]:
    """Every name of every input model of acts."""
    models: list[type[BaseModel]] = [AddOrganisation, LinkGroup, SetLars]
    models += [model for known in REGISTRY.values() for model in _models(known.model)]
    for model in models:
        yield model.__name__
        yield from model.model_fields


def test_d7_pqf_063_nothing_that_is_not_held_has_a_column_field_input_act_or_event() -> None:
    """Leave, sickness, discipline, pay, the care-leaver flag, dates of birth, case texts (DESIGN §2a, X-25)."""
    assert held(part for column in COLUMNS for part in column) == set()
    assert held(graph_names(build()._schema)) == set()
    assert held(input_names()) == set()
    assert held([*REGISTRY, *EVENTS]) == set()


@pytest.mark.parametrize(
    "name",
    [
        "care_leaver", "careLeaver", "isCareLeaver", "sick_days", "sicknessAbsence", "annualLeave", "leave_from", "Salary",
        "monthlyPay", "date_of_birth", "dateOfBirth", "dob", "caseNotes", "case_text", "disciplinaryAction", "apprentice.sick",
        "EHCPlan", "homeAddress", "ageAtStart", "HealthNote",
    ],
)  # fmt: skip
def test_the_law_has_teeth(name: str) -> None:
    assert held([name]) == {name}


def test_the_law_reads_a_graph_and_lets_honest_names_be() -> None:
    schema = build_schema("""
      type Query { a(sickNote: Int): Int  careFlag: Boolean  e: E  leaver: String  payload: Int  discussion: Int }
      input I { wage: Int } enum E { BORN AGED } type Disability { id: Int }""")
    assert held(graph_names(schema)) == {"sickNote", "careFlag", "wage", "BORN", "Disability"}
    assert held(["leaver_record", "apprentice.left", "ageBand", "age_band", "PAYLOAD", "bank_questions", "careful"]) == set()
