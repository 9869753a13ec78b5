# SPDX-License-Identifier: MIT
"""Penstock, as built here."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ..cases import WAYS, Case
from .base import APPS, HOME, SOCKET_OPTIONS, Launch, Place, Server


class Penstock(Server):
    """One build of it."""

    ways = frozenset(WAYS)
    unix = True

    def __init__(self, build: Path, name: str = "penstock") -> None:
        self.name = name
        self.program = build / "bin" / "penstock"

    def missing(self) -> str:
        return "" if self.program.exists() else f"{self.program} is not built"

    def lacks(self, case: Case) -> str:
        return ""

    def launch(self, case: Case, place: Place) -> Launch:
        command: list[str | Path] = [
            self.program,
            SOCKET_OPTIONS[case.protocol],
            place.address,
            "--module",
            case.app,
            f"--chdir={APPS}",
            f"--virtualenv={HOME}",
            f"--processes={case.processes}",
            f"--threads={case.threads}",
            "--need-app",
        ]
        if not case.log:
            command.append("--disable-logging")
        return Launch(command)

    def version(self) -> str:
        output = subprocess.run([self.program, "--version"], capture_output=True, text=True)
        return output.stdout.strip().removeprefix("penstock ")
