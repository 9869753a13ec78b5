# SPDX-License-Identifier: MIT
"""What was measured, as it is kept in bench/results/*.json."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .load import LoadResult


@dataclass(frozen=True)
class Sample:
    """One run of the load. Times in microseconds."""

    rate: float
    cpu_us: float | None
    busy: float
    p50: float
    p99: float
    p999: float
    starved: int
    failed: int
    late: int

    @staticmethod
    def of(load: LoadResult) -> Sample:
        """What of a run is kept."""
        latency = load.latency_us
        return Sample(
            rate=round(load.rate, 1),
            cpu_us=None if load.cpu_us is None else round(load.cpu_us, 4),
            busy=round(load.busy, 4),
            p50=latency["p50"],
            p99=latency["p99"],
            p999=latency["p999"],
            starved=load.starved,
            failed=load.other_status + load.broken,
            late=load.late,
        )


@dataclass(frozen=True)
class Round:
    """A server's turn in one round."""

    number: int
    closed: Sample
    #: Open loops by their rate.
    open: dict[int, Sample] = field(default_factory=dict)
    #: The closed loop before the crowd came.
    alone: Sample | None = None


@dataclass
class ServerResult:
    """Everything of one server in one case."""

    name: str
    #: The end of its name, where it takes part in several ways.
    way: str = ""
    version: str = ""
    #: Why it did not take part, or not to the end.
    absent: str = ""
    start_ms: float | None = None
    pss_bytes: int | None = None
    #: What the crowd added, for each of its connections.
    pss_bytes_of_connection: float | None = None
    syscalls: float | None = None
    rounds: list[Round] = field(default_factory=list)

    @property
    def server(self) -> str:
        """Its name without the way."""
        return self.name.removesuffix(f" {self.way}") if self.way else self.name


@dataclass
class CaseResult:
    """One case, all servers."""

    name: str
    title: str
    machine: dict[str, str]
    #: Seconds that each run of the load lasted.
    duration: float
    limit: float | None = None
    #: Of the app called in a loop without a server, by round.
    app_us: list[float] = field(default_factory=list)
    servers: list[ServerResult] = field(default_factory=list)

    def server(self, name: str) -> ServerResult | None:
        """The one of this name."""
        return next((server for server in self.servers if server.name == name), None)

    def by_way(self, name: str, way: str) -> ServerResult | None:
        """The one of this server and way."""
        return self.server(f"{name} {way}" if way else name)


def save(result: CaseResult, folder: Path) -> None:
    """Into NAME.json."""
    text = json.dumps(asdict(result), indent=1)
    (folder / f"{result.name}.json").write_text(text + "\n")


def load(path: Path) -> CaseResult:
    """What save() wrote."""
    values: dict[str, Any] = json.loads(path.read_text())
    servers = [_server(server) for server in values.pop("servers")]
    return CaseResult(**values, servers=servers)


def _server(values: dict[str, Any]) -> ServerResult:
    rounds = [
        Round(
            number=one["number"],
            closed=Sample(**one["closed"]),
            open={int(rate): Sample(**sample) for rate, sample in one["open"].items()},
            alone=Sample(**one["alone"]) if one["alone"] else None,
        )
        for one in values.pop("rounds")
    ]
    return ServerResult(**values, rounds=rounds)
