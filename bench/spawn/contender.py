# SPDX-License-Identifier: MIT
"""One way of running programs, in a process of its own: does what it is told on standard input.

Used by run.py. Each line is a JSON object {"do": "spawn" | "read" | "gap", ...}; so is each answer.
"""

from __future__ import annotations

import asyncio
import json
import math
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

Start = Callable[[list[str]], Awaitable[int]]


async def with_penstock(command: list[str]) -> int:
    """Gives the number of bytes on standard output, like the others."""
    from penstock.subprocess import run

    return len((await run(command)).stdout)


async def with_asyncio(command: list[str]) -> int:
    """The same by the standard library; on uvloop's loop by uvloop."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return len((await process.communicate())[0])


async def with_tornado(command: list[str]) -> int:
    """The same by tornado.process."""
    from tornado.process import Subprocess

    process = Subprocess(
        command, stdin=subprocess.DEVNULL, stdout=Subprocess.STREAM, stderr=Subprocess.STREAM
    )
    process.stdout.max_buffer_size = 2**30
    stdout, _, _ = await asyncio.gather(
        process.stdout.read_until_close(),
        process.stderr.read_until_close(),
        process.wait_for_exit(raise_error=False),
    )
    return len(stdout)


CONTENDERS: dict[str, tuple[str, Start]] = {
    "penstock": ("asyncio", with_penstock),
    "penstock on uvloop": ("uvloop", with_penstock),
    "asyncio": ("asyncio", with_asyncio),
    "uvloop": ("uvloop", with_asyncio),
    "tornado": ("asyncio", with_tornado),
}


async def many(start: Start, command: list[str], count: int, at_once: int) -> None:
    """Runs `command` `count` times, `at_once` at a time."""
    left = iter(range(count))

    async def lane() -> None:
        for _ in left:
            await start(command)

    await asyncio.gather(*(lane() for _ in range(at_once)))


async def measured(work: Awaitable[Any]) -> dict[str, float]:
    """Seconds, and seconds of this process's own CPU, that `work` takes."""
    cpu, clock = time.process_time(), time.perf_counter()
    await work
    return {"seconds": time.perf_counter() - clock, "cpu": time.process_time() - cpu}


class Watched:
    """A selector that notes how long the loop is away from it: what asyncio does between two
    looks at its descriptors, in which nothing else is served."""

    def __init__(self, selector: Any) -> None:
        self._selector = selector
        self._left = 0.0
        self.away: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._selector, name)

    def select(self, timeout: float | None = None) -> Any:
        """As the selector's own."""
        if self._left:
            self.away.append(time.perf_counter() - self._left)
        events = self._selector.select(timeout)
        self._left = time.perf_counter()
        return events


async def gaps(work: Awaitable[Any]) -> dict[str, float]:
    """Seconds for which the loop was away from its descriptors. Nothing for uvloop: it is C."""
    loop = asyncio.get_running_loop()
    selector = getattr(loop, "_selector", None)
    if selector is None:
        await work
        return {"p50": math.nan, "p99": math.nan, "max": math.nan}
    watched = loop._selector = Watched(selector)
    await work
    loop._selector = selector
    away = sorted(watched.away)
    return {
        "p50": away[len(away) // 2],
        "p99": away[min(len(away) - 1, len(away) * 99 // 100)],
        "max": away[-1],
    }


async def serve(start: Start) -> None:
    """Answers until standard input ends."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        if order["do"] == "read":
            read = start(order["command"])
            answer = await measured(read)
        else:
            work = many(start, order["command"], order["count"], order["at_once"])
            answer = await (gaps(work) if order["do"] == "gap" else measured(work))
        print(json.dumps(answer), flush=True)


def main() -> None:
    """contender.py NAME MEGABYTES: of memory that this process is to have."""
    loop_kind, start = CONTENDERS[sys.argv[1]]
    ballast = bytearray(b"x") * (int(sys.argv[2]) * 1_000_000)
    if loop_kind == "uvloop":
        import uvloop

        uvloop.run(serve(start))
    else:
        asyncio.run(serve(start))
    del ballast


if __name__ == "__main__":
    main()
