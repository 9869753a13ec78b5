# SPDX-License-Identifier: MIT
"""A program on a terminal of its own, as a person sees it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from . import build
from .wait import wait_until

_END = b"\0"
_SEQUENCE = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>78])")


class Terminal:
    """Runs a program in a pseudo-terminal; the text is all that was written, colours apart."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        rows: int = 40,
        columns: int = 160,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))
        self.attributes_before = termios.tcgetattr(self._ours)
        self._process = subprocess.Popen(
            [str(part) for part in command],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**build.environment(), "TERM": "xterm-256color", **(environment or {})},
        )
        self._theirs = theirs  # keeps the terminal alive, so that its state can be looked at
        self._bytes = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._ours, 65536)
            except OSError:
                return
            if not piece:
                return
            self._bytes += piece

    @property
    def raw(self) -> str:
        """Everything that was written, with its control sequences."""
        return self._bytes.decode("utf-8", "replace")

    @property
    def text(self) -> str:
        """Everything that was written, without control sequences."""
        return _SEQUENCE.sub("", self.raw)

    def mark(self) -> int:
        """How much was written so far, for wait_for()."""
        return len(self._bytes)

    def wait_for(self, pattern: str, after: int = 0) -> None:
        """Waits until what was written behind `after` matches."""

        def found() -> bool:
            written = _SEQUENCE.sub("", self._bytes[after:].decode("utf-8", "replace"))
            return re.search(pattern, written) is not None

        wait_until(found, f"{pattern!r} on the terminal")

    def press(self, keys: str) -> None:
        """Types."""
        os.write(self._ours, keys.encode())

    def resize(self, rows: int, columns: int) -> None:
        """Changes the window's size."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))
        self.send_signal(signal.SIGWINCH)

    def send_signal(self, number: int) -> None:
        """Signals the program."""
        self._process.send_signal(number)

    def wait(self) -> int:
        """The exit code, once all that the program wrote is here."""
        code = self._process.wait(build.PATIENCE)
        os.write(self._theirs, _END)  # what it wrote comes before
        wait_until(lambda: self._bytes.endswith(_END), "the last bytes of the terminal")
        self._bytes = self._bytes.removesuffix(_END)
        return code

    @property
    def is_restored(self) -> bool:
        """Whether the terminal is as it was before the program."""
        return termios.tcgetattr(self._theirs) == self.attributes_before

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(build.PATIENCE)
        os.close(self._theirs)
        self._reader.join(build.PATIENCE)
        os.close(self._ours)
