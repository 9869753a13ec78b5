# SPDX-License-Identifier: MIT
"""A WSGI app that takes memory."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


def hello() -> bytes:
    """Takes none."""
    return b"hello"


def who() -> bytes:
    """Which process answers."""
    return str(os.getpid()).encode()


def too_much() -> bytes:
    """More at once than any limit of the tests."""
    return b"%d" % len(bytearray(1 << 30))


def caught() -> bytes:
    """The same, and the app goes on."""
    try:
        return too_much()
    except MemoryError:
        return b"caught"


def recurse() -> bytes:
    """As deep as Python lets C code call itself: does the stack suffice?"""
    nested: list[Any] = []
    for _ in range(sys.getrecursionlimit() * 2):
        nested = [nested]
    try:
        repr(nested)
    except RecursionError:
        return b"deep"
    return b"not deep"


def start_thread() -> bytes:
    """A thread of the app's own."""
    done: list[bytes] = []
    thread = threading.Thread(target=lambda: done.append(recurse()))
    thread.start()
    thread.join()
    return done[0]


PAGES: dict[str, Callable[[], bytes]] = {
    "/": hello,
    "/who": who,
    "/too-much": too_much,
    "/caught": caught,
    "/recurse": recurse,
    "/thread": start_thread,
}


def application(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """Chooses by path."""
    body = PAGES[environ["PATH_INFO"]]()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]
