# SPDX-License-Identifier: MIT
"""FastCGI byte by byte: what web servers send, and what nobody should."""

from __future__ import annotations

import hashlib
import json
import signal
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import fastcgi, http, scgi, uwsgi
from harness.endpoint import Endpoint
from harness.fastcgi import Client
from harness.gate import Gate
from harness.http import Connection, WireError
from harness.server import Penstock
from harness.start import APPS, StartPenstock

pytestmark = pytest.mark.asan


def _arguments(address: str, *more: str) -> tuple[str, ...]:
    return (
        "--fastcgi-socket",
        address,
        "--pythonpath",
        str(APPS),
        "-w",
        "probe",
        *more,
    )


@pytest.fixture(scope="module")
def server(shared_penstock: StartPenstock) -> Penstock:
    """One server with a TCP and a UNIX socket."""
    return shared_penstock(
        *_arguments("127.0.0.1:0", "--fastcgi-socket", "f.sock", "--threads", "4")
    )


@pytest.fixture(scope="module", params=["TCP", "UNIX"])
def listening(request: pytest.FixtureRequest, server: Penstock) -> Iterator[Endpoint]:
    """Both of its sockets, one after the other."""
    yield server.endpoint("fastcgi", request.param)


@pytest.fixture
def endpoint(server: Penstock) -> Endpoint:
    """Its TCP socket."""
    return server.endpoint("fastcgi", "TCP")


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


# Several requests at once


def test_runs_requests_of_one_connection_at_once(endpoint: Endpoint, gate: Gate) -> None:
    with Client(endpoint) as client:
        for number in (1, 2, 3):
            target = f"/wait?gate={gate.path}&name={number}"
            client.send(fastcgi.request(target, number=number))
        visitors = {visitor.name: visitor for visitor in (gate.wait() for _ in range(3))}
        for number in (2, 3, 1):
            visitors[str(number)].release()
            assert client.read_first() == number
            assert client.read_answer(number).parse().body == b"passed"


def test_mixes_the_bodies_of_two_requests(endpoint: Endpoint) -> None:
    bodies = {1: b"a" * 5000, 2: b"b" * 7000}
    waiting = {
        number: _records(
            fastcgi.request("/echo", number=number, method="POST", body=body, piece=1000)
        )
        for number, body in bodies.items()
    }
    with Client(endpoint) as client:
        while any(waiting.values()):
            for records in waiting.values():
                if records:
                    client.send(records.pop(0))
        for number, body in bodies.items():
            assert client.read_answer(number).parse().body == body


def _records(data: bytes) -> list[bytes]:
    """The records of a stream of bytes."""
    records = []
    while data:
        size = 8 + struct.unpack(">H", data[4:6])[0] + data[6]
        records.append(data[:size])
        data = data[size:]
    return records


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


def test_refuses_more_requests_at_once_than_it_takes(endpoint: Endpoint) -> None:
    with Client(endpoint) as client:
        for number in range(1, 33):
            client.send(fastcgi.begin(number))
        client.send(fastcgi.begin(33))
        assert client.read_answer(33).protocol_status == fastcgi.OVERLOADED
        variables = fastcgi.pairs(uwsgi.request_variables())
        client.send(
            fastcgi.stream(fastcgi.PARAMS, 32, variables) + fastcgi.stream(fastcgi.STDIN, 32, b"")
        )
        assert client.read_answer(32).parse().body == b"hello"


# Requests that are given up


def test_an_abort_reaches_the_app_as_a_disconnect(
    server: Penstock, endpoint: Endpoint, gate: Gate
) -> None:
    start = server.log.size
    with Client(endpoint) as client:
        client.send(fastcgi.request(f"/send?gate={gate.path}", number=9))
        visitor = gate.wait()
        client.send(fastcgi.record(fastcgi.ABORT, 9))
        assert client.ask("FCGI_MPXS_CONNS")  # so the abort was read
        visitor.release()
        answer = client.read_answer(9)
        assert (answer.protocol_status, answer.output) == (fastcgi.COMPLETE, b"")
        server.log.wait_for("sending failed: ConnectionError", start=start)
        assert client.fetch(number=9).body == b"hello"


def test_an_abort_ends_an_upload(endpoint: Endpoint) -> None:
    with Client(endpoint) as client:
        whole = fastcgi.request("/echo", number=4, method="POST", body=b"x" * 1000, piece=100)
        client.send(b"".join(_records(whole)[:5]) + fastcgi.record(fastcgi.ABORT, 4))
        assert client.read_answer(4).output == b""
        assert client.fetch("/echo", number=4, method="POST", body=b"again").body == b"again"


