# SPDX-License-Identifier: MIT
"""Runs the load and the crowd, and reads what they print."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .cases import Case, Crowd


class LoadFailed(Exception):
    """What the load said before it gave up."""


@dataclass(frozen=True)
class LoadResult:
    """What one run of the load saw."""

    answers: int
    answers_with_warm_up: int
    seconds: float
    cpu_seconds: float
    other_status: int
    broken: int
    dropped: int
    opened: int
    starved: int
    late: int
    latency_us: dict[str, float]

    @staticmethod
    def parse(line: str) -> LoadResult:
        """From the JSON that bench_load prints."""
        values: dict[str, Any] = json.loads(line)
        return LoadResult(**{name: values[name] for name in LoadResult.__dataclass_fields__})

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds if self.seconds else 0.0

    @property
    def cpu_us(self) -> float | None:
        """CPU microseconds a request, over all watched processes."""
        return self.cpu_seconds / self.answers * 1e6 if self.answers else None

    @property
    def busy(self) -> float:
        """The share of one CPU that the server used."""
        return self.cpu_seconds / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Window:
    """How long a run lasts, in seconds."""

    warm_up: float
    duration: float


class Loader:
    """The programs of the load, on the load's CPU."""

    def __init__(self, build: Path, cpu: int) -> None:
        self._load = build / "bin" / "bench_load"
        self._crowd = build / "bin" / "bench_crowd"
        self._pin = ["taskset", "--cpu-list", str(cpu)]

    def run(
        self,
        address: str,
        case: Case,
        window: Window,
        *,
        processes: list[int] | None = None,
        rate: int | None = None,
        close: bool = False,
        requests: int | None = None,
    ) -> LoadResult:
        """One run; `rate` makes it an open loop, `requests` ends it after so many."""
        command = [
            *self._pin,
            str(self._load),
            f"--connect={address}",
            f"--protocol={case.client_protocol}",
            f"--method={case.method}",
            f"--body-bytes={case.body_bytes}",
            f"--connections={case.connections}",
            f"--warm-up={window.warm_up}",
            f"--duration={window.duration}",
        ]
        if rate:
            command.append(f"--rate={rate}")
        elif case.pipeline > 1:
            command.append(f"--pipeline={case.pipeline}")
        if requests:
            command.append(f"--requests={requests}")
        if close:
            command.append("--close")
        if processes:
            command += ["--cpu-of", *map(str, processes)]
        patience = 60 + window.warm_up + window.duration
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=patience)
        except subprocess.TimeoutExpired as error:
            raise LoadFailed("the load does not end") from error
        if done.returncode != 0:
            raise LoadFailed(done.stderr.strip() or f"exit code {done.returncode}")
        return LoadResult.parse(done.stdout)

    @contextmanager
    def crowd(self, address: str, crowd: Crowd) -> Iterator[dict[str, Any]]:
        """Attaches a crowd; what it said when it stood."""
        command = [
            *self._pin,
            str(self._crowd),
            f"--connect={address}",
            f"--idle={crowd.idle}",
            f"--drip={crowd.drip}",
            f"--sip={crowd.sip}",
        ]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as program:
            assert program.stdin and program.stdout and program.stderr
            try:
                line = program.stdout.readline()
                if not line:
                    raise LoadFailed(program.stderr.read().strip() or "the crowd ended")
                yield json.loads(line)
            finally:
                program.stdin.close()
                program.wait(60)
