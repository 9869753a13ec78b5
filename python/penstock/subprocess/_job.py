# SPDX-License-Identifier: MIT
"""A started program whose end can be awaited."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from penstock import _spawn

from ._hub import hub_of

_log = logging.getLogger("penstock.subprocess")


class Job:
    """One program, started in the running loop."""

    #: What on_news is called for.
    wanted_news = _spawn.NEWS_ENDED

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._process: _spawn.Process | None = None
        self._waiters: list[asyncio.Future[None]] = []

    async def start(self, arguments: dict[str, Any]) -> _spawn.Process:
        """Starts it; OSError if it cannot be run."""
        hub = hub_of(self._loop)
        await hub.admission()
        self._process = hub.start(arguments, self.on_news, self.wanted_news)
        return self._process

    def on_news(self, process: _spawn.Process, news: int) -> None:
        """Called by the hub in the loop's thread."""
        if not news & _spawn.NEWS_ENDED:
            return
        warn_if_status_is_lost(process)
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():  # else its task was cancelled
                waiter.set_result(None)

    async def end(self) -> None:
        """Returns when all is over. Several may wait at once."""
        assert self._process is not None
        if self._process.ending is None:
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._waiters.append(waiter)
            await waiter

    async def end_group(self) -> None:
        """Ends the group: SIGTERM, then SIGKILL after the grace time. Returns when it is gone.

        Cancelled, it sends SIGKILL and returns at once.
        """
        assert self._process is not None
        self._process.terminate()
        try:
            await self.end()
        except asyncio.CancelledError:
            self._process.kill()
            raise


def warn_if_status_is_lost(process: _spawn.Process) -> None:
    """For a program that has ended."""
    if process.ending is not None and not process.ending[1]:
        _log.warning(
            "program %d: its exit status was taken by other code of this process, which waits for"
            " any child; 255 is reported",
            process.pid,
        )
