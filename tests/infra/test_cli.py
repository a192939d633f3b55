"""The commands of `hub`, each as a process: what it prints, how it ends, and that a refusal is a code and no traceback."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from joserfc.jwk import ECKey

from infra.cli import Commands
from infra.postgres import EmbeddedPostgres, cluster_folder, read_secret
from tests.infra.running import SLOW, Ran, hub, hub_inside

PLAN = Path(__file__).parents[2] / "hub" / "plan" / "plans" / "ST0648_1.0.yaml"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """One home for the commands of this module, its path short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="hubc"))
    # Its server stays up between the commands, as it does beside a hub that serves.
    server = EmbeddedPostgres(cluster_folder(folder), read_secret(folder))
    yield folder
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def refused(ran: Ran, code: str) -> None:
    """The command ended with 1, said this code on the error stream, and showed no traceback."""
    assert ran.code == 1, ran
    assert code in ran.err, ran
    assert "Traceback" not in ran.err + ran.out


def test_an_operator_builds_a_hub_from_nothing(home: Path, tmp_path: Path) -> None:
    """Issue item 11: organisations, clients and LARS codes without the demonstration; a file imported twice changes nothing."""
    added = hub(home, "organisation", "add", "Northfable College", "--as", "provider", "--id", "UKPRN:10000007")
    assert added.code == 0 and "org_" in added.out and "provider" in added.out, added
    refused(hub(home, "organisation", "add", "Another", "--as", "provider", "--id", "UKPRN:10000007"), "ORGANISATION_CLAIMED")
    made = hub(home, "client", "add", "UKPRN:10000007", "--as", "provider", "--name", "Records", "--scopes", "events:read")
    assert "client_secret" in made.out
    assert hub(home, "client", "disable", made.out.split()[1]).code == 0
    listed = hub(home, "client", "list").out
    assert "Records" in listed and "events:read" in listed and "apprentices:read" not in listed
    assert "shut out" in listed and made.out.split()[-1] not in listed
    hub(home, "client", "add", "UKPRN:10000007", "--as", "provider", "--name", "Reports", "--scopes", "events:read")
    assert "were open: 1." in hub(home, "organisation", "disable", "UKPRN:10000007").out, "A15: all that were open"
    assert hub(home, "client", "list").out.count("shut out") == 2
    refused(hub(home, "organisation", "disable", "UKPRN:10000099"), "NOT_FOUND")
    assert hub(home, "standard", "set-lars", "ST0648", "287").code == 0
    file, report = tmp_path / "cohort.xml", tmp_path / "report.json"
    assert hub_inside(home, "generate", "ilr", str(file), "--size", "20").code == 0
    counts = []
    for words in (("--dry-run",), (), ()):
        assert hub(home, "import", "ilr", str(file), "--report", str(report), *words).code == 0
        held = orjson.loads(report.read_bytes())
        counts.append((held["registered"], held["unchanged"]))
    assert counts == [(0, 0), (20, 0), (0, 20)]
    refused(hub(home, "demo", "--fresh", "--port", "0"), "STATE_CONFLICT")
    # The demonstration throws away no data that is not its own.
    assert hub(home, "organisation", "show", "UKPRN:10000007").code == 0


def test_an_operator_keeps_clients_with_keys_and_a_live_hub_takes_no_secret(home: Path, tmp_path: Path) -> None:
    """Issue 4 item 1: add by keys or URL, turn with overlap, shut out; HUB_LIVE refuses what has a secret, and to start."""
    named = "EMPLOYER_NUMBER:900000777"
    assert hub(home, "organisation", "add", "Eastfable Probation", "--as", "employer", "--id", named).code == 0
    files = {}
    for kid in ("old", "new"):
        files[kid] = tmp_path / f"{kid}.json"
        key = ECKey.generate_key("P-256", parameters={"kid": kid})
        files[kid].write_bytes(orjson.dumps({"keys": [key.as_dict(private=False)]}))
    add = ("client", "add", named, "--as", "employer", "--name", "HR")
    made = hub(home, *add, "--jwks", str(files["old"]))
    assert made.code == 0 and "client_secret" not in made.out, made
    client = made.out.split()[1]
    assert hub(home, "client", "rotate", client, "--jwks", str(files["new"])).out.split() == ["key", "old", "key", "new"]
    assert hub(home, "client", "rotate", client, "--retire", "old").out.split() == ["key", "new"]
    refused(hub(home, "client", "rotate", client), "INPUT_INVALID")
    refused(hub(home, *add, "--jwks-url", "http://keys.example/"), "INPUT_INVALID")
    refused(hub(home, *add, HUB_LIVE="true"), "SANDBOX_CLIENTS")
    assert "client_secret" in hub(home, *add).out
    refused(hub(home, "serve", "--port", "0", HUB_LIVE="true"), "SANDBOX_CLIENTS")
    assert "is shut out" in hub(home, "client", "disable", "--with-secret").out
    listed = hub(home, "client", "list").out
    assert "key new" in listed and "bound to its key" in listed and client in listed


