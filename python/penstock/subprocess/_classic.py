# SPDX-License-Identifier: MIT
"""GenericSubprocess and Subprocess: the callback interface of the Tornado helper of old."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import sys
import warnings
from collections.abc import Callable
from typing import Any

from penstock import _spawn

from ._command import start_arguments
from ._hub import hub_of, only_loop
from ._job import warn_if_status_is_lost
from ._popen import split_popen_arguments


class GenericSubprocess:
    """A program that tells its end by a call of `on_finish`, which a subclass provides.

    timeout: seconds from the start, after which its process group gets SIGKILL; 0 and negative:
        no limit.
    popen_args: of those of subprocess.Popen: args, shell, cwd, env, stdin (DEVNULL if it is not
        given; a descriptor or a file), start_new_session, pass_fds, text, encoding, errors;
        close_fds is taken too and changes nothing: descriptors that are not in pass_fds are always
        closed. stdout and stderr can only be PIPE; stderr also STDOUT. Besides: input, user,
        limit_as, limit_cpu, max_output and keep_leftovers, as those of `run`; grace, there 2 and
        here 0 seconds; loop: the asyncio loop, if it is not the running one. Other arguments raise
        TypeError.
    """

    def __init__(self, timeout: float = -1, **popen_args: Any) -> None:
        self.args = popen_args
        self.timeout = timeout
        self.has_timed_out = False
        #: What the program was started as: a penstock._spawn.Process. None before start.
        self.pipe: _spawn.Process | None = None
        options = split_popen_arguments(popen_args)
        self._input = options.input
        self._encoding, self._errors = options.encoding, options.errors
        self._loop = options.loop or asyncio._get_running_loop()
        self._arguments = start_arguments(
            timeout=timeout if timeout > 0 else None, **options.command
        )
        self._context = contextvars.copy_context()
        self._output: list[list[bytes]] = [[], []]

    def start(self) -> None:
        """Starts the program. In any thread; `on_finish` is called in the loop's.

        Raises RuntimeError if it was started already, or no loop is known, and OSError if the
        program cannot be run: FileNotFoundError, PermissionError, ...
        """
        if self.pipe is not None:
            raise RuntimeError("Cannot start task twice")
        self._loop = self._loop or _find_loop()
        self._context = contextvars.copy_context()
        process = self.pipe = hub_of(self._loop).start(
            self._arguments, self._on_news, _spawn.NEWS_TIMED_OUT | _spawn.NEWS_ENDED
        )
        if self._input is not None:
            process.write(self._input)
            process.finish_input()
            self._input = None

    def cancel(self) -> None:
        """Sends SIGKILL to the program and its process group. Any thread; nothing if it ended."""
        if self.pipe is not None:
            self.pipe.kill()

    def on_timeout(self) -> None:
        """Called in the loop when the time is over. A subclass that overrides it calls it too."""
        self.has_timed_out = True
        self.cancel()

    def on_finish(self) -> None:
        """Called in the loop once, when the program has ended and its output is read."""
        raise NotImplementedError

    def stat(self, *args: object) -> None:
        """Takes what has come since. Nothing needs to call it."""
        if self.pipe is None:
            return
        for taken, data in zip(self._output, (self.pipe.take_output(), self.pipe.take_errors())):
            if data:
                taken.append(data)

    @property
    def ioloop(self) -> Any:
        """Tornado's loop if it is in use in this thread, else asyncio's; None before start."""
        tornado = sys.modules.get("tornado.ioloop")
        current = tornado.IOLoop.current(instance=False) if tornado else None
        return self._loop if current is None else current

    @property
    def stdout(self) -> Any:
        """What it has written so far."""
        return self.get_output(0)

    @property
    def stderr(self) -> Any:
        """The same of its standard error."""
        return self.get_output(1)

    @property
    def status(self) -> int | None:
        """Exit code, or minus the number of the signal that ended it; None before the end."""
        if self.pipe is None or self.pipe.ending is None:
            return None
        return self.pipe.ending[0]

    @property
    def truncated(self) -> bool:
        """Output beyond max_output was lost."""
        return self.pipe is not None and self.pipe.truncated

    def get_output(self, index: int) -> Any:
        """Standard output for 0, standard error for 1."""
        self.stat()
        taken = self._output[index]
        if len(taken) > 1:
            taken[:] = [b"".join(taken)]
        data = taken[0] if taken else b""
        return data if self._encoding is None else data.decode(self._encoding, self._errors)

    def _on_news(self, process: _spawn.Process, news: int) -> None:
        assert self._loop is not None
        if news & _spawn.NEWS_TIMED_OUT:
            self._loop.call_soon(self.on_timeout, context=self._context)
        if news & _spawn.NEWS_ENDED:
            self._loop.call_soon(self._finish, process, context=self._context)

    def _finish(self, process: _spawn.Process) -> None:
        warn_if_status_is_lost(process)
        assert process.ending is not None
        # It may have ended by itself in the moment before it was to be killed.
        self.has_timed_out = process.ending[2]
        self.on_finish()


class Subprocess(GenericSubprocess):
    """A program that tells its end by a callback.

    callback: called in the loop as callback(status: int, stdout: str, stderr: str,
        has_timed_out: bool); output is bytes with `text=False`. It may be a coroutine function.
        What it raises goes to the loop's exception handler.
    Other arguments as those of GenericSubprocess. Nothing happens until `start` is called.
    """

    def __init__(self, callback: Callable[[int, Any, Any, bool], Any], *args: Any, **kwargs: Any):
        self.callback = callback
        self.done_callback = False
        self._task: asyncio.Future[Any] | None = None
        super().__init__(*args, **kwargs)

    def on_finish(self) -> None:
        """Calls the callback, once."""
        if self.done_callback:
            return
        self.done_callback = True
        assert self.status is not None
        outcome = self.callback(self.status, self.stdout, self.stderr, self.has_timed_out)
        if inspect.isawaitable(outcome):
            self._task = asyncio.ensure_future(outcome)


def _find_loop() -> asyncio.AbstractEventLoop:
    """The running loop; else the one that was set for this thread; else the only one in use."""
    running = asyncio._get_running_loop()
    if running is not None:
        return running
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return asyncio.get_event_loop()
        except RuntimeError:
            loop = only_loop()
    if loop is None:
        raise RuntimeError("no event loop is known in this thread: give loop=")
    return loop
