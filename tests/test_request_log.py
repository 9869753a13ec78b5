# SPDX-License-Identifier: MIT
"""The request log: uWSGI's default line, byte for byte."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from harness.start import APPS, StartPenstock
from harness import uwsgi
from harness.gate import Gate
from harness.http import Connection, Response, encode_request
from harness.server import Penstock

pytestmark = pytest.mark.asan

_TIME = r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}"


def _start(penstock: StartPenstock, *options: str) -> Penstock:
    return penstock(
        *("--http-socket", "127.0.0.1:0", "--socket", "127.0.0.1:0", "--http-socket", "x.sock"),
        *("--pythonpath", APPS, "-w", "probe"),
        *options,
    )


def _head_bytes(response: Response, protocol: str = "HTTP/1.1") -> tuple[int, int]:
    """Number and bytes of the fields, and of the status line, as uWSGI counts them."""
    fields = sum(len(f"{name}: {value}\r\n".encode("latin-1")) for name, value in response.fields)
    line = f"{protocol} {response.status} {response.reason}\r\n"
    return len(response.fields), len(line) + fields + 2


def test_writes_the_line_of_a_uwsgi_request(penstock: StartPenstock) -> None:
    server = _start(penstock)
    [pid] = server.worker_pids()
    variables = uwsgi.request_variables("GET", "/?a=b", {"REMOTE_USER": "me"})
    packet = uwsgi.encode_packet(variables)
    with Connection(server.uwsgi) as connection:
        connection.send(packet)
        response = uwsgi.read_response(connection)
    count, _ = _head_bytes(response)
    line = server.log.wait_for(r"^\[pid: .*$")[0]
    expected = (
        rf"\[pid: {pid}\|app: 0\|req: 1/1\] 192\.0\.2\.7 \(me\) "
        rf"\{{{2 * len(variables)} vars in {len(packet) - 4} bytes\}} \[{_TIME}\] "
        rf"GET /\?a=b => generated 5 bytes in \d+ msecs \(HTTP/1\.1 200\) "
        rf"{count} headers in (\d+) bytes \(1 switches on core 0\)"
    )
    found = re.fullmatch(expected, line)
    assert found, line
    names = sum(len(f"{name}: {value}\r\n") for name, value in response.fields)
    status_line = len("HTTP/1.1 200 OK\r\n")
    assert int(found[1]) in (names + status_line, names + status_line + 2)


def test_writes_the_line_of_an_http_request(penstock: StartPenstock) -> None:
    """The variables are those that uWSGI's own HTTP socket would have made."""
    server = _start(penstock)
    with Connection(server.http) as connection:
        host, port = connection.socket.getsockname()
        server_port = server.http.port
        connection.send(
            b"POST /echo?q HTTP/1.1\r\nHost: named\r\nX-Y: abc\r\nContent-Length: 2\r\n\r\nhi"
        )
        connection.read_response()
    line = server.log.wait_for(r"^\[pid: .*$")[0]
    variables = [
        ("REQUEST_METHOD", "POST"),
        ("REQUEST_URI", "/echo?q"),
        ("PATH_INFO", "/echo"),
        ("QUERY_STRING", "q"),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("SCRIPT_NAME", ""),
        ("SERVER_NAME", "named"),
        ("SERVER_PORT", str(server_port)),
        ("REMOTE_PORT", str(port)),
        ("REMOTE_ADDR", host),
        ("HTTP_HOST", "named"),
        ("HTTP_X_Y", "abc"),
        ("CONTENT_LENGTH", "2"),
    ]
    size = len(uwsgi.encode_variables(variables))
    assert re.fullmatch(
        rf"\[pid: \d+\|app: 0\|req: 1/1\] {re.escape(host)} \(\) "
        rf"\{{{2 * len(variables)} vars in {size} bytes\}} \[{_TIME}\] "
        rf"POST /echo\?q => generated 2 bytes in \d+ msecs \(HTTP/1\.1 200\) "
        rf"\d+ headers in \d+ bytes \(1 switches on core 0\)",
        line,
    ), line


def test_says_when_the_request_came(penstock: StartPenstock) -> None:
    server = _start(penstock)
    before = time.time()
    uwsgi.request(server.uwsgi)
    found = server.log.wait_for(rf"bytes\}} \[({_TIME})\] ")
    assert before - 2 <= time.mktime(time.strptime(found[1])) <= time.time() + 1


def test_says_how_long_the_app_took(penstock: StartPenstock, gate: Gate) -> None:
    server = _start(penstock)
    with Connection(server.http) as connection:
        connection.send(encode_request("GET", f"/wait?gate={gate.path}"))
        visitor = gate.wait()
        begin = time.monotonic()
        time.sleep(0.2)
        taken = int((time.monotonic() - begin) * 1000)
        visitor.release()
        assert connection.read_response().body == b"passed"
    found = server.log.wait_for(r"generated 6 bytes in (\d+) msecs ")
    assert int(found[1]) >= taken - 1


def test_counts_requests_of_the_worker_and_of_all(penstock: StartPenstock) -> None:
    server = _start(penstock, "-p", "2")
    server.worker_pids(2)
    for _ in range(10):
        uwsgi.request(server.uwsgi)
    server.log.wait_for(r"^\[pid: ", count=10)
    lines = server.log.matches(r"^\[pid: (\d+)\|app: 0\|req: (\d+)/(\d+)\]")
    assert sorted(int(line[3]) for line in lines) == list(range(1, 11))
    for pid in {line[1] for line in lines}:
        own = sorted(int(line[2]) for line in lines if line[1] == pid)
        assert own == list(range(1, len(own) + 1))


