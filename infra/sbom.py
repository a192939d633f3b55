"""Writes what the hub is made of as a CycloneDX 1.6 document, from the lock file and the licences of what is installed.

The same lock makes the same bytes: it holds no time, no index and no download address.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import orjson

ROOT = Path(__file__).parents[1]
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
# What classifiers call by name, by its SPDX identifier.
SPDX = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
DEVELOPMENT = "epa-hub (pyproject.toml)"


@dataclass
class Pinned:
    """One pinned package: its version, the digests of its files, and what needs it."""

    name: str
    version: str
    digests: list[str] = field(default_factory=list)
    needed_by: list[str] = field(default_factory=list)

    @property
    def ref(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"


def pinned(lock: str) -> list[Pinned]:
    """The packages of a lock file in its order."""
    found: list[Pinned] = []
    for line in lock.splitlines():
        if match := PINNED.match(line):
            found.append(Pinned(match["name"].lower().replace("_", "-"), match["version"]))
        elif digest := HASH.search(line):
            found[-1].digests.append(digest[1])
        elif line.startswith("    #") and found:
            needed = line.removeprefix("    #").strip().removeprefix("via").strip()
            found[-1].needed_by += [needed] if needed else []
    return found


def licence(name: str) -> str | None:
    """The licence an installed package declares, as SPDX where it can be told; none when it is not installed here."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return None
    if "License-Expression" in told:
        return told["License-Expression"]
    named = (each.rpartition(" :: ")[2] for each in told.get_all("Classifier") or () if each.startswith("License ::"))
    known = next((SPDX[each] for each in named if each in SPDX), None)
    return known or next(iter(told.get_all("License") or ()), "").partition("\n")[0][:80] or None


def sbom(lock: str, version: str) -> dict[str, Any]:
    """The document of one release."""
    packages = pinned(lock)
    own = f"pkg:pypi/epa-hub@{version}"
    root = {"type": "application", "bom-ref": own, "name": "epa-hub", "version": version, "purl": own}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_OID, lock + version)}",
        "version": 1,
        "metadata": {"component": {**root, "licenses": [{"expression": "MIT"}]}},
        "components": [_component(each) for each in packages],
        "dependencies": list(_dependencies(own, packages)),
    }


def _component(package: Pinned) -> dict[str, Any]:
    told = licence(package.name)
    return {
        "type": "library",
        "bom-ref": package.ref,
        "name": package.name,
        "version": package.version,
        "purl": package.ref,
        **({"licenses": [_licence(told)]} if told else {}),
        "properties": [{"name": "epa-hub:file:sha256", "value": digest} for digest in package.digests],
    }


def _licence(told: str) -> dict[str, Any]:
    """An SPDX expression as such; any other words as a name."""
    return {"expression": told} if re.fullmatch(r"[A-Za-z0-9.+() -]+", told) and _spdx(told) else {"license": {"name": told}}


def _spdx(told: str) -> bool:
    return all(re.fullmatch(r"[A-Za-z]+(-[A-Za-z0-9.]+)*|AND|OR|WITH", word) for word in re.split(r"[ ()]+", told) if word)


def _dependencies(own: str, packages: list[Pinned]) -> Iterator[dict[str, Any]]:
    refs = {package.name: package.ref for package in packages} | {DEVELOPMENT: own}
    needs: dict[str, set[str]] = {ref: set() for ref in (own, *refs.values())}
    for package in packages:
        for needed in package.needed_by:
            needs[refs[needed]].add(package.ref)
    yield from ({"ref": ref, "dependsOn": sorted(found)} for ref, found in sorted(needs.items()))


def main() -> None:
    """Writes the document to the file that is named, or to standard output."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "([^"]+)"', text, re.MULTILINE)
    assert version is not None
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    made = orjson.dumps(sbom(lock, version[1]), option=orjson.OPT_INDENT_2) + b"\n"
    if len(sys.argv) > 1:
        Path(sys.argv[1]).parent.mkdir(parents=True, exist_ok=True)
        Path(sys.argv[1]).write_bytes(made)
    else:
        sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
