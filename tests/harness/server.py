# SPDX-License-Identifier: MIT
"""Runs the program under test."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from . import build
from .child import Child
from .endpoint import Endpoint
from .log import Log
from .wait import wait_until

_BOUND = r"^{} socket \d+ (?:bound to|inherited) {} address (?P<address>\S+)(?: \(.*\))? fd \d+"
_SPAWNED = (
    r"(?:spawned uWSGI worker|Respawned uWSGI worker) "
    r"(?P<number>\d+) \((?:new )?pid: (?P<pid>\d+)"
)

#: What no log may hold: reports of sanitizers, broken invariants, crashes of the interpreter.
_FORBIDDEN = re.compile(
    r"AddressSanitizer|runtime error:|bug in penstock|Fatal Python error|"
    r"terminate called|Assertion `"
)


class Addresses:
    """What a server's log says about its sockets and workers."""

    log: Log
    folder: Path

    def endpoint(self, protocol: str, family: str = r"\w+", index: int = 0) -> Endpoint:
        """Where the `index`-th socket of a protocol (and of TCP, UNIX) is bound, from the log."""
        found = self.log.wait_for(_BOUND.format(protocol, family), count=index + 1)
        address = found["address"].removeprefix("unix:")
        is_path = not address.startswith("@") and ":" not in address
        return Endpoint(str(self.folder / address) if is_path else address)

    @property
    def http(self) -> Endpoint:
        """The first HTTP socket."""
        return self.endpoint("http")

    @property
    def uwsgi(self) -> Endpoint:
        """The first uwsgi socket."""
        return self.endpoint("uwsgi")

    def worker_pids(self, started: int = 1) -> list[int]:
        """The newest worker of each number, as soon as `started` have been started in all."""
        self.log.wait_for(_SPAWNED, count=started)
        newest = {int(found["number"]): int(found["pid"]) for found in self.log.matches(_SPAWNED)}
        return [newest[number] for number in sorted(newest)]

    def check_log(self) -> None:
        """Fails if anything went wrong unseen."""
        broken = _FORBIDDEN.search(self.log.text)
        assert broken is None, f"{broken[0] if broken else ''} in the log:\n{self.log.text}"


class Penstock(Addresses, Child):
    """One running server."""

    def __init__(
        self,
        *arguments: str | Path,
        folder: Path,
        environment: Mapping[str, str | None] | None = None,
        pass_fds: Iterable[int] = (),
        before_exec: Callable[[], None] | None = None,
        program: Path | None = None,
    ) -> None:
        super().__init__(
            [program or build.program(), *arguments],
            folder=folder,
            environment=environment,
            pass_fds=pass_fds,
            before_exec=before_exec,
        )

    def wait_ready(self, workers: int = 1) -> None:
        """Waits until so many workers serve: the log says only when they were forked."""
        self.worker_pids(workers)

        def all_serve() -> bool:
            start = self.log.size
            self.send_signal(signal.SIGUSR1)
            self.log.wait_for("^workers total requests: ", start=start)
            ready = self.log.matches(r"^worker (\d+) \(pid: \d+, ready\) ", start)
            return len({found[1] for found in ready}) >= workers

        wait_until(all_serve, f"{workers} workers serve")

    def close(self) -> None:
        """Ends it, and fails if anything went wrong unseen."""
        super().close()
        self.check_log()
