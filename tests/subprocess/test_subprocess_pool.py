# SPDX-License-Identifier: MIT
"""Pool: bounded numbers of running and waiting programs."""

from __future__ import annotations

import asyncio

import pytest

from penstock.subprocess import Pool, PoolFull, QueueTimeout


def test_runs_no_more_than_so_many_at_once(run_loop):
    async def main():
        pool = Pool(max_running=3, max_queued=100)
        most = 0

        async def one(number: int):
            nonlocal most
            result = await pool.run(["sh", "-c", f"sleep 0.02; exit {number}"])
            most = max(most, pool.running)
            return result.returncode

        codes = asyncio.gather(*(one(number) for number in range(20)))
        await asyncio.sleep(0)
        assert (pool.running, pool.queued) == (3, 17)
        codes = await codes
        assert (pool.running, pool.queued) == (0, 0)
        return codes, most

    assert run_loop(main) == (list(range(20)), 3)


def test_refuses_when_as_many_wait_as_may(run_loop):
    async def main():
        pool = Pool(max_running=1, max_queued=1)
        tasks = [asyncio.ensure_future(pool.run(["sleep", "0.1"])) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(PoolFull, match="1 programs run and 1 wait"):
            await pool.run(["true"])
        await asyncio.gather(*tasks)
        assert (await pool.run(["true"])).returncode == 0

    run_loop(main)


def test_gives_up_on_those_that_wait_too_long(run_loop):
    async def main():
        pool = Pool(max_running=1, max_queued=5, queue_timeout=0.05)
        async with pool.stream(["cat"]) as program:
            assert pool.running == 1
            with pytest.raises(QueueTimeout, match="0.05"):
                await pool.run(["true"])
            with pytest.raises(TimeoutError):
                async with pool.stream(["true"], queue_timeout=0):
                    pass
            patient = asyncio.ensure_future(pool.run(["true"], queue_timeout=60))
            await asyncio.sleep(0)
            assert pool.queued == 1
            program.stdin.close()
            await program.wait()
        assert (await patient).returncode == 0
        assert (pool.running, pool.queued) == (0, 0)

    run_loop(main)


def test_keeps_count_when_waiters_are_cancelled(run_loop):
    async def main():
        pool = Pool(max_running=1)
        async with pool.stream(["cat"]):
            waiting = [asyncio.ensure_future(pool.run(["true"])) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
            await asyncio.sleep(0)
            assert pool.queued == 2
        # The next has been given the place, and does not know it yet.
        waiting[1].cancel()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert isinstance(results[1], asyncio.CancelledError)
        assert results[2].returncode == 0
        assert (pool.running, pool.queued) == (0, 0)

    run_loop(main)


def test_frees_the_place_of_a_program_that_cannot_be_started(run_loop):
    async def main():
        pool = Pool(max_running=1, max_queued=0)
        for _ in range(3):
            with pytest.raises(FileNotFoundError):
                await pool.run(["no-such-program"])
        assert (await pool.run(["true"])).returncode == 0

    run_loop(main)


@pytest.mark.parametrize("numbers", [{"max_running": 0}, {"max_running": 1, "max_queued": -1}])
def test_refuses_what_makes_no_sense(numbers):
    with pytest.raises(ValueError, match="is a number from"):
        Pool(**numbers)