def test_an_abort_of_the_only_request_of_a_connection_ends_it(
    endpoint: Endpoint,
) -> None:
    with Client(endpoint) as client:
        whole = fastcgi.request("/echo", keep=False, method="POST", body=b"x" * 1000, piece=100)
        client.send(b"".join(_records(whole)[:5]) + fastcgi.record(fastcgi.ABORT, 1))
        client.connection.drain()
    assert fastcgi.fetch(endpoint).body == b"hello"


def test_peers_that_leave_harm_nobody(server: Penstock, endpoint: Endpoint, gate: Gate) -> None:
    upload = fastcgi.request("/digest", method="POST", body=b"x" * 500_000)
    with Client(endpoint) as bystander:
        bystander.send(fastcgi.request(f"/wait?gate={gate.path}"))
        visitor = gate.wait()
        for cut in range(1, len(upload), len(upload) // 50):
            with Connection(endpoint) as connection:
                connection.send(upload[:cut])
                if cut % 2:
                    connection.reset()
        assert fastcgi.fetch(endpoint).body == b"hello"
        visitor.release()
        assert bystander.read_answer().parse().body == b"passed"
        assert bystander.fetch().body == b"hello"


def test_answers_a_peer_that_has_ended_its_own_direction(endpoint: Endpoint) -> None:
    with Client(endpoint) as client:
        client.send(fastcgi.request("/stream?size=100000&count=20"))
        client.connection.end_output()
        assert len(client.read_answer().parse().body) == 2_000_000
        assert client.connection.read_to_end() == b""


def test_never_gives_the_app_a_request_that_is_cut_short(endpoint: Endpoint) -> None:
    whole = fastcgi.request("/echo", method="POST", body=b"hello", piece=3)
    for cut in range(1, len(whole)):
        with Connection(endpoint) as connection:
            connection.send(whole[:cut])
            connection.end_output()
            answer = connection.drain()
        assert answer == b"" or b"Status: 400 " in answer, (cut, answer)


def test_an_answer_that_is_cut_is_not_taken_for_a_whole_one(endpoint: Endpoint) -> None:
    """The app fails behind its head: no end of the request comes, but that of the connection."""
    with Client(endpoint) as client:
        client.send(fastcgi.request("/break"))
        with pytest.raises(WireError, match="end of the connection"):
            client.read_answer()


# What nobody should send


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


def test_refuses_more_variables_than_the_limit(penstock: StartPenstock) -> None:
    server = penstock(*_arguments("127.0.0.1:0", "--max-variables", "100"))
    with Client(server.endpoint("fastcgi")) as client:
        extra = {f"V{number}": "" for number in range(200)}
        assert client.fetch(extra=extra).status == 431
        assert client.fetch().status == 200


def test_a_request_that_does_not_arrive_in_time_ends_the_connection(
    penstock: StartPenstock,
) -> None:
    server = penstock(*_arguments("127.0.0.1:0", "--header-timeout", "200ms"))
    whole = fastcgi.request()
    for part in (b"\x01", fastcgi.begin(1), whole[:100]):
        with Connection(server.endpoint("fastcgi")) as connection:
            connection.send(part)
            assert b"200 OK" not in connection.drain()


# The rest


def test_sends_wsgi_errors_to_the_web_server_when_asked(
    penstock: StartPenstock,
) -> None:
    server = penstock(*_arguments("127.0.0.1:0", "--fastcgi-stderr"))
    with Client(server.endpoint("fastcgi")) as client:
        client.send(fastcgi.request("/complain?text=%C3%A9"))
        answer = client.read_answer()
        assert answer.parse().body == b"complained"
        assert answer.errors.decode() == "first: é\nsecond\n"
        server.log.wait_for("^first: é$")
        server.log.wait_for("^second$")


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


def test_stops_when_idle_connections_are_kept(penstock: StartPenstock, gate: Gate) -> None:
    server = penstock(*_arguments("127.0.0.1:0", "--threads", "2"))
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


def test_serves_every_protocol_on_one_app_at_once(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(
        *_arguments("127.0.0.1:0", "-s", "127.0.0.1:0", "--scgi-socket", "127.0.0.1:0"),
        *("--http-socket", "127.0.0.1:0", "--protocol", "uwsgi", "-p", "2"),
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
        *(
            "-s",
            "127.0.0.1:0",
            "--protocol",
            protocol,
            "--pythonpath",
            APPS,
            "-w",
            "probe",
        )
    )
    assert fetch(server.endpoint(protocol)).body == b"hello"
