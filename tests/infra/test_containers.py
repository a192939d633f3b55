"""Issue 3 item 2: the container files, linted without an engine: they name what exists and keep secrets and rights apart."""

import json
import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import click
import pytest
import typer
import yaml

from hub.settings import MOST_CONNECTIONS, Settings
from hub.slices.rows import NOUNS
from infra.asgi import ADMISSION_PATH
from infra.cli import app
from tests.laws.house import ROOT

FOLDER = ROOT / "infra" / "containers"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"] == "epa-hub"}
DOCKERFILES = sorted(FOLDER.glob("*Dockerfile"))
BESIDE = re.compile(r"""(?:from|URL\()\s*["'](?:\./)?([\w.-]+\.(?:mjs|json))["']""")
INSTRUCTION = re.compile(r"^(?P<word>[A-Z]+)\s+(?P<rest>.*)$", re.DOTALL)
ELSEWHERE = ("index-url", "extra-index", "find-links http", "registry", "http_proxy", "curl ", "wget ", "git clone")
OPTIONS = ("interval", "timeout", "start-period", "retries")


def instructions(path: Path) -> list[tuple[str, str]]:
    """A Dockerfile's instructions in order, continued lines joined and comments left out."""
    kept = "\n".join(line for line in path.read_text().splitlines() if not line.lstrip().startswith("#"))
    found = [INSTRUCTION.match(line) for line in kept.replace("\\\n", " ").splitlines() if line.strip()]
    assert all(found), f"{path.name} has a line that is no instruction"
    return [(each["word"], each["rest"]) for each in found if each]


def sources(path: Path) -> Iterator[str]:
    """What a Dockerfile copies out of the repository."""
    for word, rest in instructions(path):
        if word == "COPY" and not rest.startswith("--from="):
            yield from rest.split()[:-1]


def networks(name: str) -> set[str]:
    return set(SERVICES[name]["networks"])


def env_files(service: dict[str, Any]) -> set[str]:
    return {each if isinstance(each, str) else each["path"] for each in service.get("env_file", [])}


def parsed(words: list[str]) -> list[str]:
    """The names of the `hub` command that words lead to; a click.UsageError when there is none, or its options are others."""
    command, names = typer.main.get_command(app), []
    while hasattr(command, "commands"):
        context = click.Context(command)
        name, found, words = command.resolve_command(context, words)
        assert name is not None and found is not None
        command, names = found, [*names, name]
    command.make_context(names[-1], list(words))
    return names


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_is_one_of_the_hubs(name: str) -> None:
    words = OURS[name]["command"]
    assert parsed(words) == [word for word in words if not word.startswith("-") and word not in NOUNS]


@pytest.mark.parametrize("words", [["serv"], ["serve", "--subgraph", "marks"], ["serve", "--noun", "grades"], ["db", "up"]])
def test_the_lint_knows_no_other_command(words: list[str]) -> None:
    with pytest.raises(Exception, match=r"(?i)no such|is not one of"):
        parsed(words)


def test_every_setting_is_one_of_the_hubs() -> None:
    known = {f"HUB_{name}".upper() for name in Settings.model_fields}
    texts = [path.read_text() for path in FOLDER.iterdir() if path.is_file()]
    named = {each for text in texts for each in re.findall(r"\bHUB_[A-Z_]+", text)}
    assert named and named <= known


def test_each_subgraph_has_its_service_and_the_routers_address_of_it() -> None:
    for noun in NOUNS:
        assert OURS[noun]["command"] == ["serve", "--subgraph", noun]
    given = SERVICES["router"]["environment"]
    subgraphs = {f"SUBGRAPH_URL_{noun.upper()}": f"http://{noun}:8000/graphql" for noun in NOUNS}
    assert given == {**subgraphs, "ADMISSION_URL": f"http://hub:8000{ADMISSION_PATH}"}
    assert ("ENV", "8000") in {(word, rest.partition("HUB_PORT=")[2]) for word, rest in instructions(FOLDER / "Dockerfile")}


def test_no_subgraph_gets_the_owners_url_or_the_main_secret() -> None:
    """Each service has a file of its own; only what owns the database and derives the passwords shares one."""
    files = {name: env_files(each) for name, each in SERVICES.items()}
    assert {name for name, found in files.items() if "secrets/hub.env" in found} == {"hub", "upgrade"}
    assert files["router"] == set()
    for noun in NOUNS:
        assert files[noun] == {f"secrets/{noun}.env"}
    given = {key for each in SERVICES.values() for key in each.get("environment", {})}
    assert not given & {"HUB_DATABASE_URL", "HUB_SECRET", "HUB_SEAL", "POSTGRES_PASSWORD", "OWNER_PASSWORD"}
    assert (FOLDER / ".gitignore").read_text().split() == ["secrets/"]


def test_only_router_and_hub_are_published_and_only_on_loopback() -> None:
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert published == {"hub": ["127.0.0.1:8000:8000"], "router": ["127.0.0.1:4000:4000"]}


def test_networks_keep_the_database_from_the_router_and_the_subgraphs_from_outside() -> None:
    assert "data" not in networks("router") and networks("postgres") == {"data"}
    for noun in NOUNS:
        assert networks(noun) == {"graph", "data"}
    declared = COMPOSE["networks"]
    assert all(declared[name]["internal"] for name in ("graph", "data"))
    assert {name for each in SERVICES for name in networks(each)} == set(declared)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert int(service["user"].split(":")[0]) > 0
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service)
    # What it may write is its own volume, or the sealing keys'; a file of this repository is mounted to be read.
    assert all(each.startswith(("data:", "keys:")) or each.endswith(":ro") for each in service.get("volumes", []))


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_watched_and_waits_for_what_it_needs(name: str) -> None:
    """By a check of its own or that of its image; what it waits for can come to pass."""
    service = SERVICES[name]
    if service.get("healthcheck", {}).get("disable"):
        assert name == "upgrade" and service["restart"] == "no"
    elif "healthcheck" not in service:
        build = FOLDER.parents[1] / service["build"]["dockerfile"]
        assert "HEALTHCHECK" in {word for word, _ in instructions(build)}
    for needed, how in service.get("depends_on", {}).items():
        ends = SERVICES[needed]["restart"] == "no"
        assert how["condition"] == ("service_completed_successfully" if ends else "service_healthy")


