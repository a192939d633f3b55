"""Draws the results: how many times as fast the hub is as each contender, legible on light and on dark paper."""

from html import escape
from math import log
from typing import Any

WIDTH, LEFT, BAR, GAP, TOP = 800, 250, 22, 20, 74
SCALE = 60.0
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
NAMES = {
    "cohort": "Readiness of a cohort of 500",
    "one": "One apprentice with its checklist",
    "page": "Page of 50, nested",
    "post": "Posting a result",
    "limits": "One apprentice, limited",
}
KEYS = {
    "handwritten": "against one hand-written statement",
    "resolvers": "against resolvers with DataLoaders",
    "postgraphile": "against PostGraphile 5",
    "unlimited": "against the hub without limits",
}
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2933 } .small { font-size: 11px; fill: #52606d }
  .grid { stroke: #cbd2d9 } .one { stroke: #52606d; stroke-dasharray: 4 3 }
  .handwritten, .unlimited { fill: #2f6fa8 }
  .resolvers, .postgraphile { fill: #c06014 } .target { stroke: #b3261e; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e7eb } .small { fill: #9aa5b1 } .grid { stroke: #3e4c59 } .one { stroke: #9aa5b1 }
    .handwritten, .unlimited { fill: #62a5dd } .resolvers, .postgraphile { fill: #e69a57 } .target { stroke: #ff8a80 } }
"""


def draw(ratios: dict[str, dict[str, float]], targets: dict[str, dict[str, float]], machine: str) -> str:
    """The picture as SVG text, on a logarithmic scale."""
    parts, y = [], TOP
    for workload, against in ratios.items():
        parts.append(_text(LEFT - 10, y + 15, NAMES[workload], anchor="end"))
        for name, ratio in against.items():
            start, end = sorted((_x(1), _x(ratio)))
            parts.append(_box(name, start, y, max(1.0, end - start), BAR))
            wanted = targets.get(workload, {}).get(name)
            if wanted:
                parts.append(_line("target", _x(wanted), y - 2, y + BAR + 2))
            parts.append(_text(max(end, _x(1)) + 8, y + 16, f"{ratio:.2f} ×" if ratio < 10 else f"{ratio:.1f} ×"))
            y += BAR + 4
        y += GAP
    return _framed("".join(parts), y, machine, [name for name in KEYS if any(name in against for against in ratios.values())])


def _framed(inside: str, bottom: int, machine: str, keys: list[str]) -> str:
    grid = "".join(
        _line("one" if tick == 1 else "grid", _x(tick), TOP - 12, bottom - 8)
        + _text(_x(tick), bottom + 8, f"{tick:g} ×", anchor="middle", small=True)
        for tick in TICKS
    )
    key = "".join(
        _box(name, 12 + n * 230, 34, 12, 12) + _text(30 + n * 230, 45, KEYS[name], small=True) for n, name in enumerate(keys)
    )
    key += _line("target", 16 + 230 * len(keys), 32, 48) + _text(24 + 230 * len(keys), 45, "target", small=True)
    title = _text(12, 22, "Requests a second the hub answers, as a multiple of each contender (32 connections)")
    height = bottom + 44
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">'
        f"<title>How fast the hub is</title><style>{STYLE}</style>{title}{key}{grid}{inside}"
        f"{_text(12, bottom + 32, machine, small=True)}</svg>\n"
    )


def _box(kind: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" rx="2"/>'


def _line(kind: str, x: float, top: float, bottom: float) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>'


def _x(ratio: float) -> float:
    """Where a ratio stands: equal factors are equal steps."""
    from_, to = TICKS[0], TICKS[-1]
    return LEFT + (WIDTH - LEFT - SCALE) * log(max(ratio, 0.05) / from_) / log(to / from_)


def _text(x: float, y: float, text: str, *, anchor: str = "start", small: bool = False) -> str:
    kind = ' class="small"' if small else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(text)}</text>'


def summary(results: dict[str, Any]) -> str:
    """The ratios of a run, for the terminal."""
    lines = []
    for workload, against in results["ratios"].items():
        for name, ratio in against.items():
            wanted = results["targets"].get(workload, {}).get(name)
            verdict = "" if wanted is None else f"  (target {wanted}: {'met' if ratio >= wanted else 'missed'})"
            lines.append(f"{NAMES[workload]:36} {KEYS[name]:38} {ratio:6.2f} ×{verdict}")
    return "\n".join(lines)
