# SPDX-License-Identifier: MIT
"""What nobody should send over FastCGI, and what happens then."""

from __future__ import annotations

import pytest
from harness import fastcgi, uwsgi
from harness.endpoint import Endpoint
from harness.fastcgi import Client
from harness.gate import Gate
from harness.http import Connection
from harness.server import Penstock
from harness.start import StartPenstock

pytestmark = pytest.mark.asan

PROTOCOL = "fastcgi"


_REFUSED: dict[str, tuple[bytes, int]] = {
    "another version": (b"\x02" + fastcgi.begin(1)[1:], 0),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "garbage": (bytes(range(200, 256)) * 20, 0),
    "zeros": (bytes(1000), 0),
    "a begin of the wrong size": (fastcgi.record(fastcgi.BEGIN, 1, b"\0\1\0"), 0),
    "an id twice": (fastcgi.begin(1) + fastcgi.begin(1), 0),
    "a huge question": (fastcgi.record(fastcgi.GET_VALUES, 0, bytes(60000)), 0),
    "bad pairs in a question": (fastcgi.record(fastcgi.GET_VALUES, 0, b"\x7f\x7fx"), 0),
}


@pytest.mark.parametrize("name", _REFUSED)
def test_ends_a_connection_that_makes_no_sense(
    server: Penstock, endpoint: Endpoint, name: str
) -> None:
    data, status = _REFUSED[name]
    start = server.log.size
    with Connection(endpoint) as connection:
        connection.send_lenient(data)
        answer = connection.drain()
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()) if status else answer == b""
    server.log.wait_for("fastcgi request from 127.0.0.1 refused with 400", start=start)
    assert fastcgi.fetch(endpoint).body == b"hello"


def _with_params(params: bytes, body: bytes = b"") -> bytes:
    return (
        fastcgi.begin(3)
        + fastcgi.stream(fastcgi.PARAMS, 3, params)
        + fastcgi.stream(fastcgi.STDIN, 3, body)
    )


def _with_variables(method: str, extra: dict[str, str], body: bytes = b"") -> bytes:
    return _with_params(fastcgi.pairs(uwsgi.request_variables(method, "/echo", extra)), body)


_REJECTED: dict[str, tuple[bytes, int]] = {
    "no variables": (_with_params(b""), 400),
    "half a pair": (_with_params(b"\x05\x05abc"), 400),
    "a length of two gigabytes": (
        _with_params(b"\xff\xff\xff\xff\xff\xff\xff\xffabc"),
        400,
    ),
    "a name without bytes": (_with_params(b"\0\1x"), 400),
    "no method": (_with_params(fastcgi.pairs([("PATH_INFO", "/")])), 400),
    "a line feed in a field": (_with_variables("GET", {"HTTP_X": "a\nb"}), 400),
    "a length that is none": (_with_variables("POST", {"CONTENT_LENGTH": "+1"}), 400),
    "a longer body": (_with_variables("POST", {"CONTENT_LENGTH": "3"}, b"four"), 400),
    "a shorter body": (_with_variables("POST", {"CONTENT_LENGTH": "5"}, b"four"), 400),
    "too large a body": (_with_variables("POST", {"CONTENT_LENGTH": "9" * 15}), 413),
    "too large a head": (_with_variables("GET", {"BIG": "x" * 70000}), 431),
}


@pytest.mark.parametrize("name", _REJECTED)
def test_refuses_one_request_and_goes_on(
    server: Penstock, endpoint: Endpoint, gate: Gate, name: str
) -> None:
    data, status = _REJECTED[name]
    start = server.log.size
    with Client(endpoint) as client:
        client.send(fastcgi.request(f"/wait?gate={gate.path}", number=1))
        visitor = gate.wait()
        client.send(data)
        assert client.read_answer(3).parse().status == status
        server.log.wait_for(f"refused with {status}", start=start)
        visitor.release()
        assert client.read_answer(1).parse().body == b"passed"
        assert client.fetch(number=3).body == b"hello"


def test_refuses_more_variables_than_the_limit(start_fastcgi: StartPenstock) -> None:
    server = start_fastcgi("--max-variables", "100")
    with Client(server.endpoint("fastcgi")) as client:
        extra = {f"V{number}": "" for number in range(200)}
        assert client.fetch(extra=extra).status == 431
        assert client.fetch().status == 200
