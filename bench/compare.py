"""Compares what the contenders answer, for many questions of every workload, before anything is timed."""

import asyncio
from dataclasses import replace
from typing import Any

from bench.contenders import Mint, one_answer
from bench.workloads import Asked


class Different(Exception):
    """Two contenders did not answer alike."""


async def ask(port: int, contender: str, asked: Asked, token: str) -> Any:
    """One contender's answer, as data."""
    status, body = await one_answer(port, asked.request(contender, token))
    if status != 200:
        raise Different(f"{contender} answered {status} to {asked.workload}: {body[:300]!r}")
    return asked.data(contender, body)


async def compare_reads(ports: dict[str, int], mint: Mint, questions: list[Asked]) -> int:
    """How many answers were equal; Different at the first that is not. Pages are followed to their ends."""
    compared = 0
    for asked in questions:
        token = mint.token(asked.viewer)
        following = dict.fromkeys(ports, asked)
        while following:
            answers = await asyncio.gather(*(ask(ports[name], name, each, token) for name, each in following.items()))
            shown = dict(zip(following, answers, strict=True))
            cursors = {name: _cursor(answer) for name, answer in shown.items()}
            first = shown["hub"]
            for name, answer in shown.items():
                if answer != first:
                    raise Different(f"hub and {name} differ on {asked.workload} {asked.variables}: {_where(first, answer)}")
            compared += 1
            more = first.get("apprentices", {}).get("pageInfo", {}).get("hasNextPage")
            following = (
                {name: replace(asked, variables={**asked.variables, "after": cursors[name]}) for name in following}
                if more and compared % 7
                else {}
            )
    return compared


def _cursor(answer: dict[str, Any]) -> str | None:
    """Takes the cursor out of a page: every contender writes its own, and proves it by the page that follows."""
    info = (answer.get("apprentices") or {}).get("pageInfo")
    if not info:
        return None
    found: str | None = info["endCursor"]
    info["endCursor"] = found is not None
    return found


def _where(one: Any, other: Any, path: str = "$") -> str:
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next((_where(one[k], other[k], f"{path}.{k}") for k in one if one[k] != other[k]), path)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return next((_where(a, b, f"{path}[{n}]") for n, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), path)
    return f"{path}: {str(one)[:200]} / {str(other)[:200]}"
