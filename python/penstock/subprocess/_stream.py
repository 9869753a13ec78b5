# SPDX-License-Identifier: MIT
"""stream: a program whose output is read as it comes, and whose input is written."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any

from penstock import _spawn

from ._command import DEFAULT_GRACE, Args, start_arguments
from ._job import Job
from ._pipes import Reader, Writer

#: Bytes that are held for a slow reader before the program has to wait, unless `buffer` says
#: otherwise.
DEFAULT_BUFFER = 256 * 1024


class Program(Job):
    """A running program: what `async with stream(...)` gives."""

    wanted_news = _spawn.NEWS_OUTPUT | _spawn.NEWS_ERRORS | _spawn.NEWS_INPUT | _spawn.NEWS_ENDED

    #: Its standard input.
    stdin: Writer
    #: Its standard output. While nobody reads, the program waits once the buffer is full.
    stdout: Reader
    #: Its standard error. It never makes the program wait: beyond `max_output` unread bytes it is
    #: lost.
    stderr: Reader

    def __init__(self, *, buffer: int, max_output: int, text: bool, grace: float) -> None:
        super().__init__()
        self._buffer = buffer
        self._max_output = max_output
        self._text = text
        self._grace = grace

    async def start(self, arguments: dict[str, Any]) -> _spawn.Process:
        """For `stream`."""
        process = await super().start(arguments)
        self._core = process
        self.stdin = Writer(process, self._buffer)
        self.stdout = Reader(
            process.take_output, lambda: process.output_open, self._buffer, self._text
        )
        self.stderr = Reader(
            process.take_errors, lambda: process.errors_open, self._buffer, self._text
        )
        return process

    def on_news(self, process: _spawn.Process, news: int) -> None:
        """For the hub."""
        super().on_news(process, news)
        ended = news & _spawn.NEWS_ENDED
        if news & _spawn.NEWS_OUTPUT or ended:
            self.stdout.wake()
        if news & _spawn.NEWS_ERRORS or ended:
            self.stderr.wake()
        if news & _spawn.NEWS_INPUT or ended:
            self.stdin.wake()

    def __aiter__(self) -> AsyncIterator[Any]:
        """The lines of the standard output."""
        return self.stdout.__aiter__()

    @property
    def pid(self) -> int:
        """Its process number; also its process group's."""
        return self._core.pid

    @property
    def returncode(self) -> int | None:
        """Exit code, or minus the signal; None while it runs."""
        return None if self._core.ending is None else self._core.ending[0]

    @property
    def timed_out(self) -> bool:
        """It was ended because its time was over. False while it runs."""
        return self._core.ending is not None and self._core.ending[2]

    @property
    def truncated(self) -> bool:
        """Output was lost."""
        return self._core.truncated

    @property
    def wall(self) -> float | None:
        """Seconds from start to end; None while it runs."""
        return None if self._core.ending is None else self._core.ending[3]

    @property
    def cpu(self) -> float | None:
        """Seconds of CPU, as Result.cpu; None while it runs."""
        ending = self._core.ending
        return None if ending is None else ending[4] + ending[5]

    @property
    def max_rss(self) -> int | None:
        """Bytes, as Result.max_rss; None while it runs."""
        return None if self._core.ending is None else self._core.ending[6]

    async def wait(self) -> int:
        """Waits for the end; gives the return code.

        The program need not wait for a reader then: output that nobody reads is held up to
        `max_output` bytes, and lost beyond that.
        """
        self._core.collect_output(self._max_output)
        await self.end()
        assert self._core.ending is not None
        return self._core.ending[0]

    def send_signal(self, number: int) -> bool:
        """To the program alone, not its group. False: it has ended."""
        return self._core.send_signal(number)

    def terminate(self) -> None:
        """SIGTERM to its group; SIGKILL after the grace time."""
        self._core.terminate()

    def kill(self) -> None:
        """SIGKILL to its group."""
        self._core.kill()

    async def leave(self, is_error: bool) -> None:
        """For `stream`: the end of the block."""
        self.stdin.close()
        if not is_error and self.stdout.at_end and self._core.ending is None:
            await self._wait_for_grace()  # its output is over: it is about to end by itself
        if self._core.ending is None:
            await self.end_group()

    async def _wait_for_grace(self) -> None:
        try:
            await asyncio.wait_for(self.end(), self._grace)
        except TimeoutError:
            return
        except asyncio.CancelledError:
            await self.end_group()
            raise


class stream:
    """Starts a program for an `async with` block, and ends it with the block.

        async with stream(["ping", "-c", "3", host]) as program:
            async for line in program.stdout: ...
            print(await program.wait())

    Arguments as those of `run`, but for input and check; besides:
    stdin: PIPE (program.stdin writes to it), or DEVNULL, a descriptor or a file.
    buffer: bytes, from 1, that are held for a slow reader before the program has to wait.
    max_output: bytes of standard error that are held unread, from 0; more is lost.

    At the end of the block its standard input is closed. If its standard output was read to the
    end, it has `grace` seconds to end by itself. Otherwise, and when the block is left by an
    exception, its process group is ended: SIGTERM, SIGKILL after `grace`.
    """

    def __init__(
        self,
        args: Args,
        *,
        stdin: Any = subprocess.PIPE,
        text: bool = False,
        buffer: int = DEFAULT_BUFFER,
        grace: float = DEFAULT_GRACE,
        **options: Any,
    ) -> None:
        if buffer < 1:
            raise ValueError(f"buffer is a number of bytes from 1, not {buffer}")
        self._arguments = start_arguments(args, stdin=stdin, grace=grace, **options)
        self._arguments["pause_output_at"] = buffer
        self._text = text
        self._buffer = buffer
        self._grace = grace
        self._program: Program | None = None

    async def __aenter__(self) -> Program:
        if self._program is not None:
            raise RuntimeError("a stream can be entered once")
        self._program = Program(
            buffer=self._buffer,
            max_output=self._arguments["max_output"],
            text=self._text,
            grace=self._grace,
        )
        await self._program.start(self._arguments)
        return self._program

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._program is not None
        await self._program.leave(error is not None)
