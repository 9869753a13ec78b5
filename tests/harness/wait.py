# SPDX-License-Identifier: MIT
"""Waits for what nothing announces."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from .build import PATIENCE

Result = TypeVar("Result")


def wait_until(condition: Callable[[], bool], what: str, timeout: float = PATIENCE) -> None:
    """Looks again and again until `condition` holds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout} s: {what}"
        time.sleep(0.02)


async def with_enough_time(
    attempt: Callable[[float], Awaitable[Result]], is_enough: Callable[[Result], object]
) -> Result:
    """What `attempt` gives for a time limit in seconds: the first limit that leaves what it starts
    the time to get to where it is to be stopped, which on a busy machine takes long."""
    for limit in (0.2, 1.0, 5.0):
        result = await attempt(limit)
        if is_enough(result):
            return result
    return await attempt(PATIENCE)
