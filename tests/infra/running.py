"""Runs `hub` as an operator does: a process of its own, in a home of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SLOW = 120


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a command; no setting of whoever runs the tests reaches it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_") and name != "PORT"}
    return {**kept, "HUB_HOME": str(home), "COLUMNS": "200", "PYTHONWARNINGS": "default", **more}


def command(*words: str) -> list[str]:
    """The words of a `hub` command."""
    return [sys.executable, "-m", "infra.cli", *words]


def hub(home: Path, *words: str, **more: str) -> Ran:
    """Runs a command to its end."""
    done = subprocess.run(command(*words), env=environment(home, **more), capture_output=True, text=True, timeout=SLOW)
    return Ran(done.returncode, done.stdout, done.stderr)