def test_a6_a_client_is_bound_unless_it_has_a_secret_or_the_operator_says_otherwise(home: Path, tmp_path: Path) -> None:
    """A6: keys, a URL and a trusted issuer follow one rule, and `--bound` and `--bearer` stand above it; the help says so."""
    named = "EMPLOYER_NUMBER:900000778"
    assert hub(home, "organisation", "add", "Westfable Probation", "--as", "employer", "--id", named).code == 0
    ways = {"issuer": ("--issuer", "https://login.example", "--subject", "svc"), "secret": ()}
    expected = {"issuer": True, "issuer --bearer": False, "issuer --bound": True, "secret": False, "secret --bound": True}
    for number, (case, bound) in enumerate(expected.items()):
        way, *more = case.split()
        words = [f"{word}-{number}" if word == "svc" else word for word in ways[way]]
        made = hub(home, "client", "add", named, "--as", "employer", "--name", case, *words, *more)
        assert made.code == 0, made
        lines = hub(home, "client", "list").out.splitlines()
        about = lines[next(at for at, line in enumerate(lines) if made.out.split()[1] in line) + 1]
        assert ("bound to its key" in about) is bound, (case, about)
    told = " ".join(hub_inside(home, "client", "add", "--help").out.split())
    assert "--bound" in told and "--bearer" in told and "DPoP" in told


def test_the_database_is_checked(home: Path) -> None:
    """Issue item 2, facts on lint: every lock holds, the one statement is proved, the budget is printed."""
    elsewhere = hub(home, "db", "upgrade", HUB_DATABASE_URL="postgresql://a:b@127.0.0.1:1/hub")
    refused(elsewhere, "DATABASE_UNREACHABLE")
    assert hub(home, "db", "upgrade").code == 0
    checked = hub(home, "db", "check")
    assert checked.code == 0 and "fail" not in checked.out, checked
    assert "row-security" in checked.out and "one statement" in checked.out and "Connections" in checked.out
    well = hub(home, "doctor", "--port", "0")
    assert well.code == 0 and "fail" not in well.out, well
    assert hub(home, "db", "restored").code == 0
    rotated = hub(home, "keys", "rotate")
    assert rotated.code == 0 and "key_" in rotated.out


def test_the_roles_are_printed_for_a_dba(tmp_path: Path) -> None:
    """Issue item 2: the SQL depends on the secret alone and needs no database."""
    one, again = (hub_inside(tmp_path, "db", "roles", HUB_SECRET="s" * 40).out for _ in range(2))
    assert one == again and "create role hub_rules nologin" in one and "noinherit" in one
    assert one != hub_inside(tmp_path, "db", "roles", HUB_SECRET="t" * 40).out


def test_an_operation_is_explained(tmp_path: Path) -> None:
    """Issue item 6: `hub explain` prints the SQL and the slice, and refuses what the gate refuses."""
    file = tmp_path / "one.graphql"
    file.write_text("query One($uln: String!) { apprentice(uln: $uln) { id grade { overall } } }")
    told = hub_inside(tmp_path, "explain", str(file), "--as", "epao")
    assert told.code == 0 and "grades.grade" in told.out and "card_1.uln = $3" in told.out, told
    assert "Grade.overall" in told.out and "grades:read" in told.out
    file.write_text("{ apprentices { nodes { results { grade } } } }")
    refused(hub_inside(tmp_path, "explain", str(file), "--as", "provider"), "FIELD_NOT_IN_SLICE")


