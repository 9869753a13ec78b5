# SPDX-License-Identifier: MIT
"""A server in the foreground, with its log, and the proof that it leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import psutil

from . import build, processes
from .build import PATIENCE
from .log import LogCapture

Self = TypeVar("Self", bound="Child")


class Child:
    """One running program. Its log is what it writes to standard output and error."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path,
        environment: Mapping[str, str | None] | None = None,
        pass_fds: Iterable[int] = (),
        before_exec: Callable[[], None] | None = None,
        ready: str | None = None,
    ) -> None:
        """Starts `command`; returns once its log holds the pattern `ready`."""
        self.folder = folder
        self.command = [str(part) for part in command]
        self._mark = processes.new_mark()
        variables = {**build.environment(), **self._mark, **(environment or {})}
        self._process = subprocess.Popen(
            self.command,
            cwd=folder,
            env={name: value for name, value in variables.items() if value is not None},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
            preexec_fn=before_exec,
        )
        assert self._process.stdout is not None
        self.log = LogCapture(self._process.stdout)  # type: ignore[arg-type]
        if ready is not None:
            try:
                self.log.wait_for(ready)
            except BaseException:
                processes.kill_marked(self._mark)
                self._process.wait(PATIENCE)
                raise

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process that was started has not ended yet."""
        return self._process.poll() is None

    def tree(self) -> list[psutil.Process]:
        """All its living processes, daemons too."""
        return processes.marked(self._mark)

    def send_signal(self, number: int) -> None:
        """Signals the process that was started."""
        self._process.send_signal(number)

    def wait(self, timeout: float = PATIENCE) -> int:
        """The exit code, once the process and everything that holds its log are gone."""
        code = self._process.wait(timeout)
        self.log.wait_end(timeout)
        return code

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Asks for the end; gives the exit code."""
        self.send_signal(number)
        return self.wait()

    def close(self) -> None:
        """Ends it if it still runs. Fails if it does not end well, or leaves a process behind."""
        try:
            if self.is_running:
                code = self.stop()
                assert code == 0, f"exit code {code} after SIGTERM:\n{self.log.text}"
        finally:
            left = processes.kill_marked(self._mark)
            self._process.wait(PATIENCE)
            self.log.wait_end()
        assert not left, f"left behind: {left}\n{self.log.text}"
