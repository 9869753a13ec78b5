# SPDX-License-Identifier: MIT
"""A client of SCGI, as nginx is one."""

from __future__ import annotations

from collections.abc import Mapping

from . import cgi
from .endpoint import Endpoint
from .http import Connection, Response
from .uwsgi import Variables, request_variables


def encode_head(variables: Variables) -> bytes:
    """The netstring of all variables."""
    head = bytearray()
    for pair in variables:
        for item in pair:
            head += (item.encode("latin-1") if isinstance(item, str) else item) + b"\0"
    return b"%d:%s," % (len(head), head)


def encode_request(
    target: str = "/",
    *,
    method: str = "GET",
    extra: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> bytes:
    """A whole request; its length stands first, as it must."""
    variables = {"CONTENT_LENGTH": str(len(body)), "SCGI": "1"}
    stock = dict(request_variables(method, target, extra))
    variables.update({name: value for name, value in stock.items() if name != "CONTENT_LENGTH"})
    return encode_head(variables.items()) + body


def fetch(
    endpoint: Endpoint,
    target: str = "/",
    *,
    method: str = "GET",
    extra: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Response:
    """One request and its answer, which ends with the connection."""
    with Connection(endpoint) as connection:
        connection.send(encode_request(target, method=method, extra=extra, body=body))
        return cgi.parse_answer(connection.read_to_end(), method)
