# SPDX-License-Identifier: MIT
"""Servers that go into the background."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import psutil

from . import processes
from .build import PATIENCE
from .log import FileLog
from .run import Outcome, run_marked
from .server import Addresses
from .wait import wait_until


class StartDaemon(Protocol):
    """Starts a daemon that is ended with the test, and whose log is x.log in its folder."""

    def __call__(self, *arguments: str | Path, **options: Any) -> Daemon: ...


@contextlib.contextmanager
def daemon_starter(folder: Path) -> Iterator[StartDaemon]:
    """Gives a function that starts daemons, and ends all of them at the end."""
    with contextlib.ExitStack() as running:

        def start(*arguments: str | Path, **options: Any) -> Daemon:
            options = {"folder": folder, "log": folder / "x.log", **options}
            daemon = Daemon(*arguments, **options)
            running.callback(daemon.close)
            return daemon

        yield start


class Daemon(Addresses):
    """A server in the background, started by a command that has ended. Its log is a file."""

    def __init__(
        self,
        *arguments: str | Path,
        folder: Path,
        log: Path,
        environment: Mapping[str, str] | None = None,
        umask: int = -1,
    ) -> None:
        """Runs `penstock arguments…` in `folder`, which must say that all is well."""
        self.folder = folder
        self.log = FileLog(log)
        self._mark = processes.new_mark()
        self.start: Outcome = run_marked(
            *map(str, arguments),
            folder=folder,
            environment={**self._mark, **(environment or {})},
            umask=umask,
        )
        if self.start.code != 0:
            processes.kill_marked(self._mark)
        assert self.start.code == 0, f"{self.start}\n{self.log.text}"
        text = self.start.text + self.log.text
        found = re.search(r"spawned uWSGI master process \(pid: (\d+)\)", text)
        assert found is not None, text
        self.pid = int(found[1])

    def tree(self) -> list[psutil.Process]:
        """All its living processes."""
        return processes.marked(self._mark)

    def send_signal(self, number: int) -> None:
        """Signals the master."""
        os.kill(self.pid, number)

    def wait_end(self) -> None:
        """Waits until no process of it is left."""
        wait_until(lambda: not self.tree(), "the end of the daemon", PATIENCE)

    def close(self) -> None:
        """Ends it if it runs. Fails if it leaves a process behind."""
        try:
            if psutil.pid_exists(self.pid) and self.tree():
                self.send_signal(signal.SIGTERM)
            self.wait_end()
        finally:
            processes.kill_marked(self._mark)
        self.check_log()
