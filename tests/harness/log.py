# SPDX-License-Identifier: MIT
"""Reads what a process writes, and lets tests wait for a line of it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from .build import PATIENCE


class Log:
    """A text that grows."""

    @property
    def text(self) -> str:
        """All of it so far; bytes that are not UTF-8 as surrogates."""
        raise NotImplementedError

    @property
    def lines(self) -> list[str]:
        """All complete lines so far."""
        return self.text.split("\n")[:-1]

    @property
    def size(self) -> int:
        """Where the log ends now: a `start` for later searches."""
        return len(self.text)

    def matches(self, pattern: str, start: int = 0) -> list[re.Match[str]]:
        """All places where `pattern` is found, from `start` on; ^ and $ are line ends."""
        return list(re.compile(pattern, re.MULTILINE).finditer(self.text, start))

    def wait_for(
        self, pattern: str, *, start: int = 0, count: int = 1, timeout: float = PATIENCE
    ) -> re.Match[str]:
        """The `count`-th match of `pattern`, as soon as it is there."""
        raise NotImplementedError


class FileLog(Log):
    """A log file, whatever stands under its name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def text(self) -> str:
        """All of it now; nothing if there is no file."""
        try:
            return self.path.read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            return ""

    def wait_for(
        self, pattern: str, *, start: int = 0, count: int = 1, timeout: float = PATIENCE
    ) -> re.Match[str]:
        """The `count`-th match of `pattern`, as soon as it is there."""
        deadline = time.monotonic() + timeout
        while len(found := self.matches(pattern, start)) < count:
            assert time.monotonic() < deadline, f"no {count} x {pattern!r} in:\n{self.text}"
            time.sleep(0.02)
        return found[count - 1]


class LogCapture(Log):
    """Everything that comes out of a pipe. Its end means that no writer is left."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._bytes = bytearray()
        self._ended = False
        self._changed = threading.Condition(threading.RLock())
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while chunk := self._stream.read1(65536):  # type: ignore[attr-defined]
            with self._changed:
                self._bytes += chunk
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._stream.close()

    @property
    def text(self) -> str:
        """All of it so far; bytes that are not UTF-8 as surrogates."""
        with self._changed:
            return bytes(self._bytes).decode("utf-8", "surrogateescape")

    def wait_for(
        self, pattern: str, *, start: int = 0, count: int = 1, timeout: float = PATIENCE
    ) -> re.Match[str]:
        """The `count`-th match of `pattern`, as soon as it is there."""
        found: list[re.Match[str]] = []

        def enough() -> bool:
            found[:] = self.matches(pattern, start)
            return len(found) >= count or self._ended

        self._wait(enough, timeout, f"{count} x {pattern!r}")
        if len(found) < count:
            raise AssertionError(f"the log ended without {count} x {pattern!r}:\n{self.text}")
        return found[count - 1]

    def wait_end(self, timeout: float = PATIENCE) -> str:
        """Waits until every process that holds the pipe is gone; gives the whole text."""
        self._wait(lambda: self._ended, timeout, "the end of the log")
        return self.text

    def _wait(self, condition: Callable[[], bool], timeout: float, what: str) -> None:
        deadline = time.monotonic() + timeout
        with self._changed:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no {what} within {timeout} s in the log:\n{self.text}")
                self._changed.wait(left)
