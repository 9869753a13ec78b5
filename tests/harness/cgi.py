# SPDX-License-Identifier: MIT
"""What FastCGI and SCGI have in common: variables of a request, and an answer as CGI writes it."""

from __future__ import annotations

import re

from .http import Response, WireError

_STATUS = re.compile(r"([1-5][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?")


def parse_answer(data: bytes, method: str = "GET") -> Response:
    """A whole CGI answer: fields with Status as the first, an empty line, the body."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        raise WireError(f"no end of the head in {data[:500]!r}")
    fields = []
    for line in head.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(": ")
        if not colon:
            raise WireError(f"field {line!r}")
        fields.append((name, value))
    name, value = fields.pop(0)
    match = _STATUS.fullmatch(value)
    if name != "Status" or not match:
        raise WireError(f"{name}: {value} instead of a Status")
    response = Response(int(match[1]), match[2] or "", 1, fields, body)
    length = response.get("Content-Length")
    if length is not None and method != "HEAD" and response.status not in (204, 304):
        assert len(body) == int(length), f"{len(body)} of {length} bytes"
    return response
