"""The portfolio: pieces, coverage, count, hash, validation, acknowledgement."""

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.plan import portfolios
from hub.plan.facts import Piece, Seal, Signatory

TODAY = date(2026, 3, 10)
BOSS = Signatory("E-7", "Ama Boateng", "Head of learning")


def codes(problems):
    """Code and rule of problems."""
    return [(each.code, each.rule) for each in problems]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"type": "OTHER"}, []),
        ({"type": "REFLECTIVE_ACCOUNT"}, [("EVIDENCE_TYPE_REFUSED", "EPA-026")]),
        ({"type": "SELF_EVALUATION"}, [("EVIDENCE_TYPE_REFUSED", "EPA-026")]),
        ({"type": "POEM"}, [("EVIDENCE_TYPE_REFUSED", None)]),
        ({"ksbs": ("K1", "S1", "S12")}, []),
        ({"ksbs": ("K4",)}, [("KSB_NOT_IN_METHOD", "EPA-024")]),
        ({"ksbs": ("K99",)}, [("KSB_UNKNOWN", "EPA-024")]),
        ({"ksbs": ("K1", "k1")}, [("KSB_UNKNOWN", "EPA-024")]),
        ({"ksbs": ()}, [("INPUT_INVALID", "EPA-024")]),
        ({"sha256": "A" * 64}, [("HASH_INVALID", None)]),
        ({"sha256": "a" * 63}, [("HASH_INVALID", None)]),
        ({"link": "http://files.example/1"}, [("LINK_INVALID", None)]),
        ({"link": "https://"}, [("LINK_INVALID", None)]),
        ({"link": "https://name:word@files.example/1"}, [("LINK_INVALID", None)]),
        ({"link": "https://files.example/a b"}, [("LINK_INVALID", None)]),
        ({"link": "https://files.example:99999/"}, [("LINK_INVALID", None)]),
        ({"link": "https://[::1"}, [("LINK_INVALID", None)]),
        ({"link": "javascript:alert(1)"}, [("LINK_INVALID", None)]),
    ],
)
def test_epa_024_to_026_pieces(plan, changes, expected):
    """EPA-024..026: type, KSBs of the method, hash and link."""
    piece = Piece("CLIENT_FEEDBACK", ("K1",), "a" * 64, "https://files.example/1")
    assert codes(portfolios.check_piece(plan, replace(piece, **changes))) == expected


def test_epa_025_the_types_named_by_the_plan_are_allowed(plan):
    """EPA-025, EPA-026: nine types allowed, two refused."""
    allowed = [each.allowed for each in plan.evidence_types]
    assert (allowed.count(True), allowed.count(False)) == (9, 2)


def test_epa_023_coverage_names_what_is_missing(plan, make):
    """EPA-023: 24 KSBs to cover; the missing ones in the plan's order."""
    assert portfolios.coverage(plan, ()).missing == plan.mapped_ksbs("PD")
    pieces = make.pieces(10)
    assert portfolios.coverage(plan, pieces).missing == ()
    assert portfolios.coverage(plan, pieces[1:]).missing == pieces[0].ksbs
    twice = replace(pieces[0], ksbs=(pieces[0].ksbs[0],) * 2)
    assert portfolios.coverage(plan, [*pieces, twice]).counts[pieces[0].ksbs[0]] == 2


@pytest.mark.parametrize(("count", "warned"), [(9, True), (10, False), (12, False), (13, True)])
def test_c6_epa_022_piece_counts(plan, make, count, warned):
    """c6, EPA-022: 10 to 12 pieces are typical; others are remarked on and never refused."""
    assert [each.rule for each in portfolios.count_warnings(plan, make.pieces(count))] == (["EPA-022"] if warned else [])


