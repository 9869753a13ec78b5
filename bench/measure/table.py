# SPDX-License-Identifier: MIT
"""A case as a table, for a terminal and in Markdown. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .results import CaseResult
from .summary import Latency, Row, median, rows


@dataclass(frozen=True)
class Column:
    """A heading and what stands below it; an empty text where there is nothing."""

    heading: str
    text: Callable[[Row], str]
    #: Also in the short tables of the documents.
    short: bool = False


def figure(value: float | None, digits: int = 3, unit: str = "") -> str:
    """With so many significant digits, and no more than the value has before its point."""
    if value is None:
        return ""
    if value == 0:
        return f"0{unit}"
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    return f"{value:,.{max(0, digits - whole)}f}{unit}"


def latency_text(latency: Latency | None) -> str:
    """p50 / p99 / p99.9."""
    if latency is None:
        return ""
    return " / ".join(figure(value) for value in (latency.p50, latency.p99, latency.p999))


def _megabytes(size: float | None) -> str:
    return figure(size / 1e6 if size is not None else None)


def _columns(table: list[Row]) -> list[Column]:
    rates = sorted({rate for row in table for rate in row.open})
    at_rates = [
        Column(
            f"at {rate:,}/s",
            lambda row, rate=rate: latency_text(row.open.get(rate)),  # type: ignore[misc]
            short=rate == rates[0],
        )
        for rate in rates
    ]
    return [
        Column("server", lambda row: row.name, short=True),
        Column("req/s", lambda row: figure(row.rate)),
        Column("CPU µs", lambda row: figure(row.cpu_us), short=True),
        Column("× floor", lambda row: figure(row.of_floor)),
        Column("× (floor + app)", lambda row: figure(row.of_limit), short=True),
        Column("of ours", lambda row: figure(row.of_ours), short=True),
        Column("× uwsgi", lambda row: figure(row.of_uwsgi), short=True),
        Column("busy", lambda row: "" if row.busy is None else f"{row.busy:.0%}"),
        Column("p50 / p99 / p99.9 µs", lambda row: latency_text(row.latency)),
        *at_rates,
        Column("rate × alone", lambda row: figure(row.rate_of_alone), short=True),
        Column("p99 × alone", lambda row: figure(row.p99_of_alone), short=True),
        Column("calls", lambda row: figure(row.syscalls), short=True),
        Column("PSS MB", lambda row: _megabytes(row.pss_bytes), short=True),
        Column("B/connection", lambda row: figure(row.pss_bytes_of_connection), short=True),
        Column("start ms", lambda row: figure(row.start_ms)),
        Column("", lambda row: row.absent or "; ".join(row.remarks), short=True),
    ]


def _cells(result: CaseResult, *, short: bool) -> list[list[str]]:
    """Headings and rows, without the columns that are empty."""
    table = rows(result)
    columns = [column for column in _columns(table) if column.short or not short]
    filled = [column for column in columns if any(column.text(row) for row in table)]
    return [[column.heading for column in filled]] + [
        [column.text(row) for column in filled] for row in table
    ]


def _notes(result: CaseResult) -> str:
    runs = max((len(server.rounds) for server in result.servers), default=0)
    notes = [f"{runs} rounds of {result.duration:g} s"] if runs else []
    if app := median(result.app_us):
        notes.append(f"the app alone takes {figure(app)} µs")
    if result.limit:
        notes.append(f"the limit is {figure(result.limit)}/s")
    return ", ".join(notes)


def as_text(result: CaseResult) -> str:
    """For a terminal."""
    cells = _cells(result, short=False)
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    last = len(widths) - 1 if cells[0][-1] == "" else -1  # remarks are words
    lines = [result.title + (f" ({notes})" if (notes := _notes(result)) else "")]
    for row in cells:
        aligned = [
            text.ljust(width) if i in (0, last) else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths))
        ]
        lines.append("  ".join(aligned).rstrip())
    return "\n".join(lines)


def as_markdown(result: CaseResult) -> str:
    """For the documents: fewer columns, ours in bold."""
    cells = _cells(result, short=True)
    marks = ["---" if heading in ("server", "") else "---:" for heading in cells[0]]
    lines = ["| " + " | ".join(cells[0]) + " |", "|" + "|".join(marks) + "|"]
    for row, texts in zip(rows(result), cells[1:]):
        if row.is_ours:
            texts = [f"**{text}**" if text else text for text in texts]
        lines.append("| " + " | ".join(texts) + " |")
    notes = _notes(result)
    return "\n".join(lines) + (f"\n\n{notes[0].upper()}{notes[1:]}." if notes else "")
