# SPDX-License-Identifier: MIT
"""One request, to see whether a server answers as the case wants."""

from __future__ import annotations

import http.client
import socket

from .cases import Case

_TIMEOUT = 5.0


def ask(address: str, case: Case) -> str:
    """What is wrong with the answer; empty if nothing is. OSError if there is none."""
    if case.protocol == "uwsgi":
        status, body = _ask_uwsgi(address)
    else:
        status, body = _ask_http(address, case)
    if status != 200:
        return f"answers {status}"
    if len(body) != case.answer_bytes or body.strip(b"x"):
        return f"answers with {len(body)} wrong bytes"
    return ""


def _ask_http(address: str, case: Case) -> tuple[int, bytes]:
    host, _, port = address.partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=_TIMEOUT)
    try:
        connection.request(case.method, "/", b"x" * case.body_bytes or None, {"Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise ConnectionError(f"no answer: {error!r}") from error
    finally:
        connection.close()


def uwsgi_packet(variables: dict[str, str]) -> bytes:
    """A request without a body."""
    block = b""
    for text in (part for pair in variables.items() for part in pair):
        block += len(text).to_bytes(2, "little") + text.encode()
    return b"\0" + len(block).to_bytes(2, "little") + b"\0" + block


def _ask_uwsgi(address: str) -> tuple[int, bytes]:
    packet = uwsgi_packet(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/",
            "QUERY_STRING": "",
            "REQUEST_URI": "/",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "HTTP_HOST": "localhost",
        }
    )
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_TIMEOUT)
        connection.connect(address)
        connection.sendall(packet)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    if len(words) < 2 or not words[1].isdigit():
        raise ConnectionError("no answer")
    return int(words[1]), body