@given(st.integers(1, 24), st.randoms())
def test_epa_028_the_hash_ignores_order_and_nothing_else(make, count, chance: random.Random):
    """EPA-028: any order of pieces and of KSBs gives the same hash; any change of any piece another."""
    pieces = list(make.pieces(count))
    shuffled = [replace(each, ksbs=tuple(chance.sample(each.ksbs, len(each.ksbs)))) for each in pieces]
    chance.shuffle(shuffled)
    mark = portfolios.portfolio_hash(pieces)
    assert portfolios.portfolio_hash(shuffled) == mark
    at = chance.randrange(count)
    others = [
        replace(pieces[at], type="OTHER"),
        replace(pieces[at], ksbs=(*pieces[at].ksbs, "B9")),
        replace(pieces[at], sha256="f" * 64),
        replace(pieces[at], link=pieces[at].link + "/"),
    ]
    for other in others:
        assert portfolios.portfolio_hash([*pieces[:at], other, *pieces[at + 1 :]]) != mark
    assert portfolios.portfolio_hash([*pieces[:at], *pieces[at + 1 :]]) != mark
    assert portfolios.portfolio_hash([*pieces, pieces[at]]) != mark


def test_epa_027_028_validation(plan, make):
    """EPA-027, EPA-028: the employer alone, a named person, the whole portfolio, and this one."""
    pieces = make.pieces()
    seal = Seal(portfolios.portfolio_hash(pieces), TODAY)

    def check(actor="employer", who=BOSS, seal=seal, pieces=pieces):
        return codes(portfolios.check_validation(plan, actor, who, seal, pieces, TODAY))

    assert check() == []
    for actor in ("provider", "epao", "apprentice"):
        assert check(actor=actor) == [("EMPLOYER_ONLY", "EPA-027")]
    assert check(who=None) == [("SIGNATORY_MISSING", "EPA-027")]
    assert check(who=replace(BOSS, name=" ")) == [("SIGNATORY_MISSING", "EPA-027")]
    assert check(seal=replace(seal, on=date(2026, 3, 11))) == [("DATE_IN_FUTURE", "EPA-027")]
    assert check(seal=replace(seal, hash="0" * 64)) == [("PORTFOLIO_CHANGED", "EPA-028")]
    fewer = pieces[1:]
    assert check(seal=Seal(portfolios.portfolio_hash(fewer), TODAY), pieces=fewer) == [("PORTFOLIO_INCOMPLETE", "EPA-023")]


def test_x_19_nothing_is_filed_after_the_validation(plan, make):
    """X-19, EPA-028: filing on the apprentice's behalf ends with the validation, and a change voids it."""
    pieces = make.pieces()
    seal = Seal(portfolios.portfolio_hash(pieces), TODAY)
    assert codes(portfolios.check_filing(plan, pieces, seal)) == [("PORTFOLIO_CLOSED", "EPA-028")]
    assert portfolios.check_filing(plan, pieces, None) == ()
    assert not portfolios.validation_holds(pieces[1:], seal)
    assert portfolios.check_filing(plan, pieces[1:], seal) == ()


def test_epa_051_acknowledgement(plan):
    """EPA-051: the EPAO acknowledges after the gateway, and the same portfolio that was validated."""
    seal, gateway = Seal("a" * 64, date(2026, 2, 2)), date(2026, 3, 2)

    def check(actor="epao", on=TODAY, mark="a" * 64, validation=seal, decided_on=gateway):
        return codes(portfolios.check_acknowledgement(plan, actor, Seal(mark, on), validation, decided_on, TODAY))

    assert check() == []
    assert check(on=gateway) == []
    assert check(actor="provider") == [("EPAO_ONLY", "EPA-051")]
    assert check(decided_on=None) == [("GATEWAY_NOT_PASSED", "EPA-051")]
    assert check(on=date(2026, 3, 1)) == [("DATE_ORDER", "EPA-051")]
    assert check(on=date(2026, 3, 11)) == [("DATE_IN_FUTURE", "EPA-051")]
    assert check(mark="b" * 64) == [("PORTFOLIO_CHANGED", "EPA-051")]
    assert check(validation=None) == [("PORTFOLIO_CHANGED", "EPA-051")]
