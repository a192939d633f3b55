"""Sealed values: what opens them, and what does not (facts/security §5, encryption of sensitive columns)."""

import pytest

from hub.errors import HubError
from hub.sealing import DataKey, key_id, open_, place, seal

KEY = DataKey.new()
HERE = place("grades.result", "sealed", "1")


def refused(key: DataKey, box: bytes, aad: bytes) -> str:
    with pytest.raises(HubError) as caught:
        open_(key, box, aad)
    return caught.value.problem.code


def test_d4_a_box_opens_with_its_key_at_its_place() -> None:
    assert open_(KEY, seal(KEY, b"MERIT", HERE), HERE) == b"MERIT"


def test_d4_the_same_value_never_has_the_same_box_and_a_box_shows_no_value() -> None:
    boxes = {seal(KEY, b"MERIT", HERE) for _ in range(100)}
    assert len(boxes) == 100 and not any(b"MERIT" in box for box in boxes)


@pytest.mark.parametrize("other", [("grades.result", "sealed", "2"), ("grades.breach", "sealed", "1"),
                                   ("grades.result", "other", "1"), ("grades.result", "sealed1", "")])  # fmt: skip
def test_d4_a_box_does_not_open_in_another_row_table_or_column(other: tuple[str, str, str]) -> None:
    assert refused(KEY, seal(KEY, b"MERIT", HERE), place(*other)) == "SEALED_VALUE_ALTERED"


def test_d4_no_flipped_byte_and_no_truncated_tail_opens() -> None:
    box = seal(KEY, b"MERIT", HERE)
    changed = [box[:n] + bytes([box[n] ^ 1]) + box[n + 1 :] for n in range(len(box))]
    assert {refused(KEY, each, HERE) for each in changed} == {"SEALED_VALUE_ALTERED"}
    assert {refused(KEY, box[:n], HERE) for n in range(len(box))} == {"SEALED_VALUE_ALTERED"}


def test_d4_another_key_does_not_open_it_not_even_under_the_same_id() -> None:
    box, other = seal(KEY, b"MERIT", HERE), DataKey.new()
    assert key_id(box) == KEY.id and refused(other, box, HERE) == "SEALED_VALUE_ALTERED"
    forged = DataKey(KEY.id, other.secret, other.cipher)
    assert refused(forged, box, HERE) == "SEALED_VALUE_ALTERED"


def test_d4_a_key_is_32_bytes_and_never_shows_itself() -> None:
    with pytest.raises(HubError):
        DataKey.of(b"short")
    assert KEY.secret.hex() not in repr(KEY) and str(KEY.secret) not in repr(KEY)
