# SPDX-License-Identifier: MIT
"""The bare epoll responder."""

from __future__ import annotations

from pathlib import Path

from ..cases import CHUNKS, Case
from .base import Launch, Place, Server


class Floor(Server):
    """Answers with bytes made beforehand; runs no app."""

    name = "bare epoll"
    is_floor = True

    def __init__(self, build: Path) -> None:
        self._program = build / "bin" / "bench_floor"

    def missing(self) -> str:
        return "" if self._program.exists() else f"{self._program} is not built"

    def lacks(self, case: Case) -> str:
        if case.nginx:
            return "speaks to clients only"
        if case.log:
            return "has no request log"
        if case.limit or case.memory_only:
            return "runs no app"
        return ""

    def launch(self, case: Case, place: Place) -> Launch:
        command: list[str | Path] = [
            self._program,
            f"--port={place.port}",
            f"--body-bytes={case.answer_bytes}",
            f"--processes={case.processes}",
        ]
        if case.method == "POST":
            command.append("--echo")
        if case.app == "plain:chunks":
            command.append(f"--chunks={CHUNKS}")
        return Launch(command)

    def version(self) -> str:
        return "-"
