# SPDX-License-Identifier: MIT
"""A WSGI app that tells what it was given. Each path of PAGES is one behaviour."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import gate

Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]


def answer(
    start_response: StartResponse, body: bytes, content_type: str = "text/plain"
) -> list[bytes]:
    """A whole answer with its length."""
    fields = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    start_response("200 OK", fields)
    return [body]


def answer_json(start_response: StartResponse, value: object) -> list[bytes]:
    """A whole answer as JSON."""
    return answer(start_response, json.dumps(value).encode(), "application/json")


def query(environ: Environ) -> dict[str, str]:
    """The last value of each parameter of the query string."""
    return {name: values[-1] for name, values in parse_qs(environ["QUERY_STRING"]).items()}


def hello(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """A short fixed body."""
    return answer(start_response, b"hello")


def show_environ(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """The environ: plain values as they are, others as the names of their types."""
    plain = {
        name: value if isinstance(value, (str, bool, int)) else type(value).__name__
        for name, value in environ.items()
    }
    return answer_json(start_response, plain)


def echo(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """The body that came, with its type."""
    body = environ["wsgi.input"].read()
    return answer(start_response, body, environ.get("CONTENT_TYPE") or "text/plain")


def digest(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """What the body is, read in pieces."""
    hashed, length = hashlib.sha256(), 0
    while piece := environ["wsgi.input"].read(65536):
        hashed.update(piece)
        length += len(piece)
    return answer_json(start_response, {"length": length, "sha256": hashed.hexdigest()})


def ignore(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """Leaves the body alone."""
    return answer(start_response, b"ignored")


def stream(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """`count` parts of `size` bytes, of unknown length."""
    options = query(environ)
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    part = bytes(index % 251 for index in range(int(options.get("size", "10"))))
    return (part for _ in range(int(options.get("count", "3"))))


def sized(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """`count` parts of `size` bytes, of a known length."""
    options = query(environ)
    size, count = int(options["size"]), int(options["count"])
    fields = [
        ("Content-Type", "application/octet-stream"),
        ("Content-Length", str(size * count)),
    ]
    start_response("200 OK", fields)
    part = bytes(index % 251 for index in range(size))
    return (part for _ in range(count))


def status(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """The status that the query names, with a body where one may be."""
    code = int(query(environ)["code"])
    if code in (204, 304):
        start_response(f"{code} Chosen", [])
        return []
    start_response(f"{code} Chosen", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return [b"chosen"]


def wait(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """Waits at the gate that the query names."""
    options = query(environ)
    gate.wait_at(options["gate"], options.get("name", ""))
    return answer(start_response, b"passed")


def who(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """Which process and thread answers."""
    return answer_json(start_response, {"pid": os.getpid(), "thread": threading.get_ident()})


def fail(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """Raises, `deep` calls further down if the query says so."""
    deep = int(query(environ).get("deep", "0"))
    if deep > 0:
        environ["QUERY_STRING"] = f"deep={deep - 1}"
        (fail if deep % 2 else _fail_again)(environ, start_response)
    raise RuntimeError("the probe fails on purpose")


def _fail_again(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """Keeps a traceback from being abbreviated, as that of a plain recursion is."""
    return fail(environ, start_response)


def complain(environ: Environ, start_response: StartResponse) -> list[bytes]:
    """Writes to wsgi.errors what the query says, before and behind the head."""
    errors = environ["wsgi.errors"]
    errors.write("first: " + query(environ)["text"] + "\n")
    start_response("200 OK", [("Content-Type", "text/plain")])(b"complained")
    errors.write("second\n")
    return []


def break_off(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Fails behind its head and a part of its body; before that it waits at the gate, if any."""
    options = query(environ)
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"a part"
    if "gate" in options:
        gate.wait_at(options["gate"])
    raise RuntimeError("the probe breaks off on purpose")


def send_until_told(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Waits at the gate, then sends until that fails; what it failed with is in the log."""
    options = query(environ)
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    gate.wait_at(options["gate"], options.get("name", ""))
    try:
        while True:
            write(b"x" * 65536)
    except ConnectionError as error:
        environ["wsgi.errors"].write(f"sending failed: {type(error).__name__}\n")
    return []


PAGES: dict[str, Callable[[Environ, StartResponse], Iterable[bytes]]] = {
    "/": hello,
    "/environ": show_environ,
    "/echo": echo,
    "/digest": digest,
    "/ignore": ignore,
    "/stream": stream,
    "/sized": sized,
    "/status": status,
    "/wait": wait,
    "/who": who,
    "/fail": fail,
    "/break": break_off,
    "/complain": complain,
    "/send": send_until_told,
}


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Chooses by path; everything unknown, and ?environ everywhere, shows the environ."""
    if environ["QUERY_STRING"] == "environ":
        return show_environ(environ, start_response)
    return PAGES.get(environ["PATH_INFO"], show_environ)(environ, start_response)
