# SPDX-License-Identifier: MIT
"""Pool: at most so many programs at once, and at most so many that wait."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from ._command import Args
from ._run import Result, run
from ._stream import Program, stream


class PoolFull(RuntimeError):
    """As many programs wait already as may."""


class QueueTimeout(TimeoutError):
    """The program was not started in time, because others ran all the while."""


class Pool:
    """Runs at most `max_running` programs at once; others wait in the order they came.

    max_running: from 1. max_queued: how many may wait, from 0.
    queue_timeout: seconds, from 0, that one waits before it gets QueueTimeout; None: for ever.
    One pool belongs to one event loop.
    """

    def __init__(
        self, *, max_running: int, max_queued: int = 100, queue_timeout: float | None = None
    ) -> None:
        if max_running < 1:
            raise ValueError(f"max_running is a number from 1, not {max_running}")
        if max_queued < 0:
            raise ValueError(f"max_queued is a number from 0, not {max_queued}")
        self.max_running = max_running
        self.max_queued = max_queued
        self.queue_timeout = queue_timeout
        self._running = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def running(self) -> int:
        """How many programs run."""
        return self._running

    @property
    def queued(self) -> int:
        """How many wait."""
        return len(self._queue)

    async def run(
        self, args: Args, *, queue_timeout: float | None = None, **options: Any
    ) -> Result:
        """As penstock.subprocess.run; `timeout` counts from the start of the program.

        queue_timeout: instead of the pool's. Raises PoolFull or QueueTimeout.
        """
        async with self._place(queue_timeout):
            return await run(args, **options)

    @contextlib.asynccontextmanager
    async def stream(
        self, args: Args, *, queue_timeout: float | None = None, **options: Any
    ) -> AsyncIterator[Program]:
        """As penstock.subprocess.stream. Raises PoolFull or QueueTimeout."""
        async with self._place(queue_timeout), stream(args, **options) as program:
            yield program

    @contextlib.asynccontextmanager
    async def _place(self, queue_timeout: float | None) -> AsyncIterator[None]:
        await self._enter(self.queue_timeout if queue_timeout is None else queue_timeout)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, queue_timeout: float | None) -> None:
        if self._running < self.max_running:
            self._running += 1
            return
        if len(self._queue) >= self.max_queued:
            raise PoolFull(f"{self._running} programs run and {len(self._queue)} wait")
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._queue.append(turn)
        deadline = None
        if queue_timeout is not None:
            deadline = loop.call_later(queue_timeout, self._expire, turn, queue_timeout)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._queue:
                self._queue.remove(turn)
            elif not turn.cancelled() and turn.exception() is None:
                self._leave()  # it had been given a place already
            raise
        finally:
            if deadline is not None:
                deadline.cancel()

    def _expire(self, turn: asyncio.Future[None], queue_timeout: float) -> None:
        if not turn.done():
            self._queue.remove(turn)
            turn.set_exception(QueueTimeout(f"not started within {queue_timeout} seconds"))

    def _leave(self) -> None:
        """Gives the place to the one that waits longest."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1
