"""Runs `hub` as an operator does: a process of its own, in a home of its own."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from infra.cli import main

SLOW = 400


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


def hub_inside(home: Path, *words: str, **more: str) -> Ran:
    """Runs a command in this process, for those that open nothing: no database and no loop of their own."""
    before, out, err = dict(os.environ), io.StringIO(), io.StringIO()
    os.environ.clear()
    os.environ.update(environment(home, **more))
    try:
        with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", ["hub", *words]):
            main()
    except SystemExit as ended:
        return Ran(int(ended.code or 0), out.getvalue(), err.getvalue())
    finally:
        os.environ.clear()
        os.environ.update(before)
    raise AssertionError("a command ends by exiting")
