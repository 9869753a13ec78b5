# SPDX-License-Identifier: MIT
"""WSGI apps for test_wsgi.py: the path names the function that answers."""

from __future__ import annotations

import contextlib
import contextvars
import io
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs

import gate

Environ = dict[str, Any]
TEXT = [("Content-Type", "text/plain")]


def _query(environ: Environ, name: str) -> str:
    return parse_qs(environ["QUERY_STRING"])[name][0]


# start_response and write()


def write_callable(environ: Environ, start_response: Any) -> Iterable[bytes]:
    write = start_response("200 OK", TEXT)
    write(b"by write, ")
    write(b"")
    write(b"twice, ")
    return [b"then ", b"by the result"]


def write_then_wait(environ: Environ, start_response: Any) -> Iterable[bytes]:
    write = start_response("200 OK", TEXT)
    write(b"early")
    gate.wait_at(_query(environ, "gate"))
    write(b"late")
    return []


def replace_before_output(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("X-First", "1"), *TEXT])
    try:
        raise ValueError("replaced")
    except ValueError:
        start_response("503 Replaced", [("X-Second", "2"), *TEXT], sys.exc_info())
    return [b"replaced"]


def replace_after_output(environ: Environ, start_response: Any) -> Iterable[bytes]:
    write = start_response("200 OK", TEXT)
    write(b"too late")
    try:
        raise ValueError("raised again by start_response")
    except ValueError:
        start_response("500 Late", TEXT, sys.exc_info())
    return [b"never sent"]


