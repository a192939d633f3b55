"""The plan document of ST0648, and how a document that is wrong is refused: with line, path and reason."""

import re
from pathlib import Path

import pytest

from hub.plan.document import PlanError, content_hash, load_plan, plan_json_schema

SEED = Path(__file__).parents[4] / "shared" / "seeds" / "002_c4dd209a64f83462.txt"
needs_seed = pytest.mark.skipif(not SEED.exists(), reason="the seed lies beside the repository, not in it")

PD = "K1 K2 K3 K5 K6 K13 K14 K15 K16 S1 S4 S7 S9 S12 S13 S14 S15 S16 S17 S18 S19 B1 B3 B7"
CSP = "K4 K7 K8 K9 K10 K11 K12 S1 S2 S3 S5 S6 S8 S10 S11 S12 S20 B2 B4 B5 B6"
REQUIRED_RULES = [
    *(f"EPA-{number:03}" for number in (*range(1, 7), *range(10, 35), *range(40, 45), *range(50, 72))),
    *(f"EPA-{number:03}" for number in (*range(80, 105), *range(106, 111), *range(120, 130), *range(130, 139))),
    *(f"EPA-{number:03}" for number in (*range(140, 144), *range(150, 159))),
    *(f"EPA-105{letter}" for letter in "abcdefghijklm"),
    *(f"EPA-R{number:02}" for number in (1, 2, *range(10, 17), *range(20, 24), *range(30, 36))),
    *(f"EPA-Q{number:02}" for number in range(1, 10)),
]


def folded(text):
    """Text with every run of white space as one space."""
    return " ".join(text.split())


def seed():
    """The seed's text, tags of its tables taken out."""
    return folded(re.sub(r"</?(p|ul|li)[^>]*>", " ", SEED.read_text()))


def refused(text):
    """The faults with which a document is refused, as (line, path, reason)."""
    with pytest.raises(PlanError) as error:
        load_plan(text, "plan.yaml")
    return [(each.line, each.path, each.reason) for each in error.value.problems]


def edited(text, old, new):
    """The document with one place changed, and the line of that place."""
    at = text.index(old)
    return text[:at] + new + text[at + len(old) :], text[:at].count("\n") + 1


@pytest.fixture(scope="module")
def text():
    """The document's text."""
    return (Path(__file__).parents[3] / "hub" / "plan" / "plans" / "ST0648_1.0.yaml").read_text()


def test_epa_001_to_006_identity_and_length(plan):
    """EPA-001..006: reference, level, integration, months; the LARS code is unknown until set."""
    assert (plan.reference, plan.version, plan.level, plan.jurisdiction) == ("ST0648", "1.0", 6, "England")
    assert (plan.typical_months, plan.minimum_months, plan.off_the_job_percent) == (36, 12, 20)
    assert plan.lars_code is None


def test_epa_150_to_154_the_ksbs_and_their_mapping(plan):
    """EPA-150..154: 43 KSBs, 24 and 21 by method, S1 and S12 to both, and the themes agree with the mapping."""
    kinds = [ksb.kind for ksb in plan.ksbs]
    assert [kinds.count(kind) for kind in ("knowledge", "skill", "behaviour")] == [16, 20, 7]
    assert plan.mapped_ksbs("PD") == tuple(PD.split())
    assert plan.mapped_ksbs("CSP") == tuple(CSP.split())
    assert [ksb.code for ksb in plan.ksbs if len(ksb.methods) == 2] == ["S1", "S12"]
    for method in ("PD", "CSP"):
        grouped = {code for theme in plan.themes if theme.method == method for code in theme.ksbs}
        assert grouped == set(plan.mapped_ksbs(method))


def test_epa_124_to_129_themes_and_criteria(plan):
    """EPA-124..129: seven themes with 35 pass and 15 distinction criteria, split rows joined, one name twice."""
    shape = [(theme.method, len(theme.ksbs), len(theme.passes), len(theme.distinctions)) for theme in plan.themes]
    assert shape == [
        ("PD", 5, 4, 2),
        ("PD", 6, 4, 2),
        ("PD", 5, 3, 2),
        ("PD", 8, 7, 3),
        ("CSP", 8, 7, 3),
        ("CSP", 8, 4, 2),
        ("CSP", 7, 6, 1),
    ]
    assert sum(each[2] for each in shape) == 35
    assert sum(each[3] for each in shape) == 15
    joined = [criterion for theme in plan.themes for criterion in theme.passes if "domestic violence" in criterion]
    assert joined == [
        "Explains the characteristics of domestic violence and sexual offending and how these relate to offending "
        "behaviour and welfare."
    ]
    assert [theme.method for theme in plan.themes if theme.name == "Service User Engagement"] == ["PD", "CSP"]
    assert plan.themes[3].passes[-1].startswith("Discusses how coaching and mentoring skills")


