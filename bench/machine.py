"""The machine a run was measured on, as far as it matters and no further: no name, no path."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any


def described(server: str) -> dict[str, Any]:
    """Processor, memory and the versions that bear on speed."""
    packages = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "asyncpg", "sqlalchemy")
    return {
        "processors": os.cpu_count(),
        "processor": _processor(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
        "postgresql": server.split(" ")[0],
        "packages": {name: version(name) for name in packages},
    }


def sentence(machine: dict[str, Any]) -> str:
    """The same in one line."""
    return (
        f"{machine['processors']} shared processors ({machine['processor']}), {machine['memory_gb']} GB, "
        f"Python {machine['python']}, PostgreSQL {machine['postgresql']}; all on one machine"
    )


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.exists() else []
    found = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return found or platform.machine()
