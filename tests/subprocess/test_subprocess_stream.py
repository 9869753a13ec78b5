# SPDX-License-Identifier: MIT
"""stream: output as it comes, input, and the end with the block."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess

import psutil
import pytest
from harness.build import PATIENCE
from harness.wait import with_enough_time

from penstock.subprocess import stream


def test_gives_lines_while_the_program_runs(run_loop):
    async def main():
        async with stream(["sh", "-c", "echo one; read x; echo two $x; printf end"]) as program:
            assert await program.stdout.readline() == b"one\n"
            assert program.returncode is None
            await program.stdin.write(b"three\n")
            rest = [line async for line in program]
            assert await program.wait() == 0
        return rest

    assert run_loop(main) == [b"two three\n", b"end"]


def test_gives_bytes_in_pieces(run_loop):
    async def main():
        async with stream(["head", "-c", "1000000", "/dev/zero"]) as program:
            first = await program.stdout.read(10)
            sizes = [len(piece) async for piece in program.stdout.chunks()]
            assert await program.stdout.read() == b""
            assert await program.stdout.read(5) == b""
            assert await program.stdout.readline() == b""
            assert program.stdout.at_end
            return len(first), sum(sizes), max(sizes), await program.wait()

    first, rest, biggest, code = run_loop(main)
    assert 1 <= first <= 10
    assert first + rest == 1_000_000
    assert biggest <= 256 * 1024
    assert code == 0


def test_gives_all_at_once_if_asked(run_loop):
    async def main():
        async with stream(["sh", "-c", "echo a; echo b; echo c >&2"]) as program:
            return await program.stdout.read(), await program.stderr.read()

    assert run_loop(main) == (b"a\nb\n", b"c\n")


def test_makes_the_program_wait_for_a_slow_reader(run_loop):
    script = "head -c 300000 /dev/zero; echo written >&2; head -c 5 /dev/zero"

    async def main():
        async with stream(["sh", "-c", script], buffer=1000) as program:
            news = asyncio.ensure_future(program.stderr.readline())
            done, _ = await asyncio.wait([news], timeout=0.2)
            assert not done, "the program wrote more than the buffer and a pipe hold"
            total = len(await program.stdout.read())
            return total, await news, await program.wait()

    assert run_loop(main) == (300_005, b"written\n", 0)


def test_needs_no_reader_once_the_end_is_awaited(run_loop):
    async def main():
        async with stream(
            ["sh", "-c", "head -c 1000000 /dev/zero; exit 3"], max_output=2000, buffer=1000
        ) as program:
            code = await program.wait()
            return code, program.truncated, len(await program.stdout.read())

    assert run_loop(main) == (3, True, 2000)


def test_never_waits_for_a_reader_of_errors(run_loop):
    async def main():
        async with stream(
            ["sh", "-c", "head -c 1000000 /dev/zero >&2; echo done"], max_output=5000
        ) as program:
            assert await program.stdout.readline() == b"done\n"
            assert program.truncated
            return len(await program.stderr.read())

    assert run_loop(main) == 5000


def test_cuts_lines_that_are_longer_than_the_buffer(run_loop):
    async def main():
        async with stream(["sh", "-c", "head -c 5000 /dev/zero; echo; echo x"], buffer=1000) as p:
            return [line async for line in p.stdout]

    lines = run_loop(main)
    assert b"".join(lines) == bytes(5000) + b"\nx\n"
    assert lines[-1] == b"x\n"
    # Up to two buffers: one here, one in the core; and what the pipe held at the program's end.
    assert all(len(line) <= 2 * 1024 * 1024 for line in lines)


def test_decodes_characters_that_come_in_two_pieces(run_loop):
    async def main():
        async with stream(
            ["sh", "-c", r"printf '\303'; read x; printf '\274\377'; exec >&-"], text=True
        ) as program:
            first = await program.stdout.read(10)
            await program.stdin.write("\n")
            return first + await program.stdout.read()

    assert run_loop(main) == "ü\ufffd"


def test_makes_the_writer_wait_for_the_program(run_loop):
    async def main():
        async with stream(["sh", "-c", "read go; cat"], buffer=1000) as program:
            writing = asyncio.ensure_future(program.stdin.write(b"\n" + bytes(5_000_000)))
            total = len(await program.stdout.read(1000))
            assert not writing.done()
            while total < 5_000_000:
                total += len(await program.stdout.read(100_000))
            await writing
            with pytest.raises(TypeError, match="data is bytes-like or str, not int"):
                await program.stdin.write(5)
            program.stdin.close()
            program.stdin.close()
            with pytest.raises(ValueError, match="closed"):
                await program.stdin.write(b"x")
            return total, await program.wait()

    assert run_loop(main) == (5_000_000, 0)


def test_says_when_the_program_reads_no_more(run_loop):
    async def main():
        async with stream(["sh", "-c", "exec <&-; echo closed; sleep 1000"]) as program:
            await program.stdout.readline()
            with pytest.raises(BrokenPipeError):
                await program.stdin.write(b"x")
        async with stream(["true"]) as program:
            await program.wait()
            with pytest.raises(BrokenPipeError):
                await program.stdin.write(b"x")

    run_loop(main)


def test_wakes_a_writer_whose_program_ends(run_loop):
    async def main():
        async with stream(["sh", "-c", "read x"]) as program:
            with pytest.raises(BrokenPipeError):
                await program.stdin.write(b"\n" + bytes(5_000_000))

    run_loop(main)


def test_ends_the_group_when_the_block_is_left_early(run_loop, wait_over):
    async def main():
        async with stream(["sh", "-c", "sleep 1000 & echo $!; sleep 1000"]) as program:
            grandchild = int(await program.stdout.readline())
        assert program.returncode == -signal.SIGTERM
        return grandchild

    wait_over(run_loop(main))


def test_ends_the_group_when_the_block_fails(run_loop):
    async def main():
        with pytest.raises(KeyError):
            async with stream(["sh", "-c", "trap '' TERM; echo; sleep 1000"], grace=0.1) as program:
                await program.stdout.readline()
                raise KeyError
        return program.returncode

    assert run_loop(main) == -signal.SIGKILL


def test_lets_a_program_end_by_itself_whose_output_was_read(run_loop):
    async def main():
        script = "echo x; exec >&- 2>&-; sleep 0.2; exit 6"
        async with stream(["sh", "-c", script], grace=PATIENCE) as program:
            await program.stdout.read()
        return program.returncode

    assert run_loop(main) == 6


def test_ends_a_program_that_closes_its_output_and_stays(run_loop):
    async def main():
        async with stream(["sh", "-c", "exec >&- 2>&-; exec sleep 1000"], grace=0.1) as program:
            await program.stdout.read()
        return program.returncode

    assert run_loop(main) in (-signal.SIGTERM, -signal.SIGKILL)  # the grace time is short


def test_ends_the_group_when_its_task_is_cancelled(run_loop):
    async def main():
        started = asyncio.Event()

        async def forever():
            async with stream(["sleep", "1000"]) as program:
                started.set()
                async for _ in program:
                    pass

        task = asyncio.ensure_future(forever())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not psutil.Process().children()

    run_loop(main)


def test_ends_it_when_its_time_is_over(run_loop):
    async def attempt(limit: float) -> tuple:
        async with stream(["sh", "-c", "echo x; exec sleep 1000"], timeout=limit) as program:
            output = await program.stdout.read()
            await program.wait()
        return output, program.timed_out, program.returncode

    async def main():
        return await with_enough_time(attempt, lambda result: result[0])

    assert run_loop(main) == (b"x\n", True, -signal.SIGTERM)


def test_sends_signals(run_loop):
    async def main():
        async with stream(["sh", "-c", "trap 'echo got; exit 9' USR1; echo; read x"]) as program:
            await program.stdout.readline()
            assert program.pid == psutil.Process().children()[0].pid
            assert program.send_signal(signal.SIGUSR1)
            program.stdin.close()
            assert await program.wait() in (0, 1, 9)
            assert not program.send_signal(signal.SIGUSR1)
        async with stream(["sleep", "1000"]) as program:
            program.kill()
            assert await program.wait() == -signal.SIGKILL
        async with stream(["sleep", "1000"]) as program:
            program.terminate()
            assert await program.wait() == -signal.SIGTERM

    run_loop(main)


def test_has_no_input_if_asked(run_loop):
    async def main():
        async with stream(["cat"], stdin=subprocess.DEVNULL) as program:
            return await program.stdout.read()

    assert run_loop(main) == b""


def test_is_measured_when_it_has_ended(run_loop):
    async def main():
        async with stream(["true"]) as program:
            assert (program.wall, program.cpu, program.max_rss) == (None, None, None)
            assert not program.timed_out
            await program.wait()
        return program.wall, program.cpu, program.max_rss

    wall, cpu, max_rss = run_loop(main)
    assert wall > 0 and cpu >= 0 and max_rss > 0


def test_refuses_two_readers_and_two_entries(run_loop):
    async def main():
        opened = stream(["sh", "-c", "read x"])
        async with opened as program:
            first = asyncio.ensure_future(program.stdout.read())
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="another task"):
                await program.stdout.readline()
            with pytest.raises(RuntimeError, match="once"):
                await opened.__aenter__()
            program.stdin.close()
            await first

    run_loop(main)
    with pytest.raises(ValueError, match="buffer"):
        stream(["true"], buffer=0)


def test_fails_to_start_like_run(run_loop):
    async def main():
        with pytest.raises(FileNotFoundError):
            async with stream(["no-such-program"]):
                pass

    run_loop(main)
    assert not psutil.Process(os.getpid()).children()
