"""The tour with a demonstration of its own, and its transcript."""

from pathlib import Path

import pytest

from hub.errors import HubError
from infra.tour.running import fresh_uln, read
from infra.tour.script import Script, masked
from tests.infra.running import hub


def test_it_brings_its_own_demonstration(tmp_path: Path) -> None:
    """Issue item 10: `hub tour --spawn`, on a free port, in a home that is gone afterwards."""
    ran = hub(tmp_path, "tour", "--spawn")
    assert ran.code == 0, ran
    assert "12. " in ran.out and "every one is as it must be" in ran.out
    assert not list(tmp_path.iterdir())


@pytest.mark.deep
def test_it_brings_one_again(tmp_path: Path) -> None:
    """Twice in a row, with the same transcript."""
    runs = [hub(tmp_path, "tour", "--spawn") for _ in range(2)]
    assert [ran.code for ran in runs] == [0, 0], runs
    assert runs[0].out == runs[1].out


def test_what_differs_from_run_to_run_is_masked() -> None:
    """Ids, numbers, hashes and days are masked; words stay."""
    text = f"apr_00000000-0000-4000-8000-000000000000 of 9900000001 on 2026-03-02, {'a' * 64}: PASS"
    assert masked(text) == "[id] of [ULN] on [day], [hash]: PASS"


def test_a_difference_ends_the_tour() -> None:
    """An answer that is not as it must be is named with its step, and nothing plays on."""
    lines: list[str] = []
    script = Script(lines.append)
    script.step("A scene")
    script.expect("somebody", "answers one", 1, 1)
    with pytest.raises(HubError) as refused:
        script.expect("somebody", "answers two", 1, 2)
    assert refused.value.problem.code == "TOUR_DIFFERS" and "Step 1, somebody" in refused.value.problem.message
    assert script.checks == 2


def test_a_file_of_no_demonstration_is_refused(tmp_path: Path) -> None:
    """FILE_UNREADABLE for a file that is missing, broken or something else."""
    for content in (None, "{", "{}"):
        file = tmp_path / "demo.json"
        if content is not None:
            file.write_text(content)
        with pytest.raises(HubError, match="FILE_UNREADABLE"):
            read(file)


def test_it_registers_somebody_new_each_time() -> None:
    """A fresh number with a right check digit, not one of the demonstration's."""
    assert len({fresh_uln() for _ in range(5)}) == 5
