# SPDX-License-Identifier: MIT
"""The uwsgi protocol byte by byte: what nginx sends, and what nobody should."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator

import pytest

from harness.start import APPS, StartPenstock
from harness import uwsgi
from harness.endpoint import Endpoint
from harness.http import Connection
from harness.server import Penstock

pytestmark = pytest.mark.asan


@pytest.fixture(scope="module", params=["tcp", "unix"])
def listening(request: pytest.FixtureRequest, shared_penstock: StartPenstock) -> Iterator[Endpoint]:
    """A uwsgi socket of a server of its own."""
    address = "127.0.0.1:0" if request.param == "tcp" else f"{request.param}.sock"
    server = shared_penstock("-s", address, "--pythonpath", APPS, "-w", "probe")
    yield server.uwsgi


def _environ(endpoint: Endpoint, extra: dict[str, str], modifier1: int = 0) -> dict[str, object]:
    response = uwsgi.request(endpoint, "/environ", extra=extra, modifier1=modifier1)
    assert response.status == 200, response
    found: dict[str, object] = json.loads(response.body)
    return found


def test_answers_and_closes(listening: Endpoint) -> None:
    response = uwsgi.request(listening)
    assert (response.status, response.body) == (200, b"hello")
    assert response.get("Content-Length") == "5"


def test_frames_nothing(listening: Endpoint) -> None:
    """The body ends with the connection: a web server behind us knows no chunks."""
    response = uwsgi.request(listening, "/stream?size=1000&count=50")
    assert response.get("Transfer-Encoding") is None
    assert response.body == bytes(index % 251 for index in range(1000)) * 50


def test_gives_the_app_what_the_web_server_said(listening: Endpoint) -> None:
    environ = _environ(
        listening,
        {
            "PATH_INFO": "/environ",
            "REQUEST_METHOD": "PATCH",
            "HTTP_X_SOME_THING": "\xe9",
            "HTTP_COOKIE": "a=b; c=d",
            "MY_UWSGI_PARAM": "mine",
            "CONTENT_TYPE": "text/x",
            "SERVER_PORT": "8443",
            "UWSGI_SCHEME": "https",
        },
    )
    assert environ["REQUEST_METHOD"] == "PATCH"
    assert environ["PATH_INFO"] == "/environ"
    assert environ["SCRIPT_NAME"] == ""
    assert environ["HTTP_X_SOME_THING"] == "\xe9"
    assert environ["HTTP_COOKIE"] == "a=b; c=d"
    assert environ["MY_UWSGI_PARAM"] == "mine"
    assert environ["DOCUMENT_ROOT"] == "/usr/share/nginx/html"
    assert environ["CONTENT_TYPE"] == "text/x"
    assert environ["REMOTE_ADDR"] == "192.0.2.7"
    assert environ["REMOTE_PORT"] == "40000"
    assert environ["SERVER_NAME"] == "penstock.test"
    assert environ["SERVER_PORT"] == "8443"
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert environ["wsgi.url_scheme"] == "https"


@pytest.mark.parametrize(
    ("extra", "scheme"),
    [
        ({}, "http"),
        ({"HTTPS": "on"}, "https"),
        ({"HTTPS": "ON"}, "https"),
        ({"HTTPS": "1"}, "https"),
        ({"HTTPS": "off"}, "http"),
        ({"HTTPS": ""}, "http"),
        ({"UWSGI_SCHEME": "https"}, "https"),
        ({"UWSGI_SCHEME": "http", "HTTPS": "on"}, "http"),
        ({"HTTP_X_FORWARDED_PROTO": "https"}, "http"),
    ],
)
def test_finds_the_scheme(listening: Endpoint, extra: dict[str, str], scheme: str) -> None:
    """Not from a field that any client can send."""
    assert _environ(listening, extra)["wsgi.url_scheme"] == scheme


def test_drops_variables_that_could_pass_for_others(listening: Endpoint) -> None:
    environ = _environ(listening, {"HTTP_PROXY": "http://evil", "HTTP_X_GOOD": "1"})
    assert "HTTP_PROXY" not in environ
    assert environ["HTTP_X_GOOD"] == "1"


def test_lets_the_last_of_equal_variables_win(listening: Endpoint) -> None:
    variables = [*uwsgi.request_variables("GET", "/environ"), ("MINE", "1"), ("MINE", "2")]
    with Connection(listening) as connection:
        connection.send(uwsgi.encode_packet(variables))
        assert json.loads(uwsgi.read_response(connection).body)["MINE"] == "2"


@pytest.mark.parametrize(
    ("path", "script", "expected"),
    [
        ("/app/page", "/app", ("/app", "/page")),
        ("/app", "/app", ("/app", "")),
        ("/app/", "/app", ("/app", "/")),
        ("/apple", "/app", ("/app", "/apple")),
        ("/page", "", ("", "/page")),
    ],
)
def test_strips_the_prefix_for_modifier_30(
    listening: Endpoint, path: str, script: str, expected: tuple[str, str]
) -> None:
    variables = {"PATH_INFO": path, "SCRIPT_NAME": script, "QUERY_STRING": "environ"}
    environ = _environ(listening, variables, modifier1=30)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == expected


def test_leaves_the_path_alone_for_modifier_0(listening: Endpoint) -> None:
    environ = _environ(listening, {"PATH_INFO": "/app/page", "SCRIPT_NAME": "/app"})
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/app", "/app/page")


def test_answers_a_ping(listening: Endpoint) -> None:
    """Modifier 100: the answer is modifier 100, no block, modifier2 1."""
    assert uwsgi.exchange(listening, struct.pack("<BHB", 100, 0, 0)) == b"\x64\0\0\x01"


@pytest.mark.parametrize("size", [1, 65535, 65536, 1_000_003, 30_000_000])
def test_takes_bodies_of_any_size(listening: Endpoint, size: int) -> None:
    body = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    response = uwsgi.request(listening, "/digest", method="POST", body=body)
    assert json.loads(response.body) == {
        "length": size,
        "sha256": hashlib.sha256(body).hexdigest(),
    }


def test_takes_an_empty_length_for_none(listening: Endpoint) -> None:
    response = uwsgi.request(listening, "/digest", method="POST", extra={"CONTENT_LENGTH": ""})
    assert json.loads(response.body)["length"] == 0


def test_reads_no_further_than_the_body(listening: Endpoint) -> None:
    packet = uwsgi.encode_packet(uwsgi.request_variables("POST", "/echo", {"CONTENT_LENGTH": "5"}))
    with Connection(listening) as connection:
        connection.send(packet + b"hello and more")
        assert uwsgi.read_response(connection).body == b"hello"


def test_lets_an_app_leave_the_body_alone(listening: Endpoint) -> None:
    response = uwsgi.request(listening, "/ignore", method="POST", body=bytes(3_000_000))
    assert (response.status, response.body) == (200, b"ignored")


def test_takes_a_packet_byte_by_byte(listening: Endpoint) -> None:
    extra = {"CONTENT_LENGTH": "5"}
    packet = uwsgi.encode_packet(uwsgi.request_variables("POST", "/echo", extra)) + b"hello"
    with Connection(listening) as connection:
        for byte in packet:
            connection.send(bytes([byte]))
        assert uwsgi.read_response(connection).body == b"hello"


def test_takes_a_packet_cut_anywhere(listening: Endpoint) -> None:
    packet = uwsgi.encode_packet(uwsgi.request_variables("POST", "/echo", {"CONTENT_LENGTH": "2"}))
    packet += b"hi"
    for cut in range(1, len(packet), 7):
        with Connection(listening) as connection:
            connection.send(packet[:cut])
            connection.send(packet[cut:])
            assert uwsgi.read_response(connection).body == b"hi"


def test_takes_the_largest_block(listening: Endpoint) -> None:
    variables = uwsgi.request_variables("GET", "/environ")
    rest = (
        65535 - len(uwsgi.encode_variables(variables)) - len(uwsgi.encode_variables([("BIG", "")]))
    )
    environ = _environ(listening, {"BIG": "x" * rest})
    assert environ["BIG"] == "x" * rest


def test_takes_a_thousand_variables(listening: Endpoint) -> None:
    extra = {f"VARIABLE_{number}": str(number) for number in range(1000)}
    environ = _environ(listening, extra)
    assert {name: environ[name] for name in extra} == extra


def test_answers_head_without_a_body(listening: Endpoint) -> None:
    response = uwsgi.request(listening, method="HEAD")
    assert (response.status, response.get("Content-Length"), response.body) == (200, "5", b"")


@pytest.mark.parametrize("protocol", ["HTTP/1.0", "HTTP/1.1"])
def test_echoes_the_protocol_in_the_status_line(listening: Endpoint, protocol: str) -> None:
    packet = uwsgi.encode_packet(uwsgi.request_variables("GET", "/", {"SERVER_PROTOCOL": protocol}))
    assert uwsgi.exchange(listening, packet).startswith(f"{protocol} 200 OK\r\n".encode())


# Packets that are wrong


def _block(*items: bytes) -> bytes:
    """A packet of raw length-prefixed items."""
    block = b"".join(struct.pack("<H", len(item)) + item for item in items)
    return uwsgi.encode_header(len(block)) + block


_GOOD = uwsgi.encode_variables(uwsgi.request_variables())

_REFUSED: dict[str, tuple[bytes, set[int]]] = {
    "empty block": (uwsgi.encode_header(0), {400}),
    "empty key": (uwsgi.encode_header(len(_GOOD) + 4) + _GOOD + bytes(4), {400}),
    "key beyond the block": (uwsgi.encode_header(len(_GOOD) + 3) + _GOOD + b"\xff\0x", {400}),
    "value beyond the block": (
        uwsgi.encode_header(len(_GOOD) + 5) + _GOOD + b"\x01\0x\xff\xff",
        {400},
    ),
    "key without a value": (uwsgi.encode_header(len(_GOOD) + 3) + _GOOD + b"\x01\0x", {400}),
    "half a length": (uwsgi.encode_header(len(_GOOD) + 1) + _GOOD + b"\x01", {400}),
    "no method": (_block(b"PATH_INFO", b"/", b"REQUEST_URI", b"/"), {400}),
    "bad length": (
        uwsgi.encode_packet(uwsgi.request_variables("POST", "/", {"CONTENT_LENGTH": "x"})),
        {400},
    ),
    "negative length": (
        uwsgi.encode_packet(uwsgi.request_variables("POST", "/", {"CONTENT_LENGTH": "-1"})),
        {400},
    ),
    "too long a body": (
        uwsgi.encode_packet(uwsgi.request_variables("POST", "/", {"CONTENT_LENGTH": "9" * 15})),
        {413},
    ),
    "method that is no token": (uwsgi.encode_packet(uwsgi.request_variables("G T", "/")), {400}),
    "line feed in a value": (
        uwsgi.encode_packet(uwsgi.request_variables("GET", "/", {"HTTP_X": "a\nb"})),
        {400},
    ),
    "unknown modifier": (uwsgi.encode_packet(uwsgi.request_variables(), 5), {400, 501}),
    "code to be run": (uwsgi.encode_header(8, 22) + b"print(1)", {400, 501}),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", {400}),
    "HTTP with a body": (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", {400}),
    "short HTTP": (b"GET /\r\n\r\n", {400}),
}


@pytest.mark.parametrize("name", _REFUSED)
def test_refuses_with_a_status_and_a_line_in_the_log(
    shared_penstock: StartPenstock, probe: Penstock, name: str
) -> None:
    data, statuses = _REFUSED[name]
    start = probe.log.size
    with Connection(probe.uwsgi) as connection:
        connection.send_lenient(data)
        response = connection.read_response()
        assert response.status in statuses, response
        assert response.says_close
        assert 0 < len(response.body) < 500
        assert connection.drain() == b""
    probe.log.wait_for(r"^.*(uwsgi|modifier|packet|request|HTTP|body|method|field).*$", start=start)
    assert uwsgi.request(probe.uwsgi).body == b"hello"


def test_says_that_it_was_http_that_came(probe: Penstock) -> None:
    start = probe.log.size
    answer = uwsgi.exchange(probe.uwsgi, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ") or answer.startswith(b"HTTP/1.0 400 ")
    probe.log.wait_for(r"HTTP", start=start)


@pytest.mark.parametrize(
    "data",
    [
        b"\0",
        b"\0\xff\xff",
        uwsgi.encode_header(len(_GOOD)) + _GOOD[:-1],
        uwsgi.encode_header(65535) + _GOOD,
        uwsgi.encode_packet(uwsgi.request_variables("POST", "/echo", {"CONTENT_LENGTH": "9"}))
        + b"1234",
    ],
)
def test_never_gives_the_app_a_request_that_is_cut_short(probe: Penstock, data: bytes) -> None:
    with Connection(probe.uwsgi) as connection:
        connection.send(data)
        connection.end_output()
        answer = connection.drain()
    assert answer == b"" or b" 400 " in answer.split(b"\r\n")[0], answer
    assert uwsgi.request(probe.uwsgi).body == b"hello"


def test_refuses_more_variables_than_the_limit(penstock: StartPenstock) -> None:
    server = penstock(
        *("-s", "127.0.0.1:0", "--pythonpath", APPS, "-w", "probe", "--max-variables", "100")
    )
    extra = {f"V{number}": "" for number in range(200)}
    assert uwsgi.request(server.uwsgi, extra=extra).status == 431
    assert uwsgi.request(server.uwsgi).status == 200


def test_refuses_a_block_beyond_the_limit(penstock: StartPenstock) -> None:
    server = penstock(
        *("-s", "127.0.0.1:0", "--pythonpath", APPS, "-w", "probe", "--max-head-bytes", "8192")
    )
    assert uwsgi.request(server.uwsgi, extra={"BIG": "x" * 9000}).status == 431
    assert uwsgi.request(server.uwsgi, extra={"BIG": "x" * 6000}).status == 200
