# SPDX-License-Identifier: MIT
"""GenericSubprocess and Subprocess: the callback interface, on Tornado and asyncio."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import threading
import time
from pathlib import Path

import psutil
import pytest
import tornado.ioloop
from harness.wait import with_enough_time

from penstock.subprocess import GenericSubprocess, Subprocess


class Calls:
    """A callback that remembers, and a way to wait for it."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []
        self.threads: set[int] = set()

    def __call__(self, *result) -> None:
        self.calls.append(result)
        self.threads.add(threading.get_ident())

    async def wait(self, count: int = 1) -> list[tuple]:
        """The results, once there are so many."""
        while len(self.calls) < count:
            await asyncio.sleep(0.005)
        return self.calls


async def outcome(**arguments) -> tuple:
    """What the callback of one Subprocess gets."""
    calls = Calls()
    Subprocess(calls, **arguments).start()
    (result,) = await calls.wait()
    return result


def test_passes_the_self_test_of_the_original():
    """Its four programs, on a Tornado loop that starts after them; here the asserts count."""
    ioloop = tornado.ioloop.IOLoop.instance()
    seen: dict[str, tuple] = {}

    def print_timeout(status, stdout, stderr, has_timed_out):
        seen["timeout"] = (status, stdout, stderr, has_timed_out)
        stop_when_all_are_seen()

    def print_ok(status, stdout, stderr, has_timed_out):
        seen["ok"] = (status, stdout, stderr, has_timed_out)
        stop_when_all_are_seen()

    def print_error(status, stdout, stderr, has_timed_out):
        seen["error"] = (status, stdout, stderr, has_timed_out)
        stop_when_all_are_seen()

    def stop_when_all_are_seen():
        if len(seen) == 3:
            ioloop.stop()

    t1 = Subprocess(print_timeout, timeout=3, args=["sleep", "5"])
    t2 = Subprocess(print_ok, timeout=3, args=["sleep", "1"])
    t3 = Subprocess(print_ok, timeout=3, args=["sleepdsdasdas", "1"])
    t4 = Subprocess(print_error, timeout=3, args=["cat", "/etc/sdfsdfsdfsdfsdfsdfsdf"])
    t1.start()
    t2.start()
    with pytest.raises(FileNotFoundError):
        t3.start()
    t4.start()
    stop = ioloop.add_timeout(time.time() + 60, ioloop.stop)
    ioloop.start()
    ioloop.remove_timeout(stop)
    ioloop.close(all_fds=True)
    asyncio.set_event_loop(None)

    assert seen["timeout"] == (-signal.SIGKILL, "", "", True)
    assert seen["ok"] == (0, "", "", False)
    status, stdout, stderr, has_timed_out = seen["error"]
    assert (status, stdout, has_timed_out) == (1, "", False)
    assert "No such file or directory" in stderr


def test_gives_status_output_and_errors(run_loop):
    async def main():
        return await outcome(args=["sh", "-c", "echo ü; echo err >&2; exit 3"])

    assert run_loop(main) == (3, "ü\n", "err\n", False)


def test_gives_bytes_or_another_encoding_if_asked(run_loop):
    async def main():
        program = ["printf", r"\374"]
        return [
            (await outcome(args=program, **options))[1]
            for options in (
                {},
                {"text": False},
                {"encoding": "latin-1"},
                {"errors": "surrogateescape"},
            )
        ]

    assert run_loop(main) == ["\ufffd", b"\xfc", "ü", "\udcfc"]


def test_calls_back_without_any_output(run_loop):
    async def main():
        return await outcome(args=["true"])

    assert run_loop(main) == (0, "", "", False)


def test_calls_back_when_output_was_closed_early(run_loop):
    async def main():
        return await outcome(args=["sh", "-c", "exec >&- 2>&-; sleep 0.1; exit 5"])

    assert run_loop(main) == (5, "", "", False)


def test_gives_twenty_megabytes(run_loop):
    async def main():
        return await outcome(args=["head", "-c", "20000000", "/dev/zero"], text=False)

    assert run_loop(main) == (0, bytes(20_000_000), b"", False)


def test_ends_grandchildren_with_the_time(run_loop, wait_over):
    async def attempt(limit: float) -> tuple:
        return await outcome(args=["sh", "-c", "sleep 1000 & echo $!; sleep 1000"], timeout=limit)

    async def main():
        return await with_enough_time(attempt, lambda result: result[1])

    status, stdout, _, has_timed_out = run_loop(main)
    assert (status, has_timed_out) == (-signal.SIGKILL, True)
    wait_over(int(stdout))


