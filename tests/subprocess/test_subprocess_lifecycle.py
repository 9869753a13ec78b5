# SPDX-License-Identifier: MIT
"""What is around the programs: loops that come and go, forks, the interpreter's exit."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import weakref

import psutil
import pytest

from harness import build
from penstock.subprocess import Subprocess, run


def python(script: str, timeout: float = build.PATIENCE) -> subprocess.CompletedProcess:
    """Runs a script in an interpreter of its own, with the package."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": str(build.build_folder() / "python")},
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def test_needs_no_thread_and_no_signal_handler(run_loop):
    async def main():
        threads = threading.active_count()
        handler = signal.getsignal(signal.SIGCHLD)
        await run(["true"])
        assert threading.active_count() == threads
        assert signal.getsignal(signal.SIGCHLD) is handler

    run_loop(main)


def test_works_where_children_are_ignored():
    script = """
        import asyncio, signal
        from penstock.subprocess import run
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        result = asyncio.run(run(["echo", "x"]))
        print(result.stdout, result.returncode)
    """
    assert python(script).stdout == "b'x\\n' 255\n"


def test_works_in_the_debug_mode_of_asyncio():
    async def main():
        return await asyncio.gather(*(run(["true"]) for _ in range(20)))

    assert all(result.returncode == 0 for result in asyncio.run(main(), debug=True))


def test_starts_no_more_than_a_few_in_one_turn_of_the_loop():
    async def main():
        turns = 0

        async def count():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        counter = asyncio.ensure_future(count())
        tasks = [asyncio.ensure_future(run(["true"])) for _ in range(40)]
        while len(psutil.Process().children()) == 0:
            await asyncio.sleep(0)
        before = turns
        await asyncio.gather(*tasks)
        counter.cancel()
        return turns - before

    assert asyncio.run(main()) >= 8


def test_leaves_nothing_when_the_loop_ends_before_the_programs():
    async def main():
        tasks = [asyncio.ensure_future(run(["sh", "-c", "sleep 1000 & sleep 1000"])) for _ in "abc"]
        await asyncio.sleep(0.05)
        return tasks  # not awaited: asyncio.run cancels them

    assert all(task.cancelled() for task in asyncio.run(main()))


def test_keeps_nothing_of_a_loop_that_is_thrown_away():
    loop = asyncio.new_event_loop()
    loop.run_until_complete(run(["true"]))
    loop.close()
    gone = weakref.ref(loop)
    del loop
    gc.collect()
    assert gone() is None


def test_kills_what_ran_on_a_closed_loop_when_another_is_used():
    loop = asyncio.new_event_loop()
    task = Subprocess(print, args=["sleep", "1000"], loop=loop)
    task.start()
    loop.close()
    assert asyncio.run(run(["true"])).returncode == 0
    assert not psutil.Process().children()
    assert task.status == -signal.SIGKILL


def test_refuses_a_closed_loop():
    loop = asyncio.new_event_loop()
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        Subprocess(print, args=["true"], loop=loop).start()


@pytest.mark.parametrize("end", ["os._exit(0)", "sys.exit(0)"])
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_starts_anew_after_a_fork_and_leaves_the_parents_programs_alone(end: str, loop: str):
    script = f"""
        import asyncio, os, sys, uvloop
        from penstock.subprocess import Subprocess, run

        async def result():
            while not results:
                await asyncio.sleep(0.01)
            return results[0]

        read, write = os.pipe()
        results = []
        loop = {loop}.new_event_loop()
        task = Subprocess(lambda *result: results.append(result), stdin=read, loop=loop,
                          args=["sh", "-c", "read x; echo of the parent $x"])
        task.start()
        loop.run_until_complete(run(["true"]))
        child = os.fork()
        if child == 0:
            task.cancel()  # must not reach the parent's program
            print({loop}.run(run(["echo", "of the child"])).stdout, flush=True)
            {end}
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        os.write(write, b"still\\n")
        print(loop.run_until_complete(result()))
        loop.close()
    """
    result = python(script)
    assert result.stdout == "b'of the child\\n'\n(0, 'of the parent still\\n', '', False)\n", (
        result.stderr
    )


@pytest.mark.parametrize("end", ["sys.exit(3)", "1 / 0", "pass"])
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_kills_what_is_left_when_the_interpreter_exits(end: str, loop: str, wait_over):
    script = f"""
        import asyncio, sys, uvloop
        from penstock.subprocess import Subprocess, run

        loop = {loop}.new_event_loop()
        task = Subprocess(print, args=["sh", "-c", "trap '' TERM; sleep 1000 & echo $! $$; sleep 1000"],
                          loop=loop)
        task.start()
        while len(task.stdout.split()) < 2:
            loop.run_until_complete(asyncio.sleep(0.01))
        print(task.stdout, flush=True)
        {end}
    """
    for pid in python(script).stdout.split():
        wait_over(int(pid))


def test_lets_a_worker_thread_run_programs_on_a_loop_of_its_own():
    results = []

    def work():
        results.append(asyncio.run(run(["echo", "x"])).stdout)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [b"x\n"] * 8


def test_is_started_by_many_threads_at_once():
    async def main():
        loop = asyncio.get_running_loop()
        done = []

        def start():
            for _ in range(25):
                Subprocess(lambda *result: done.append(result), args=["true"], loop=loop).start()

        await asyncio.gather(*(loop.run_in_executor(None, start) for _ in range(4)))
        while len(done) < 100:
            await asyncio.sleep(0.005)
        return done

    assert asyncio.run(main()) == [(0, "", "", False)] * 100
