# SPDX-License-Identifier: MIT
"""One hub per event loop: the C++ epoll set, watched by the loop like any other descriptor."""

from __future__ import annotations

import asyncio
import atexit
import os
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

from penstock import _spawn

#: Starts in one turn of the loop. In each the loop stands still until the kernel has made the process: 0.1 to 1 ms.
STARTS_PER_TURN = 1


class LoopHub:
    """The programs of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.core = _spawn.Hub()
        # Weak: the loop holds the hub, through its reader, and what falls with it ends with it.
        self._loop = weakref.ref(loop)
        self._starts = 0
        self._line: deque[asyncio.Future[None]] = deque()
        if loop.is_running() and asyncio._get_running_loop() is not loop:
            loop.call_soon_threadsafe(self._attach)
        else:
            self._attach()

    def _attach(self) -> None:
        loop = self._loop()
        if loop is not None and not loop.is_closed():
            loop.add_reader(self.core.fileno(), self.core.turn)

    def start(
        self,
        arguments: dict[str, Any],
        on_news: Callable[[_spawn.Process, int], object],
        wanted_news: int,
    ) -> _spawn.Process:
        """Starts a program; OSError if it cannot be run. Any thread."""
        return self.core.start(on_news=on_news, wanted_news=wanted_news, **arguments)

    async def admission(self) -> None:
        """Returns when another start fits into the turn of the loop. In the loop's thread."""
        loop = self._loop()
        assert loop is not None
        if self._starts == 0 and not self._line:
            loop.call_soon(self._next_turn)
        if self._starts < STARTS_PER_TURN and not self._line:
            self._starts += 1
            return
        admitted: asyncio.Future[None] = loop.create_future()
        self._line.append(admitted)
        await admitted

    def _next_turn(self) -> None:
        self._starts = 0
        while self._line and self._starts < STARTS_PER_TURN:
            admitted = self._line.popleft()
            if not admitted.done():  # else its task was cancelled
                admitted.set_result(None)
                self._starts += 1
        loop = self._loop()
        if self._starts > 0 and loop is not None:
            loop.call_soon(self._next_turn)


_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, LoopHub] = weakref.WeakKeyDictionary()


def hub_of(loop: asyncio.AbstractEventLoop) -> LoopHub:
    """The loop's hub, made when it is first asked for. Any thread."""
    hub = _hubs.get(loop)
    if hub is None:
        if loop.is_closed():
            raise RuntimeError("Event loop is closed")
        _close_hubs_of_closed_loops()
        # Of two threads that make one at once, the first to store it wins.
        hub = _hubs.setdefault(loop, LoopHub(loop))
    return hub


def _close_hubs_of_closed_loops() -> None:
    """Nobody can be told any more how their programs end. The collector may come late to them."""
    for loop, hub in list(_hubs.items()):
        if loop.is_closed():
            _hubs.pop(loop, None)
            hub.core.close()


def only_loop() -> asyncio.AbstractEventLoop | None:
    """The loop that has a hub, if there is exactly one such loop that is not closed."""
    loops = [loop for loop in list(_hubs) if not loop.is_closed()]
    return loops[0] if len(loops) == 1 else None


def _after_fork_in_child() -> None:
    """The programs are the parent's: the child forgets them, and its loops start anew."""
    for hub in list(_hubs.values()):
        hub.core.abandon()
    _hubs.clear()


def _at_exit() -> None:
    for hub in list(_hubs.values()):
        hub.core.close()


os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(_at_exit)
