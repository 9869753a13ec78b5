# SPDX-License-Identifier: MIT
"""Instructions of a request, counted by callgrind and split into phases. Deterministic: one
connection, one request at a time, so that every request takes the same way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from . import callgrind, tree
from .cases import KILO, WAYS, Case
from .load import Loader, Window
from .probe import ask
from .running import CannotStart, Program, free_port
from .servers import Floor, Launch, Penstock, Place, Server

_REQUESTS = 1000
_WARM_UP = 300
_PATIENCE = 120.0


@dataclass(frozen=True)
class Variant:
    """One way of a request through a server."""

    title: str
    case: Case
    floor: bool = False


_HELLO = Case("count", "10 B", connections=1)
_VARIANTS = (
    Variant("floor, 10 B", _HELLO, floor=True),
    Variant("10 B", _HELLO),
    Variant("10 B, 8 threads", replace(_HELLO, threads=8)),
    Variant("10 B, log on", replace(_HELLO, log=True)),
    *(
        Variant(f"10 B, {way.name}", replace(_HELLO.over(way), unix=True))
        for way in WAYS
        if way.protocol != "http"
    ),
    Variant(
        "10 KB posted",
        replace(_HELLO, app="plain:echo", method="POST", body_bytes=10 * KILO, answer_bytes=10 * KILO),
    ),
    Variant("Flask", replace(_HELLO, app="flask_hello:application")),
)


class Counted:
    """A server under callgrind, not counting until it is told to."""

    def __init__(self, server: Server, case: Case, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        socket = folder / "app.sock" if case.unix else None
        place = Place(folder, free_port(), socket)
        launch = server.launch(case, place)
        self.folder = folder
        self.address = place.address
        command: list[str | Path] = [
            "valgrind", "--tool=callgrind", "--trace-children=yes", "--instr-atstart=no",
            f"--callgrind-out-file={folder}/profile.%p", *launch.command,
        ]  # fmt: skip
        environment = {**launch.environment, "PYTHONHASHSEED": "0"}
        self._program = Program(Launch(command, environment=environment), folder, _last_cpu())
        self._wait(case)
        # The last one to be made runs the app.
        self.worker = tree.descendants(self._program.pid)[-1]

    def _wait(self, case: Case) -> None:
        give_up = time.monotonic() + _PATIENCE
        while True:
            try:
                if not (wrong := ask(self.address, case)):
                    return
            except OSError as error:
                wrong = str(error)
            if self._program.ended() or time.monotonic() > give_up:
                self._program.stop()
                raise CannotStart(f"{wrong}: {self._program.last_words()}")
            time.sleep(0.1)

    def control(self, *arguments: str) -> None:
        """Tells callgrind."""
        command = ["callgrind_control", *arguments, str(self.worker)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def profile(self) -> str:
        """What was counted since the last time."""
        self.control("--dump")
        dumps = sorted(self.folder.glob(f"profile.{self.worker}.*"))
        return dumps[-1].read_text()

    def stop(self) -> None:
        """Ends it."""
        self._program.stop()


def _last_cpu() -> int:
    return max(os.sched_getaffinity(0))


def count(server: Server, case: Case, loader: Loader, folder: Path) -> callgrind.Profile:
    """The profile of _REQUESTS requests."""
    counted = Counted(server, case, folder)
    try:

        def load(requests: int) -> None:
            loader.run(counted.address, case, Window(0, 0), requests=requests, close=case.close)

        load(_WARM_UP)
        counted.control("--instr=on")
        load(_WARM_UP)
        counted.control("--zero")
        load(_REQUESTS)
        return callgrind.parse(counted.profile())
    finally:
        counted.stop()


def _line(title: str, phases: Counter[str], total: int) -> str:
    names = (*callgrind.PHASES, "other")
    cells = "".join(f"{phases[name] / _REQUESTS:>10,.0f}" for name in names)
    return f"{title:18}{total / _REQUESTS:>10,.0f}{cells}"


def main(build: Path) -> int:
    """Prints a line for each variant, and what the first of ours spends most on."""
    loader = Loader(build, _last_cpu())
    folder = build / "run" / "count"
    heading = "".join(f"{name:>10}" for name in ("all", *callgrind.PHASES, "other"))
    print(f"{'Instructions':18}{heading}")
    figures = {}
    most = ""
    for variant in _VARIANTS:
        server: Server = Floor(build) if variant.floor else Penstock(build)
        profile = count(server, variant.case, loader, folder)
        phases = callgrind.split(profile)
        print(_line(variant.title, phases, profile.total()), flush=True)
        figures[variant.title] = {"all": profile.total() / _REQUESTS} | {
            name: cost / _REQUESTS for name, cost in phases.items()
        }
        if not most and not variant.floor:
            most = _most_expensive(profile)
    print(f"\n{most}")
    output = build / "results" / "count.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


def _most_expensive(profile: callgrind.Profile) -> str:
    lines = ["Own instructions of a 10 B request by function:"]
    for name, cost in profile.by_function().most_common(40):
        lines.append(f"{cost / _REQUESTS:>8,.0f}  {name[:120]}")
    return "\n".join(lines)
