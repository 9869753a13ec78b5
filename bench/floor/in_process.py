# SPDX-License-Identifier: MIT
"""in_process.py module:callable METHOD BODY_BYTES SECONDS

Calls the app in a loop, without a server: what the app itself costs. Prints JSON.
"""

from __future__ import annotations

import importlib
import io
import json
import sys
import time
from typing import Any


def environ_for(method: str, body_bytes: int) -> dict[str, Any]:
    """What a server would make of the bench's request."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost:8000",
        "HTTP_USER_AGENT": "bench/1",
        "HTTP_ACCEPT": "*/*",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if body_bytes:
        environ["CONTENT_LENGTH"] = str(body_bytes)
    return environ


def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
    """Nobody reads the answer."""


def main() -> None:
    """See above."""
    module, callable_ = sys.argv[1].split(":")
    app = getattr(importlib.import_module(module), callable_)
    body = b"x" * int(sys.argv[3])
    template = environ_for(sys.argv[2], len(body))

    def call(count: int) -> None:
        for _ in range(count):
            environ = template.copy()
            environ["wsgi.input"] = io.BytesIO(body)
            answer = app(environ, start_response)
            for _ in answer:
                pass
            if hasattr(answer, "close"):
                answer.close()

    call(20)
    calls, begin = 0, time.process_time()
    until = time.monotonic() + float(sys.argv[4])
    while time.monotonic() < until:
        call(20)
        calls += 20
    print(json.dumps({"calls": calls, "cpu_seconds": time.process_time() - begin}))


main()
