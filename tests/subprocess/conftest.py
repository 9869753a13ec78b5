# SPDX-License-Identifier: MIT
"""Loops to test on, and the proof that no test leaves a process or a descriptor behind."""

from __future__ import annotations

import asyncio
import gc
import os
import select
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import psutil
import pytest
import tornado.ioloop
import uvloop

from harness import build, processes

sys.path.insert(0, str(build.build_folder() / "python"))

# An extension module that was built with AddressSanitizer needs its library from the start on.
if build.has_address_sanitizer() and "libasan" not in os.environ.get("LD_PRELOAD", ""):
    collect_ignore_glob = ["test_subprocess_*.py"]  # test_under_asan.py runs them with it

Main = Callable[[], Awaitable[Any]]


def _on_asyncio(main: Main) -> Any:
    return asyncio.run(main())  # type: ignore[arg-type]


def _on_uvloop(main: Main) -> Any:
    return uvloop.run(main())  # type: ignore[arg-type]


def _on_tornado(main: Main) -> Any:
    loop = tornado.ioloop.IOLoop(make_current=True)
    try:
        return loop.run_sync(main)
    finally:
        loop.close(all_fds=True)


_LOOPS = {"asyncio": _on_asyncio, "uvloop": _on_uvloop, "tornado": _on_tornado}


async def _nothing() -> None:
    pass


@pytest.fixture(params=_LOOPS)
def run_loop(request: pytest.FixtureRequest) -> Callable[[Main], Any]:
    """Runs a coroutine function to its end on a loop of its own: asyncio's, uvloop's, Tornado's."""
    return _LOOPS[request.param]


@pytest.fixture(scope="session", autouse=True)
def _mark() -> Iterator[dict[str, str]]:
    """In the environment of everything that a test starts."""
    mark = processes.new_mark()
    os.environ.update(mark)
    for run in _LOOPS.values():  # what they open once for ever is open before the first test
        run(_nothing)
    yield mark
    for name in mark:
        del os.environ[name]


def _descriptors() -> dict[str, str]:
    folder = f"/proc/{os.getpid()}/fd"
    found = {}
    for name in os.listdir(folder):
        try:
            found[name] = os.readlink(f"{folder}/{name}")
        except FileNotFoundError:
            continue  # that of the listing itself
    return found


@pytest.fixture
def wait_over() -> Callable[[int], None]:
    """Waits until a process that is not our child has ended; its parent may not know it yet."""

    def wait(pid: int) -> None:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            assert select.select([descriptor], [], [], build.PATIENCE)[0], f"{pid} still runs"
        finally:
            os.close(descriptor)

    return wait


@pytest.fixture(autouse=True)
def nothing_left(_mark: dict[str, str], wait_over: Callable[[int], None]) -> Iterator[None]:
    """After the test there is no zombie, no process and no descriptor that was not there before."""
    gc.collect()
    before = _descriptors()
    yield
    gc.collect()
    children = psutil.Process().children()
    assert not children, f"children are left: {children}"
    for process in processes.marked(_mark):  # grandchildren got SIGKILL: it is on its way
        wait_over(process.pid)
    opened = {fd: target for fd, target in _descriptors().items() if fd not in before}
    assert not opened, f"descriptors are left: {opened}"
