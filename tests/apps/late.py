# SPDX-License-Identifier: MIT
"""A WSGI app whose pages take too long, each in its own way."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs

import gate
import penstock

Environ = dict[str, Any]
Answer = Iterable[bytes]

# Its calls are as those of an extension module that does not let go of the GIL.
_NATIVE = ctypes.PyDLL(None)


def hello(_: dict[str, str]) -> Answer:
    """Takes no time."""
    return [b"hello"]


def loop_for_ever(_: dict[str, str]) -> Answer:
    """Python code that does not end."""
    while True:
        time.sleep(0.005)


def spin(options: dict[str, str]) -> Answer:
    """Python code for so many seconds, without a pause."""
    end = time.monotonic() + float(options["seconds"])
    while time.monotonic() < end:
        pass
    return [b"spun"]


def swallow(_: dict[str, str]) -> Answer:
    """Goes on whatever is raised, until its process ends."""
    while True:
        try:
            loop_for_ever({})
        except BaseException:
            print(f"swallowed in {os.getpid()}")


def retry(_: dict[str, str]) -> Answer:
    """Tries again after every error, as libraries do."""
    while True:
        try:
            loop_for_ever({})
        except Exception:
            print("tries again")


def clean_up(_: dict[str, str]) -> Answer:
    """Knows the error."""
    try:
        return loop_for_ever({})
    except penstock.HarakiriError:
        print("rolled back")
        raise


def wait(options: dict[str, str]) -> Answer:
    """Waits at the gate, where no exception reaches it."""
    gate.wait_at(options["gate"], options.get("name", ""))
    return [b"passed"]


def keep_gil(options: dict[str, str]) -> Answer:
    """Waits at the gate in native code that holds the GIL: from before it is seen there."""
    interval = sys.getswitchinterval()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(options["gate"])
        about = {"pid": os.getpid(), "thread": threading.get_ident(), "name": "native"}
        message = json.dumps(about).encode() + b"\n"
        byte = ctypes.create_string_buffer(1)
        sys.setswitchinterval(3600)  # nobody gets it between the two calls either
        try:
            _NATIVE.send(connection.fileno(), message, len(message), 0)
            # A signal ends the call without a byte.
            while _NATIVE.recv(connection.fileno(), byte, 1, 0) < 0:
                pass
        finally:
            sys.setswitchinterval(interval)
    return [b"passed"]


def stream(_: dict[str, str]) -> Iterator[bytes]:
    """A body that does not end."""
    while True:
        yield b"part"
        time.sleep(0.005)


def who(_: dict[str, str]) -> Answer:
    """Which process answers."""
    return [str(os.getpid()).encode()]


PAGES: dict[str, Callable[[dict[str, str]], Answer]] = {
    "/": hello,
    "/loop": loop_for_ever,
    "/spin": spin,
    "/swallow": swallow,
    "/retry": retry,
    "/clean-up": clean_up,
    "/wait": wait,
    "/keep-gil": keep_gil,
    "/stream": stream,
    "/who": who,
}


def application(environ: Environ, start_response: Callable[..., Any]) -> Answer:
    """Chooses by path."""
    options = {name: values[-1] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    body = PAGES[environ["PATH_INFO"]](options)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return body
