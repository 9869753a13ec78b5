# SPDX-License-Identifier: MIT
"""What a peer may ask of the server: sizes, counts and times, each by its option."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from harness.start import APPS, StartPenstock
from harness import uwsgi
from harness.build import PATIENCE
from harness.gate import Gate
from harness.http import Connection, encode_chunked, encode_request, fetch, first_answered
from harness.processes import open_files, settled_files
from harness.server import Penstock
from harness.wait import wait_until

pytestmark = pytest.mark.asan

Start = Callable[..., Penstock]


@pytest.fixture
def start(penstock: StartPenstock) -> Start:
    """Starts a server with the probe and some options."""

    def started(*options: str, **settings: Any) -> Penstock:
        return penstock(
            *("--http-socket", "127.0.0.1:0", "--socket", "127.0.0.1:0"),
            *("--pythonpath", APPS, "-w", "probe"),
            *options,
            **settings,
        )

    return started


def _status(server: Penstock, data: bytes) -> int:
    """The status of the answer, after which the connection must end."""
    with Connection(server.http) as connection:
        connection.send_lenient(data)
        response = connection.read_response()
        assert response.says_close
        assert connection.drain() == b""
        return response.status


# Sizes and counts


def test_limits_the_request_line(start: Start) -> None:
    server = start("--max-request-line", "1000")
    fits = b"/" + b"x" * (1000 - len(b"GET / HTTP/1.1"))
    with Connection(server.http) as connection:
        connection.send(b"GET " + fits + b" HTTP/1.1\r\nHost: h\r\n\r\n")
        assert connection.read_response().status == 200
    assert _status(server, b"GET " + fits + b"y HTTP/1.1\r\nHost: h\r\n\r\n") == 414
    assert _status(server, b"GET /" + b"x" * 50_000) == 414, "before the line has ended"


def test_limits_the_request_line_by_default(start: Start) -> None:
    server = start()
    assert fetch(server.http, "/" + "x" * 16000).status == 200
    assert _status(server, b"GET /" + b"x" * 17000 + b" HTTP/1.1\r\nHost: h\r\n\r\n") == 414


def test_limits_the_bytes_of_a_head(start: Start) -> None:
    server = start("--max-head-bytes", "4096")
    assert fetch(server.http, fields=[("X", "y" * 3900)]).status == 200
    assert _status(server, encode_request("GET", "/", [("X", "y" * 4096)])) == 431
    many = [(f"X-{number}", "y" * 30) for number in range(200)]
    assert _status(server, encode_request("GET", "/", many)) == 431
    assert _status(server, b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"y" * 90_000) == 431


def test_takes_large_heads_by_default(start: Start) -> None:
    """uWSGI's 4096 bytes are too few for the cookies of today."""
    server = start()
    cookie = "c" * 60_000
    environ = json.loads(fetch(server.http, "/environ", fields=[("Cookie", cookie)]).body)
    assert environ["HTTP_COOKIE"] == cookie
    assert _status(server, encode_request("GET", "/", [("Cookie", "c" * 70_000)])) == 431


def test_limits_the_count_of_fields(start: Start) -> None:
    server = start("--max-headers", "20")
    assert fetch(server.http, fields=[(f"X-{number}", "") for number in range(18)]).status == 200
    fields = [(f"X-{number}", "") for number in range(20)]
    assert _status(server, encode_request("GET", "/", fields)) == 431
    crumbs = [("Cookie", "a=b")] * 20
    assert _status(server, encode_request("GET", "/", crumbs)) == 431


def test_limits_the_count_of_fields_by_default(start: Start) -> None:
    server = start()
    assert fetch(server.http, fields=[("X", "")] * 250).status == 200
    assert _status(server, encode_request("GET", "/", [("X", "")] * 300)) == 431


def test_limits_bodies(start: Start) -> None:
    server = start("--limit-post", "1000")
    assert fetch(server.http, "/echo", method="POST", body=bytes(1000)).body == bytes(1000)
    assert _status(server, encode_request("POST", "/echo", body=bytes(1001))) == 413
    assert uwsgi.request(server.uwsgi, "/echo", method="POST", body=bytes(1000)).status == 200
    assert uwsgi.request(server.uwsgi, "/echo", method="POST", body=bytes(1001)).status == 413


def test_limits_bodies_of_unknown_length(start: Start) -> None:
    server = start("--limit-post", "1000")
    head = b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    with Connection(server.http) as connection:
        connection.send(head + encode_chunked([bytes(400), bytes(600)]))
        assert connection.read_response().body == bytes(1000)
    assert _status(server, head + encode_chunked([bytes(400), bytes(601)])) == 413
    assert _status(server, head + b"7fffffff\r\n") == 413, "before the bytes have come"