def test_the_files_that_compose_names_exist() -> None:
    for name, service in SERVICES.items():
        if "build" in service:
            assert (FOLDER / service["build"]["context"]).resolve() == ROOT
            assert (ROOT / service["build"]["dockerfile"]).is_file(), name
        for volume in service.get("volumes", []):
            host = volume.split(":")[0]
            assert (FOLDER / host).is_file() if host.startswith("./") else host in COMPOSE["volumes"]
    assert (FOLDER / "owner.sh").stat().st_mode & 0o111


def test_postgresql_has_room_for_every_process() -> None:
    most = int(SERVICES["postgres"]["command"][-1].removeprefix("max_connections="))
    usual = MOST_CONNECTIONS
    asked = [Settings(connections=each.get("environment", {}).get("HUB_CONNECTIONS", usual)) for each in OURS.values()]
    assert sum(each.connections for each in asked) < most


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_a_dockerfile_copies_what_exists_and_what_its_context_holds(path: Path) -> None:
    ignored = path.with_name(path.name + ".dockerignore").read_text().splitlines()
    taken = [line[1:] for line in ignored if line.startswith("!")]
    left = [line for line in ignored if line and line[0] not in "!#" and line != "*"]
    assert "*" in ignored
    for source in sources(path):
        found = list(ROOT.glob(source))
        assert found, f"{path.name} copies {source}, which does not exist"
        for each in found:
            name = each.relative_to(ROOT)
            assert any(name.match(pattern) for pattern in taken), f"{name} is not in the context of {path.name}"
            assert not any(name.match(pattern) for pattern in left), name


def test_the_routers_image_holds_whatever_its_configuration_reads() -> None:
    router = ROOT / "infra" / "router"
    copied = {each for source in sources(FOLDER / "router.Dockerfile") for each in ROOT.glob(source)}
    read = {router / name for path in router.glob("*.mjs") for name in BESIDE.findall(path.read_text())}
    assert read and read <= copied
    assert {ROOT / "schema" / noun / "subgraph.graphql" for noun in NOUNS} <= copied


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_a_dockerfile_runs_as_nobody_in_particular(path: Path) -> None:
    found = instructions(path)
    words = [word for word, _ in found]
    last = len(words) - words[::-1].index("FROM")
    assert words.count("USER") == 1 and words.index("USER") > last - 1
    assert int(next(rest for word, rest in found if word == "USER").split(":")[0]) >= 10_000
    assert not set(words[words.index("USER") :]) & {"RUN", "COPY", "ADD"}
    assert "ADD" not in words and "ONBUILD" not in words


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_a_dockerfile_takes_only_what_is_pinned_and_names_no_place(path: Path) -> None:
    found = instructions(path)
    for word, rest in found:
        if word == "FROM":
            assert re.match(r"[a-z]+:\d+(\.\d+)*-[a-z-]+( AS [a-z]+)?$", rest), rest
        if word in ("RUN", "ENV", "ARG"):
            assert not any(each in rest.lower() for each in (*ELSEWHERE, "secret", "password", "token", "://")), rest
    runs = " ".join(rest for word, rest in found if word == "RUN")
    for install in re.findall(r"pip (?:install|download) [^&]*", runs):
        assert "--require-hashes" in install or "--no-index" in install, install
    assert "npm install" not in runs and ("npm ci --ignore-scripts" in runs) == (path.name == "router.Dockerfile")


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.name)
def test_a_dockerfile_says_how_to_tell_that_it_works(path: Path) -> None:
    found = dict(instructions(path))
    check = found["HEALTHCHECK"]
    assert [each for each in OPTIONS if f"--{each}=" not in check] == []
    assert f":{found['EXPOSE']}/" in check
    assert ("/readyz" if path.name == "Dockerfile" else "/readiness") in check


def test_d4_the_sealing_keys_are_mounted_where_results_are_opened_and_nowhere_else() -> None:
    """Issue 4, deliver 4: neither the database's container nor another subgraph's sees the keys."""
    holders = {name for name, each in SERVICES.items() if any("keys:" in volume for volume in each.get("volumes", []))}
    assert holders == {"hub", "grades"}


def test_the_router_has_no_pace_of_its_own_and_nobody_else_is_believed_about_addresses() -> None:
    """A18: its requests are all clients'; what comes by a published port, from the network's gateway, has its own address."""
    places = SERVICES["router"]["networks"]
    for name, network in {"hub": "front", **dict.fromkeys(NOUNS, "graph")}.items():
        trusted = Settings(trusted_proxies=json.loads(OURS[name]["environment"]["HUB_TRUSTED_PROXIES"])).trusted_proxies
        assert network in networks(name)
        assert [str(each) for each in trusted] == [f"{places[network]['ipv4_address']}/32"], name
        (config,) = COMPOSE["networks"][network]["ipam"]["config"]
        subnet = ip_network(config["subnet"])
        assert list(subnet.hosts())[-1] == ip_address(places[network]["ipv4_address"])
        # Addresses are given out from the first on, after the gateway's: there is room before the router's.
        assert sum(network in networks(each) for each in SERVICES if "networks" in SERVICES[each]) < subnet.num_addresses - 4
