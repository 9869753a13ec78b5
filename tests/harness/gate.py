# SPDX-License-Identifier: MIT
"""Lets a test hold an app inside a request, and know that it is there: no sleeps, no races."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from .build import PATIENCE


@dataclass
class Visitor:
    """An app thread that waits at the gate."""

    connection: socket.socket
    pid: int
    thread: int
    name: str

    def release(self) -> None:
        """Lets it go on."""
        self.connection.close()


class Gate:
    """A UNIX socket where apps report themselves and wait; tests/apps/gate.py is their side."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(4096)
        self._waiting: list[Visitor] = []

    def __enter__(self) -> Gate:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def wait(self, timeout: float = PATIENCE) -> Visitor:
        """The next app thread that arrives."""
        self._listener.settimeout(timeout)
        connection, _ = self._listener.accept()
        connection.settimeout(timeout)
        with connection.makefile("rb") as stream:
            about = json.loads(stream.readline())
        visitor = Visitor(connection, about["pid"], about["thread"], about["name"])
        self._waiting.append(visitor)
        return visitor

    @property
    def has_arrivals(self) -> bool:
        """Whether another app thread is at the gate already. Does not wait."""
        self._listener.setblocking(False)
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            return False
        connection.close()
        return True

    def close(self) -> None:
        """Lets everybody go on, for ever."""
        self._listener.close()
        for visitor in self._waiting:
            visitor.release()