def test_lets_a_client_read_413_while_it_sends(start: Start) -> None:
    """A lingering close: the answer must not be lost in a reset."""
    server = start("--limit-post", "1000")
    with Connection(server.http) as connection:
        connection.send_lenient(encode_request("POST", "/echo", body=bytes(20_000_000)))
        assert connection.read_response().status == 413


def test_limits_chunk_extensions(start: Start) -> None:
    server = start()
    head = b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert _status(server, head + b"1;" + b"x" * 10_000 + b"\r\na\r\n0\r\n\r\n") in (400, 431)
    many = b"1;xxxxxxxx\r\na\r\n" * 2000
    assert _status(server, head + many + b"0\r\n\r\n") in (400, 431)


def test_limits_trailers(start: Start) -> None:
    server = start()
    head = b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    assert _status(server, head + b"X: " + b"y" * 100_000 + b"\r\n\r\n") in (400, 431)
    assert _status(server, head + b"X: y\r\n" * 20_000 + b"\r\n") in (400, 431)


def test_limits_empty_lines_before_a_request(start: Start) -> None:
    server = start()
    assert _status(server, b"\r\n" * 100_000) in (400, 414, 431)


def test_limits_requests_on_a_connection(start: Start) -> None:
    server = start("--keepalive-requests", "3")
    with Connection(server.http) as connection:
        connection.send(encode_request("GET", "/") * 5)
        assert [connection.read_response().says_close for _ in range(3)] == [False, False, True]
        assert connection.drain() == b""


def test_limits_connections_of_one_address(start: Start) -> None:
    server = start("--max-connections-per-ip", "3")
    held = [Connection(server.http) for _ in range(3)]
    for connection in held:
        assert connection.get("/").status == 200
    with Connection(server.http) as refused:
        refused.send_lenient(encode_request("GET", "/"))
        answer = refused.drain()
        assert answer == b"" or answer.startswith((b"HTTP/1.1 503 ", b"HTTP/1.1 429 "))
    with Connection(server.http, source="127.0.0.2") as other:
        assert other.get("/").status == 200
    for connection in held:
        assert connection.get("/").status == 200
        connection.close()


def test_keeps_serving_whom_it_has_at_the_limit_of_connections(start: Start) -> None:
    server = start("--max-connections", "4")
    held = [Connection(server.http) for _ in range(4)]
    for connection in held:
        assert connection.get("/").status == 200
    waiting = Connection(server.http)
    waiting.send(encode_request("GET", "/"))
    for connection in held:
        assert connection.get("/").status == 200
    held.pop().close()
    assert waiting.read_response().status == 200, "served once there is room"
    for connection in [*held, waiting]:
        connection.close()


# Times. Nothing here says how fast the server is: each wait may take as long as PATIENCE.


def _cut(connection: Connection, since: float, at_least: float) -> bytes:
    """What came before the server ended the connection, and not before its time."""
    answer = connection.drain()
    taken = time.monotonic() - since
    assert at_least <= taken < PATIENCE
    return answer


def test_gives_a_head_only_so_much_time(start: Start) -> None:
    server = start("--header-timeout", "1s")
    begin = time.monotonic()
    with Connection(server.http) as connection:
        connection.send(b"GET / HTTP/1.1\r\nHos")
        assert _cut(connection, begin, 0.9).startswith(b"HTTP/1.1 408 ")


def test_gives_a_dribbled_head_no_more_time(start: Start) -> None:
    """One byte now and then does not buy time (slowloris)."""
    server = start("--header-timeout", "1s")
    with Connection(server.http, timeout=0.1) as connection:
        connection.send(b"GET / HTTP/1.1\r\n")
        deadline = time.monotonic() + PATIENCE
        answer = b""
        while not answer.endswith(b"\n"):
            assert time.monotonic() < deadline, "never cut"
            connection.send_lenient(b"X: y\r\n")
            try:
                answer += connection.socket.recv(4096)
            except TimeoutError:
                continue
            except ConnectionResetError:
                break
        assert answer.startswith(b"HTTP/1.1 408 ")


