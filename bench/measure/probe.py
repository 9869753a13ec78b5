# SPDX-License-Identifier: MIT
"""One request, to see whether a server answers as the case wants."""

from __future__ import annotations

import http.client
import socket

from . import gateway
from .cases import Case

_TIMEOUT = 5.0
_VARIABLES = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": "/",
    "QUERY_STRING": "",
    "REQUEST_URI": "/",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "HTTP_HOST": "localhost",
}


def ask(address: str, case: Case) -> str:
    """What is wrong with the answer; empty if nothing is. OSError if there is none."""
    with _connect(address) as connection:
        if case.client_protocol == "http":
            status, body = _ask_http(connection, case)
        else:
            status, body = _ask_gateway(connection, case)
    if status != 200:
        return f"answers {status}"
    if len(body) != case.answer_bytes or body.strip(b"x"):
        return f"answers with {len(body)} wrong bytes"
    return ""


def _connect(address: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX if address.startswith("/") else socket.AF_INET)
    connection.settimeout(_TIMEOUT)
    try:
        if address.startswith("/"):
            connection.connect(address)
        else:
            host, _, port = address.partition(":")
            connection.connect((host, int(port)))
    except OSError:
        connection.close()
        raise
    return connection


def _ask_http(connection: socket.socket, case: Case) -> tuple[int, bytes]:
    client = http.client.HTTPConnection("localhost")
    client.sock = connection
    try:
        client.request(case.method, "/", b"x" * case.body_bytes or None, {"Connection": "close"})
        answer = client.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise ConnectionError(f"no answer: {error!r}") from error


def _ask_gateway(connection: socket.socket, case: Case) -> tuple[int, bytes]:
    connection.sendall(gateway.encode(case.protocol, _VARIABLES))
    answer = b"".join(iter(lambda: connection.recv(65536), b""))
    try:
        return gateway.understand(case.protocol, answer)
    except (ValueError, IndexError) as error:
        raise ConnectionError(f"no answer: {error}") from error
