# SPDX-License-Identifier: MIT
"""run: one program from start to end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from harness.wait import with_enough_time

from penstock.subprocess import run

#: Says the number of a grandchild, which sleeps, and sleeps too.
TWO_SLEEPERS = "sleep 1000 & echo $!; exec sleep 1000"

#: Needs a second SIGTERM: ignores the first.
STUBBORN = "trap '' TERM; echo ready; while :; do sleep 1000; done"


def test_gives_output_and_status(run_loop):
    async def main():
        return await run(["sh", "-c", "echo out; echo err >&2; exit 3"])

    result = run_loop(main)
    assert (result.returncode, result.stdout, result.stderr) == (3, b"out\n", b"err\n")
    assert not result.timed_out and not result.truncated
    assert 0 < result.wall < 60
    assert result.cpu >= 0
    assert result.max_rss > 0


def test_gives_no_output_of_a_silent_program(run_loop):
    async def main():
        return await run(["true"])

    result = run_loop(main)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


def test_gives_the_signal_that_ended_it(run_loop):
    async def main():
        return await run(["sh", "-c", "kill -USR1 $$"])

    assert run_loop(main).returncode == -signal.SIGUSR1


def test_gives_twenty_megabytes_of_both_streams(run_loop):
    async def main():
        return await run(
            ["sh", "-c", "head -c 20000000 /dev/zero & head -c 20000000 /dev/zero >&2; wait"]
        )

    result = run_loop(main)
    is_whole = result.stdout == result.stderr == bytes(20_000_000)
    assert is_whole
    assert not result.truncated


def test_runs_many_at_once_and_mixes_nothing(run_loop):
    async def main():
        return await asyncio.gather(
            *(run(["sh", "-c", f"echo {n}; exit {n % 200}"]) for n in range(300))
        )

    for number, result in enumerate(run_loop(main)):
        assert result.stdout == f"{number}\n".encode()
        assert result.returncode == number % 200


def test_waits_for_the_exit_when_output_was_closed_early(run_loop):
    async def main():
        return await run(["sh", "-c", "echo first; exec >&- 2>&-; sleep 0.1; exit 7"])

    result = run_loop(main)
    assert (result.returncode, result.stdout) == (7, b"first\n")


def test_writes_input_bigger_than_a_pipe(run_loop):
    data = os.urandom(3_000_000)

    async def main():
        return await run(["cat"], input=data)

    assert run_loop(main).stdout == data


def test_takes_any_kind_of_bytes_and_text_as_input(run_loop):
    async def main():
        return [
            (await run(["cat"], input=data)).stdout
            for data in (b"x", bytearray(b"x"), memoryview(b"x"), "ü", b"")
        ]

    assert run_loop(main) == [b"x", b"x", b"x", "ü".encode(), b""]


def test_does_not_mind_input_that_is_not_read(run_loop):
    async def main():
        return await run(["true"], input=bytes(1_000_000))

    assert run_loop(main).returncode == 0


def test_gives_an_empty_input_or_the_descriptor_named(run_loop, tmp_path: Path):
    (tmp_path / "in").write_text("from a file")

    async def main():
        nothing = await run(["cat"])
        with (tmp_path / "in").open() as file:
            by_file = await run(["cat"], stdin=file)
            file.seek(0)
            by_number = await run(["cat"], stdin=file.fileno())
        return nothing.stdout, by_file.stdout, by_number.stdout

    assert run_loop(main) == (b"", b"from a file", b"from a file")


def test_decodes_text_and_replaces_what_is_none(run_loop):
    async def main():
        return await run(["printf", r"\303\274\377"], text=True)

    assert run_loop(main).stdout == "ü\ufffd"


def test_merges_both_streams_in_their_order(run_loop):
    async def main():
        return await run(["sh", "-c", "echo 1; echo 2 >&2; echo 3"], merge_stderr=True)

    result = run_loop(main)
    assert (result.stdout, result.stderr) == (b"1\n2\n3\n", b"")


@pytest.mark.parametrize("limit", [0, 1, 99_999, 100_000, 100_001])
def test_keeps_so_much_output_and_lets_the_program_go_on(run_loop, limit: int):
    async def main():
        return await run(["sh", "-c", "head -c 100000 /dev/zero; echo x >&2"], max_output=limit)

    result = run_loop(main)
    assert len(result.stdout) == min(limit, 100_000)
    assert result.truncated == (limit < 100_000)
    assert result.returncode == 0


def test_ends_the_group_when_its_time_is_over(run_loop, wait_over):
    async def main():
        return await with_enough_time(
            lambda limit: run(["sh", "-c", TWO_SLEEPERS], timeout=limit),
            lambda result: result.stdout,
        )

    result = run_loop(main)
    assert result.timed_out
    assert result.returncode == -signal.SIGTERM
    assert result.wall >= 0.2
    wait_over(int(result.stdout))


def test_kills_after_the_grace_time(run_loop):
    async def main():
        return await with_enough_time(
            lambda limit: run(["sh", "-c", STUBBORN], timeout=limit, grace=0.1),
            lambda result: result.stdout,
        )

    result = run_loop(main)
    assert result.timed_out
    assert result.returncode == -signal.SIGKILL
    assert result.stdout == b"ready\n"


def test_kills_at_once_without_a_grace_time(run_loop):
    async def main():
        return await run(["sleep", "1000"], timeout=0.05, grace=0)

    assert run_loop(main).returncode == -signal.SIGKILL


def test_is_not_timed_out_if_it_ended_while_the_loop_was_busy(run_loop):
    async def main():
        task = asyncio.ensure_future(run(["true"], timeout=0.5))
        while not psutil.Process().children():
            await asyncio.sleep(0)
        child = psutil.Process().children()[0]
        while child.status() != psutil.STATUS_ZOMBIE:
            pass  # the loop must not turn
        signal.sigtimedwait([], 0.6)  # nor until the time is over
        return await task

    result = run_loop(main)
    assert (result.returncode, result.timed_out) == (0, False)


def test_ends_grandchildren_that_outlive_the_program(run_loop):
    async def main():
        return await run(["sh", "-c", "sleep 1000 & sleep 1000 >/dev/null 2>&1 & echo $$; exit 5"])

    result = run_loop(main)
    assert result.returncode == 5
    assert not result.timed_out


def test_leaves_grandchildren_alone_if_told(run_loop, wait_over):
    async def main():
        return await run(["sh", "-c", "sleep 1000 & echo $!"], keep_leftovers=True)

    left = psutil.Process(int(run_loop(main).stdout))
    assert left.is_running()
    left.kill()
    wait_over(left.pid)


def test_does_not_wait_for_a_daemon_that_left_the_group(run_loop):
    async def main():
        # Ends when the daemon leads a session of its own.
        script = """
            setsid sleep 1000 &
            while [ "$(cut -d ' ' -f 6 /proc/$!/stat)" != $! ]; do :; done
            echo $!
        """
        return await run(["sh", "-c", script], grace=0.2)

    result = run_loop(main)
    assert result.returncode == 0
    psutil.Process(int(result.stdout)).kill()


def test_ends_the_group_when_cancelled(run_loop, wait_over):
    async def main():
        task = asyncio.ensure_future(run(["sh", "-c", TWO_SLEEPERS]))
        while len(psutil.Process().children(recursive=True)) < 2:
            await asyncio.sleep(0.01)
        group = [process.pid for process in psutil.Process().children(recursive=True)]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return group

    for pid in run_loop(main):
        wait_over(pid)


def test_kills_at_once_when_cancelled_again(run_loop):
    async def main():
        task = asyncio.ensure_future(run(["sh", "-c", STUBBORN], grace=1000))
        while len(psutil.Process().children(recursive=True)) < 2:
            await asyncio.sleep(0.01)
        program = psutil.Process().children()[0]
        task.cancel()
        await asyncio.sleep(0.05)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while program.is_running():
            await asyncio.sleep(0.01)

    run_loop(main)


def test_works_inside_a_time_limit_of_asyncio(run_loop):
    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(run(["sleep", "1000"]), 0.1)

    run_loop(main)


def test_says_what_cannot_be_started(run_loop, tmp_path: Path):
    (tmp_path / "data").write_text("no program")
    (tmp_path / "data").chmod(0o644)
    (tmp_path / "text").write_text("echo no interpreter\n")
    (tmp_path / "text").chmod(0o755)

    async def main():
        with pytest.raises(FileNotFoundError) as missing:
            await run(["no-such-program", "1"])
        assert missing.value.filename == "no-such-program"
        with pytest.raises(FileNotFoundError) as nowhere:
            await run(["true"], cwd=tmp_path / "nowhere")
        assert nowhere.value.filename == str(tmp_path / "nowhere")
        with pytest.raises(NotADirectoryError):
            await run(["true"], cwd=tmp_path / "data")
        with pytest.raises(PermissionError):
            await run([tmp_path / "data"])
        with pytest.raises(OSError, match="Exec format"):
            await run([tmp_path / "text"])
        with pytest.raises(OSError, match="descriptors"):
            await run(["true"], pass_fds=[987654])

    run_loop(main)


def test_checks_the_return_code_if_asked(run_loop):
    async def main():
        assert (await run(["true"], check=True)).returncode == 0
        with pytest.raises(subprocess.CalledProcessError) as failed:
            await run(["sh", "-c", "echo out; echo err >&2; exit 4"], check=True)
        assert (failed.value.returncode, failed.value.output, failed.value.stderr) == (
            4,
            b"out\n",
            b"err\n",
        )
        with pytest.raises(subprocess.TimeoutExpired) as late:
            await run(["sleep", "1000"], timeout=0.05, check=True)
        assert late.value.timeout == 0.05

    run_loop(main)


def test_uses_the_folder_and_the_environment_given(run_loop, tmp_path: Path):
    async def main():
        here = await run(["pwd"], cwd=tmp_path, text=True)
        assert here.stdout.strip() == str(tmp_path)
        bare = await run(["/usr/bin/env"], env={"A": "1", b"B": b"2"})
        assert sorted(bare.stdout.splitlines()) == [b"A=1", b"B=2"]
        inherited = await run(["/usr/bin/env"], text=True)
        assert f"PATH={os.environ['PATH']}" in inherited.stdout.splitlines()
        os.environ["PENSTOCK_TEST_LATE"] = "set later"
        try:
            late = await run(["sh", "-c", "echo $PENSTOCK_TEST_LATE"])
        finally:
            del os.environ["PENSTOCK_TEST_LATE"]
        assert late.stdout == b"set later\n"

    run_loop(main)


def test_looks_for_the_program_on_the_path_of_its_environment(run_loop, tmp_path: Path):
    program = tmp_path / "mine"
    program.write_text("#!/bin/sh\necho found\n")
    program.chmod(0o755)

    async def main():
        assert (await run(["mine"], env={"PATH": str(tmp_path)})).stdout == b"found\n"
        with pytest.raises(FileNotFoundError):
            await run(["mine"])
        assert (await run(["./mine"], cwd=tmp_path)).stdout == b"found\n"

    run_loop(main)


def test_runs_a_shell_line_if_asked(run_loop):
    async def main():
        return await run("echo a | tr a b; exit 3", shell=True)

    result = run_loop(main)
    assert (result.returncode, result.stdout) == (3, b"b\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_becomes_another_user_completely(run_loop):
    async def main():
        by_name = await run(["id", "-un"], user="nobody", text=True)
        by_number = await run(["sh", "-c", "id -u; id -g; id -G"], user=65534, text=True)
        return by_name.stdout, by_number.stdout

    assert run_loop(main) == ("nobody\n", "65534\n65534\n65534\n")
    assert os.geteuid() == 0
    with pytest.raises(LookupError, match="no-such-user"):
        asyncio.run(run(["true"], user="no-such-user"))


def test_limits_memory(run_loop):
    async def main():
        return await run(
            [sys.executable, "-c", "bytearray(10**9)"], limit_as=200 * 1024 * 1024, text=True
        )

    result = run_loop(main)
    assert result.returncode == 1
    assert "MemoryError" in result.stderr


def test_limits_processor_time():
    async def main():
        return await run(["sh", "-c", "while :; do :; done"], limit_cpu=0.2)

    result = asyncio.run(main())
    assert result.returncode == -signal.SIGXCPU
    assert 0.5 < result.cpu < 3


def test_measures_memory_above_the_servers_own(run_loop):
    async def main():
        return await run([sys.executable, "-c", "bytearray(b'x') * 400_000_000"])

    assert 400_000_000 < run_loop(main).max_rss < 1_000_000_000


@pytest.mark.parametrize("close_fds", [True, False])
def test_never_hands_on_a_listening_socket(run_loop, close_fds: bool):
    from penstock.subprocess import Subprocess

    script = "for fd in /proc/$$/fd/*; do readlink $fd; done"

    async def main():
        done = asyncio.get_running_loop().create_future()
        task = Subprocess(
            lambda *result: done.set_result(result),
            args=["sh", "-c", script],
            close_fds=close_fds,
        )
        task.start()
        return await run(["sh", "-c", script], text=True), (await done)[1]

    with socket.create_server(("127.0.0.1", 0)) as server:
        os.set_inheritable(server.fileno(), True)
        by_run, by_class = run_loop(main)
    for links in (by_run.stdout, by_class):
        assert "pipe:" in links
        assert "socket:" not in links
        assert len(links.split()) <= 4  # 0, 1, 2, and the shell's own of its folder


def test_hands_on_the_descriptors_named(run_loop):
    read, write = os.pipe()

    async def main():
        return await run(["sh", "-c", f"echo through >/dev/fd/{write}"], pass_fds=[write])

    try:
        assert run_loop(main).returncode == 0
        assert os.read(read, 100) == b"through\n"
        assert not os.get_inheritable(write)
    finally:
        os.close(read)
        os.close(write)


def test_leads_a_group_or_a_session(run_loop):
    script = "set -- $(cat /proc/$$/stat); echo $(($1 == $5)) $(($1 == $6))"

    async def main():
        group = await run(["sh", "-c", script])
        session = await run(["sh", "-c", script], start_new_session=True)
        return group.stdout, session.stdout

    assert run_loop(main) == (b"1 0\n", b"1 1\n")


@pytest.mark.parametrize(
    ("options", "error", "reason"),
    [
        ({"args": []}, ValueError, "names no program"),
        ({"args": "echo hello"}, TypeError, "shell=True"),
        ({"args": ["a\0b"]}, ValueError, "null byte"),
        ({"args": [1]}, TypeError, "int"),
        ({"timeout": -1}, ValueError, "timeout"),
        ({"timeout": float("nan")}, ValueError, "timeout"),
        ({"timeout": "1"}, TypeError, "timeout"),
        ({"grace": -0.1}, ValueError, "grace"),
        ({"max_output": -1}, ValueError, "max_output"),
        ({"max_output": 1.5}, TypeError, "max_output"),
        ({"limit_as": 0}, ValueError, "limit_as"),
        ({"limit_as": "128M"}, TypeError, "limit_as"),
        ({"limit_cpu": 0}, ValueError, "limit_cpu"),
        ({"limit_cpu": float("inf")}, ValueError, "limit_cpu"),
        ({"env": {"A=B": "1"}}, ValueError, "A=B"),
        ({"pass_fds": [-1]}, ValueError, "pass_fds"),
        ({"pass_fds": ["1"]}, TypeError, "pass_fds"),
        ({"stdin": subprocess.PIPE}, TypeError, "input"),
        ({"input": b"", "stdin": 0}, TypeError, "exclude"),
        ({"stdin": -7}, ValueError, "stdin"),
        ({"stdin": "x"}, TypeError, "stdin is a descriptor or a file, not str"),
        ({"input": 5}, TypeError, "input is bytes-like or str, not int"),
        ({"input": [1]}, TypeError, "input is bytes-like or str, not list"),
        ({"input": "\udcff"}, UnicodeEncodeError, "surrogates"),
        ({"env": [("A", "b")]}, TypeError, "env is a mapping, not list"),
        ({"user": True}, TypeError, "user is a name or a number, not bool"),
        ({"cwd": ""}, FileNotFoundError, "''"),
    ],
)
def test_refuses_what_makes_no_sense(options, error, reason):
    async def main():
        with pytest.raises(error, match=reason):
            await run(**{"args": ["true"], **options})

    asyncio.run(main())


def test_reports_255_when_other_code_took_the_status(run_loop, caplog):
    async def main():
        task = asyncio.ensure_future(run(["sh", "-c", "exit 3"]))
        while not psutil.Process().children():
            await asyncio.sleep(0)
        os.wait()
        return await task

    assert run_loop(main).returncode == 255
    assert "exit status was taken" in caplog.text
