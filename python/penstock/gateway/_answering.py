# SPDX-License-Identifier: MIT
"""The application as a gateway calls it: what flup adds to environ, and its page for failures."""

from __future__ import annotations

import html
import io
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
App = Callable[[Environ, StartResponse], Iterable[bytes]]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType]

_PAGE = """<!DOCTYPE html>
<html><head>
<title>Unhandled Exception</title>
</head><body>
<h1>Unhandled Exception</h1>
{}
</body></html>
"""
_PLAIN = "<p>An unhandled exception was thrown by the application.</p>"


class Output(io.BytesIO):
    """What error() writes its answer to: a CGI head and a body."""

    @property
    def dataWritten(self) -> bool:
        return self.tell() > 0


class Request:
    """The request that failed, as error() gets it."""

    def __init__(self, environ: Environ) -> None:
        self.params = self.environ = environ
        self.stdin = environ.get("wsgi.input")
        self.stderr = environ.get("wsgi.errors")
        self.stdout = Output()


def default_page(request: Request, debug: bool) -> None:
    """Writes flup's page; with `debug` one that shows the exception that is being handled."""
    about = f"<pre>{html.escape(traceback.format_exc())}</pre>" if debug else _PLAIN
    head = "Status: 500 Internal Server Error\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    request.stdout.write((head + _PAGE.format(about)).encode("utf-8", "backslashreplace"))


class Application:
    """Calls `app`; what it raises before a byte has left is answered by `error`."""

    def __init__(
        self, app: App, prepare: Callable[[Environ], None], error: Callable[[Request], None]
    ) -> None:
        self._app = app
        self._prepare = prepare
        self._error = error

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self._prepare(environ)
        file_wrapper = environ.get("wsgi.file_wrapper")
        try:
            result = self._app(environ, start_response)
        except Exception:
            return self.failed(environ, start_response)
        if type(result) is list and all(type(part) is bytes for part in result):
            return result
        if type(result) is file_wrapper:
            return result  # to be sent without being read
        return _Parts(self, result, environ, start_response)

    def failed(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        """The answer to the exception that is being handled, which is raised again if a part of
        another answer is on its way."""
        info: Any = sys.exc_info()
        request = Request(environ)
        traceback.print_exception(*info, file=environ["wsgi.errors"])
        self._error(request)
        status, headers, body = _parse(request.stdout.getvalue())
        start_response(status, headers, info)
        return [body]


class _Parts:
    """The parts of an answer, where each may bring an exception. Text is sent as Latin-1."""

    def __init__(
        self, app: Application, result: Any, environ: Environ, start_response: StartResponse
    ) -> None:
        self._app = app
        self._result = result
        self._parts: Iterator[Any] | None = None
        self._environ = environ
        self._start_response = start_response

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if self._parts is None:
                self._parts = iter(self._result)
            part = next(self._parts)
            return part.encode("latin-1") if type(part) is str else part
        except StopIteration:
            raise
        except Exception:
            parts = self._app.failed(self._environ, self._start_response)
            self._parts = iter(())
            return parts[0]

    def close(self) -> None:
        if hasattr(self._result, "close"):
            self._result.close()


def _parse(answer: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status, headers and body of what error() wrote."""
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        head, _, body = answer.partition(b"\n\n")
    status, headers = "200 OK", []
    for line in head.decode("latin-1").splitlines():
        name, _, value = line.partition(":")
        if name.lower() == "status":
            status = value.strip()
        elif name:
            headers.append((name, value.strip()))
    return status, headers, body
