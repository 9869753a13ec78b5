# SPDX-License-Identifier: MIT
"""Medians over the rounds, and ratios within each round. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .results import CaseResult, Round, Sample, ServerResult

OURS = "penstock"
FLOOR = "bare epoll"


@dataclass(frozen=True)
class Latency:
    """Medians of percentiles, in microseconds."""

    p50: float
    p99: float
    p999: float


@dataclass(frozen=True)
class Row:
    """A server in a case."""

    name: str
    absent: str
    #: One of Penstock's.
    is_ours: bool = False
    rate: float | None = None
    cpu_us: float | None = None
    busy: float | None = None
    #: CPU time relative to the floor's of the same round.
    of_floor: float | None = None
    #: CPU time relative to the floor's and the app's of the same round.
    of_limit: float | None = None
    #: How many requests it answers in the CPU time in which ours answers one, by the same way.
    of_ours: float | None = None
    #: CPU time relative to that of the same server over uwsgi, in the same round.
    of_uwsgi: float | None = None
    #: Rate and p99 with the crowd relative to those without it, in the same turn.
    rate_of_alone: float | None = None
    p99_of_alone: float | None = None
    latency: Latency | None = None
    open: dict[int, Latency] = field(default_factory=dict)
    syscalls: float | None = None
    pss_bytes: int | None = None
    pss_bytes_of_connection: float | None = None
    start_ms: float | None = None
    remarks: tuple[str, ...] = ()


def median(values: Iterable[float | None]) -> float | None:
    """Of those that are there."""
    present = [value for value in values if value is not None]
    return statistics.median(present) if present else None


def median_ratio(
    ours: list[Round], theirs: dict[int, float], value: Callable[[Round], float | None]
) -> float | None:
    """The median of value/theirs over the rounds that both have."""
    ratios: list[float | None] = []
    for one in ours:
        mine, other = value(one), theirs.get(one.number)
        if mine is not None and other:
            ratios.append(mine / other)
    return median(ratios)


def _cpu(one: Round) -> float | None:
    return one.closed.cpu_us


def cpu_ratio(result: CaseResult, one: str, other: str) -> float | None:
    """The median of one's CPU time a request relative to the other's in the same round."""
    server = result.server(one)
    return median_ratio(server.rounds, cpu_by_round(result.server(other)), _cpu) if server else None


def cpu_by_round(server: ServerResult | None) -> dict[int, float]:
    """CPU microseconds a request, where there are any."""
    if server is None:
        return {}
    return {one.number: cpu for one in server.rounds if (cpu := _cpu(one)) is not None}


def _latency(samples: list[Sample]) -> Latency | None:
    """Nothing where nothing was answered."""
    answered = [sample for sample in samples if sample.rate > 0]
    if not answered:
        return None
    return Latency(
        statistics.median(sample.p50 for sample in answered),
        statistics.median(sample.p99 for sample in answered),
        statistics.median(sample.p999 for sample in answered),
    )


def _remarks(server: ServerResult) -> tuple[str, ...]:
    closed = [one.closed for one in server.rounds]
    remarks = []
    if starved := median(sample.starved for sample in closed):
        remarks.append(f"{starved:.0f} connections get no answer")
    if failed := sum(sample.failed for sample in closed):
        remarks.append(f"{failed} answers are wrong or broken")
    for rate in server.rounds[0].open if server.rounds else ():
        runs = [one.open[rate] for one in server.rounds if rate in one.open]
        if late := median(run.late for run in runs):
            remarks.append(f"{late:.0f} are late at {rate}/s")
    return tuple(remarks)


def _row(server: ServerResult, result: CaseResult) -> Row:
    rounds = server.rounds
    floor = cpu_by_round(result.server(FLOOR))
    limit = {n: cpu + result.app_us[n] for n, cpu in floor.items() if n < len(result.app_us)}
    ours = median_ratio(rounds, cpu_by_round(result.by_way(OURS, server.way)), _cpu)
    uwsgi = cpu_by_round(result.by_way(server.server, "uwsgi") if server.way else None)
    alone = [one for one in rounds if one.alone]
    rates = rounds[0].open if rounds else {}
    open_loops = {
        rate: latency
        for rate in rates
        if (latency := _latency([one.open[rate] for one in rounds if rate in one.open]))
    }
    return Row(
        name=server.name,
        absent=server.absent,
        is_ours=server.server == OURS,
        rate=median(one.closed.rate for one in rounds),
        cpu_us=median(_cpu(one) for one in rounds),
        busy=median(one.closed.busy for one in rounds),
        of_floor=median_ratio(rounds, floor, _cpu),
        of_limit=median_ratio(rounds, limit, _cpu),
        of_ours=1 / ours if ours else None,
        of_uwsgi=median_ratio(rounds, uwsgi, _cpu),
        rate_of_alone=median_ratio(
            alone,
            {one.number: one.alone.rate for one in alone if one.alone},
            lambda one: one.closed.rate,
        ),
        p99_of_alone=median_ratio(
            alone,
            {one.number: one.alone.p99 for one in alone if one.alone},
            lambda one: one.closed.p99,
        ),
        latency=_latency([one.closed for one in rounds]),
        open=open_loops,
        syscalls=server.syscalls,
        pss_bytes=server.pss_bytes,
        pss_bytes_of_connection=server.pss_bytes_of_connection,
        start_ms=server.start_ms,
        remarks=_remarks(server),
    )


def rows(result: CaseResult) -> list[Row]:
    """The floor first, then by CPU time a request (or by memory), then those that are absent."""

    def order(row: Row) -> tuple[bool, bool, float]:
        key = row.cpu_us if row.cpu_us is not None else row.pss_bytes
        return (row.name != FLOOR, key is None, key or 0.0)

    return sorted((_row(server, result) for server in result.servers), key=order)