@pytest.mark.parametrize("code", [204, 304, 404, 500, 503])
def test_names_the_status(penstock: StartPenstock, code: int) -> None:
    server = _start(penstock)
    uwsgi.request(server.uwsgi, f"/status?code={code}")
    body = 0 if code in (204, 304) else 6
    server.log.wait_for(rf"generated {body} bytes in \d+ msecs \(HTTP/1\.1 {code}\) \d+ headers in")


def test_counts_what_was_sent(penstock: StartPenstock) -> None:
    server = _start(penstock)
    with Connection(server.http) as connection:
        connection.get("/stream?size=1000&count=7")
        connection.request("HEAD", "/")
        connection.get("/fail")
    server.log.wait_for(r"GET /stream\?size=1000&count=7 => generated 7000 bytes in ")
    server.log.wait_for(r"HEAD / => generated 0 bytes in ")
    server.log.wait_for(r"GET /fail => generated \d+ bytes in \d+ msecs \(HTTP/1\.1 500\)")


def test_says_nothing_where_a_unix_client_has_no_address(penstock: StartPenstock) -> None:
    server = _start(penstock)
    with Connection(server.endpoint("http", "UNIX")) as connection:
        assert connection.get("/").body == b"hello"
    server.log.wait_for(r"^\[pid: \d+\|app: 0\|req: 1/1\]  \(\) \{")


def test_numbers_the_cores(penstock: StartPenstock, gate: Gate) -> None:
    server = _start(penstock, "--threads", "3")
    connections = [Connection(server.http) for _ in range(3)]
    for connection in connections:
        connection.send(encode_request("GET", f"/wait?gate={gate.path}"))
    for visitor in [gate.wait() for _ in range(3)]:
        visitor.release()
    for connection in connections:
        connection.read_response()
        connection.close()
    server.log.wait_for(r"\(1 switches on core \d+\)$", count=3)
    found = server.log.matches(r"\(1 switches on core (\d+)\)$")
    assert sorted(match[1] for match in found) == ["0", "1", "2"]


def test_escapes_control_bytes(penstock: StartPenstock) -> None:
    """Nobody can forge a line, or talk to the terminal of who reads the log."""
    server = _start(penstock)
    forged = "/x\n[pid: 1|app: 0|req: 1/1] 6.6.6.6 () {2 vars in 2 bytes} forged\x1b[2J"
    packet = uwsgi.encode_packet(
        [
            ("REQUEST_METHOD", "GET"),
            ("PATH_INFO", forged),
            ("QUERY_STRING", ""),
            ("SERVER_PROTOCOL", "HTTP/1.1"),
            ("REMOTE_ADDR", "192.0.2.7"),
        ]
    )
    uwsgi.exchange(server.uwsgi, packet)
    for name, value in (
        ("REQUEST_URI", forged),
        ("REMOTE_USER", forged),
        ("REMOTE_ADDR", forged),
        ("SERVER_PROTOCOL", "HTTP/1.1\nforged"),
        ("REQUEST_METHOD", "GET\nforged"),
    ):
        uwsgi.exchange(
            server.uwsgi, uwsgi.encode_packet(uwsgi.request_variables(extra={name: value}))
        )
    uwsgi.request(server.uwsgi, "/last")
    server.log.wait_for("GET /last => ")
    for line in server.log.lines:
        assert not line.startswith(("forged", "[pid: 1|")), line
        assert re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line) is None, line


def test_shortens_lines_that_are_too_long(penstock: StartPenstock) -> None:
    server = _start(penstock)
    uwsgi.request(server.uwsgi, "/?" + "x" * 10_000)
    line = server.log.wait_for(r"^\[pid: .*$")[0]
    assert re.search(r"\] 0\.0\.0\.0 \(\) \{\d+ vars in \d+ bytes\} \[.*\] - - => generated ", line)
    assert len(line) < 4096


def test_keeps_lines_of_many_processes_whole(penstock: StartPenstock, folder: Path) -> None:
    """Though all of them write to one file at once."""
    server = _start(penstock, "-p", "3", "--threads", "2")
    server.worker_pids(3)
    connections = [Connection(server.http) for _ in range(12)]
    for number, connection in enumerate(connections):
        for request in range(50):
            connection.send(encode_request("GET", f"/?{'x' * (number * 97)}&{request}"))
    for connection in connections:
        for _ in range(50):
            assert connection.read_response().status == 200
        connection.close()
    server.log.wait_for(r"^\[pid: ", count=600)
    whole = re.compile(
        r"\[pid: \d+\|app: 0\|req: \d+/\d+\] 127\.0\.0\.1 \(\) \{\d+ vars in \d+ bytes\} "
        rf"\[{_TIME}\] GET /\?x*&\d+ => generated 5 bytes in \d+ msecs \(HTTP/1\.1 200\) "
        r"\d+ headers in \d+ bytes \(1 switches on core \d\)"
    )
    lines = [line for line in server.log.lines if line.startswith("[pid: ")]
    assert len(lines) == 600
    for line in lines:
        assert whole.fullmatch(line), line