def start_twice(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    start_response("200 OK", TEXT)
    return [b"never sent"]


def start_in_generator(environ: Environ, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", TEXT)
    yield b"started "
    yield b"late"


def empty_first(environ: Environ, start_response: Any) -> Iterator[bytes]:
    """Empty parts send no head: the status may still change."""
    start_response("200 OK", TEXT)
    yield b""
    try:
        raise ValueError("changed")
    except ValueError:
        start_response("404 Changed", TEXT, sys.exc_info())
    yield b"changed"


def never_start(environ: Environ, start_response: Any) -> Iterable[bytes]:
    return [b"no head"]


def never_start_empty(environ: Environ, start_response: Any) -> Iterable[bytes]:
    return []


def return_none(environ: Environ, start_response: Any) -> Any:
    start_response("200 OK", TEXT)
    return None


def body_where_none_may_be(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response(f"{_query(environ, 'code')} No Body", [("X", "y")])
    return [b"must ", b"not be sent"]


def length_without_body(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """What frameworks do for HEAD and 304: the length of the body that is not there."""
    status = "304 Not Modified" if environ["REQUEST_METHOD"] == "GET" else "200 OK"
    start_response(status, [*TEXT, ("Content-Length", "10")])
    return []


def empty_body(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    return []


def one_part(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """A list of one part: its length is known."""
    start_response("200 OK", TEXT)
    return [b"one part"]


def tuple_body(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    return (b"a", b"b")


def status_with_reason(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("299 Any reason, even this: \xe9", TEXT)
    return [b"ok"]


def many_fields(environ: Environ, start_response: Any) -> Iterable[bytes]:
    cookies = [("Set-Cookie", f"c{number}={number}") for number in range(300)]
    start_response("200 OK", [*TEXT, *cookies, ("X-Latin", "\xe9"), ("X-Empty", "")])
    return [b"ok"]


def own_date_and_server(environ: Environ, start_response: Any) -> Iterable[bytes]:
    fields = [("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Server", "mine/1"), *TEXT]
    start_response("200 OK", fields)
    return [b"ok"]


def asks_to_close(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [*TEXT, ("Connection", "close"), ("Content-Length", "2")])
    return [b"ok"]


# What must be refused: each ends as 500


REFUSED: dict[str, tuple[Any, Any]] = {
    "line feed in a value": ("200 OK", [("X", "a\nSet-Cookie: evil=1")]),
    "carriage return in a value": ("200 OK", [("X", "a\rb")]),
    "NUL in a value": ("200 OK", [("X", "a\0b")]),
    "line feed in a name": ("200 OK", [("X\nY", "a")]),
    "colon in a name": ("200 OK", [("X:Y", "a")]),
    "blank in a name": ("200 OK", [("X Y", "a")]),
    "empty name": ("200 OK", [("", "a")]),
    "line feed in the status": ("200 OK\r\nSet-Cookie: evil=1", []),
    "status without a number": ("OK", []),
    "status of two digits": ("20 OK", []),
    "status of four digits": ("2000 OK", []),
    "informational status": ("100 Continue", []),
    "status as a number": (200, []),
    "status as bytes": (b"200 OK", []),
    "value as bytes": ("200 OK", [("X", b"a")]),
    "name as bytes": ("200 OK", [(b"X", "a")]),
    "value as a number": ("200 OK", [("Content-Length", 5)]),
    "value beyond latin-1": ("200 OK", [("X", "\u20ac")]),
    "name beyond latin-1": ("200 OK", [("X\u20ac", "a")]),
    "fields as a dict": ("200 OK", {"X": "a"}),
    "fields as None": ("200 OK", None),
    "field of three": ("200 OK", [("X", "a", "b")]),
    "field as a text": ("200 OK", ["X: a"]),
    "bad length": ("200 OK", [("Content-Length", "five")]),
    "negative length": ("200 OK", [("Content-Length", "-1")]),
    "two lengths": ("200 OK", [("Content-Length", "2"), ("Content-Length", "3")]),
    "hop-by-hop Transfer-Encoding": ("200 OK", [("Transfer-Encoding", "chunked")]),
    "hop-by-hop Keep-Alive": ("200 OK", [("Keep-Alive", "timeout=5")]),
    "hop-by-hop Upgrade": ("200 OK", [("Upgrade", "h2c")]),
    "hop-by-hop Trailer": ("200 OK", [("Trailer", "X")]),
}


def refused(environ: Environ, start_response: Any) -> Iterable[bytes]:
    status, fields = REFUSED[_query(environ, "case")]
    start_response(status, fields)
    return [b"never sent"]


BODIES: dict[str, Any] = {
    "text": "text",
    "list of text": ["text"],
    "list of numbers": [1],
    "list of None": [None],
    "number": 5,
    "list of bytearray": [bytearray(b"no bytes object")],
}


def refused_body(environ: Environ, start_response: Any) -> Any:
    start_response("200 OK", TEXT)
    return BODIES[_query(environ, "case")]


# Errors


def fail_at_once(environ: Environ, start_response: Any) -> Iterable[bytes]:
    raise RuntimeError("failed at once")


def fail_after_start(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    raise RuntimeError("failed after start_response")


def fail_in_first_part(environ: Environ, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", TEXT)
    if environ["QUERY_STRING"] != "never":
        raise RuntimeError("failed in the first part")
    yield b"never sent"


def fail_late(environ: Environ, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", TEXT)
    yield b"first"
    raise RuntimeError("failed late")


def fail_late_with_length(environ: Environ, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [*TEXT, ("Content-Length", "100")])
    yield b"first"
    raise RuntimeError("failed late with a length")


def fail_in_close(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [*TEXT, ("Content-Length", "4")])
    return _Closing([b"sent"], lambda: _raise(RuntimeError("failed in close")))


def _raise(error: BaseException) -> None:
    raise error


def exit_system(environ: Environ, start_response: Any) -> Iterable[bytes]:
    sys.exit(3)


class _OwnBase(BaseException):
    """Not an Exception: what catches those lets it through."""


_RAISED: dict[str, Any] = {
    "KeyboardInterrupt": KeyboardInterrupt,
    "GeneratorExit": GeneratorExit,
    "StopIteration": StopIteration,
    "_OwnBase": _OwnBase,
    "UnicodeError": lambda: UnicodeError("lone surrogate \udcff"),
    "MemoryError": MemoryError,
}


def raise_named(environ: Environ, start_response: Any) -> Iterable[bytes]:
    raise _RAISED[_query(environ, "name")]()


def recurse(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Without an end: a RecursionError, and no broken stack."""
    return recurse(environ, start_response)


def too_short(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [*TEXT, ("Content-Length", "10")])
    return [b"short"]


def too_long(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [*TEXT, ("Content-Length", "5")])
    return [b"exact", b" and more"]


# close()


class _Closing:
    """An iterable that tells when it is closed."""

    def __init__(self, parts: Iterable[bytes], on_close: Any) -> None:
        self._parts = iter(parts)
        self._on_close = on_close

    def __iter__(self) -> _Closing:
        return self

    def __next__(self) -> bytes:
        return next(self._parts)

    def close(self) -> None:
        self._on_close()


def _log_close(environ: Environ) -> Any:
    return lambda: print(f"closed {_query(environ, 'id')}", file=environ["wsgi.errors"], flush=True)


def close_after_success(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    return _Closing([b"a", b"b"], _log_close(environ))


def close_after_error(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", TEXT)

    def parts() -> Iterator[bytes]:
        yield b"first"
        raise RuntimeError("failed before close")

    return _Closing(parts(), _log_close(environ))


def close_without_start(environ: Environ, start_response: Any) -> Iterable[bytes]:
    return _Closing([b"no head"], _log_close(environ))


def close_after_head(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """For HEAD: the body is not sent, but it is closed."""
    start_response("200 OK", TEXT)
    return _Closing([b"not for HEAD"], _log_close(environ))


def close_endless(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Sends until the client is gone."""
    start_response("200 OK", TEXT)

    def parts() -> Iterator[bytes]:
        while True:
            yield bytes(100_000)

    return _Closing(parts(), _log_close(environ))


# Streaming


def stream_at_gate(environ: Environ, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", TEXT)
    for number in range(3):
        yield b"part %d" % number
        gate.wait_at(_query(environ, "gate"))
    yield b"last"


def bursts_at_gate(environ: Environ, start_response: Any) -> Iterator[bytes]:
    """Small parts that follow each other at once, and then none for long."""
    start_response("200 OK", TEXT)
    for number in range(3):
        for part in range(10):
            yield b"%d.%d" % (number, part)
        gate.wait_at(_query(environ, "gate"))
    yield b"last"


def early_hints(environ: Environ, start_response: Any) -> Iterable[bytes]:
    if hints := environ.get("wsgi.early_hints"):
        hints([("Link", "</style.css>; rel=preload"), ("Link", "</x.js>; rel=preload")])
        hints([("X-Second", "2")])
    start_response("200 OK", TEXT)
    return [b"hinted" if hints else b"no hints"]


# wsgi.file_wrapper


def _file(environ: Environ, size: int) -> Any:
    file = tempfile.TemporaryFile()
    block = bytes(index % 251 for index in range(251 * 1000))
    for _ in range(size // len(block)):
        file.write(block)
    file.write(block[: size % len(block)])
    file.seek(int(parse_qs(environ["QUERY_STRING"]).get("from", ["0"])[0]))
    return file


def file_sent(environ: Environ, start_response: Any) -> Iterable[bytes]:
    size = int(_query(environ, "size"))
    start_response("200 OK", TEXT)
    return environ["wsgi.file_wrapper"](_file(environ, size), 32768)


def file_with_length(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Declares fewer bytes than the file has."""
    start_response("200 OK", [*TEXT, ("Content-Length", _query(environ, "length"))])
    return environ["wsgi.file_wrapper"](_file(environ, int(_query(environ, "size"))))


def file_without_descriptor(environ: Environ, start_response: Any) -> Iterable[bytes]:
    class Source:
        """Has read(), and nothing else."""

        def __init__(self) -> None:
            self.left = 10

        def read(self, size: int) -> bytes:
            self.left -= 1
            return b"piece " if self.left >= 0 else b""

        def close(self) -> None:
            print("source closed", file=environ["wsgi.errors"], flush=True)

    start_response("200 OK", TEXT)
    return environ["wsgi.file_wrapper"](Source())


def file_of_unknown_size(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Files whose size the system does not tell."""
    name = _query(environ, "name")
    file: Any
    if name == "pipe":
        reader, writer = os.pipe()
        os.write(writer, b"through a pipe")
        os.close(writer)
        file = os.fdopen(reader, "rb")
    else:
        file = open(name, "rb")  # noqa: SIM115 - closed by the server
    start_response("200 OK", [*TEXT])
    return environ["wsgi.file_wrapper"](file)


def file_partly_read(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """A buffered file stands elsewhere than its descriptor."""
    file = _file(environ, 100_000)
    file.read(10)
    start_response("200 OK", [*TEXT])
    return environ["wsgi.file_wrapper"](file)


def file_in_memory(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [*TEXT])
    return environ["wsgi.file_wrapper"](io.BytesIO(b"in memory"))


def file_in_memory_partly_read(environ: Environ, start_response: Any) -> Iterable[bytes]:
    file = io.BytesIO(b"in memory")
    file.read(3)
    start_response("200 OK", [*TEXT])
    return environ["wsgi.file_wrapper"](file, 2)


def file_in_middleware(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """What iterates over the wrapper gets the file's bytes."""
    wrapped = environ["wsgi.file_wrapper"](_file(environ, 100_000), 1000)
    parts = list(wrapped)
    with contextlib.suppress(AttributeError):
        wrapped.close()
    start_response("200 OK", TEXT)
    return [json.dumps({"sizes": sorted({len(x) for x in parts}), "count": len(parts)}).encode()]


# What surrounds the app


def errors_stream(environ: Environ, start_response: Any) -> Iterable[bytes]:
    stream = environ["wsgi.errors"]
    stream.write("written ")
    stream.writelines(["in ", "pieces é\n"])
    stream.flush()
    print("printed to wsgi.errors", file=stream)
    start_response("200 OK", TEXT)
    return [b"ok"]


def process_environment(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    leaked = sorted(name for name in os.environ if name in environ)
    return [json.dumps({"secret": os.environ.get("SECRET_OF_TEST"), "leaked": leaked}).encode()]


def keep_environ(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Writes into the environ: the next request must not see it."""
    seen = environ.get("left.behind", "nothing")
    environ["left.behind"] = "something"
    environ["HTTP_LEFT"] = "something"
    start_response("200 OK", TEXT)
    return [seen.encode()]


_variable: contextvars.ContextVar[str] = contextvars.ContextVar("of a request", default="unset")


def context_variable(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Each request has a context of its own."""
    seen = _variable.get()
    _variable.set("set by an earlier request")
    start_response("200 OK", [*TEXT])
    return [seen.encode()]


def context_of_the_body(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """The body and its close() run in the context of the request."""
    _variable.set("set")

    def parts() -> Iterator[bytes]:
        try:
            yield _variable.get().encode()
        finally:
            print(f"closed with {_variable.get()}", file=environ["wsgi.errors"], flush=True)

    start_response("200 OK", [*TEXT])
    return parts()


def forks(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """A process of the app's own, by fork: it has no part in the connection."""
    receiver, sender = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=sender.send, args=("child",))
    process.start()
    answer = receiver.recv()
    process.join()
    start_response("200 OK", [*TEXT])
    return [answer.encode()]


def environ_type(environ: Environ, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    return [str(type(environ) is dict).encode()]


def application(environ: Environ, start_response: Any) -> Iterable[bytes]:
    """The function that the path names."""
    found: Iterable[bytes] = globals()[environ["PATH_INFO"].lstrip("/")](environ, start_response)
    return found
