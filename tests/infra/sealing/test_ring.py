"""Where sealing keys come from: a file per EPAO, the environment, a key service of its own (issue 4, deliver 4)."""

import stat
import sys
from base64 import b64encode
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hub.errors import HubError
from hub.sealing import DataKey
from infra.sealing import files, ring
from infra.sealing.backup import close, gathered, open_backup, put_back
from infra.sealing.ring import Ring, variable_of

PARTY = UUID(int=7)
# A key service of three lines: it turns the key about, and counts how often it was asked.
SERVICE = """
import pathlib, sys
log = pathlib.Path(sys.argv[1]); log.open("a").write(sys.argv[2] + " ")
if (log.parent / "withdrawn").exists(): sys.exit(3)
sys.stdout.write(sys.stdin.read()[::-1])
"""


async def refused(ring_: Ring, key: bytes | None = None, party: UUID = PARTY) -> str:
    with pytest.raises(HubError) as caught:
        await (ring_.current(party) if key is None else ring_.find(party, key))
    return caught.value.problem.code


async def test_d4_a_first_key_is_made_on_first_need_where_the_hub_may_make_one(tmp_path: Path) -> None:
    made = await Ring(tmp_path / "keys", make=True, environment={}).current(PARTY)
    path = files.path_of(tmp_path / "keys", PARTY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    other = Ring(tmp_path / "keys", make=False, environment={})
    assert await other.current(PARTY) == made == await other.find(PARTY, made.id)
    assert await refused(Ring(tmp_path / "none", make=False, environment={})) == "SEALING_KEY_MISSING"
    assert await refused(other, made.id, party=uuid4()) == "SEALING_KEY_MISSING", "a key opens for its own party alone"


def test_d4_processes_that_make_a_first_key_at_once_make_one_between_them(tmp_path: Path) -> None:
    held = files.KeyFile(keys={"a": files.KeptKey(key="x")})
    path = files.path_of(tmp_path, PARTY)
    assert files.write(path, held, first=True) and not files.write(path, files.KeyFile(), first=True)
    assert files.read(path) == held and [each.name for each in tmp_path.iterdir()] == [path.name]


async def test_d4_after_a_rotation_the_new_key_seals_and_the_old_one_opens(tmp_path: Path) -> None:
    running, beside = Ring(tmp_path, True, {}), Ring(tmp_path, False, {})
    first = await running.current(PARTY)
    second = await beside.rotate(PARTY)
    assert await running.current(PARTY) == second != first
    assert await running.find(PARTY, first.id) == first
    assert running.held(PARTY) == {first.id, second.id}


async def test_d4_keys_of_the_environment_come_first_and_are_never_written(tmp_path: Path) -> None:
    new, old = DataKey.new(), DataKey.new()
    told = ",".join(b64encode(each.secret).decode() for each in (new, old))
    held = Ring(tmp_path / "keys", True, {variable_of(PARTY): told})
    assert await held.current(PARTY) == new and await held.find(PARTY, old.id) == old
    assert not (tmp_path / "keys").exists()
    with pytest.raises(HubError, match=variable_of(PARTY)):
        await held.rotate(PARTY)
    for bad in ("short", "c2hvcnQ=", "é"):
        assert await refused(Ring(tmp_path, False, {variable_of(PARTY): bad})) == "SEALING_KEY_INVALID"


async def test_d4_a_key_service_keeps_the_key_and_may_withdraw_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script, log = tmp_path / "service.py", tmp_path / "log"
    script.write_text(SERVICE)
    held = Ring(tmp_path / "keys", False, {})
    made = await held.rotate(PARTY, [sys.executable, str(script), str(log)])
    text = files.path_of(tmp_path / "keys", PARTY).read_text()
    assert b64encode(made.secret).decode() not in text and "wrapped" in text
    assert await held.current(PARTY) == made == await held.find(PARTY, made.id)
    assert log.read_text().split() == ["wrap", "unwrap"], "it is asked once while the key is held"
    (tmp_path / "withdrawn").touch()
    monkeypatch.setattr(ring, "HELD_SECONDS", -1.0)
    assert await refused(Ring(tmp_path / "keys", False, {}), made.id) == "SEALING_KEY_MISSING"
    held._unwrapped.clear()
    assert await refused(held) == "SEALING_KEY_MISSING"


@pytest.mark.parametrize("command", [("/nowhere/kms",), ("false",), ("true",), ()])
async def test_d4_a_key_service_that_does_not_answer_is_a_missing_key(tmp_path: Path, command: tuple[str, ...]) -> None:
    kept = files.KeyFile(keys={"0" * 16: files.KeptKey(wrapped="w")}, command=command)
    files.write(files.path_of(tmp_path, PARTY), kept)
    assert await refused(Ring(tmp_path, False, {})) == "SEALING_KEY_MISSING"


async def test_d4_a_damaged_or_swapped_key_is_not_taken_for_the_one_it_was(tmp_path: Path) -> None:
    path = files.path_of(tmp_path, PARTY)
    files.write(path, files.KeyFile(keys={DataKey.new().id.hex(): files.KeptKey(key=files.encoded(DataKey.new()))}))
    assert await refused(Ring(tmp_path, False, {})) == "SEALING_KEY_INVALID"
    path.write_text('{"keys": {"a": {"key": "not told"}}, "more": 1}')
    with pytest.raises(HubError) as caught:
        await Ring(tmp_path, False, {}).current(PARTY)
    assert "not told" not in caught.value.problem.message


async def test_d4_a_backup_opens_with_its_passphrase_and_overwrites_nothing(tmp_path: Path) -> None:
    keys, home = tmp_path / "keys", tmp_path / "home"
    first = await Ring(keys, True, {}).current(PARTY)
    backup = close(gathered(keys, "the secret"), "a long passphrase")
    assert first.secret not in backup and files.encoded(first).encode() not in backup and b"the secret" not in backup
    told = open_backup(backup, "a long passphrase")
    assert put_back(told, home / "sealing", home / "secret") == [f"pty_{PARTY}.json", "secret"]
    assert await Ring(home / "sealing", False, {}).find(PARTY, first.id) == first
    assert put_back(told, home / "sealing", home / "secret") == []
    (home / "secret").write_text("another")
    with pytest.raises(HubError, match="something else"):
        put_back(told, tmp_path / "third", home / "secret")
    assert not (tmp_path / "third").exists()


@pytest.mark.parametrize("changed", [lambda b: b[:-1], lambda b: b[:40] + b"\0" + b[41:], lambda b: b"x" + b])
def test_d4_a_changed_backup_or_another_passphrase_opens_nothing(changed: object) -> None:
    backup = close({"secret": "s"}, "a long passphrase")
    for held, said in ((changed(backup), "a long passphrase"), (backup, "another passphrase")):  # type: ignore[operator]
        with pytest.raises(HubError) as caught:
            open_backup(held, said)
        assert caught.value.problem.code == "SEALED_VALUE_ALTERED"
    with pytest.raises(HubError):
        close({}, "short")


def test_d4_a_backup_writes_no_file_but_keys(tmp_path: Path) -> None:
    """A name in a backup leads to no other place."""
    told = {"secret": "s", "pty_x/../../escape.json": "x", "../pty_y.json": "x", "other.json": "x"}
    assert put_back(told, tmp_path / "keys", None) == [] and list(tmp_path.iterdir()) == []