@needs_seed
def test_epa_150_every_statement_and_criterion_is_the_seeds_own(plan):
    """EPA-150, EPA-126: KSB rows and criteria equal the seed's, white space aside; nothing in its tables is left out."""
    rows = [line.split("\t") for line in SEED.read_text().split("\n")]
    statements = {row[0]: folded(row[1]) for row in rows if re.fullmatch(r"[KSB]\d{1,2}", row[0])}
    assert {ksb.code: ksb.statement for ksb in plan.ksbs} == statements
    names = {"PD": "professional discussion", "CSP": "case study and presentation"}
    for row in rows:
        if re.fullmatch(r"[KSB]\d{1,2}", row[0]):
            assert " ".join(names[each] for each in plan.ksb(row[0]).methods) == folded(row[2]).lower()
    text = SEED.read_text()
    tables = seed_of(text[text.index("KSBs\tPass") : text.index("Overall EPA grading")])
    for theme in plan.themes:
        for criterion in (theme.name, theme.name, *theme.passes, *theme.distinctions):
            head, _, tail = criterion.partition(" offending and how these relate")
            for part in (head, ("offending and how these relate" + tail) if tail else ""):
                assert part in tables
                tables = tables.replace(part, "", 1)
    left = re.sub(r"Assessment Method \d: (Professional Discussion|Case Study and Presentation)|-{2,}", " ", tables)
    assert re.sub(r"\b([KSB]\d{1,2}|KSBs|Pass|Distinction)\b", " ", left).split() == []


def seed_of(text):
    """A part of the seed, tags taken out."""
    return folded(re.sub(r"</?p>", " ", text))


@needs_seed
def test_every_quote_is_the_seeds_own(plan):
    """Each rule's quote, role duty and assessor duty stands in the seed word for word."""
    text = seed()
    assert [rule.id for rule in plan.rules if rule.quote and folded(rule.quote) not in text] == []
    assert [duty.letter for duty in plan.assessor_duties if duty.text not in text] == []
    assert [duty for role in plan.roles for duty in role.duties if duty not in text] == []


def test_every_rule_of_the_list_is_in_the_plan(plan):
    """EPA-001..158, EPA-R and EPA-Q: none is missing, and whatever refuses or breaches has words for it."""
    known = {rule.id for rule in plan.rules}
    assert [each for each in REQUIRED_RULES if each not in known] == []
    assert [rule.id for rule in plan.rules if rule.quote is None] == ["EPA-137"]


@pytest.mark.parametrize(
    ("severity", "ids"),
    [
        ("refuse", "EPA-005 EPA-010 EPA-012 EPA-015 EPA-016 EPA-017 EPA-023 EPA-024 EPA-026 EPA-027 EPA-R11 EPA-044 "
                   "EPA-051 EPA-084 EPA-130 EPA-134 EPA-135 EPA-136"),
        ("breach", "EPA-030 EPA-054 EPA-056 EPA-057 EPA-058 EPA-082 EPA-085 EPA-086 EPA-096 EPA-097 EPA-099 EPA-104"),
        ("warn", "EPA-022 EPA-040 EPA-041 EPA-087 EPA-098 X-11"),
    ],
)  # fmt: skip
def test_x_23_acts_are_refused_and_facts_are_recorded(plan, severity, ids):
    """X-23, EPA-041, EPA-104: severity is plan data."""
    assert {plan.rule(each).severity for each in ids.split()} == {severity}


@pytest.mark.parametrize("rule", ["EPA-041", "EPA-059", "EPA-104", "EPA-127", "EPA-137", "EPA-010", "EPA-023",
                                  "EPA-030", "EPA-085", "EPA-086", "EPA-097", "X-11", "X-22"])  # fmt: skip
def test_ambiguities_are_decided_with_a_reason(plan, rule):
    """EPA-041, 059, 104, 127, 137, X-11, X-22, X-23: each decision carries why."""
    assert plan.rule(rule).reason


