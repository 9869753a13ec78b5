# SPDX-License-Identifier: MIT
"""What the bench must know of a server."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from ..cases import Case

BENCH = Path(__file__).resolve().parents[2]
APPS = BENCH / "apps"
HOME = Path(sys.prefix)  # the virtualenv that every server's Python uses


@dataclass(frozen=True)
class Place:
    """Where a server is to run: a folder of its own and an address, a port or a UNIX socket."""

    folder: Path
    port: int
    socket: Path | None = None

    @property
    def address(self) -> str:
        """As the load takes it."""
        return str(self.socket) if self.socket else f"127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Launch:
    """How to start a server; it stays in the foreground. Files are written into its folder."""

    command: list[str | Path]
    files: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)


class Server(ABC):
    """One contender."""

    name: str
    #: It closes every connection after one request, and is told so.
    closes: bool = False
    is_floor: bool = False

    @abstractmethod
    def missing(self) -> str:
        """Why it cannot be run here; empty if it can."""

    @abstractmethod
    def lacks(self, case: Case) -> str:
        """Why it cannot take part in a case; empty if it can."""

    @abstractmethod
    def launch(self, case: Case, place: Place) -> Launch:
        """How to start it for a case."""

    @abstractmethod
    def version(self) -> str:
        """As its package says."""


def missing_program(*programs: str) -> str:
    """Which of these programs is not installed; empty if all are."""
    absent = [program for program in programs if not shutil.which(program)]
    return f"{absent[0]} is not installed" if absent else ""


class PythonServer(Server):
    """A server from PyPI that speaks HTTP only."""

    package: str
    logs_requests = False

    def missing(self) -> str:
        if importlib.util.find_spec(self.package):
            return ""
        return f"{self.package} could not be installed"

    def lacks(self, case: Case) -> str:
        if case.protocol != "http":
            return "speaks no uwsgi"
        if case.log and not self.logs_requests:
            return "has no request log"
        return ""

    def version(self) -> str:
        return metadata.version(self.package)
