# SPDX-License-Identifier: MIT
"""Running system programs from a web app without blocking its event loop.

    result = await run(["convert", path, "png:-"], timeout=10)       # all output at the end
    async with stream(["tail", "-f", path]) as program: ...          # output as it comes
    Subprocess(callback, timeout=3, args=["ls"]).start()             # callbacks, for Tornado

Works on asyncio, uvloop and Tornado 6. Uses no thread and no SIGCHLD handler.
"""

from ._classic import GenericSubprocess, Subprocess
from ._command import DEFAULT_GRACE, DEFAULT_MAX_OUTPUT
from ._pipes import Reader, Writer
from ._pool import Pool, PoolFull, QueueTimeout
from ._run import Result, run
from ._stream import DEFAULT_BUFFER, Program, stream

__all__ = [
    "DEFAULT_BUFFER",
    "DEFAULT_GRACE",
    "DEFAULT_MAX_OUTPUT",
    "GenericSubprocess",
    "Pool",
    "PoolFull",
    "Program",
    "QueueTimeout",
    "Reader",
    "Result",
    "Subprocess",
    "Writer",
    "run",
    "stream",
]
