# SPDX-License-Identifier: MIT
"""The bare apps of the bench, one callable for each case."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

CHUNKS, CHUNK = 100, b"x" * 100


def answer(size: int) -> App:
    """An app that answers with so many bytes, which it holds ready."""
    body = b"x" * size
    length = str(size)

    def app(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", length)])
        return [body]

    return app


small = answer(10)
kilo = answer(1_000)
ten_kilo = answer(10_000)
hundred_kilo = answer(100_000)
mega = answer(1_000_000)


def echo(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """What was posted."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response(
        "200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    )
    return [body]


def chunks(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A generator of many parts, whose length it does not say."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    for _ in range(CHUNKS):
        yield CHUNK


def sleep(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """As one that waits for a database."""
    time.sleep(0.01)
    return small(environ, start_response)


def small_and_large(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """10 bytes, or 1 MB under /large."""
    if environ["PATH_INFO"] == "/large":
        return mega(environ, start_response)
    return small(environ, start_response)
