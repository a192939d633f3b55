"""Numbers, references, ids, dates and names: vectors c1, c2, c6 and the oracles e5 and e6."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import words
from hub.errors import HubError

VALID_ULNS = [
    str(uln)
    for uln in (
        1000000043, 1000000000, 1000000019, 1000000027, 1000000035, 1000000051, 1000000078, 1000000086, 1000000094,
        1000000108, 1000000116, 1000000124, 1000000132, 1000000140, 1061484016, 7893467370, 2917203365, 7125876330,
        4405869145, 6879761975, 9270501530, 3479759849, 2208229109, 9999999998,
    )
]  # fmt: skip
INVALID_ULNS = [
    *(str(uln) for uln in (1000000042, 1000000063, 100000004, 42, 1234567890, 9876543210, 1000108001, 3000600342)),
    "0000000042",
    *("10000000 43", "1000000043 ", "\uff11000000043", "1000000043.0", "+1000000043", "1000000043\n", ""),
    *(f"{prefix}{digit}" for prefix in (100000023, 100000037, 100000040, 100000054, 100000006) for digit in range(10)),
]

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))


def refusal(parse, *given):
    """The code with which a parser refuses."""
    with pytest.raises(HubError) as refused:
        parse(*given)
    return refused.value.problem.code


def naive_check(prefix: str) -> str | None:
    """The check digit by the rule as it is written, in another way than the code: by trying every digit."""
    total = 10 * int(prefix[0]) + 9 * int(prefix[1]) + 8 * int(prefix[2]) + 7 * int(prefix[3]) + 6 * int(prefix[4])
    total += 5 * int(prefix[5]) + 4 * int(prefix[6]) + 3 * int(prefix[7]) + 2 * int(prefix[8])
    found = [str(digit) for digit in range(10) if (total + digit) % 11 == 10]
    return None if total % 11 == 0 else found[0]


@pytest.mark.parametrize("uln", VALID_ULNS)
def test_c1_valid_ulns(uln):
    """c1: ULNs whose check digit is right."""
    assert words.parse_uln(uln) == uln


@pytest.mark.parametrize("uln", INVALID_ULNS)
def test_c1_invalid_ulns(uln):
    """c1: wrong check digit, remainder 0, wrong length, wrong characters."""
    assert refusal(words.parse_uln, uln) == "ULN_INVALID"


def test_c1_the_temporary_uln_has_its_own_code():
    """c1: 9999999999 identifies nobody."""
    assert refusal(words.parse_uln, "9999999999") == "ULN_TEMPORARY"


@given(st.lists(st.integers(100000000, 999999999), min_size=100, max_size=100, unique=True))
def test_e6_check_digits_agree_with_an_oracle(prefixes):
    """e6: for 10,000 prefixes exactly the digit the rule names is accepted, or none."""
    for prefix in prefixes:
        right = naive_check(str(prefix))
        accepted = [digit for digit in "0123456789" if is_uln(f"{prefix}{digit}")]
        assert accepted == ([right] if right is not None else [])


def is_uln(text):
    """Whether a ULN is accepted."""
    try:
        return words.parse_uln(text) == text
    except HubError:
        return False


@pytest.mark.parametrize("uln", VALID_ULNS)
def test_c1_every_changed_digit_and_swap_is_detected(uln):
    """c1: single-digit changes and adjacent transpositions never give another valid ULN."""
    changed = {uln[:at] + digit + uln[at + 1 :] for at in range(10) for digit in "0123456789"} - {uln}
    swapped = {uln[:at] + uln[at + 1] + uln[at] + uln[at + 2 :] for at in range(9)} - {uln}
    assert [each for each in changed | swapped if is_uln(each)] == []


@pytest.mark.parametrize(
    ("parse", "code", "good", "bad"),
    [
        (words.parse_ukprn, "UKPRN_INVALID", ["10000000", "99999999", "10005967"],
         ["9999999", "100000000", "1000596A", "0", "01000000", "10005967 "]),
        (words.parse_employer_number, "EMPLOYER_NUMBER_INVALID", ["123456789", "000000001"],
         ["12345678", "1234567890", "12345678A"]),
        (words.parse_standard_reference, "STANDARD_REFERENCE_INVALID", ["ST0648"],
         ["st0648", "ST648", "ST06480", "FA0648", "ST0648\n"]),
        (words.parse_version, "VERSION_INVALID", ["1.0", "12.34"], ["1", "1.", ".1", "1.0.0", "v1.0", "\u0661.0"]),
    ],
)  # fmt: skip
def test_c2_references(parse, code, good, bad):
    """c2: the exact form, nothing around it."""
    assert [parse(each) for each in good] == good
    assert {refusal(parse, each) for each in bad} == {code}


def test_c2_epao_ids():
    """c2: EPA and four digits in either case; a UKPRN only from academic year 2627."""
    assert [words.parse_epao_id(each) for each in ("EPA0001", "EPA9999", "epa0001", "ePa0001")] == [
        "EPA0001", "EPA9999", "EPA0001", "EPA0001"]  # fmt: skip
    for wrong in ("EPA001", "EPA00001", "10005967", "EPA\u0660001"):
        assert refusal(words.parse_epao_id, wrong) == "EPAO_ID_INVALID"
    assert refusal(words.parse_epao_id, "10005967", 2526) == "EPAO_ID_INVALID"
    assert words.parse_epao_id("10005967", 2627) == "10005967"


@given(st.uuids(version=4), st.sampled_from(sorted(words.ID_PREFIXES)))
def test_ids_read_back(value: UUID, prefix: str):
    """The same string inside and out; the kind is part of it."""
    text = words.id_text(prefix, value)
    assert text == f"{prefix}_{value}"
    assert words.parse_id(text, prefix) == value
    other = next(each for each in sorted(words.ID_PREFIXES) if each != prefix)
    for wrong in (text.upper(), text + " ", text.replace("-", ""), str(value), f"{prefix}_"):
        assert refusal(words.parse_id, wrong, prefix) == "ID_INVALID"
    assert refusal(words.parse_id, text, other) == "ID_INVALID"


@given(DAYS, st.integers(0, 60))
def test_e5_months_clamp(day, months):
    """e5: the month counted one by one, the day clamped to the month's end."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    last = (date(year + (month == 12), month % 12 + 1, 1) - timedelta(days=1)).day
    assert words.add_months(day, months) == date(year, month, min(day.day, last))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 3, 2), 6, date(2026, 9, 2)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_c6_month_ends(start, months, end):
    """c6: month ends clamp."""
    assert words.add_months(start, months) == end