def test_ends_grandchildren_with_the_program(run_loop, wait_over):
    async def main():
        return await outcome(args=["sh", "-c", "sleep 1000 & echo $!"])

    status, stdout, _, has_timed_out = run_loop(main)
    assert (status, has_timed_out) == (0, False)
    wait_over(int(stdout))


def test_notices_an_exit_while_the_loop_was_busy(run_loop):
    async def main():
        calls = Calls()
        Subprocess(calls, timeout=0.05, args=["true"]).start()
        child = psutil.Process().children()[0]
        while child.status() != psutil.STATUS_ZOMBIE:
            pass  # without a turn of the loop
        signal.sigtimedwait([], 0.1)  # until the time is over too
        return await calls.wait()

    assert run_loop(main) == [(0, "", "", False)]


def test_is_consistent_when_the_end_and_the_time_meet(run_loop):
    """Whatever comes first: ended by itself and not timed out, or killed and timed out."""

    async def main():
        calls = Calls()
        for number in range(60):
            Subprocess(calls, timeout=0.02 + number / 10_000, args=["sleep", "0.022"]).start()
        return await calls.wait(60)

    for status, _, _, has_timed_out in run_loop(main):
        assert (status, has_timed_out) in ((0, False), (-signal.SIGKILL, True))


def test_goes_on_after_a_callback_that_raises(run_loop, caplog):
    def broken(*result):
        raise LookupError("the callback's own mistake")

    async def main():
        Subprocess(broken, args=["true"]).start()
        result = await outcome(args=["true"])
        while "own mistake" not in caplog.text:
            await asyncio.sleep(0.005)
        caplog.clear()  # the traceback in it would keep the loop alive
        return result

    assert run_loop(main) == (0, "", "", False)


def test_takes_a_coroutine_function_as_callback(run_loop):
    async def main():
        done = asyncio.get_running_loop().create_future()

        async def callback(*result):
            await asyncio.sleep(0)
            done.set_result(result)

        Subprocess(callback, args=["true"]).start()
        return await done

    assert run_loop(main) == (0, "", "", False)


def test_cannot_be_started_twice_but_again_after_a_failure(run_loop, tmp_path: Path):
    async def main():
        calls = Calls()
        task = Subprocess(calls, args=[tmp_path / "late"])
        with pytest.raises(FileNotFoundError):
            task.start()
        (tmp_path / "late").write_text("#!/bin/sh\nexit 4\n")
        (tmp_path / "late").chmod(0o755)
        task.start()
        with pytest.raises(RuntimeError, match="Cannot start task twice"):
            task.start()
        await calls.wait()
        with pytest.raises(RuntimeError, match="Cannot start task twice"):
            task.start()
        return calls.calls

    assert run_loop(main) == [(4, "", "", False)]


def test_is_cancelled_with_its_group(run_loop, wait_over):
    async def main():
        calls = Calls()
        task = Subprocess(calls, args=["sh", "-c", "sleep 1000 & echo $!; sleep 1000"])
        task.cancel()  # nothing to cancel yet
        task.start()
        assert task.status is None
        while not task.stdout:
            await asyncio.sleep(0.005)
        grandchild = int(task.stdout)
        task.cancel()
        await calls.wait()
        task.cancel()  # nor any more
        assert task.status == -signal.SIGKILL
        return grandchild, calls.calls

    grandchild, calls = run_loop(main)
    assert calls == [(-signal.SIGKILL, f"{grandchild}\n", "", False)]
    wait_over(grandchild)


def test_calls_what_a_subclass_overrides(run_loop):
    class Mine(GenericSubprocess):
        timeouts = 0
        finished: asyncio.Future

        def on_timeout(self):
            self.timeouts += 1
            super().on_timeout()

        def on_finish(self):
            self.finished.set_result((self.status, self.stdout, self.stderr, self.has_timed_out))

    async def attempt(limit: float) -> tuple:
        task = Mine(timeout=limit, args=["sh", "-c", "echo a; echo b >&2; sleep 1000"])
        task.finished = asyncio.get_running_loop().create_future()
        assert (task.status, task.stdout, task.stderr) == (None, "", "")
        task.start()
        assert task.ioloop is not None
        return await task.finished, task.timeouts, task.get_output(0)

    async def main():
        return await with_enough_time(attempt, lambda result: result[0][2])

    assert run_loop(main) == ((-signal.SIGKILL, "a\n", "b\n", True), 1, "a\n")


