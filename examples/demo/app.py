# SPDX-License-Identifier: MIT
"""The app that `./dev run` serves: plain WSGI (PEP 3333), one page for each thing to try."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from email import message_from_bytes
from email.policy import HTTP
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs

Environ = dict[str, Any]
Answer = tuple[str, str, Iterable[bytes]]  # status, content type, body

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
MAX_UPLOAD = 32 * 1024 * 1024
LAYOUT = Template((Path(__file__).parent / "layout.html").read_text(encoding="utf-8"))


def page(title: str, content: str) -> bytes:
    """A whole page; `title` is text, `content` is HTML."""
    return LAYOUT.substitute(
        title=escape(title),
        content=content,
        pid=os.getpid(),
        thread=escape(threading.current_thread().name),
        python=escape(platform.python_version()),
    ).encode()


def table(rows: Iterable[tuple[str, object]]) -> str:
    """Rows of names and values, both text, as HTML."""
    cells = (f"<tr><th>{escape(name)}<td>{escape(str(value))}" for name, value in rows)
    return f"<table>{''.join(cells)}</table>"


def index(environ: Environ) -> Answer:
    """What the server says of this request, of the worker and of itself."""
    request = [
        ("method", environ["REQUEST_METHOD"]),
        ("path", environ.get("PATH_INFO", "")),
        ("query", environ.get("QUERY_STRING", "")),
        ("protocol", environ["SERVER_PROTOCOL"]),
        ("from", environ.get("REMOTE_ADDR", "") or "a UNIX socket"),
    ]
    headers = [
        (name.removeprefix("HTTP_").replace("_", "-").title(), value)
        for name, value in sorted(environ.items())
        if name.startswith("HTTP_") or name in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value
    ]
    worker = [
        ("process", os.getpid()),
        ("thread", threading.current_thread().name),
        ("several threads", "yes" if environ["wsgi.multithread"] else "no"),
        ("several processes", "yes" if environ["wsgi.multiprocess"] else "no"),
        ("interpreter", sys.executable),
        ("server", environ.get("SERVER_SOFTWARE", "")),
    ]
    content = (
        f"<section><h2>This request</h2>{table(request)}</section>"
        f"<section><h2>Its headers</h2>{table(headers)}</section>"
        f"<section><h2>Who answered</h2>{table(worker)}</section>"
    )
    return "200 OK", HTML, [page("It works", content)]


def stream(environ: Environ) -> Answer:
    """Ten lines, each sent when it is made."""

    def lines() -> Iterator[bytes]:
        for number in range(1, 11):
            yield f"{number} of 10, at {time.strftime('%H:%M:%S')}\n".encode()
            time.sleep(0.3)

    return "200 OK", TEXT, lines()


def slow(environ: Environ) -> Answer:
    """Holds its thread for a while; the other threads go on answering."""
    wish = parse_qs(environ.get("QUERY_STRING", "")).get("seconds", [""])[0]
    seconds = min(int(wish), 30) if wish.isdecimal() and len(wish) < 3 else 3
    time.sleep(seconds)
    content = f"<p>This took {seconds} seconds, and held one thread of one worker.</p>"
    return "200 OK", HTML, [page("Slow", content)]


def upload(environ: Environ) -> Answer:
    """A form, and what came of it."""
    content = (
        '<form method="post" enctype="multipart/form-data">'
        '<p><label>A note <input name="note"></label>'
        '<p><label>A file <input type="file" name="file" required></label>'
        "<p><button>Send</button></form>"
    )
    if environ["REQUEST_METHOD"] == "POST":
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if size > MAX_UPLOAD:
            return "413 Content Too Large", HTML, [page("That is too much", content)]
        fields = list(form_fields(environ, size))
        content = (table(fields) if fields else "<p>That was no form.</p>") + content
    return "200 OK", HTML, [page("Upload", content)]


def form_fields(environ: Environ, size: int) -> Iterator[tuple[str, str]]:
    """Names and descriptions of what a multipart form holds."""
    head = f"Content-Type: {environ.get('CONTENT_TYPE', '')}\r\n\r\n".encode("latin-1")
    form = message_from_bytes(head + environ["wsgi.input"].read(size), policy=HTTP)
    for part in form.iter_parts() if form.is_multipart() else ():
        name = part.get_param("name", "", header="content-disposition")
        data = part.get_payload(decode=True) or b""
        if part.get_filename() is None:
            yield str(name), data.decode(errors="replace")
        else:
            digest = hashlib.sha256(data).hexdigest()
            yield str(name), f"{part.get_filename()}: {len(data)} bytes, SHA-256 {digest}"


def error(environ: Environ) -> Answer:
    """Fails: the visitor gets a 500, the log the traceback."""
    raise RuntimeError("this page always fails, so that you can see what happens then")


def api(environ: Environ) -> Answer:
    """The strings of the environ as JSON."""
    strings = {name: value for name, value in environ.items() if isinstance(value, str)}
    return "200 OK", "application/json", [json.dumps(strings, indent=2, sort_keys=True).encode()]


def missing(environ: Environ) -> Answer:
    """There is no such page."""
    content = f"<p>There is no <code>{escape(environ.get('PATH_INFO', ''))}</code> here.</p>"
    return "404 Not Found", HTML, [page("Not found", content)]


PAGES: dict[str, Callable[[Environ], Answer]] = {
    "/": index,
    "/stream": stream,
    "/slow": slow,
    "/upload": upload,
    "/error": error,
    "/api": api,
}


def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI callable."""
    status, content_type, body = PAGES.get(environ.get("PATH_INFO", ""), missing)(environ)
    headers = [("Content-Type", content_type), ("Cache-Control", "no-store")]
    if isinstance(body, list):
        headers.append(("Content-Length", str(sum(map(len, body)))))
    start_response(status, headers)
    return body