def test_a_plan_is_checked_with_line_and_reason(tmp_path: Path) -> None:
    """Issue item 3: `hub plan check FILE` points at line and reason."""
    good = hub_inside(tmp_path, "plan", "check", str(PLAN))
    assert good.code == 0 and "43 KSBs" in good.out and "50 criteria" in good.out
    bad = tmp_path / "bad.yaml"
    bad.write_text(PLAN.read_text().replace("level: 6", "level: 66"))
    ran = hub_inside(tmp_path, "plan", "check", str(bad))
    refused(ran, "PLAN_INVALID")
    assert "bad.yaml:6: level:" in ran.err


@pytest.mark.parametrize(
    ("words", "more", "code"),
    [
        (("serve",), {"HUB_PORT": "many"}, "SETTING_INVALID"),
        (("plan", "check", "no-such-file"), {}, "FILE_UNREADABLE"),
        (("demo", "--host", "0.0.0.0"), {}, "LOOPBACK_ONLY"),
        (("demo",), {"PORT": "many"}, "SETTING_INVALID"),
        (("tour",), {}, "FILE_UNREADABLE"),
    ],
)
def test_a_refusal_is_coded(tmp_path: Path, words: tuple[str, ...], more: dict[str, str], code: str) -> None:
    """Coded errors on the error stream, exit code 1, no traceback."""
    refused(hub_inside(tmp_path, *words, **more), code)


def test_a_wrong_command_line_says_what_was_meant(tmp_path: Path) -> None:
    """Exit code 2 with the nearest command, and never a coded fault of the hub's own."""
    for words, meant in ((("serv",), "'serve'"), (("client", "ad"), "'add'"), (("serve", "--prt", "1"), "--port")):
        ran = hub_inside(tmp_path, *words)
        assert ran.code == 2 and meant in ran.err and "INTERNAL" not in ran.err, ran


def test_every_command_teaches_by_example() -> None:
    """`--help` of every command says what it does and shows a command to copy."""
    commands = [each for found in Commands().values() for each in getattr(found, "commands", {"": found}).values()]
    assert len(commands) >= 40
    for each in commands:
        told = each.help or ""
        assert ("Example" in told and "\n  hub " in told) or "=… hub " in told or "=postgresql" in told, each.name


def test_a_command_imports_nothing_of_the_others() -> None:
    """The whole of the graph takes most of a start; a command that serves nothing does without it."""
    code = "import sys; from infra.cli import Commands; Commands()['client']; print('schema.graph' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=SLOW, check=True)
    assert done.stdout == "False\n"


def test_data_is_looked_after_from_the_command_line(home: Path, tmp_path: Path) -> None:
    """Issue 4 item 6: what is over its time is shown and removed, one person exported, erasures listed and replayed."""
    shown = hub(home, "retention", "--dry-run")
    assert shown.code == 0 and "CONTACT" in shown.out and "3 months" in shown.out, shown
    set_ = hub(home, "retention", HUB_RETENTION='{"CONTACT": 5}')
    assert set_.code == 0 and "5 months" in set_.out, set_
    refused(hub(home, "retention", HUB_RETENTION='{"CONTACTS": 5}'), "SETTING_INVALID")
    refused(hub(home, "retention", "--dry-run", "run"), "ARGUMENT_INVALID")
    done = hub(home, "retention", "run")
    assert done.code == 0 and "Removed: nothing." in done.out, done
    refused(hub(home, "export", "subject", "apr_1", "--out", str(tmp_path)), "ID_INVALID")
    nobody = "apr_00000000-0000-4000-8000-000000000000"
    refused(hub(home, "export", "subject", nobody, "--out", str(tmp_path)), "NOT_FOUND")
    line = f'{{"apprentice":"{nobody}","ground":"MISTAKE","on":"2026-03-02","at":"2026-03-02T10:00:00+00:00","marks":[]}}\n'
    kept = tmp_path / "erasures.jsonl"
    kept.write_text(line)
    assert f"2026-03-02  {nobody}  MISTAKE" in hub(home, "erasures", "list", "--file", str(kept)).out
    told = [hub(home, "erasures", "replay", "--file", str(kept)).out for _ in range(2)]
    assert told == ["Erased again: 1.\n", "Erased again: 0.\n"]
    # The hub's own list has caught up with what was replayed.
    assert nobody in hub(home, "erasures", "list").out
    assert "Erased again: 0." in hub(home, "db", "restored").out
