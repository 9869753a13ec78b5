# SPDX-License-Identifier: MIT
"""FastCGI byte by byte: requests and their answers."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Callable

import pytest
from harness import fastcgi, http, scgi, uwsgi
from harness.endpoint import Endpoint
from harness.fastcgi import Client
from harness.gate import Gate
from harness.http import Connection
from harness.server import Penstock
from harness.start import APPS, StartPenstock

pytestmark = pytest.mark.asan

PROTOCOL = "fastcgi"


def test_answers_and_closes_where_the_peer_does_not_keep_the_connection(
    listening: Endpoint,
) -> None:
    response = fastcgi.fetch(listening)
    assert (response.status, response.reason, response.body) == (200, "OK", b"hello")
    assert response.get("Content-Length") == "5"


def test_serves_request_after_request_where_the_peer_keeps_the_connection(
    listening: Endpoint,
) -> None:
    with Client(listening) as client:
        for number in range(1, 40):
            body = f"request {number}".encode()
            answer = client.fetch("/echo", number=number, method="POST", body=body)
            assert answer.body == body
        assert client.connection.is_open


def test_gives_the_app_what_the_web_server_said(listening: Endpoint) -> None:
    extra = {
        "REQUEST_METHOD": "PATCH",
        "SCRIPT_NAME": "/app",
        "PATH_INFO": "/environ",
        "HTTP_X_SOME_THING": "\xe9",
        "HTTP_PROXY": "http://evil",
        "REMOTE_USER": "alice",
        "HTTPS": "on",
        "MINE": "mine",
        "EMPTY": "",
        "wsgi.url_scheme": "gopher",
    }
    environ = json.loads(fastcgi.fetch(listening, extra=extra).body)
    assert environ["REQUEST_METHOD"] == "PATCH"
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/app", "/environ")
    assert environ["HTTP_X_SOME_THING"] == "\xe9"
    assert "HTTP_PROXY" not in environ
    assert environ["REMOTE_USER"] == "alice"
    assert environ["wsgi.url_scheme"] == "https"
    assert (environ["MINE"], environ["EMPTY"]) == ("mine", "")
    assert environ["REMOTE_ADDR"] == "192.0.2.7"


def test_takes_names_and_values_with_lengths_of_four_bytes(endpoint: Endpoint) -> None:
    extra = {"N" * 200: "v" * 127, "SHORT": "v" * 128, "LONG": "v" * 30000}
    environ = json.loads(fastcgi.fetch(endpoint, "/environ", extra=extra).body)
    assert {name: environ[name] for name in extra} == extra


@pytest.mark.parametrize("piece", [1, 7, 255, 65535])
@pytest.mark.parametrize("padding", [0, 1, 255])
def test_takes_streams_over_any_number_of_records(
    endpoint: Endpoint, piece: int, padding: int
) -> None:
    body = bytes(index % 251 for index in range(3000))
    response = fastcgi.fetch(
        endpoint, "/echo", method="POST", body=body, piece=piece, padding=padding
    )
    assert response.body == body


def test_takes_records_cut_anywhere(endpoint: Endpoint) -> None:
    data = fastcgi.request("/echo", method="POST", body=b"hello", padding=3)
    with Client(endpoint) as client:
        for cut in range(1, len(data)):
            client.send(data[:cut])
            client.send(data[cut:])
            assert client.read_answer().parse().body == b"hello"
        for byte in data:
            client.send(bytes([byte]))
        assert client.read_answer().parse().body == b"hello"


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 1_000_003, 30_000_000])
def test_takes_bodies_of_any_size(listening: Endpoint, size: int) -> None:
    body = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    response = fastcgi.fetch(listening, "/digest", method="POST", body=body)
    assert json.loads(response.body) == {
        "length": size,
        "sha256": hashlib.sha256(body).hexdigest(),
    }


def test_takes_a_body_of_unknown_length(endpoint: Endpoint) -> None:
    data = (
        fastcgi.begin(1)
        + fastcgi.stream(fastcgi.PARAMS, 1, fastcgi.pairs(uwsgi.request_variables("POST", "/echo")))
        + fastcgi.stream(fastcgi.STDIN, 1, b"abc" * 1000, piece=100)
    )
    with Client(endpoint) as client:
        client.send(data)
        assert client.read_answer().parse().body == b"abc" * 1000


@pytest.mark.parametrize("page", ["sized", "stream"])
def test_sends_bodies_of_any_size_in_records(listening: Endpoint, page: str) -> None:
    with Client(listening) as client:
        client.send(fastcgi.request(f"/{page}?size=200000&count=50"))
        answer = client.read_answer()
    assert answer.parse().body == bytes(index % 251 for index in range(200000)) * 50
    assert max(answer.record_sizes) <= 65535


@pytest.mark.parametrize("code", [201, 204, 301, 304, 404, 418, 503])
def test_gives_the_status_as_a_field(endpoint: Endpoint, code: int) -> None:
    response = fastcgi.fetch(endpoint, f"/status?code={code}")
    assert (response.status, response.reason) == (code, "Chosen")


def test_answers_head_without_a_body(endpoint: Endpoint) -> None:
    response = fastcgi.fetch(endpoint, method="HEAD")
    assert (response.status, response.get("Content-Length"), response.body) == (
        200,
        "5",
        b"",
    )


def test_shows_500_when_the_app_fails_and_keeps_the_connection(
    endpoint: Endpoint,
) -> None:
    with Client(endpoint) as client:
        response = client.fetch("/fail")
        assert response.status == 500
        assert b"on purpose" not in response.body
        assert client.fetch().body == b"hello"


def test_tells_what_it_is_capable_of(endpoint: Endpoint) -> None:
    with Client(endpoint) as client:
        values = client.ask("FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS", "UNKNOWN")
        assert values == {
            "FCGI_MAX_CONNS": "20000",
            "FCGI_MAX_REQS": str(4 + 1024),
            "FCGI_MPXS_CONNS": "1",
        }
        assert client.ask("UNKNOWN") == {}
        assert client.fetch().body == b"hello"


def test_answers_unknown_management_records(endpoint: Endpoint) -> None:
    with Client(endpoint) as client:
        client.send(fastcgi.record(77, 0, b"what?"))
        came = client.read_record()
        assert (came.kind, came.request, came.content) == (
            fastcgi.UNKNOWN_TYPE,
            0,
            b"\x4d" + bytes(7),
        )
        assert client.fetch().body == b"hello"


@pytest.mark.parametrize("role", [fastcgi.AUTHORIZER, fastcgi.FILTER, 9])
def test_refuses_other_roles(endpoint: Endpoint, role: int) -> None:
    with Client(endpoint) as client:
        client.send(fastcgi.begin(5, role=role))
        answer = client.read_answer(5)
        assert (answer.protocol_status, answer.output) == (fastcgi.UNKNOWN_ROLE, b"")
        assert client.fetch().body == b"hello"


# The server around it


def test_sends_wsgi_errors_to_the_web_server_when_asked(
    start_fastcgi: StartPenstock,
) -> None:
    server = start_fastcgi("--fastcgi-stderr")
    with Client(server.endpoint("fastcgi")) as client:
        client.send(fastcgi.request("/complain?text=%C3%A9"))
        answer = client.read_answer()
        assert answer.parse().body == b"complained"
        assert answer.errors.decode() == "first: é\nsecond\n"
        server.log.wait_for("^first: é$")
        server.log.wait_for("^second$")


def test_sends_the_traceback_of_an_exception_when_asked(start_fastcgi: StartPenstock) -> None:
    server = start_fastcgi("--fastcgi-stderr")
    with Client(server.endpoint("fastcgi")) as client:
        client.send(fastcgi.request("/fail"))
        answer = client.read_answer()
        assert answer.parse().status == 500
        assert answer.errors.startswith(b"Traceback (most recent call last):\n")
        assert answer.errors.endswith(b"RuntimeError: the probe fails on purpose\n")
        assert client.fetch().body == b"hello"


def test_keeps_wsgi_errors_to_itself_else(server: Penstock, endpoint: Endpoint) -> None:
    start = server.log.size
    with Client(endpoint) as client:
        client.send(fastcgi.request("/complain?text=x"))
        answer = client.read_answer()
        assert (answer.parse().body, answer.errors) == (b"complained", b"")
    server.log.wait_for("^first: x$", start=start)
    server.log.wait_for("^second$", start=start)


def test_logs_what_uwsgi_would(server: Penstock, endpoint: Endpoint) -> None:
    start = server.log.size
    with Client(endpoint) as client:
        client.fetch("/status?code=404", number=10, extra={"REMOTE_USER": "alice"})
    variables = uwsgi.request_variables("GET", "/status?code=404", {"REMOTE_USER": "alice"})
    size = len(uwsgi.encode_variables(variables))
    head = b"Status: 404 Chosen\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\n"
    server.log.wait_for(
        rf"192\.0\.2\.7 \(alice\) {{{len(variables) * 2} vars in {size} bytes}} \[.*\] "
        r"GET /status\?code=404 => generated 6 bytes in \d+ msecs \(HTTP/1\.1 404\) "
        rf"2 headers in {len(head)} bytes",
        start=start,
    )
    start = server.log.size
    response = fastcgi.fetch(endpoint, "/fail")
    fields = len(response.fields)
    size = sum(len(f"{name}: {value}\r\n") for name, value in response.fields)
    size += len(f"Status: {response.status} {response.reason}\r\n\r\n")
    server.log.wait_for(
        rf"GET /fail => generated {len(response.body)} bytes in \d+ msecs \(HTTP/1\.1 500\) "
        rf"{fields} headers in {size} bytes",
        start=start,
    )


def test_stops_when_idle_connections_are_kept(start_fastcgi: StartPenstock, gate: Gate) -> None:
    server = start_fastcgi("--threads", "2")
    endpoint = server.endpoint("fastcgi")
    with Client(endpoint) as idle, Client(endpoint) as busy:
        assert idle.fetch().body == b"hello"
        busy.send(fastcgi.request(f"/wait?gate={gate.path}"))
        visitor = gate.wait()
        server.send_signal(signal.SIGTERM)
        assert idle.connection.read_to_end() == b""
        visitor.release()
        assert busy.read_answer().parse().body == b"passed"
        assert busy.connection.read_to_end() == b""


def test_serves_every_protocol_on_one_app_at_once(start_fastcgi: StartPenstock) -> None:
    server = start_fastcgi(
        *("-s", "127.0.0.1:0", "--scgi-socket", "127.0.0.1:0", "--http-socket", "127.0.0.1:0"),
        *("--protocol", "uwsgi", "-p", "2"),
    )
    for _ in range(3):
        assert http.fetch(server.http).body == b"hello"
        assert uwsgi.request(server.uwsgi).body == b"hello"
        assert fastcgi.fetch(server.endpoint("fastcgi")).body == b"hello"
        assert scgi.fetch(server.endpoint("scgi")).body == b"hello"


@pytest.mark.parametrize("protocol", ["fastcgi", "scgi"])
def test_speaks_what_protocol_says_on_plain_sockets(penstock: StartPenstock, protocol: str) -> None:
    fetch = {"fastcgi": fastcgi.fetch, "scgi": scgi.fetch}[protocol]
    server = penstock(
        *("-s", "127.0.0.1:0", "--protocol", protocol, "--pythonpath", APPS, "-w", "probe")
    )
    assert fetch(server.endpoint(protocol)).body == b"hello"


def _output_of_fastcgi(endpoint: Endpoint, target: str) -> bytes:
    with Client(endpoint) as client:
        client.send(fastcgi.request(target))
        return client.read_answer().output


def _output_of_scgi(endpoint: Endpoint, target: str) -> bytes:
    with Connection(endpoint) as connection:
        connection.send(scgi.encode_request(target))
        return connection.read_to_end()


@pytest.mark.parametrize("ask", [_output_of_fastcgi, _output_of_scgi])
def test_answers_with_the_status_line_of_http_where_that_is_wanted(
    penstock: StartPenstock, ask: Callable[[Endpoint, str], bytes]
) -> None:
    protocol = ask.__name__.removeprefix("_output_of_") + "-nph"
    server = penstock(f"--{protocol}-socket", "127.0.0.1:0", "--pythonpath", APPS, "-w", "probe")
    endpoint = server.endpoint(protocol)
    assert ask(endpoint, "/status?code=404") == (
        b"HTTP/1.1 404 Chosen\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nchosen"
    )
    assert ask(endpoint, "/fail").startswith(b"HTTP/1.1 500 ")
