# SPDX-License-Identifier: MIT
"""One app under each of the two validators of PEP 3333."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any
from wsgiref.validate import validator

from paste import lint

warnings.simplefilter("always")


def counted(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Reads the body in the way that the path names, and tells how long it was."""
    stream, path = environ["wsgi.input"], environ["PATH_INFO"]
    length = 0
    if path == "/read":
        while piece := stream.read(4):
            length += len(piece)
    elif path == "/lines":
        for line in stream:
            length += len(line)
    environ["wsgi.errors"].write("")
    environ["wsgi.errors"].flush()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['REQUEST_METHOD']} {length} bytes".encode()]


validated = validator(counted)
linted = lint.middleware(counted)
