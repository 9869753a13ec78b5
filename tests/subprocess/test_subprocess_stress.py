# SPDX-License-Identifier: MIT
"""Many starts with random time limits and cancellations, which leave nothing behind.

PENSTOCK_STRESS_STARTS sets how many; all of them take less than a minute.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal

import pytest

from penstock.subprocess import Subprocess, run, stream

STARTS = int(os.environ.get("PENSTOCK_STRESS_STARTS", "20000"))
LANES = 24

COMMANDS = [
    ["true"],
    ["true"],
    ["sleep", "0.005"],
    ["sh", "-c", "echo out; echo err >&2; exit 3"],
    ["sh", "-c", "sleep 1000 & sleep 0.003"],
    ["head", "-c", "100000", "/dev/zero"],
    ["cat"],
]
ENDS = {0, 3, -signal.SIGTERM, -signal.SIGKILL}


async def by_run(chance: random.Random) -> None:
    command = chance.choice(COMMANDS)
    result = await run(
        command,
        timeout=chance.choice([None, None, chance.uniform(0, 0.02)]),
        grace=chance.choice([0, 0.01, 2]),
        input=chance.choice([None, bytes(1000)]),
    )
    assert result.returncode in ENDS
    if result.returncode == 0 and command[0] == "head":
        assert len(result.stdout) == 100_000


async def by_stream(chance: random.Random) -> None:
    async with stream(chance.choice(COMMANDS), grace=0.01) as program:
        program.stdin.close()
        await program.stdout.readline()
    assert program.returncode in ENDS | {-signal.SIGPIPE}


async def by_callback(chance: random.Random) -> None:
    done = asyncio.get_running_loop().create_future()
    task = Subprocess(
        lambda *result: done.set_result(result),
        timeout=chance.choice([-1, chance.uniform(0.0001, 0.02)]),
        args=chance.choice(COMMANDS),
    )
    task.start()
    if chance.random() < 0.3:
        asyncio.get_running_loop().call_later(chance.uniform(0, 0.01), task.cancel)
    status, _, _, has_timed_out = await done
    assert status in ENDS
    assert not has_timed_out or status == -signal.SIGKILL


async def one(chance: random.Random) -> None:
    way = chance.choice([by_run, by_run, by_stream, by_callback])
    task = asyncio.ensure_future(way(chance))
    if way is not by_callback and chance.random() < 0.2:
        await asyncio.sleep(chance.uniform(0, 0.01))
        task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        assert task.cancelled()


@pytest.mark.timeout(600)
def test_leaves_nothing_after_many_random_ends(run_loop):
    """That nothing is left, the fixture proves that looks after every test."""

    async def main():
        left = iter(range(STARTS // 3 + 1))

        async def lane(number: int) -> None:
            chance = random.Random(number)
            for _ in left:
                await one(chance)

        await asyncio.gather(*(lane(number) for number in range(LANES)))

    run_loop(main)
