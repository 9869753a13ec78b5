# SPDX-License-Identifier: MIT
"""A WSGI app that spends its time in known ways."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

#: Calls through it keep the GIL.
_LIBC = ctypes.PyDLL(None)


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """/burn?seconds, /sleep?seconds, /hold?fifo (keeps the GIL until its end), /parts?count."""
    values = {name: value[-1] for name, value in parse_qs(environ["QUERY_STRING"]).items()}
    path = environ["PATH_INFO"]
    body = b"done"
    if path == "/burn":
        until = time.thread_time() + float(values["seconds"])
        while time.thread_time() < until:
            pass
    elif path == "/sleep":
        time.sleep(float(values["seconds"]))
    elif path == "/hold":
        with open(values["fifo"], "rb", buffering=0) as fifo:
            _LIBC.read(fifo.fileno(), ctypes.create_string_buffer(1), 1)
    elif path == "/parts":
        start_response("200 OK", [])
        return (bytes(65536) for _ in range(int(values["count"])))
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
