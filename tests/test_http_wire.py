# SPDX-License-Identifier: MIT
"""HTTP/1.1 byte by byte (RFC 9110, RFC 9112): what is served, what is refused, and how."""

from __future__ import annotations

import email.utils
import hashlib
import json
import random
import socket
import threading
import time

import pytest

from harness.http import Connection, encode_chunked, encode_request, fetch
from harness.server import Penstock

pytestmark = pytest.mark.asan

#: Follows every refused request on the same connection, and must never be answered.
_SMUGGLED = b"GET /?smuggled HTTP/1.1\r\nHost: h\r\n\r\n"


def _get(*lines: bytes, target: bytes = b"/", host: bytes = b"Host: h\r\n") -> bytes:
    """A GET with more lines, given without their CRLF."""
    return (
        b"GET " + target + b" HTTP/1.1\r\n" + host + b"".join(x + b"\r\n" for x in lines) + b"\r\n"
    )


def _post(*lines: bytes, body: bytes = b"") -> bytes:
    """A POST to the echo page with exactly these lines and this body."""
    head = b"POST /echo HTTP/1.1\r\nHost: h\r\n" + b"".join(x + b"\r\n" for x in lines)
    return head + b"\r\n" + body


def _chunked(body: bytes) -> bytes:
    """A POST with a raw chunked body."""
    return _post(b"Transfer-Encoding: chunked", body=body)


# What is refused: bytes, and the statuses that may come back.

_LENGTHS = {
    "letters": b"Content-Length: five",
    "sign": b"Content-Length: +5",
    "negative": b"Content-Length: -5",
    "hexadecimal": b"Content-Length: 0x5",
    "underscore": b"Content-Length: 5_0",
    "list": b"Content-Length: 5, 6",
    "two numbers": b"Content-Length: 5 5",
    "fraction": b"Content-Length: 5.0",
    "empty": b"Content-Length:",
    "blank": b"Content-Length:   ",
    "no ASCII digit": "Content-Length: ٥".encode(),
    "wide digits": b"Content-Length: \xb2",
}

_BAD_LENGTHS = {name: (_post(line, body=b"hello"), {400}) for name, line in _LENGTHS.items()}
_BAD_LENGTHS |= {
    "overflow of 64 bits": (
        _post(b"Content-Length: 18446744073709551621", body=b"hello"),
        {400, 413},
    ),
    "a hundred digits": (_post(b"Content-Length: " + b"9" * 100, body=b"hello"), {400, 413}),
    "two that differ": (_post(b"Content-Length: 5", b"Content-Length: 6", body=b"hello!"), {400}),
    "two, one of them bad": (
        _post(b"Content-Length: 5", b"Content-Length: x", body=b"hello"),
        {400},
    ),
}

