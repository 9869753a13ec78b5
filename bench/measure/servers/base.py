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

from ..cases import HTTP, Case, Protocol, Way

BENCH = Path(__file__).resolve().parents[2]
APPS = BENCH / "apps"
HOME = Path(sys.prefix)  # the virtualenv that every server's Python uses
#: uWSGI's, which are ours too.
SOCKET_OPTIONS: dict[Protocol, str] = {
    "http": "--http-socket",
    "uwsgi": "--socket",
    "fastcgi": "--fastcgi-socket",
    "scgi": "--scgi-socket",
}


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
    #: How requests can come to it.
    ways: frozenset[Way] = HTTP
    #: It is set up to listen at UNIX sockets as well.
    unix: bool = False
    is_floor: bool = False

    def speaks(self, protocol: Protocol) -> bool:
        """Whether it knows this protocol."""
        return any(way.protocol == protocol for way in self.ways)

    def closes(self, protocol: Protocol) -> bool:
        """Whether it closes every connection after one request, and is to be told so."""
        return Way(protocol) not in self.ways

    @abstractmethod
    def missing(self) -> str:
        """Why it cannot be run here; empty if it can."""

    @abstractmethod
    def lacks(self, case: Case) -> str:
        """Why it cannot take part in a case whose protocol it speaks; empty if it can."""

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
    """A server from PyPI."""

    package: str
    logs_requests = False

    def missing(self) -> str:
        if importlib.util.find_spec(self.package):
            return ""
        return f"{self.package} could not be installed"

    def lacks(self, case: Case) -> str:
        if case.log and not self.logs_requests:
            return "has no request log"
        return ""

    def version(self) -> str:
        return metadata.version(self.package)
