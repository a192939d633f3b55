"""What an ILR file of one academic year looks like, as far as the hub reads it."""

from functools import cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub.errors import HubError


class Element(BaseModel):
    """One element of a group: how often it may stand, and how it is read, gone into or passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    element: str
    kind: Literal["text", "whole", "date"] | None = None
    group: str | None = None
    min: int = Field(default=1, ge=0, le=1)
    max: int = Field(default=1, ge=0)
    means: str | None = None
    any_character: bool = False
    pattern: str | None = None
    one_of: tuple[str, ...] = ()
    shortest: int | None = None
    longest: int | None = None
    least: int | None = None
    most: int | None = None
    digits: int | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> "Element":
        if self.kind and self.group:
            raise ValueError(f"{self.element} is either read or gone into")
        if self.kind and not self.means:
            raise ValueError(f"{self.element} is read, so its meaning must be said")
        return self


class Year(BaseModel):
    """The description of one academic year's file; its groups are named by the element that opens them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year: str
    title: str
    namespace: str
    root: str
    characters: str
    groups: dict[str, tuple[Element, ...]]

    @model_validator(mode="after")
    def _groups_exist(self) -> "Year":
        wanted = {entry.group for entries in self.groups.values() for entry in entries if entry.group}
        if missing := (wanted | {self.root}) - self.groups.keys():
            raise ValueError(f"no such group: {', '.join(sorted(missing))}")
        return self

    def passed_over(self) -> tuple[str, ...]:
        """The path of every element that is known and never looked into."""
        return tuple(
            f"{name}/{entry.element}"
            for name, entries in self.groups.items()
            for entry in entries
            if not entry.kind and not entry.group
        )


@cache
def known_years() -> tuple[str, ...]:
    """The academic years that have a description, oldest first, each as four digits such as 2526."""
    folder = resources.files(__package__) / "years"
    return tuple(sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml")))


@cache
def description(year: str) -> Year:
    """The description of a year; `ILR_YEAR_UNKNOWN` if the hub has none."""
    if year not in known_years():
        raise HubError(
            "ILR_YEAR_UNKNOWN",
            f"This hub has no description of ILR files of {year}; it knows {', '.join(known_years())}.",
        )
    text = (resources.files(__package__) / "years" / f"{year}.yaml").read_text("utf-8")
    return Year.model_validate(yaml.safe_load(text))


def year_of_namespace(namespace: str) -> str:
    """The year that an ILR namespace such as ESFA/ILR/2025-26 stands for; `ILR_NAMESPACE` if it is no ILR namespace."""
    parts = namespace.rpartition("/")
    first, _, second = parts[2].partition("-")
    digits = (first + second).isascii() and (first + second).isdigit()
    if parts[0] != "ESFA/ILR" or not digits or len(first) != 4 or len(second) != 2:
        raise HubError("ILR_NAMESPACE")
    return first[2:] + second
