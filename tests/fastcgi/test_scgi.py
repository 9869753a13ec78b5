# SPDX-License-Identifier: MIT
"""SCGI byte by byte: what web servers send, and what nobody should."""

from __future__ import annotations

import hashlib
import json

import pytest
from harness import scgi
from harness.endpoint import Endpoint
from harness.http import Connection
from harness.server import Penstock

pytestmark = pytest.mark.asan


PROTOCOL = "scgi"


def test_answers_and_closes(listening: Endpoint) -> None:
    response = scgi.fetch(listening)
    assert (response.status, response.reason, response.body) == (200, "OK", b"hello")


def test_gives_the_app_what_the_web_server_said(listening: Endpoint) -> None:
    extra = {
        "SCRIPT_NAME": "/app",
        "PATH_INFO": "/environ",
        "HTTP_PROXY": "http://evil",
        "HTTPS": "on",
        "REMOTE_USER": "alice",
        "MINE": "mine",
    }
    environ = json.loads(scgi.fetch(listening, extra=extra).body)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/app", "/environ")
    assert "HTTP_PROXY" not in environ
    assert environ["wsgi.url_scheme"] == "https"
    assert environ["REMOTE_USER"] == "alice"
    assert environ["MINE"] == "mine"
    assert environ["SCGI"] == "1"


@pytest.mark.parametrize("size", [0, 1, 65536, 1_000_003, 20_000_000])
def test_takes_bodies_of_any_size(listening: Endpoint, size: int) -> None:
    body = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    response = scgi.fetch(listening, "/digest", method="POST", body=body)
    assert json.loads(response.body) == {
        "length": size,
        "sha256": hashlib.sha256(body).hexdigest(),
    }


@pytest.mark.parametrize("page", ["sized", "stream"])
def test_sends_bodies_of_any_size(listening: Endpoint, page: str) -> None:
    response = scgi.fetch(listening, f"/{page}?size=65536&count=100")
    assert response.body == bytes(index % 251 for index in range(65536)) * 100


@pytest.mark.parametrize("code", [201, 204, 304, 404, 503])
def test_gives_the_status_as_a_field(endpoint: Endpoint, code: int) -> None:
    assert scgi.fetch(endpoint, f"/status?code={code}").status == code


def test_takes_a_request_cut_anywhere(endpoint: Endpoint) -> None:
    data = scgi.encode_request("/echo", method="POST", body=b"hi")
    for cut in range(1, len(data), 5):
        with Connection(endpoint) as connection:
            connection.send(data[:cut])
            connection.send(data[cut:])
            assert connection.read_to_end().endswith(b"\r\n\r\nhi")


def test_never_gives_the_app_a_request_that_is_cut_short(endpoint: Endpoint) -> None:
    whole = scgi.encode_request("/echo", method="POST", body=b"hello")
    for cut in range(1, len(whole), 3):
        with Connection(endpoint) as connection:
            connection.send(whole[:cut])
            connection.end_output()
            answer = connection.drain()
        assert answer == b"" or answer.startswith(b"Status: 400 "), (cut, answer)


def _head(*variables: tuple[str, str]) -> bytes:
    return scgi.encode_head(variables)


_REFUSED: dict[str, tuple[bytes, bytes]] = {
    "no netstring": (b"abc", b"Status: 400 "),
    "a length that begins with a sign": (b"-5:abc,", b"Status: 400 "),
    "no comma": (b"3:abc;", b"Status: 400 "),
    "a huge head": (b"999999999:", b"Status: 431 "),
    "no length": (_head(("SCGI", "1"), ("REQUEST_METHOD", "GET")), b"Status: 400 "),
    "a length that is not the first": (
        _head(("SCGI", "1"), ("CONTENT_LENGTH", "0"), ("REQUEST_METHOD", "GET")),
        b"Status: 400 ",
    ),
    "two lengths": (
        _head(("CONTENT_LENGTH", "0"), ("SCGI", "1"), ("CONTENT_LENGTH", "5")),
        b"Status: 400 ",
    ),
    "no version": (
        _head(("CONTENT_LENGTH", "0"), ("REQUEST_METHOD", "GET"), ("PATH_INFO", "/")),
        b"Status: 400 ",
    ),
    "a bad length": (
        _head(("CONTENT_LENGTH", "1x"), ("SCGI", "1"), ("REQUEST_METHOD", "GET")),
        b"Status: 400 ",
    ),
    "too large a body": (
        _head(("CONTENT_LENGTH", "9" * 15), ("SCGI", "1"), ("REQUEST_METHOD", "GET")),
        b"Status: 413 ",
    ),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"HTTP/1.1 400 "),
}


@pytest.mark.parametrize("name", _REFUSED)
def test_refuses_with_a_status_and_a_line_in_the_log(
    server: Penstock, endpoint: Endpoint, name: str
) -> None:
    data, expected = _REFUSED[name]
    start = server.log.size
    with Connection(endpoint) as connection:
        connection.send_lenient(data)
        answer = connection.drain()
    assert answer.startswith(expected), answer
    server.log.wait_for("scgi request from 127.0.0.1 refused with 4", start=start)
    assert scgi.fetch(endpoint).body == b"hello"


def test_peers_that_leave_harm_nobody(endpoint: Endpoint) -> None:
    upload = scgi.encode_request("/digest", method="POST", body=b"x" * 300_000)
    for cut in range(1, len(upload), len(upload) // 30):
        with Connection(endpoint) as connection:
            connection.send(upload[:cut])
            if cut % 2:
                connection.reset()
    assert scgi.fetch(endpoint).body == b"hello"


def test_logs_what_uwsgi_would(server: Penstock, endpoint: Endpoint) -> None:
    start = server.log.size
    scgi.fetch(endpoint, "/status?code=404")
    names = len(scgi.encode_request().partition(b",")[0].split(b"\0"))
    head = b"Status: 404 Chosen\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\n"
    server.log.wait_for(
        rf"192\.0\.2\.7 \(\) {{{names - 1} vars in \d+ bytes}} \[.*\] "
        r"GET /status\?code=404 => generated 6 bytes in \d+ msecs \(HTTP/1\.1 404\) "
        rf"2 headers in {len(head)} bytes",
        start=start,
    )


def test_does_not_mistake_its_variables_for_those_of_uwsgi(endpoint: Endpoint) -> None:
    """UWSGI_* are plain variables: they choose no app, no virtualenv, no folder."""
    extra = {"UWSGI_FILE": "/etc/passwd", "UWSGI_PYHOME": "/", "PATH_INFO": "/environ"}
    environ = json.loads(scgi.fetch(endpoint, extra=extra).body)
    assert environ["PATH_INFO"] == "/environ"