def test_c6_working_days_pass_over_the_may_bank_holiday():
    """c6: ten working days from 20 April 2026 end on 5 May; ten calendar days on 30 April."""
    assert words.add_working_days(date(2026, 4, 20), 10) == date(2026, 5, 5)
    assert not words.is_working_day(date(2026, 5, 4))


BANK_HOLIDAYS_2026 = {"01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"}


@given(st.dates(date(2026, 1, 1), date(2026, 11, 30)), st.integers(0, 12))
def test_e5_working_days_agree_with_an_oracle(day, count):
    """e5: England's bank holidays of 2026 written out, days counted one by one; no other part of the UK counts."""
    seen = [day + timedelta(days=offset) for offset in range(1, 40)]
    working = [each for each in seen if each.weekday() < 5 and each.strftime("%m-%d") not in BANK_HOLIDAYS_2026]
    assert words.add_working_days(day, count) == ([day, *working])[count]


@given(DAYS, st.integers(0, 60))
def test_e5_weeks_are_seven_days(day, weeks):
    """e5: a date is not an instant, so clocks going forward or back change nothing."""
    assert (words.add_weeks(day, weeks) - day).days == 7 * weeks


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("O\u2019Neill", "Mary"), ("O'NEILL", " mary ")),
        (("Smith\u2013Jones", "Ann"), ("Smith-Jones", "Ann")),
        (("De  la\tCruz", "Jo"), ("de la cruz", "JO")),
        (("Jose\u0301", "A"), ("Jos\u00e9", "a")),
    ],
)
def test_c2_names_are_compared_without_case_apostrophe_or_dash(one, other):
    """c2: folded names are equal."""
    assert words.name_key(*one) == words.name_key(*other)


def test_c2_names_keep_accents_and_sort_by_family_name():
    """c2: accents stay, and a shorter family name comes before a longer one that starts with it."""
    assert words.name_key("Jos\u00e9", "A") != words.name_key("Jose", "A")
    assert words.name_key("Smith", "Zoe") < words.name_key("Smith Jones", "Ann") < words.name_key("Smithers", "Al")


@pytest.mark.parametrize(
    ("born", "start", "band"),
    [
        (date(2004, 9, 2), date(2023, 9, 1), "16-18"),
        (date(2004, 9, 1), date(2023, 9, 1), "19+"),
        (date(2007, 9, 2), date(2023, 9, 1), "under-16"),
        (date(2007, 9, 1), date(2023, 9, 1), "16-18"),
        (date(2004, 2, 29), date(2023, 2, 28), "16-18"),
        (date(2004, 2, 29), date(2023, 3, 1), "19+"),
    ],
)
def test_age_bands_on_both_sides_of_a_birthday(born, start, band):
    """The age on the day the apprenticeship starts; someone born on 29 February has a birthday on 1 March."""
    assert words.age_band(born, start) == band