@pytest.mark.parametrize("rule", ["EPA-071", "EPA-126", "EPA-128", "EPA-133", "EPA-135", "EPA-155", "EPA-156"])
def test_defects_of_the_seed_are_notes(plan, rule):
    """EPA-071, 126, 128, 155, 156, X-12, X-22: kept, and said."""
    assert plan.rule(rule).notes


def test_epa_155_s7_is_kept_word_for_word(plan):
    """EPA-155: S7 repeats K6 and says so."""
    assert plan.ksb("S7").statement == plan.ksb("K6").statement
    assert plan.ksb("S7").notes


def test_the_same_plan_in_another_layout_has_the_same_hash(plan, text):
    """The hash is about what the plan says: comments and folding do not change it, one word does."""
    assert content_hash(load_plan("# Another comment.\n" + text, "plan.yaml")) == content_hash(plan)
    other, _ = edited(text, "title: Probation Officer", "title: Probation officer")
    assert content_hash(load_plan(other, "plan.yaml")) != content_hash(plan)


def test_the_schema_names_the_documents_keys():
    """Editors get a JSON Schema with the keys as they are written."""
    schema = plan_json_schema()
    assert {"larsCode", "gradeTable", "assessorDuties"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("old", "new", "path", "reason"),
    [
        ("level: 6", "level: six", "level", "integer"),
        ("level: 6", "level: 6\nlevle: 6", "", "xtra"),
        ("minimumMonths: 12", "minimumMonths: 12.5", "minimumMonths", "integer"),
        ("ksbs: [K1, K2, K3, S1, S4]", "ksbs: [K1, K2, K3, S1, S4, K99]", "themes[0].ksbs[5]", "There is no KSB K99."),
        ("ksbs: [K1, K2, K3, S1, S4]", "ksbs: [K2, K3, S1, S4]", "", "K1 stands in no theme."),
        ("ksbs: [K1, K2, K3, S1, S4]", "ksbs: [K1, K2, K3, S1, S4, K4]", "themes[0].ksbs[5]", "K4 is not mapped to PD."),
        ("- {methods: {PD: PASS, CSP: FAIL}, overall: FAIL}", "#", "gradeTable", "The row PASS, FAIL is missing."),
        ("overall: DISTINCTION}", "overall: MERIT}", "gradeTable[4]", "There is no grade MERIT."),
        ("countRule: EPA-022", "countRule: EPA-999", "portfolio.countRule", "There is no rule EPA-999."),
        ("rules: [EPA-R01]", "rules: [EPA-R99]", "roles[0].rules[0]", "There is no rule EPA-R99."),
        ("code: K2\n", "code: K1\n", "ksbs[1]", "K1 stands twice."),
        ("  - id: EPA-002", "  - id: EPA-001", "rules[1]", "EPA-001 stands twice."),
        ("anchorComponent: CS", "anchorComponent: XX", "windows[4].anchorComponent", "has no component XX"),
        ("enoughWith: [BSL_PRIMARY_LANGUAGE]", "enoughWith: [OTHER]", "enoughWith", "There is no entitlement OTHER."),
        ("cap: {method: PASS", "cap: {method: MERIT", "resits.cap.method", "There is no grade MERIT."),
        ("severity: refuse", "severity: forbid", "severity", "refuse"),
    ],
)
def test_a_wrong_document_is_refused_at_its_line(text, old, new, path, reason):
    """Schema and reference faults name the line, the path and the reason."""
    wrong, line = edited(text, old, new)
    faults = refused(wrong)
    hits = [each for each in faults if path in each[1] and reason in each[2]]
    assert hits, faults
    if not reason.endswith(("stands in no theme.", "is missing.")):
        assert hits[0][0] in (line, line + new.count("\n"))


@pytest.mark.parametrize(
    ("document", "line", "reason"),
    [
        ("", 1, "empty"),
        ("reference: ST0648\n  title: [", 2, ""),
        ("reference: ST0648\nlevel: 6\nreference: ST0649\n", 3, "twice"),
        ("a: &x [1]\nb: *x\n", 2, "aliases"),
        ("a: !!python/object:os.system x\n", 1, ""),
        ("a: \x00\n", 1, ""),
        ("- 1\n", 1, "object"),
        ("a: " + "[" * 5_000, 1, ""),
        ("a: " + "1" * 20_000, 1, "too long"),
    ],
)
def test_text_that_is_no_document_is_refused_at_its_line(document, line, reason):
    """Broken YAML, a doubled key, an alias, a tag, a control character: line and reason, never a traceback."""
    fault = refused(document)[0]
    assert fault[0] == line
    assert reason in fault[2]