def test_gives_a_body_only_so_much_time(start: Start) -> None:
    server = start("--body-timeout", "1s")
    begin = time.monotonic()
    with Connection(server.http) as connection:
        connection.send(b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello")
        assert _cut(connection, begin, 0.9).startswith(b"HTTP/1.1 408 ")


def test_gives_a_uwsgi_request_only_so_much_time(start: Start) -> None:
    server = start("--socket-timeout", "1s")
    packet = uwsgi.encode_packet(uwsgi.request_variables("POST", "/echo", {"CONTENT_LENGTH": "9"}))
    for part in (packet[:20], packet + b"1234"):
        begin = time.monotonic()
        with Connection(server.uwsgi) as connection:
            connection.send(part)
            answer = _cut(connection, begin, 0.9)
            assert b" 408 " in answer.partition(b"\r\n")[0] or answer == b""


def test_asks_for_a_minimum_rate(start: Start) -> None:
    """A body that trickles in is cut, though some of it always comes."""
    server = start("--body-timeout", "1s", "--minimum-rate", "100000")
    with Connection(server.http, timeout=0.1) as connection:
        connection.send(b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
        deadline = time.monotonic() + PATIENCE
        answer = b""
        while not answer:
            assert time.monotonic() < deadline, "never cut"
            connection.send_lenient(b"x")
            try:
                answer = connection.socket.recv(4096)
            except TimeoutError:
                continue
            except ConnectionResetError:
                break
        assert answer.startswith(b"HTTP/1.1 408 ")


def test_lets_a_steady_upload_take_longer_than_the_time_out(start: Start) -> None:
    server = start("--body-timeout", "2s", "--minimum-rate", "1")
    with Connection(server.http) as connection:
        connection.send(b"POST /digest HTTP/1.1\r\nHost: h\r\nContent-Length: 60\r\n\r\n")
        begin = time.monotonic()
        for _ in range(60):
            connection.send(b"x")
            # A pace, not a wait for anything: the whole takes more than the time-out.
            time.sleep(0.05)
        assert time.monotonic() - begin > 2.5
        assert json.loads(connection.read_response().body)["length"] == 60


def test_ends_idle_connections(start: Start) -> None:
    server = start("--keepalive-timeout", "1s")
    with Connection(server.http) as connection:
        assert connection.get("/").status == 200
        begin = time.monotonic()
        assert _cut(connection, begin, 0.9) == b"", "without a word"


def test_ends_connections_that_never_say_anything(start: Start) -> None:
    server = start("--header-timeout", "1s", "--keepalive-timeout", "1s")
    begin = time.monotonic()
    with Connection(server.http) as connection:
        answer = _cut(connection, begin, 0.9)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")


def test_keeps_idle_connections_within_the_time(start: Start) -> None:
    server = start("--header-timeout", "1s", "--keepalive-timeout", "1h")
    with Connection(server.http) as connection:
        assert connection.get("/").status == 200
        # Longer than the time for a head, which does not count here.
        time.sleep(1.5)
        assert connection.get("/").status == 200


def test_ends_connections_that_do_not_read(start: Start) -> None:
    server = start("--write-timeout", "1s", "--minimum-rate", "1000000")
    [worker] = server.worker_pids()

    assert fetch(server.http).status == 200
    before = settled_files(worker)
    with Connection(server.http, receive_buffer=4096) as connection:
        connection.send(encode_request("GET", "/sized?size=1000000&count=30"))
        connection.read_exactly(1000)
        wait_until(lambda: open_files(worker) == before, "the server has ended the connection")
        assert len(connection.drain()) < 30_000_000
    assert fetch(server.http).status == 200


def test_never_times_out_the_app(start: Start, gate: Gate) -> None:
    """Limits are for peers. How long an app may take is another option's business."""
    server = start(
        *("--header-timeout", "1s", "--body-timeout", "1s", "--keepalive-timeout", "1s"),
        *("--write-timeout", "1s"),
    )
    with Connection(server.http) as connection:
        connection.send(encode_request("GET", f"/wait?gate={gate.path}"))
        visitor = gate.wait()
        # All limits pass while the app is at work.
        time.sleep(2)
        visitor.release()
        assert connection.read_response().body == b"passed"


# The queue in front of the app


def test_answers_503_when_the_queue_is_full(start: Start, gate: Gate) -> None:
    server = start("--threads", "1", "--max-queue", "2")
    with ExitStack() as stack:
        running, *others = [stack.enter_context(Connection(server.http)) for _ in range(4)]
        running.send(encode_request("GET", f"/wait?gate={gate.path}"))
        visitor = gate.wait()
        for connection in others:
            connection.send(encode_request("GET", "/"))
        # Which of them finds the queue full is the kernel's choice.
        refused = first_answered(others)
        response = refused.read_response()
        assert response.status == 503
        assert int(response.get("Retry-After") or "0") > 0
        assert response.body
        visitor.release()
        assert running.read_response().body == b"passed"
        others.remove(refused)
        for connection in others:
            assert connection.read_response().body == b"hello"
    assert fetch(server.http).status == 200
