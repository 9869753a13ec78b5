# SPDX-License-Identifier: MIT
"""A case as an SVG picture: bars, and the spread of latencies beside them. Pure.

Drawn by hand, so that the same figures give the same bytes and the text stays text; colours follow
the reader's light or dark mode.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from .results import CaseResult
from .summary import FLOOR, Latency, Row, rows
from .table import figure

_ROW, _BAR = 30, 18
_LEFT, _TOP, _BOTTOM, _MARGIN = 172, 96, 34, 20
_BARS, _NUMBER, _GAP, _DOTS = 330, 76, 34, 320

_STYLE = """\
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #24292f }
.title { font-size: 17px; font-weight: 600 }
.small { font-size: 11px; fill: #656d76 }
.ours { font-weight: 600 }
.end { text-anchor: end }
.middle { text-anchor: middle }
.grid { stroke: #d8dee4; stroke-width: 1 }
.limit { stroke: #cf222e; stroke-width: 1.5; stroke-dasharray: 4 3 }
.bar { fill: #a8b3bf }
.bar.floor { fill: #d8dee4 }
.bar.ours { fill: #0a7ea4 }
.line { stroke: #8c959f; stroke-width: 3; stroke-linecap: round }
.line.ours { stroke: #0a7ea4 }
.dot { fill: #8c959f }
.dot.ours { fill: #0a7ea4 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .small { fill: #8d96a0 }
  .grid { stroke: #30363d }
  .bar { fill: #545d68 }
  .bar.floor { fill: #30363d }
  .bar.ours, .dot.ours { fill: #39b5e0 }
  .line { stroke: #6e7681 }
  .line.ours { stroke: #39b5e0 }
  .dot { fill: #8d96a0 }
}"""


@dataclass(frozen=True)
class Measure:
    """What the bars show."""

    caption: str
    value: Callable[[Row], float | None]
    more_is_better: bool = True
    unit: str = ""


_PER_CPU = Measure(
    "requests per second of CPU time (longer is better)",
    lambda row: 1e6 / row.cpu_us if row.cpu_us else None,
)
_RATE = Measure("requests per second (longer is better)", lambda row: row.rate)
_MEMORY = Measure(
    "memory of all processes, PSS in MB (shorter is better)",
    lambda row: row.pss_bytes / 1e6 if row.pss_bytes else None,
    more_is_better=False,
    unit=" MB",
)


def measure_of(result: CaseResult) -> Measure:
    """CPU time where it is what limits; else what does."""
    if result.limit:
        return _RATE
    return _PER_CPU if any(server.rounds for server in result.servers) else _MEMORY


def short_number(value: float) -> str:
    """172k, 4.6k, 83."""
    if value >= 999.5:
        return f"{figure(value / 1e3)}k"
    return figure(value)


def _kind(row: Row) -> str:
    if row.is_ours:
        return " ours"
    return " floor" if row.name == FLOOR else ""


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    attribute = f' class="{kind.strip()}"' if kind.strip() else ""
    return f'<text x="{x:g}" y="{y:g}"{attribute}>{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:g}" x2="{x2:.1f}" y2="{y2:g}" class="{kind}"/>'


def _bars(shown: list[Row], result: CaseResult, measure: Measure) -> list[str]:
    values = [measure.value(row) or 0.0 for row in shown]
    widest = max([*values, result.limit or 0.0]) or 1.0
    parts = [_text(_LEFT, _TOP - 14, measure.caption, "small")]
    for i, (row, value) in enumerate(zip(shown, values)):
        y = _TOP + i * _ROW
        width = max(1.0, value / widest * _BARS)
        ours = " ours" if row.is_ours else ""
        parts += [
            _text(_LEFT - 10, y + _BAR - 4, row.name, f"end{ours}"),
            f'<rect x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2"'
            f' class="bar{_kind(row)}"/>',
            _text(round(_LEFT + width + 6, 1), y + _BAR - 4, short_number(value) + measure.unit, ours),
        ]
    if result.limit:
        x = _LEFT + result.limit / widest * _BARS
        bottom = _TOP + len(shown) * _ROW
        parts += [
            _line(x, _TOP - 6, x, bottom, "limit"),
            _text(round(x, 1), bottom + 12, f"limit {short_number(result.limit)}", "small middle"),
        ]
    return parts


def _time_text(micros: float) -> str:
    if micros < 1e3:
        return f"{micros:g} µs"
    return f"{micros / 1e3:g} ms" if micros < 1e6 else f"{micros / 1e6:g} s"


def _dots(shown: list[Row], rate: int, left: float) -> list[str]:
    """p50, p99 and p99.9 of each server on a logarithmic axis."""
    spreads = [row.open.get(rate) for row in shown]
    points = [value for spread in spreads if spread for value in _values(spread)]
    lowest = math.floor(math.log10(max(1.0, min(points))))
    highest = max(lowest + 1, math.ceil(math.log10(max(points))))
    bottom = _TOP + len(shown) * _ROW - (_ROW - _BAR)

    def x(micros: float) -> float:
        share = (math.log10(max(1.0, micros)) - lowest) / (highest - lowest)
        return left + share * _DOTS

    caption = f"p50, p99 and p99.9 at {rate:,} requests/s (left is better)"
    parts = [_text(left, _TOP - 14, caption, "small")]
    for power in range(lowest, highest + 1):
        at = x(10.0**power)
        parts.append(_line(at, _TOP - 4, at, bottom, "grid"))
        parts.append(_text(round(at, 1), bottom + 16, _time_text(10.0**power), "small middle"))
    for i, (row, spread) in enumerate(zip(shown, spreads)):
        if spread is None:
            continue
        y = _TOP + i * _ROW + _BAR / 2
        ours = " ours" if row.is_ours else ""
        parts.append(_line(x(spread.p50), y, x(spread.p999), y, f"line{ours}"))
        for value, radius in zip(_values(spread), (5, 4, 3)):
            parts.append(f'<circle cx="{x(value):.1f}" cy="{y:g}" r="{radius}" class="dot{ours}"/>')
    return parts


def _values(latency: Latency) -> tuple[float, float, float]:
    return latency.p50, latency.p99, latency.p999


def draw(result: CaseResult) -> str:
    """The picture."""
    measure = measure_of(result)
    shown = [row for row in rows(result) if measure.value(row)]
    shown.sort(key=lambda row: measure.value(row) or 0.0, reverse=measure.more_is_better)
    rates = sorted({rate for row in shown for rate in row.open})
    width = _LEFT + _BARS + _NUMBER + (_GAP + _DOTS + _MARGIN if rates else 0) + _MARGIN
    height = _TOP + len(shown) * _ROW + _BOTTOM
    parts = [_text(_MARGIN, 32, result.title, "title")]
    parts.append(_text(_MARGIN, 52, _subtitle(result), "small"))
    parts += _bars(shown, result, measure)
    if rates:
        parts += _dots(shown, rates[0], _LEFT + _BARS + _NUMBER + _GAP)
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" role="img">\n'
        f"<title>{escape(result.title)}</title>\n<style>\n{_STYLE}\n</style>\n{body}\n</svg>\n"
    )


def _subtitle(result: CaseResult) -> str:
    machine = result.machine
    python = machine.get("python", "?").partition(",")[0]
    return f"One CPU for the server, one for the clients; {machine.get('cpu', '?')}; CPython {python}"
