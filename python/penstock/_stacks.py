# SPDX-License-Identifier: MIT
"""What the threads of this process do at this moment, for the log."""

from __future__ import annotations

import os
import sys
import traceback
from _thread import get_ident
from types import FrameType

_MOST_FRAMES = 50
_OURS = os.path.dirname(__file__) + os.sep


def describe() -> str:
    """The stacks of all threads but the calling one, each under its number."""
    own = get_ident()
    stacks = {
        ident: _stack(frame) for ident, frame in sys._current_frames().items() if ident != own
    }
    return "\n".join(
        f"Thread {ident:#018x} (most recent call last):\n{stack}"
        for ident, stack in stacks.items()
        if stack
    )


def describe_thread(ident: int) -> str:
    """The stack of one thread, of a deep one the innermost frames."""
    frame = sys._current_frames().get(ident)
    return (frame and _stack(frame, _MOST_FRAMES)) or "  (no Python code)"


def _stack(frame: FrameType, most: int | None = None) -> str:
    """The frames of the app, as in a traceback."""
    frames = [
        summary
        for summary in traceback.extract_stack(frame, most)
        if not summary.filename.startswith(_OURS)
    ]
    return "".join(traceback.format_list(frames)).rstrip()
