# SPDX-License-Identifier: MIT
"""A client of the uwsgi protocol, as nginx is one."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

from .endpoint import Endpoint
from .http import Connection, Response

Variables = Iterable[tuple[str | bytes, str | bytes]]


def encode_variables(variables: Variables) -> bytes:
    """The block of a packet."""
    block = bytearray()
    for pair in variables:
        for item in pair:
            data = item.encode("latin-1") if isinstance(item, str) else item
            block += struct.pack("<H", len(data)) + data
    return bytes(block)


def encode_header(size: int, modifier1: int = 0, modifier2: int = 0) -> bytes:
    """The four bytes in front of a block."""
    return struct.pack("<BHB", modifier1, size, modifier2)


def encode_packet(variables: Variables, modifier1: int = 0, modifier2: int = 0) -> bytes:
    """A whole packet, without a body."""
    block = encode_variables(variables)
    return encode_header(len(block), modifier1, modifier2) + block


def request_variables(
    method: str = "GET", target: str = "/", extra: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """The variables that nginx's stock uwsgi_params sends, and `extra` ones."""
    path, _, query = target.partition("?")
    variables = {
        "QUERY_STRING": query,
        "REQUEST_METHOD": method,
        "CONTENT_TYPE": "",
        "CONTENT_LENGTH": "",
        "REQUEST_URI": target,
        "PATH_INFO": path,
        "DOCUMENT_ROOT": "/usr/share/nginx/html",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_SCHEME": "http",
        "REMOTE_ADDR": "192.0.2.7",
        "REMOTE_PORT": "40000",
        "SERVER_PORT": "80",
        "SERVER_NAME": "penstock.test",
        "HTTP_HOST": "penstock.test",
    }
    variables.update(extra or {})
    return list(variables.items())


def exchange(endpoint: Endpoint, data: bytes) -> bytes:
    """Sends bytes on a connection of their own; gives everything that comes back."""
    with Connection(endpoint) as connection:
        connection.send_lenient(data)
        return connection.drain()


def request(
    endpoint: Endpoint,
    target: str = "/",
    *,
    method: str = "GET",
    extra: Mapping[str, str] | None = None,
    body: bytes = b"",
    modifier1: int = 0,
) -> Response:
    """One request and its answer; the answer must end with the connection."""
    if body:
        extra = {"CONTENT_LENGTH": str(len(body)), **(extra or {})}
    packet = encode_packet(request_variables(method, target, extra), modifier1)
    with Connection(endpoint) as connection:
        connection.send(packet + body)
        return read_response(connection, method)


def read_response(connection: Connection, method: str = "GET") -> Response:
    """An answer whose body ends with the connection, as uwsgi's do."""
    informational = []
    while (response := connection.read_head()).status < 200:
        informational.append(response)
    response.informational = informational
    response.body = connection.read_to_end()
    length = response.get("Content-Length")
    if length is not None and method != "HEAD" and response.status not in (204, 304):
        assert len(response.body) == int(length), f"{len(response.body)} of {length} bytes"
    return response
