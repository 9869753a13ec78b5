# SPDX-License-Identifier: MIT
"""run: a program from its start to its end."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from penstock import _spawn

from ._command import DEFAULT_GRACE, DEFAULT_MAX_OUTPUT, Args, Path, input_bytes, start_arguments
from ._job import Job


class Result(NamedTuple):
    """What became of a program."""

    #: Exit code, or minus the number of the signal that ended it.
    returncode: int
    #: What it wrote: bytes, or str with `text=True`.
    stdout: Any
    #: The same; empty with `merge_stderr=True`.
    stderr: Any
    #: It was ended because its time was over.
    timed_out: bool
    #: Output beyond `max_output` was lost.
    truncated: bool
    #: Seconds from start to end.
    wall: float
    #: Seconds of CPU, user and system, of it and of those children that it waited for.
    cpu: float
    #: Bytes that were resident at most in one of these processes. Linux counts from the memory of
    #: the starting process on, so for a small program this is an upper bound: the server's own.
    max_rss: int


async def run(
    args: Args,
    *,
    input: bytes | bytearray | memoryview | str | None = None,
    timeout: float | None = None,
    grace: float = DEFAULT_GRACE,
    cwd: Path | None = None,
    env: Mapping[Any, Any] | None = None,
    user: str | int | None = None,
    limit_as: int | None = None,
    limit_cpu: float | None = None,
    max_output: int = DEFAULT_MAX_OUTPUT,
    merge_stderr: bool = False,
    text: bool = False,
    check: bool = False,
    shell: bool = False,
    stdin: Any = None,
    pass_fds: Iterable[int] = (),
    start_new_session: bool = False,
    keep_leftovers: bool = False,
) -> Result:
    """Runs a program and gives its output and how it ended.

    args: the program and its arguments; a string for /bin/sh with `shell`.
    input: what it reads on standard input; then it sees the end. Without it, /dev/null, or `stdin`:
        a descriptor or a file.
    timeout: seconds, from 0; then its process group is ended, and `timed_out` is True.
    grace: seconds, from 0, between SIGTERM and SIGKILL; with 0 there is only SIGKILL.
    cwd, env: folder and environment; this process's without them.
    user: name or number; needs root. Its group and supplementary groups are taken too.
    limit_as: bytes of address space, from 1.
    limit_cpu: seconds of CPU, above 0, rounded up to whole ones; then SIGXCPU.
    max_output: bytes of each stream that are kept, from 0; the rest is read and lost.
    merge_stderr: standard error goes where standard output goes.
    text: output is decoded as UTF-8, with U+FFFD for what is not.
    check: raise CalledProcessError if the return code is not 0, TimeoutExpired after a time-out
        (both from the standard module `subprocess`).
    pass_fds: descriptors that it gets under the same numbers. It gets no others but 0, 1 and 2.
    start_new_session: it leads a session, not only a process group.
    keep_leftovers: what it left running in its group goes on; otherwise that is ended with it.

    Cancelled, it ends the process group (SIGTERM, SIGKILL after `grace`), and raises CancelledError
    when that is gone; cancelled once more, it sends SIGKILL and raises at once.

    Raises OSError if the program cannot be started: FileNotFoundError, PermissionError, ...
    """
    if input is not None and stdin is not None:
        raise TypeError("input and stdin exclude each other")
    data = None if input is None else input_bytes(input)
    arguments = start_arguments(
        args,
        shell=shell,
        stdin=stdin if data is None else subprocess.PIPE,
        cwd=cwd,
        env=env,
        user=user,
        limit_as=limit_as,
        limit_cpu=limit_cpu,
        pass_fds=pass_fds,
        start_new_session=start_new_session,
        merge_stderr=merge_stderr,
        timeout=timeout,
        grace=grace,
        max_output=max_output,
        keep_leftovers=keep_leftovers,
    )
    if data is None and arguments["stdin"] == subprocess.PIPE:
        raise TypeError("stdin=PIPE: give input, or use stream()")
    job = Job()
    process = await job.start(arguments)
    if data is not None:
        process.write(data)
        process.finish_input()
    try:
        await job.end()
    except asyncio.CancelledError:
        await job.end_group()
        raise
    result = _result(process, text)
    if check:
        _check(args, timeout, result)
    return result


def _result(process: _spawn.Process, text: bool) -> Result:
    assert process.ending is not None
    status, _, timed_out, wall, user_time, system_time, peak_memory = process.ending
    stdout: Any = process.take_output()
    stderr: Any = process.take_errors()
    if text:
        stdout, stderr = stdout.decode(errors="replace"), stderr.decode(errors="replace")
    return Result(
        returncode=status,
        stdout=stdout,
        stderr=stderr,
        timed_out=timed_out,
        truncated=process.truncated,
        wall=wall,
        cpu=user_time + system_time,
        max_rss=peak_memory,
    )


def _check(args: Any, timeout: float | None, result: Result) -> None:
    if result.timed_out:
        assert timeout is not None
        raise subprocess.TimeoutExpired(args, timeout, result.stdout, result.stderr)
    if result.returncode != 0:
        raise subprocess.CalledProcessError(result.returncode, args, result.stdout, result.stderr)
