# SPDX-License-Identifier: MIT
"""What no round of requests shows: how soon a server answers, what a worker adds to memory, and
whether memory stays as it is over millions of requests."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from . import tree
from .cases import Case, by_name
from .load import Loader, Window
from .rounds import Plan
from .running import CannotStart, Running
from .servers import Server
from .servers.base import APPS
from .summary import OURS
from .table import figure

APP_CASES = ("hello", "flask", "django")
_WORKERS = 4
MILLION = 1_000_000


@dataclass
class Life:
    """Medians, by the names of APP_CASES."""

    machine: dict[str, str]
    rounds: int
    #: Milliseconds that an interpreter takes to start, import the app and end.
    import_ms: dict[str, float] = field(default_factory=dict)
    #: By server: from its start to its first answer.
    start_ms: dict[str, dict[str, float]] = field(default_factory=dict)
    #: PSS of an interpreter that has imported the app and waits.
    interpreter_bytes: dict[str, int] = field(default_factory=dict)
    #: PSS of all processes of Penstock with one worker, and of each further worker.
    first_bytes: dict[str, int] = field(default_factory=dict)
    further_bytes: dict[str, int] = field(default_factory=dict)
    #: PSS of Penstock after each million of requests, the first one for the start.
    endurance_bytes: list[int] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @staticmethod
    def load(path: Path) -> Life:
        """What save() wrote."""
        values: dict[str, Any] = json.loads(path.read_text())
        return Life(**values)

    @property
    def growth(self) -> float | None:
        """PSS at the end relative to that after the first million."""
        if len(self.endurance_bytes) < 3:
            return None
        return self.endurance_bytes[-1] / self.endurance_bytes[1]


def _steady_pss(running: Running) -> int:
    """PSS once it stands still: workers may still be starting after the first answer."""
    size = tree.pss(running.processes())
    for _ in range(50):
        time.sleep(0.2)
        before, size = size, tree.pss(running.processes())
        if size == before:
            break
    return size


class _Measurement:
    """One Life from its beginning to its end."""

    def __init__(self, plan: Plan, machine: dict[str, str], say: Callable[[str], None]) -> None:
        self._plan = plan
        self._cpus = (plan.server_cpu, plan.load_cpu)
        self._say = say
        self.life = Life(machine, plan.rounds)

    def starts(self, servers: list[Server]) -> None:
        """All servers start in each round; what the machine does besides hits all alike."""
        for case in by_name(list(APP_CASES)):
            able = [one for one in servers
                    if one.speaks("http") and not one.missing() and not one.lacks(case)]  # fmt: skip
            imports: list[float] = []
            starts: dict[str, list[float]] = {}
            for number in range(self._plan.rounds):
                self._say(f"start of {case.name}: round {number + 1} of {self._plan.rounds}")
                imports.append(self._import_ms(case))
                for server in list(able):
                    try:
                        taken = self._start_ms(server, case)
                    except CannotStart as error:
                        self._say(f"{server.name} is left out, it cannot start: {error}")
                        able.remove(server)
                    else:
                        starts.setdefault(server.name, []).append(taken)
            self.life.import_ms[case.name] = round(statistics.median(imports), 1)
            for name, values in starts.items():
                median = round(statistics.median(values), 1)
                self.life.start_ms.setdefault(name, {})[case.name] = median

    def workers(self, server: Server) -> None:
        """One worker, and then some, with no other Python about that would share pages."""
        for case in by_name(list(APP_CASES)):
            self._say(f"memory of {case.name}")
            self.life.interpreter_bytes[case.name] = self._interpreter_bytes(case)
            first = self._tree_bytes(server, replace(case, processes=1))
            all_of_them = self._tree_bytes(server, replace(case, processes=_WORKERS))
            self.life.first_bytes[case.name] = first
            self.life.further_bytes[case.name] = (all_of_them - first) // (_WORKERS - 1)

    def endurance(self, server: Server, loader: Loader, millions: int) -> None:
        """The first value is that before any load."""
        [case] = by_name(["hello"])
        running = self._running(server, case)
        try:
            self.life.endurance_bytes.append(tree.pss(running.processes()))
            for number in range(millions):
                self._say(f"million {number + 1} of {millions} requests")
                loader.run(running.address, case, Window(0, 600), requests=MILLION)
                self.life.endurance_bytes.append(tree.pss(running.processes()))
        finally:
            running.stop()

    def _running(self, server: Server, case: Case) -> Running:
        return Running(server, case, self._plan.folder / "life", self._cpus)

    def _python(self, *arguments: str) -> list[str]:
        return ["taskset", "--cpu-list", str(self._plan.server_cpu), sys.executable, *arguments]

    def _import_ms(self, case: Case) -> float:
        command = self._python("-c", f"import {case.app.partition(':')[0]}")
        begin = time.monotonic()
        subprocess.run(command, check=True, env={"PYTHONPATH": str(APPS)})
        return (time.monotonic() - begin) * 1e3

    def _start_ms(self, server: Server, case: Case) -> float:
        running = self._running(server, case)
        running.stop()
        return running.seconds_to_first_answer * 1e3

    def _interpreter_bytes(self, case: Case) -> int:
        code = f"import {case.app.partition(':')[0]}; print(); input()"
        with subprocess.Popen(
            self._python("-c", code), env={"PYTHONPATH": str(APPS), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as program:  # fmt: skip
            assert program.stdin and program.stdout
            program.stdout.readline()
            size = tree.pss([program.pid])
            program.stdin.write(b"\n")
            program.stdin.close()
        return size

    def _tree_bytes(self, server: Server, case: Case) -> int:
        running = self._running(server, case)
        try:
            return _steady_pss(running)
        finally:
            running.stop()


def measure(
    servers: list[Server], plan: Plan, loader: Loader, machine: dict[str, str],
    say: Callable[[str], None], millions: int,
) -> Life:  # fmt: skip
    """Ten minutes or so. CannotStart where Penstock does not."""
    measurement = _Measurement(plan, machine, say)
    [ours] = [server for server in servers if server.name == OURS]
    measurement.starts([server for server in servers if not server.is_floor])
    measurement.workers(ours)
    measurement.endurance(ours, loader, millions)
    return measurement.life


def _megabytes(size: int) -> str:
    return figure(size / 1e6)


def starts_as_markdown(life: Life) -> str:
    """A line for each server, the quickest first."""
    lines = [
        "| milliseconds to the first answer | " + " | ".join(APP_CASES) + " |",
        "|---|" + "---:|" * len(APP_CASES),
        "| (an interpreter that imports the app and ends) | "
        + " | ".join(figure(life.import_ms.get(name)) for name in APP_CASES) + " |",
    ]  # fmt: skip
    for server, times in sorted(life.start_ms.items(), key=lambda item: item[1].get("hello", 0.0)):
        cells = [server, *(figure(times.get(name)) for name in APP_CASES)]
        cells = [f"**{cell}**" if cell and server == OURS else cell for cell in cells]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + f"\n\nMedians of {life.rounds} starts."


def memory_as_markdown(life: Life) -> str:
    """What workers take, and how memory goes on."""
    lines = [
        "| PSS, MB | interpreter with the app | Penstock with one worker | each further worker |",
        "|---|---:|---:|---:|",
    ]
    for name in life.first_bytes:
        values = (life.interpreter_bytes[name], life.first_bytes[name], life.further_bytes[name])
        lines.append(f"| {name} | " + " | ".join(map(_megabytes, values)) + " |")
    text = "\n".join(lines)
    if life.endurance_bytes:
        millions = len(life.endurance_bytes) - 1
        sizes = ", ".join(map(_megabytes, life.endurance_bytes))
        text += f"\n\nOver {millions} million requests, at the start and after each million: {sizes} MB."
    return text

