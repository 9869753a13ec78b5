# SPDX-License-Identifier: MIT
"""A site of plain WSGI under Beaker's session and cache middleware."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Iterable
from typing import Any

from beaker.middleware import CacheMiddleware, SessionMiddleware
from multipart import parse_form_data

TEXT = [("Content-Type", "text/plain; charset=utf-8")]
_calls = itertools.count(1)


def index(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """A page."""
    start_response("200 OK", [*TEXT])
    return [b"beaker"]


def login(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Keeps the name in the session."""
    form, _ = parse_form_data(environ)
    environ["beaker.session"]["name"] = form["name"]
    environ["beaker.session"].save()
    start_response("303 See Other", [("Location", "/me")])
    return []


def me(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The name in the session."""
    start_response("200 OK", [*TEXT])
    return [environ["beaker.session"].get("name", "nobody").encode()]


def upload(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """What came in the form."""
    form, files = parse_form_data(environ)
    data = files["file"].raw
    found = {
        "note": form["note"],
        "name": files["file"].filename,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(found).encode()]


def cached(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """A value that is made once for all processes: which one made it, at its which call."""
    cache = environ["beaker.cache"].get_cache("values", type="file", expire=3600)
    value = cache.get(key="one", createfunc=lambda: f"{os.getpid()} {next(_calls)}")
    start_response("200 OK", [*TEXT])
    return [value.encode()]


def stream(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """A body of unknown length."""
    start_response("200 OK", [*TEXT])
    return (b"line %d\n" % number for number in range(1000))


def fail(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Raises."""
    raise RuntimeError("the site fails on purpose")


def unknown(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """No page."""
    start_response("404 Not Found", [*TEXT])
    return [b"no such page"]


PAGES = {f"/{page.__name__}": page for page in (login, me, upload, cached, stream, fail)}


def pages(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Chooses by path."""
    page = {"/": index, **PAGES}.get(environ["PATH_INFO"], unknown)
    return page(environ, start_response)


_FOLDER = os.environ["SITE_FOLDER"]
application = CacheMiddleware(
    SessionMiddleware(
        pages,
        {
            "session.type": "file",
            "session.data_dir": f"{_FOLDER}/sessions",
            "session.auto": False,
        },
    ),
    {"cache.data_dir": f"{_FOLDER}/cache"},
)
