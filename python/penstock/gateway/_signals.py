# SPDX-License-Identifier: MIT
"""Wakes a main thread that waits, at a signal or when another thread wants it."""

from __future__ import annotations

import os
import select
import signal
import threading
from types import TracebackType


class Wakeup:
    """A pipe that the interpreter writes to at each signal: then Python's handlers run at once."""

    def __enter__(self) -> Wakeup:
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._poll = select.poll()
        self._poll.register(self._reader, select.POLLIN)
        self._before: int | None = None
        if threading.current_thread() is threading.main_thread():
            self._before = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is not None:
            signal.set_wakeup_fd(self._before)
        os.close(self._reader)
        os.close(self._writer)

    def wait(self, seconds: float | None) -> None:
        """Returns at a signal, a call(), or when the time is over."""
        self._poll.poll(None if seconds is None else seconds * 1000)
        try:
            while os.read(self._reader, 4096):
                pass
        except BlockingIOError:
            pass

    def call(self) -> None:
        """Ends a wait(). Any thread; while the pipe is open."""
        try:
            os.write(self._writer, b"\0")
        except BlockingIOError:
            pass  # it is full of calls
