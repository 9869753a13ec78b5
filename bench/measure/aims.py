# SPDX-License-Identifier: MIT
"""What Penstock's gateway protocols are to cost, and what they do. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .bounds import Bounds
from .results import CaseResult
from .summary import cpu_ratio
from .table import figure


@dataclass(frozen=True)
class Aim(Bounds):
    """Of a ratio of CPU times a request, taken within the rounds of a case."""

    #: Names as they stand in the case's table.
    one: str
    other: str


AIMS: tuple[Aim, ...] = (
    Aim("penstock fastcgi", "penstock uwsgi", most=1.3),
    Aim("penstock fastcgi closed", "penstock uwsgi", most=1.3),
    Aim("flup fastcgi", "penstock fastcgi", least=5),
    Aim("flup fastcgi closed", "penstock fastcgi closed", least=5),
    Aim("uWSGI fastcgi closed", "penstock fastcgi closed", least=3),
    Aim("uWSGI fastcgi closed", "penstock fastcgi", least=3),
)

#: Cases and what they are called.
PLACES = {"protocols": "straight", "nginx": "behind nginx"}


def _cell(aim: Aim, result: CaseResult) -> str:
    ratio = cpu_ratio(result, aim.one, aim.other)
    if ratio is None:
        return ""
    return f"{figure(ratio)} ({'reached' if aim.allow(ratio) else 'missed'})"


def as_markdown(results: dict[str, CaseResult]) -> str:
    """A line for each aim, a column for each case that was measured; empty if none was."""
    places = [name for name in PLACES if name in results]
    if not places:
        return ""
    headings = ["CPU time a request of", "relative to", "aim", *(PLACES[name] for name in places)]
    lines = ["| " + " | ".join(headings) + " |", "|---|---|---:|" + "---:|" * len(places)]
    for aim in AIMS:
        cells = [aim.one, aim.other, aim.text, *(_cell(aim, results[name]) for name in places)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
