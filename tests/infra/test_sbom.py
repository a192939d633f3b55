"""Issue 4 item 6: what the hub is made of, as CycloneDX 1.6: well-formed, complete, without an address, always the same."""

import re
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.sbom import pinned, sbom
from tests.laws.house import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
PERMISSIVE = {"MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "PSF-2.0"}
# Development tools, and parts of one library, under a licence that asks to publish changes to its own files.
FILE_COPYLEFT = {"hypothesis", "pathspec", "orjson"}


class Part(BaseModel):
    """CycloneDX 1.6 as far as the document uses it; a name that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Licence(Part):
    expression: str | None = None
    license: dict[Literal["id", "name"], str] | None = None


class Property(Part):
    name: str
    value: str


class Component(Part):
    type: Literal["application", "library"]
    bom_ref: str = Field(alias="bom-ref", min_length=1)
    name: str
    version: str
    purl: str = Field(pattern=r"^pkg:pypi/[a-z0-9][a-z0-9.-]*@[^@/]+$")
    licenses: list[Licence] = Field([], max_length=1)
    properties: list[Property] = []


class Metadata(Part):
    component: Component


class Dependency(Part):
    ref: str
    dependsOn: list[str]


class Bom(Part):
    bomFormat: Literal["CycloneDX"]
    specVersion: Literal["1.6"]
    serialNumber: str = Field(pattern=r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    version: int = Field(ge=1)
    metadata: Metadata
    components: list[Component]
    dependencies: list[Dependency]


def test_it_has_the_structure_of_cyclonedx_and_its_references_resolve() -> None:
    made = sbom(LOCK, "0.1.0")
    bom = Bom.model_validate(made)
    refs = [bom.metadata.component.bom_ref, *(each.bom_ref for each in bom.components)]
    assert len(refs) == len(set(refs))
    assert {each.ref for each in bom.dependencies} == set(refs)
    assert all(set(each.dependsOn) <= set(refs) for each in bom.dependencies)
    reached: set[str] = set()
    waiting = [refs[0]]
    needs = {each.ref: each.dependsOn for each in bom.dependencies}
    while waiting:
        if (ref := waiting.pop()) not in reached:
            reached.add(ref)
            waiting += needs[ref]
    assert reached == set(refs), "every package is needed by something"


def test_it_names_every_pinned_package_with_its_digests_and_a_licence_that_we_take() -> None:
    bom = Bom.model_validate(sbom(LOCK, "0.1.0"))
    assert {f"{each.name}=={each.version}" for each in bom.components} == set(
        re.findall(r"^[a-z0-9._-]+==[^\s;\\]+", LOCK, re.MULTILINE)
    )
    assert sum(len(each.properties) for each in bom.components) == LOCK.count("--hash=sha256:")
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest.value) for each in bom.components for digest in each.properties)
    for each in bom.components:
        [told] = each.licenses
        words = set(re.findall(r"[A-Za-z0-9.-]+", told.expression or "")) - {"AND", "OR"}
        assert words and words <= PERMISSIVE | ({"MPL-2.0"} if each.name in FILE_COPYLEFT else set()), each


def test_it_is_always_the_same_and_names_no_address() -> None:
    assert sbom(LOCK, "0.1.0") == sbom(LOCK, "0.1.0")
    assert sbom(LOCK, "0.1.0")["serialNumber"] != sbom(LOCK, "0.1.1")["serialNumber"]
    assert "http" not in str(sbom(LOCK, "0.1.0")).replace("httpx2", "").replace("httptools", "").replace("httpcore2", "")


@pytest.mark.parametrize("change", [{"specVersion": "1.0"}, {"timestamp": "now"}, {"components": [{"type": "library"}]}])
def test_the_structure_has_teeth(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Bom.model_validate({**sbom(LOCK, "0.1.0"), **change})


def test_a_lock_is_read_as_it_is_written() -> None:
    first = "a-b==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n    # via\n    #   c\n    #   epa-hub (pyproject.toml)\n"
    lock = first + "c==2 ; x\n    # via a-b\n"
    one, two = pinned(lock)
    assert (one.ref, len(one.digests), one.needed_by) == ("pkg:pypi/a-b@1.0", 1, ["c", "epa-hub (pyproject.toml)"])
    assert (two.version, two.needed_by) == ("2", ["a-b"])