_BAD_CODINGS = {
    "with a length": (
        _post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        {400},
    ),
    "with a length behind it": (
        _post(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n"),
        {400},
    ),
    "unknown": (_post(b"Transfer-Encoding: gzip", body=b"hello"), {501}),
    "identity": (_post(b"Transfer-Encoding: identity", body=b"hello"), {400, 501}),
    "unknown under chunked": (_post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), {501}),
    "chunked not last": (_post(b"Transfer-Encoding: chunked, gzip", body=b"0\r\n\r\n"), {400, 501}),
    "chunked twice": (_post(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"), {400, 501}),
    "two fields": (
        _post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        {400, 501},
    ),
    "chunked and identity": (
        _post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=b"0\r\n\r\n"),
        {400, 501},
    ),
    "empty": (_post(b"Transfer-Encoding:", body=b"0\r\n\r\n"), {400, 501}),
    "in quotes": (_post(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"), {400, 501}),
    "with a parameter": (_post(b"Transfer-Encoding: chunked;a=b", body=b"0\r\n\r\n"), {400, 501}),
    "with a vertical tab": (
        _post(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"),
        {400, 501},
    ),
    "with a letter before it": (_post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), {501}),
    "with a blank in its name": (_post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"), {400}),
    "in HTTP/1.0": (
        b"POST /echo HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        {400},
    ),
}

_BAD_CHUNKS = {
    "prefix 0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "plus": b"+5\r\nhello\r\n0\r\n\r\n",
    "minus": b"-5\r\nhello\r\n0\r\n\r\n",
    "blank before": b" 5\r\nhello\r\n0\r\n\r\n",
    "underscore": b"0_5\r\nhello\r\n0\r\n\r\n",
    "no digit": b"\r\nhello\r\n0\r\n\r\n",
    "letter": b"g\r\nhello\r\n0\r\n\r\n",
    "17 digits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "a hundred zeros": b"0" * 100 + b"5\r\nhello\r\n0\r\n\r\n",
    "line feed alone after the size": b"5\nhello\r\n0\r\n\r\n",
    "carriage return alone after the size": b"5\rhello\r\n0\r\n\r\n",
    "line feed in an extension": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "carriage return in an extension": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "NUL in an extension": b"5;a\0b\r\nhello\r\n0\r\n\r\n",
    "line feed alone after the data": b"5\r\nhello\n0\r\n\r\n",
    "nothing after the data": b"5\r\nhello0\r\n\r\n",
    "more data than said": b"5\r\nhello!\r\n0\r\n\r\n",
    "less data than said": b"5\r\nhell\r\n0\r\n\r\n",
    "trailer without a colon": b"0\r\nnothing\r\n\r\n",
    "trailer with a blank in its name": b"0\r\nX Y: 1\r\n\r\n",
    "folded trailer": b"0\r\nX: 1\r\n 2\r\n\r\n",
    "line feed alone after a trailer": b"0\r\nX: 1\n\r\n",
    "trailer Content-Length": b"0\r\nContent-Length: 5\r\n\r\n",
    "trailer Transfer-Encoding": b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "trailer Host": b"0\r\nHost: other\r\n\r\n",
}

_BAD_FIELDS = {
    "blank in the name": _get(b"X Y: 1"),
    "blank before the colon": _get(b"X : 1"),
    "tab before the colon": _get(b"X\t: 1"),
    "no name": _get(b": 1"),
    "no colon": _get(b"X"),
    "bracket in the name": _get(b"X(: 1"),
    "slash in the name": _get(b"X/Y: 1"),
    "no ASCII in the name": _get(b"X\xe9: 1"),
    "NUL in the name": _get(b"X\0: 1"),
    "NUL in the value": _get(b"X: a\0b"),
    "carriage return in the value": _get(b"X: a\rb"),
    "carriage return at the value's end": _get(b"X: a\r"),
    "line feed in the value": _get(b"X: a\nY: b"),
    "control byte in the value": _get(b"X: a\x01b"),
    "delete in the value": _get(b"X: a\x7fb"),
    "folded line": _get(b"X: a", b" b"),
    "folded line by a tab": _get(b"X: a", b"\tb"),
    "first line folded": _get(b" X: a", host=b""),
    "line feeds alone": b"GET / HTTP/1.1\nHost: h\n\n",
    "empty line by a line feed alone": b"GET / HTTP/1.1\r\nHost: h\r\n\n",
    "carriage return alone in the empty line": b"GET / HTTP/1.1\r\nHost: h\r\n\rX: 1\r\n\r\n",
    "no Host": _get(host=b""),
    "two Hosts": _get(b"Host: h"),
    "two different Hosts": _get(b"Host: i"),
    "blank in Host": _get(host=b"Host: a b\r\n"),
    "slash in Host": _get(host=b"Host: a/b\r\n"),
    "user in Host": _get(host=b"Host: a@b\r\n"),
    "letters as the port in Host": _get(host=b"Host: a:b\r\n"),
    "list in Host": _get(host=b"Host: a, b\r\n"),
}

_BAD_LINES = {
    "no version": (b"GET /\r\nHost: h\r\n\r\n", {400}),
    "HTTP/0.9": (b"GET / HTTP/0.9\r\nHost: h\r\n\r\n", {400, 505}),
    "HTTP/2.0": (b"GET / HTTP/2.0\r\nHost: h\r\n\r\n", {505}),
    "HTTP/3.0": (b"GET / HTTP/3.0\r\nHost: h\r\n\r\n", {505}),
    "version of two digits": (b"GET / HTTP/1.10\r\nHost: h\r\n\r\n", {400, 505}),
    "version in small letters": (b"GET / http/1.1\r\nHost: h\r\n\r\n", {400}),
    "another protocol": (b"GET / ICY/1.1\r\nHost: h\r\n\r\n", {400}),
    "blank after the version": (b"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", {400}),
    "two blanks": (b"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "tab": (b"GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "blank before the method": (b" GET / HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "method that is no token": (b"G@T / HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "no method": (b"/ HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "no target": (b"GET HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "blank in the target": (b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "relative target": (b"GET a HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "asterisk for GET": (b"GET * HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "NUL in the target": (b"GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "control byte in the target": (b"GET /a\x01b HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "escape without digits": (b"GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "escape cut short": (b"GET /%2 HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "escaped NUL": (b"GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "absolute target without a host": (b"GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "CONNECT": (b"CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n", {400, 405, 501}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64) + b"\r\n\r\n", {400}),
    "HTTP/2 without TLS": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
    "a uwsgi packet": (b"\0\x20\0\0\x0e\0REQUEST_METHOD\x03\0GET\x03\0FOO\x03\0BAR\r\n\r\n", {400}),
}

_REFUSED: dict[str, tuple[bytes, set[int]]] = {
    **{f"length: {name}": case for name, case in _BAD_LENGTHS.items()},
    **{f"coding: {name}": case for name, case in _BAD_CODINGS.items()},
    **{f"chunk: {name}": (_chunked(body), {400}) for name, body in _BAD_CHUNKS.items()},
    **{f"field: {name}": (request, {400}) for name, request in _BAD_FIELDS.items()},
    **{f"line: {name}": case for name, case in _BAD_LINES.items()},
}


@pytest.mark.parametrize("name", _REFUSED)
def test_refuses_and_closes(probe: Penstock, name: str) -> None:
    """One short answer, then the end; the bytes behind the bad ones are nobody's request."""
    data, statuses = _REFUSED[name]
    start = probe.log.size
    with Connection(probe.http) as connection:
        connection.send_lenient(data + _SMUGGLED)
        response = connection.read_response()
        assert response.status in statuses, response
        assert response.says_close
        assert response.get("Content-Type") in ("text/plain", "text/plain; charset=utf-8")
        assert 0 < len(response.body) < 500
        assert connection.drain() == b""
    assert fetch(probe.http).body == b"hello"
    assert "smuggled" not in probe.log.text[start:]


@pytest.mark.parametrize("name", ["field: folded line", "chunk: plus", "length: sign"])
def test_refuses_the_same_bytes_one_by_one(probe: Penstock, name: str) -> None:
    data, statuses = _REFUSED[name]
    with Connection(probe.http) as connection:
        for byte in data + _SMUGGLED:
            if not connection.send_lenient(bytes([byte])):
                break
        response = connection.read_response()
        assert response.status in statuses, response
        assert connection.drain() == b""


# What is served: bytes, and what the app must see.

_SERVED: dict[str, tuple[bytes, dict[str, object]]] = {
    "empty line before the request": (
        b"\r\n" + _get(target=b"/environ"),
        {"PATH_INFO": "/environ"},
    ),
    "method of one's own": (
        b"FOO-bar /environ HTTP/1.1\r\nHost: h\r\n\r\n",
        {"REQUEST_METHOD": "FOO-bar"},
    ),
    "method in small letters": (
        b"get /environ HTTP/1.1\r\nHost: h\r\n\r\n",
        {"REQUEST_METHOD": "get"},
    ),
    "path percent-decoded once": (
        _get(target=b"/a%20b/%C3%A9/%2525/c%2fd"),
        {"PATH_INFO": "/a b/\xc3\xa9/%25/c/d", "REQUEST_URI": "/a%20b/%C3%A9/%2525/c%2fd"},
    ),
    "query as it is": (_get(target=b"/environ?a=%41&b=?/&c=+"), {"QUERY_STRING": "a=%41&b=?/&c=+"}),
    "empty query": (_get(target=b"/environ?"), {"QUERY_STRING": ""}),
    "two slashes": (_get(target=b"//a//b"), {"PATH_INFO": "//a//b"}),
    "dots as they are": (_get(target=b"/a/../b/./c"), {"PATH_INFO": "/a/../b/./c"}),
    "absolute target": (
        _get(target=b"http://named:8080/environ?q", host=b"Host: other\r\n"),
        {
            "PATH_INFO": "/environ",
            "QUERY_STRING": "q",
            "HTTP_HOST": "named:8080",
            "wsgi.url_scheme": "http",
        },
    ),
    "absolute target without a path": (_get(target=b"HTTP://named"), {"HTTP_HOST": "named"}),
    "asterisk for OPTIONS": (
        b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
        {"REQUEST_METHOD": "OPTIONS", "PATH_INFO": "*"},
    ),
    "blanks around a value": (_get(b"X: \t a b \t", target=b"/environ"), {"HTTP_X": "a b"}),
    "empty value": (_get(b"X:", target=b"/environ"), {"HTTP_X": ""}),
    "value of latin-1 bytes": (_get(b"X: \xe9\xff", target=b"/environ"), {"HTTP_X": "\xe9\xff"}),
    "tab in a value": (_get(b"X: a\tb", target=b"/environ"), {"HTTP_X": "a\tb"}),
    "repeated field": (_get(b"X: a", b"x: b", target=b"/environ"), {"HTTP_X": "a, b"}),
    "repeated Cookie": (
        _get(b"Cookie: a=1", b"Cookie: b=2", target=b"/environ"),
        {"HTTP_COOKIE": "a=1; b=2"},
    ),
    "every sign of a token": (
        _get(b"X-!#$%&'*+.^`|~9: 1", target=b"/environ"),
        {"HTTP_X_!#$%&'*+.^`|~9": "1"},
    ),
    "IPv6 host": (_get(target=b"/environ", host=b"Host: [::1]:80\r\n"), {"HTTP_HOST": "[::1]:80"}),
    "forwarded scheme of an unknown peer": (
        _get(
            b"X-Forwarded-Proto: https",
            b"X-Forwarded-For: 192.0.2.1",
            b"X-Forwarded-SSL: on",
            target=b"/environ",
        ),
        {"wsgi.url_scheme": "http", "REMOTE_ADDR": "127.0.0.1"},
    ),
    "unwanted upgrade": (
        _get(
            b"Connection: Upgrade, HTTP2-Settings",
            b"Upgrade: h2c",
            b"HTTP2-Settings: AA",
            target=b"/environ",
        ),
        {"SERVER_PROTOCOL": "HTTP/1.1"},
    ),
}


@pytest.mark.parametrize("name", _SERVED)
def test_serves_and_stays(probe: Penstock, name: str) -> None:
    data, expected = _SERVED[name]
    with Connection(probe.http) as connection:
        connection.send(data)
        response = connection.read_response()
        assert response.status == 200, response
        assert not response.says_close
        if response.get("Content-Type") == "application/json":
            environ = json.loads(response.body)
            assert {key: environ.get(key) for key in expected} == expected
        assert connection.get("/").body == b"hello"


@pytest.mark.parametrize(
    "body",
    [
        b"5\r\nhello\r\n0\r\n\r\n",
        b"5;name=value\r\nhello\r\n0;last\r\n\r\n",
        b'5;name="a;b"\r\nhello\r\n0\r\n\r\n',
        b"2\r\nhe\r\n3\r\nllo\r\n0\r\nX-Trailer: 1\r\nY: 2\r\n\r\n",
        b"00005\r\nhello\r\n000\r\n\r\n",
        b"1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n0\r\n\r\n",
    ],
)
def test_joins_chunks(probe: Penstock, body: bytes) -> None:
    with Connection(probe.http) as connection:
        connection.send(_chunked(body))
        assert connection.read_response().body == b"hello"
        for byte in _chunked(body):
            connection.send(bytes([byte]))
        assert connection.read_response().body == b"hello"


@pytest.mark.parametrize("coding", [b"chunked", b"CHUNKED", b"\tChunked "])
def test_knows_chunked_in_any_case(probe: Penstock, coding: bytes) -> None:
    with Connection(probe.http) as connection:
        connection.send(_post(b"Transfer-Encoding: " + coding, body=b"5\r\nhello\r\n0\r\n\r\n"))
        assert connection.read_response().body == b"hello"
        assert connection.get("/").body == b"hello"


def test_drops_trailers(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        connection.send(
            b"POST /environ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nX-Kept: head\r\n"
            b"Trailer: X-Late\r\n\r\n2\r\nhi\r\n0\r\nX-Late: 1\r\nX-Kept: trailer\r\n\r\n"
        )
        environ = json.loads(connection.read_response().body)
        assert "HTTP_X_LATE" not in environ
        assert environ["HTTP_X_KEPT"] == "head"
        assert connection.get("/").body == b"hello"


def test_drops_fields_that_could_pass_for_others(probe: Penstock) -> None:
    """Underscores, which would fall together with dashes; Proxy, which CGI programs trust."""
    response = fetch(
        probe.http,
        "/environ",
        fields=[
            ("X_Real_IP", "1"),
            ("Content_Length", "99"),
            ("Proxy", "http://evil"),
            ("X-Good", "1"),
        ],
    )
    environ = json.loads(response.body)
    assert environ["HTTP_X_GOOD"] == "1"
    for name in ("HTTP_X_REAL_IP", "HTTP_PROXY", "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE"):
        assert name not in environ
    assert environ.get("CONTENT_LENGTH", "") == ""


# Connections


def test_answers_pipelined_requests_in_order(probe: Penstock) -> None:
    requests = [
        _get(target=b"/"),
        _post(b"Content-Length: 3", body=b"one"),
        _chunked(encode_chunked([b"t", b"wo"])),
        b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n",
        _get(target=b"/stream?size=3&count=2"),
        _post(b"Content-Length: 0"),
        _get(b"Connection: close", target=b"/"),
    ]
    with Connection(probe.http) as connection:
        connection.send(b"".join(requests))
        assert connection.read_response().body == b"hello"
        assert connection.read_response().body == b"one"
        assert connection.read_response().body == b"two"
        assert connection.read_response("HEAD").get("Content-Length") == "5"
        assert connection.read_response().body == bytes([0, 1, 2] * 2)
        assert connection.read_response().body == b""
        last = connection.read_response()
        assert (last.body, last.says_close) == (b"hello", True)
        assert connection.read_to_end() == b""


def test_answers_a_thousand_pipelined_requests(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        connection.send(_get() * 1000)
        for _ in range(1000):
            assert connection.read_response().body == b"hello"


def test_takes_a_request_byte_by_byte(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        for _ in range(2):
            for byte in _post(b"Content-Length: 5", b"X-Y: z", body=b"hello"):
                connection.send(bytes([byte]))
            assert connection.read_response().body == b"hello"


def test_ends_the_connection_when_asked(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        response = connection.get("/", ("Connection", "close"))
        assert (response.body, response.says_close) == (b"hello", True)
        assert connection.read_to_end() == b""


def test_answers_nothing_after_the_last_request(probe: Penstock) -> None:
    start = probe.log.size
    with Connection(probe.http) as connection:
        connection.send(_get(b"Connection: close") + _SMUGGLED)
        assert connection.read_response().says_close
        assert connection.drain() == b""
    assert fetch(probe.http).body == b"hello"
    assert "smuggled" not in probe.log.text[start:]


@pytest.mark.parametrize("value", ["Close", "close, x-other", "x-other ,\tCLOSE"])
def test_finds_close_among_the_options(probe: Penstock, value: str) -> None:
    with Connection(probe.http) as connection:
        assert connection.get("/", ("Connection", value)).says_close
        assert connection.read_to_end() == b""


def test_ends_an_http_1_0_connection(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        connection.send(b"GET / HTTP/1.0\r\n\r\n")
        response = connection.read_response()
        assert (response.status, response.body) == (200, b"hello")
        assert connection.read_to_end() == b""


def test_keeps_an_http_1_0_connection_that_asks_for_it(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        for _ in range(3):
            connection.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            response = connection.read_response()
            assert response.body == b"hello"
            assert (response.get("Connection") or "").lower() == "keep-alive"


def test_does_not_chunk_for_http_1_0(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        connection.send(b"GET /stream?size=100&count=10 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        response = connection.read_response()
        assert response.get("Transfer-Encoding") is None
        assert response.body == bytes(range(100)) * 10
        assert connection.read_to_end() == b""


def test_chunks_bodies_of_unknown_length(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        response = connection.get("/stream?size=100&count=10")
        assert response.get("Transfer-Encoding") == "chunked"
        assert response.body == bytes(range(100)) * 10
        assert connection.get("/").body == b"hello"


@pytest.mark.parametrize("target", ["/", "/stream?size=5&count=2", "/sized?size=9&count=3"])
def test_answers_head_with_the_fields_of_get(probe: Penstock, target: str) -> None:
    with Connection(probe.http) as connection:
        full, head = connection.get(target), connection.request("HEAD", target)
        assert head.body == b""
        names = {"date", "transfer-encoding"}
        assert [x for x in head.fields if x[0].lower() not in names] == [
            x for x in full.fields if x[0].lower() not in names
        ]
        assert connection.get("/").body == b"hello"


@pytest.mark.parametrize("code", [204, 304])
def test_sends_no_body_where_none_may_be(probe: Penstock, code: int) -> None:
    with Connection(probe.http) as connection:
        response = connection.get(f"/status?code={code}")
        assert response.status == code
        assert response.get("Transfer-Encoding") is None
        assert connection.get("/").body == b"hello"


def test_says_date_and_server(probe: Penstock) -> None:
    before = int(time.time())
    response = fetch(probe.http)
    date = response.get("Date")
    assert date is not None and date.endswith(" GMT")
    stamp = email.utils.parsedate_to_datetime(date)
    assert before - 2 <= stamp.timestamp() <= time.time() + 2
    assert response.get("Server") == "Penstock"


def test_asks_for_the_body_that_a_client_holds_back(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        for _ in range(2):
            connection.send(_post(b"Content-Length: 5", b"Expect: 100-continue"))
            interim = connection.read_head()
            assert (interim.status, interim.fields) == (100, [])
            connection.send(b"hello")
            response = connection.read_response()
            assert (response.status, response.body) == (200, b"hello")


def test_does_not_ask_for_a_body_that_is_there(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        connection.send(_post(b"Content-Length: 5", b"Expect: 100-continue", body=b"hello"))
        response = connection.read_response()
        assert (response.status, response.body) == (200, b"hello")
        assert len(response.informational) <= 1
        assert connection.get("/").body == b"hello"


def test_does_not_say_100_to_http_1_0(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        connection.send(
            b"POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"
        )
        response = connection.read_response()
        assert (response.status, response.body, response.informational) == (200, b"hello", [])


def test_refuses_instead_of_saying_100(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        connection.send(_post(b"Content-Length: 99999999999999", b"Expect: 100-continue"))
        assert connection.read_head().status == 413


@pytest.mark.parametrize("seed", range(20))
def test_answers_any_requests_however_they_are_cut(probe: Penstock, seed: int) -> None:
    """Pipelined requests of all kinds and sizes, in pieces that respect no border."""
    chance = random.Random(seed)
    requests = [_random_request(chance) for _ in range(30)]
    data = b"".join(request for request, _ in requests)
    with Connection(probe.http) as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sender = threading.Thread(target=_send_cut, args=(connection, data, chance))
        sender.start()
        for _, expected in requests:
            assert json.loads(connection.read_response().body) == expected
        sender.join()
        assert connection.get("/").body == b"hello"


def _random_request(chance: random.Random) -> tuple[bytes, dict[str, object]]:
    """A request to the digest page, and its answer."""
    sizes = [0, 1, chance.randrange(100), chance.randrange(10_000), chance.randrange(200_000)]
    body = chance.randbytes(chance.choice(sizes))
    filler = [("X-Filler", "f" * chance.randrange(chance.choice([10, 1000, 9000])))]
    expected = {"length": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    target = "/digest?" + "q" * chance.randrange(chance.choice([1, 500]))
    if chance.random() < 0.5:
        return encode_request("POST", target, filler, body), expected
    head = encode_request("POST", target, [*filler, ("Transfer-Encoding", "chunked")])
    parts, rest = [], body
    while rest:
        size = chance.randrange(1, 1 + chance.choice([5, 500, 50_000]))
        parts.append(rest[:size])
        rest = rest[size:]
    return head + encode_chunked(
        parts[:2000] + [b"".join(parts[2000:])][: len(parts) > 2000]
    ), expected


def _send_cut(connection: Connection, data: bytes, chance: random.Random) -> None:
    """Sends in pieces."""
    while data:
        size = chance.randrange(1, 1 + chance.choice([3, 30, 3000, 100_000]))
        connection.send(data[:size])
        data = data[size:]


# Ends


def test_answers_after_the_client_has_ended_its_side(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        connection.send(_get(target=b"/") + _get(target=b"/stream?size=9&count=1"))
        connection.end_output()
        assert connection.read_response().body == b"hello"
        assert connection.read_response().body == bytes(range(9))
        assert connection.drain() == b""


@pytest.mark.parametrize(
    "data",
    [
        b"GET /?cut HTTP/1.1\r\nHos",
        b"POST /echo?cut HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello",
        b"POST /echo?cut HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"POST /echo?cut HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"POST /echo?cut HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    ],
)
def test_never_gives_the_app_a_request_that_is_cut_short(probe: Penstock, data: bytes) -> None:
    with Connection(probe.http) as connection:
        connection.send(data)
        connection.end_output()
        answer = connection.drain()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 "), answer


def test_says_nothing_to_a_client_that_says_nothing(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        connection.end_output()
        assert connection.drain() == b""


def test_lets_the_client_read_an_early_answer(probe: Penstock) -> None:
    """A lingering close: no reset while the client still sends what we do not want."""
    with Connection(probe.http) as connection:
        connection.send_lenient(_post(b"Content-Length: x") + bytes(5_000_000))
        response = connection.read_response()
        assert response.status == 400


def test_sends_no_body_with_an_error_for_head(probe: Penstock) -> None:
    with Connection(probe.http) as connection:
        connection.send(b"HEAD / HTTP/1.1\r\n\r\n")
        response = connection.read_response("HEAD")
        assert response.status == 400
        assert response.says_close
        assert connection.drain() == b""