def test_needs_an_on_finish(run_loop, caplog):
    async def main():
        GenericSubprocess(args=["true"]).start()
        while "NotImplementedError" not in caplog.text:
            await asyncio.sleep(0.005)
        caplog.clear()  # the traceback in it would keep the loop alive

    run_loop(main)


def test_has_no_time_limit_for_zero_and_less(run_loop):
    async def main():
        return [await outcome(args=["sleep", "0.05"], timeout=timeout) for timeout in (0, -1, -9)]

    assert run_loop(main) == [(0, "", "", False)] * 3


def test_starts_from_another_thread_and_calls_back_in_the_loops(run_loop):
    async def main():
        calls = Calls()
        loop = asyncio.get_running_loop()
        task = Subprocess(calls, args=["echo", "made here"])
        elsewhere = await loop.run_in_executor(None, _start_elsewhere, calls, loop)
        await loop.run_in_executor(None, task.start)
        await calls.wait(2)
        assert calls.threads == {threading.get_ident()}
        assert elsewhere.status == 0
        return sorted(call[1] for call in calls.calls)

    assert run_loop(main) == ["made here\n", "made there\n"]


def _start_elsewhere(calls: Calls, loop: asyncio.AbstractEventLoop) -> Subprocess:
    task = Subprocess(calls, args=["echo", "made there"], loop=loop)
    task.start()
    return task


def test_cancels_from_another_thread(run_loop):
    async def main():
        calls = Calls()
        task = Subprocess(calls, args=["sleep", "1000"])
        task.start()
        await asyncio.get_running_loop().run_in_executor(None, task.cancel)
        return await calls.wait()

    assert run_loop(main) == [(-signal.SIGKILL, "", "", False)]


def test_finds_the_only_loop_from_another_thread(run_loop):
    async def main():
        calls = Calls()
        await outcome(args=["true"])  # now the loop is known

        def elsewhere():
            Subprocess(calls, args=["true"]).start()

        await asyncio.get_running_loop().run_in_executor(None, elsewhere)
        return await calls.wait()

    assert run_loop(main) == [(0, "", "", False)]


def test_says_when_no_loop_is_known():
    errors = []

    def elsewhere():
        try:
            Subprocess(print, args=["true"]).start()
        except RuntimeError as error:
            errors.append(str(error))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert errors == ["no event loop is known in this thread: give loop="]


def test_takes_the_arguments_of_popen_that_make_sense(run_loop, tmp_path: Path):
    (tmp_path / "file").write_text("input")

    async def main():
        with (tmp_path / "file").open() as file:
            results = [
                await outcome(args="echo $A; pwd", shell=True, cwd=tmp_path, env={"A": "1"}),
                await outcome(args=["cat"], stdin=file),
                await outcome(args=["cat"], stdin=subprocess.DEVNULL),
                await outcome(args=["cat"], input="given"),
                await outcome(
                    args=["sh", "-c", "echo 1; echo 2 >&2"],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    close_fds=False,
                ),
                await outcome(args=["sh", "-c", "ulimit -v"], limit_as=100 * 1024 * 1024),
            ]
        return [stdout for _, stdout, _, _ in results]

    assert run_loop(main) == [f"1\n{tmp_path}\n", "input", "", "given", "1\n2\n", "102400\n"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"preexec_fn": print}, "no Python code can run"),
        ({"executable": "/bin/sh"}, "first of args"),
        ({"bufsize": 0}, "collected"),
        ({"universal_newlines": True}, "text"),
        ({"creationflags": 0}, "Windows"),
        ({"startupinfo": None}, "Windows"),
        ({"process_group": 0}, "group of its own"),
        ({"umask": 0o22}, "umask"),
        ({"group": "x"}, "user"),
        ({"stdout": None}, "collected for the callback"),
        ({"stderr": subprocess.DEVNULL}, "collected for the callback"),
        ({"stdin": subprocess.PIPE}, "give input"),
        ({"input": b"", "stdin": 0}, "exclude"),
        ({"input": 5}, "input is bytes-like or str"),
        ({"colour": "red"}, "not an argument"),
    ],
)
def test_refuses_other_arguments_with_the_reason(arguments, reason):
    with pytest.raises(TypeError, match=reason):
        Subprocess(print, args=["true"], **arguments)


def test_needs_a_program():
    with pytest.raises(TypeError, match="args is needed"):
        Subprocess(print, timeout=1)


def test_says_when_output_was_lost(run_loop):
    async def main():
        calls = Calls()
        task = Subprocess(calls, args=["head", "-c", "1000", "/dev/zero"], max_output=10)
        task.start()
        await calls.wait()
        return task.truncated, len(task.stdout)

    assert run_loop(main) == (True, 10)
