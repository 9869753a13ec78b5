# SPDX-License-Identifier: MIT
"""What Penstock is to reach as a server, and where it stands. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .bounds import Bounds
from .life import Life
from .results import CaseResult
from .summary import FLOOR, OURS, Row, rows
from .table import figure


@dataclass(frozen=True)
class Line(Bounds):
    """One aim, and the figure that was measured."""

    what: str
    figure: float

    @property
    def reached(self) -> bool:
        """Whether the figure is what is wanted."""
        return self.allow(self.figure)


#: Requests in the same CPU time, relative to a peer's.
_PEERS = {
    "granian": 1.5,
    "bjoern": 1.15,
    "fastwsgi": 1.0,
    "uWSGI http11": 4.0,
    "uWSGI": 4.0,
    "gunicorn gthread": 12.0,
}
#: Those cases in which servers are compared in several ways, which have aims of their own.
_BY_WAY = ("protocols", "nginx")


def _ours(result: CaseResult) -> Row | None:
    return next((row for row in rows(result) if row.name == OURS), None)


def _hello(hello: CaseResult) -> Iterator[Line]:
    table = {row.name: row for row in rows(hello)}
    ours = table.get(OURS)
    if ours is None:
        return
    if ours.of_limit is not None:
        yield Line("CPU time of a request, relative to floor + app", ours.of_limit, most=1.25)
    if ours.syscalls is not None:
        yield Line("system calls of a request", ours.syscalls, most=2.1)
    for peer, least in _PEERS.items():
        if peer in table and (theirs := table[peer].of_ours):
            yield Line(f"requests in the same CPU time, relative to {peer}", 1 / theirs, least=least)


def _log(hello: CaseResult, logged: CaseResult) -> Iterator[Line]:
    without, with_log = _ours(hello), _ours(logged)
    if without and with_log and without.of_floor and with_log.of_floor:
        ratio = with_log.of_floor / without.of_floor
        yield Line("the same with the request log, relative to without", ratio, most=1.1)


def _crowds(measured: dict[str, CaseResult]) -> Iterator[Line]:
    slow = _ours(measured["slow-clients"]) if "slow-clients" in measured else None
    if slow and slow.rate_of_alone and slow.p99_of_alone:
        yield Line("rate with 1,000 slow clients, relative to without", slow.rate_of_alone, least=0.9)
        yield Line("p99 with 1,000 slow clients, relative to without", slow.p99_of_alone, most=1.1)
    sleep = _ours(measured["sleep"]) if "sleep" in measured else None
    if sleep and sleep.rate and (limit := measured["sleep"].limit):
        yield Line("32 threads that wait 10 ms, of what arithmetic allows", sleep.rate / limit, least=0.95)
    idle = _ours(measured["idle-connections"]) if "idle-connections" in measured else None
    if idle and idle.pss_bytes_of_connection is not None:
        yield Line("an idle connection in user space", idle.pss_bytes_of_connection, most=1024, unit=" B")


def _memory(result: CaseResult) -> Iterator[Line]:
    sizes = {row.name: row.pss_bytes for row in rows(result)}
    ours = sizes.get(OURS)
    for peer, most in (("uWSGI", 1.0), ("mod_wsgi", 0.4)):
        if ours and (theirs := sizes.get(peer)):
            yield Line(f"memory of 4 processes of Django, relative to {peer}", ours / theirs, most=most)


def _life(life: Life) -> Iterator[Line]:
    for name, imported in life.import_ms.items():
        if (start := life.start_ms.get(OURS, {}).get(name)) is not None:
            yield Line(f"first answer of {name} after start-up and import", start - imported, most=60,
                       unit=" ms")  # fmt: skip
    if "hello" in life.further_bytes:
        yield Line("a further worker of hello", life.further_bytes["hello"] / 1e6, most=3, unit=" MB")
    if life.growth is not None:
        millions = len(life.endurance_bytes) - 1
        yield Line(f"memory after {millions} million requests, relative to after one", life.growth,
                   most=1.02)  # fmt: skip


def lines(measured: dict[str, CaseResult], life: Life | None) -> list[Line]:
    """Those for which there are figures."""
    found: list[Line] = []
    if "hello" in measured:
        found += _hello(measured["hello"])
        if "hello-log" in measured:
            found += _log(measured["hello"], measured["hello-log"])
    found += _crowds(measured)
    if "django-memory" in measured:
        found += _memory(measured["django-memory"])
    if life is not None:
        found += _life(life)
    return found


def peers_ahead(measured: dict[str, CaseResult]) -> list[str]:
    """Where a peer answers more requests in the same CPU time, and by how much."""
    found = []
    for name, result in measured.items():
        if name in _BY_WAY:
            continue
        for row in rows(result):
            if row.of_ours and row.of_ours > 1 and not row.is_ours and row.name != FLOOR:
                found.append(f"{name}: {row.name} ({figure(row.of_ours)})")
    return found


def slower_tails(measured: dict[str, CaseResult]) -> list[str]:
    """Where a peer's p99 at a fixed rate is below ours, and what both are."""
    found = []
    for name, result in measured.items():
        ours = _ours(result)
        for row in rows(result) if ours and name not in _BY_WAY else ():
            for rate, latency in row.open.items():
                mine = ours.open.get(rate) if ours else None
                if mine and latency.p99 < mine.p99 and not row.is_ours and row.name != FLOOR:
                    values = f"{figure(latency.p99)} µs to {figure(mine.p99)}"
                    found.append(f"{name} at {rate:,}/s: {row.name} ({values})")
    return found


def as_markdown(measured: dict[str, CaseResult], life: Life | None) -> str:
    """A line for each aim; empty where nothing was measured."""
    found = lines(measured, life)
    if not found:
        return ""
    text = ["| what | aim | measured | |", "|---|---:|---:|---|"]
    for line in found:
        verdict = "reached" if line.reached else "**missed**"
        text.append(f"| {line.what} | {line.text} | {figure(line.figure)}{line.unit} | {verdict} |")
    ahead, tails = peers_ahead(measured), slower_tails(measured)
    known = ", ".join(name for name in measured if name not in _BY_WAY) or "none"
    text += ["", f"Of the cases that were measured ({known}):"]
    text += ["", "Peers ahead of Penstock by CPU time: " + ("; ".join(ahead) or "none") + "."]
    text += ["", "Peers with a lower p99 at a fixed rate: " + ("; ".join(tails) or "none") + "."]
    return "\n".join(text)
