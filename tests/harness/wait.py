# SPDX-License-Identifier: MIT
"""Waits for what nothing announces."""

from __future__ import annotations

import time
from collections.abc import Callable

from .build import PATIENCE


def wait_until(condition: Callable[[], bool], what: str, timeout: float = PATIENCE) -> None:
    """Looks again and again until `condition` holds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout} s: {what}"
        time.sleep(0.02)
