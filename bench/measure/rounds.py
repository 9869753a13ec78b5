# SPDX-License-Identifier: MIT
"""Runs one case: starts all servers, lets them take turns, and collects what they did."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from . import syscalls, tree
from .cases import Case
from .entries import Entry, entries
from .load import Loader, LoadFailed, LoadResult, Window
from .results import CaseResult, Round, Sample, ServerResult
from .running import CannotStart, Running
from .servers import Server
from .servers.base import APPS, BENCH


@dataclass(frozen=True)
class Plan:
    """How much is measured, and where."""

    rounds: int
    window: Window
    server_cpu: int
    load_cpu: int
    folder: Path
    #: Also open loops, system calls and so on.
    thorough: bool = True


class Contender:
    """A running server and what is known of it."""

    def __init__(self, entry: Entry, running: Running, result: ServerResult) -> None:
        self.entry = entry
        self.running = running
        self.result = result


class CaseRun:
    """One case from its start to its result."""

    def __init__(
        self, case: Case, plan: Plan, loader: Loader, machine: dict[str, str], say: Callable[[str], None]
    ) -> None:
        self._case = case
        self._plan = plan
        self._loader = loader
        self._say = say
        self._result = CaseResult(case.name, case.title, machine, plan.window.duration, case.limit)

    def run(self, servers: list[Server]) -> CaseResult:
        """Measures all servers that can take part."""
        with ExitStack() as stack:
            contenders = self._start(servers, stack)
            self._warm_up(contenders)
            for number in range(0 if self._case.memory_only else self._plan.rounds):
                self._say(f"{self._case.name}: round {number + 1} of {self._plan.rounds}")
                self._measure_app()
                # Each round begins with another server, so that none always follows the same one.
                turn = number % max(1, len(contenders))
                for contender in contenders[turn:] + contenders[:turn]:
                    self._take_turn(contender, number)
            for contender in contenders:
                self._measure_memory(contender)
                if self._plan.thorough and not self._case.memory_only:
                    self._count_syscalls(contender)
        return self._result

    def _start(self, servers: list[Server], stack: ExitStack) -> list[Contender]:
        contenders = []
        for entry in entries(self._case, servers):
            server = entry.server
            result = ServerResult(entry.name, entry.way)
            self._result.servers.append(result)
            result.absent = server.missing() or server.lacks(entry.case)
            if result.absent:
                continue
            result.version = server.version()
            folder = self._plan.folder / self._case.name / entry.name.replace(" ", "-")
            cpus = (self._plan.server_cpu, self._plan.load_cpu)
            try:
                running = Running(server, entry.case, folder, cpus)
            except CannotStart as error:
                result.absent = f"cannot start: {error}"
                continue
            stack.callback(running.stop)
            result.start_ms = round(running.seconds_to_first_answer * 1e3, 1)
            contenders.append(Contender(entry, running, result))
        return contenders

    def _warm_up(self, contenders: list[Contender]) -> None:
        for contender in contenders:
            self._guarded(contender, lambda one: self._load(one, Window(0, 0.3)))

    def _measure_app(self) -> None:
        command: list[str | Path] = [
            "taskset", "--cpu-list", str(self._plan.server_cpu),
            sys.executable, BENCH / "floor" / "in_process.py",
            self._case.app, self._case.method, str(self._case.body_bytes),
            str(min(0.5, self._plan.window.duration)),
        ]  # fmt: skip
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(APPS), "PYTHONHASHSEED": "0"}
        )
        values = json.loads(done.stdout)
        self._result.app_us.append(round(values["cpu_seconds"] / values["calls"] * 1e6, 4))

    def _take_turn(self, contender: Contender, number: int) -> None:
        def turn(one: Contender) -> None:
            one.result.rounds.append(self._round(one, number))

        self._guarded(contender, turn)

    def _guarded(self, contender: Contender, action: Callable[[Contender], object]) -> None:
        """A server that fails leaves the case; the others go on."""
        if contender.result.absent:
            return
        try:
            action(contender)
        except LoadFailed as error:
            contender.result.absent = f"fails: {error}"
        if not contender.running.alive():
            contender.result.absent = "has crashed"

    def _load(self, contender: Contender, window: Window, rate: int | None = None) -> LoadResult:
        return self._loader.run(
            contender.running.address,
            contender.entry.case,
            window,
            processes=contender.running.processes(),
            rate=rate,
            close=contender.entry.client_closes,
        )

    def _round(self, contender: Contender, number: int) -> Round:
        window = self._plan.window
        if self._case.crowd is None:
            return self._runs(contender, number, None)
        alone = Sample.of(self._load(contender, window))
        before = tree.pss(contender.running.processes())
        with self._loader.crowd(contender.running.address, self._case.crowd) as crowd:
            added = tree.pss(contender.running.processes()) - before
            if self._case.crowd.idle and number == 0:
                contender.result.pss_bytes_of_connection = added / max(1, crowd["connected"])
            return self._runs(contender, number, alone)

    def _runs(self, contender: Contender, number: int, alone: Sample | None) -> Round:
        window = self._plan.window
        closed = Sample.of(self._load(contender, window))
        rates = self._case.rates if self._plan.thorough else ()
        loops = {rate: Sample.of(self._load(contender, window, rate)) for rate in rates}
        return Round(number, closed, loops, alone)

    def _measure_memory(self, contender: Contender) -> None:
        if not contender.result.absent:
            contender.result.pss_bytes = tree.pss(contender.running.processes())

    def _count_syscalls(self, contender: Contender) -> None:
        def count(one: Contender) -> None:
            processes = one.running.processes()
            with syscalls.counting(processes, with_perf=syscalls.perf_works()) as counted:
                load = self._load(one, Window(0, min(0.5, self._plan.window.duration)))
            if counted.total and load.answers_with_warm_up:
                one.result.syscalls = round(counted.total / load.answers_with_warm_up, 3)

        self._guarded(contender, count)


def estimate(cases: list[Case], servers: list[Server], plan: Plan) -> float:
    """About how many seconds the cases will take."""
    seconds = 0.0
    window = plan.window.warm_up + plan.window.duration
    for case in cases:
        contenders = len(list(entries(case, servers)))
        runs = 1 + (len(case.rates) if plan.thorough else 0) + (1 if case.crowd else 0)
        turns = 0 if case.memory_only else plan.rounds * contenders
        seconds += turns * (runs * window + (2.0 if case.crowd else 0.1)) + contenders * 1.5
    return seconds


def clock() -> Callable[[str], None]:
    """Prints how far it has come, with the time, on standard error."""
    begin = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - begin:6.1f} s] {text}", file=sys.stderr, flush=True)

    return say
