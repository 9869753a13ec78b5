# SPDX-License-Identifier: MIT
"""Leaders and followers: slow apps and slow clients hold nobody up."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from harness.start import APPS, StartPenstock
from harness import uwsgi
from harness.gate import Gate
from harness.http import Connection, encode_request, fetch, first_answered
from harness.load import Load
from harness.processes import settled_files
from harness.server import Penstock
from harness.wait import wait_until


def _start(penstock: StartPenstock, *options: str) -> Penstock:
    return penstock(
        *("--http-socket", "127.0.0.1:0", "--socket", "127.0.0.1:0", "--http-socket", "http.sock"),
        *("--pythonpath", APPS, "-w", "probe", "-p", "1"),
        *options,
    )


@pytest.mark.asan
def test_does_everything_else_while_the_only_thread_sleeps(
    penstock: StartPenstock, gate: Gate
) -> None:
    """-p 1 --threads 1, and an app that sleeps in a request. Others are still accepted, read,
    timed out and, once the queue is full, answered 503."""
    server = _start(
        penstock,
        *("--threads", "1", "--max-queue", "1", "--header-timeout", "1s", "--body-timeout", "1s"),
    )
    with ExitStack() as stack:
        asleep = stack.enter_context(Connection(server.http))
        asleep.send(encode_request("GET", f"/wait?gate={gate.path}"))
        visitor = gate.wait()

        # Accepted and read: a bad request is answered.
        bad = stack.enter_context(Connection(server.http))
        bad.send(b"nonsense\r\n\r\n")
        assert bad.read_response().status == 400
        # The other protocol, too.
        assert b" 400 " in uwsgi.exchange(server.uwsgi, b"GET / HTTP/1.1\r\n\r\n")

        # Timed out.
        slow = stack.enter_context(Connection(server.http))
        slow.send(b"GET / HTTP/1.1\r\nHo")
        assert slow.read_response().status == 408
        slow = stack.enter_context(Connection(server.http))
        slow.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n1234")
        assert slow.read_response().status == 408

        # One is queued, and the other, which the kernel chooses, is beyond the queue: 503.
        pair = [stack.enter_context(Connection(server.http)) for _ in range(2)]
        for connection in pair:
            connection.send(encode_request("POST", "/echo", body=b"queued"))
        refused = first_answered(pair)
        response = refused.read_response()
        assert response.status == 503
        assert int(response.get("Retry-After") or "0") > 0
        [queued] = [connection for connection in pair if connection is not refused]
        refused = stack.enter_context(Connection(server.uwsgi))
        refused.send(uwsgi.encode_packet(uwsgi.request_variables()))
        assert uwsgi.read_response(refused).status == 503

        visitor.release()
        assert asleep.read_response().body == b"passed"
        assert queued.read_response().body == b"queued"
    assert fetch(server.http).body == b"hello"


@pytest.mark.parametrize("target", ["tcp", "unix"])
def test_gives_no_thread_to_clients_that_dribble_or_do_not_read(
    penstock: StartPenstock, target: str
) -> None:
    """500 uploads that never end and 100 downloads that nobody reads, with one app thread."""
    server = _start(
        penstock,
        *(
            "--threads",
            "1",
            "--body-timeout",
            "1h",
            "--write-timeout",
            "1h",
            "--max-queue",
            "100000",
        ),
    )
    endpoint = server.endpoint("http", target.upper())
    with ExitStack() as stack:
        uploads = [stack.enter_context(Connection(endpoint)) for _ in range(500)]
        head = b"POST /digest HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n"
        for connection in uploads:
            connection.send(head + bytes(100))
        downloads = [
            stack.enter_context(Connection(endpoint, receive_buffer=4096)) for _ in range(100)
        ]
        # More than both sockets' buffers hold.
        for connection in downloads:
            connection.send(encode_request("GET", "/sized?size=65536&count=96"))
            assert connection.read_head().status == 200
        for _ in range(5):
            for connection in uploads:
                connection.send(bytes(100))
            assert fetch(endpoint).body == b"hello"
            body = bytes(100_000)
            assert fetch(endpoint, "/echo", method="POST", body=body).body == body
        # They are served all the same, once they get on.
        uploads[0].send(bytes(300_000 - 600))
        assert json.loads(uploads[0].read_response().body)["length"] == 300_000
        part = bytes(index % 251 for index in range(65536))
        for _ in range(96):
            assert downloads[0].read_exactly(65536) == part
    assert fetch(endpoint).body == b"hello"


@pytest.mark.asan
def test_runs_as_many_requests_at_once_as_there_are_threads(
    penstock: StartPenstock, gate: Gate
) -> None:
    """Four requests are in the app at once with four threads; the fifth waits."""
    server = _start(penstock, "--threads", "4")
    with ExitStack() as stack:
        connections = [stack.enter_context(Connection(server.http)) for _ in range(5)]
        for number, connection in enumerate(connections):
            connection.send(encode_request("GET", f"/wait?gate={gate.path}&name={number}"))
        visitors = [gate.wait() for _ in range(4)]
        assert len({visitor.thread for visitor in visitors}) == 4
        assert len({visitor.pid for visitor in visitors}) == 1
        # The worker still answers by itself, which needs no app thread.
        bad = stack.enter_context(Connection(server.http))
        bad.send(b"nonsense\r\n\r\n")
        assert bad.read_response().status == 400
        assert not gate.has_arrivals
        visitors[0].release()
        last = gate.wait()
        for visitor in (*visitors[1:], last):
            visitor.release()
        for connection in connections:
            assert connection.read_response().body == b"passed"


def test_four_sleeps_take_the_time_of_one(penstock: StartPenstock, folder: Path) -> None:
    """Literally: four requests that sleep run at once with four threads."""
    (folder / "sleeper.py").write_text(
        "import threading, time, json\n"
        "running, most, lock = 0, 0, threading.Lock()\n"
        "def application(environ, start_response):\n"
        "    global running, most\n"
        "    with lock:\n"
        "        running += 1\n"
        "        most = max(most, running)\n"
        "    time.sleep(2)\n"
        "    with lock:\n"
        "        running -= 1\n"
        "    start_response('200 OK', [('Content-Type', 'application/json')])\n"
        "    return [json.dumps(most).encode()]\n"
    )
    server = penstock("--http-socket", "127.0.0.1:0", "-w", "sleeper", "--threads", "4")
    with ExitStack() as stack:
        connections = [stack.enter_context(Connection(server.http)) for _ in range(4)]
        for connection in connections:
            connection.send(encode_request("GET", "/"))
        assert max(json.loads(connection.read_response().body) for connection in connections) == 4


@pytest.mark.asan
def test_keeps_its_threads_for_life(penstock: StartPenstock, gate: Gate) -> None:
    """Threads are not made per request, and thread-locals of the app stay where they are."""
    server = _start(penstock, "--threads", "3")
    [pid] = server.worker_pids()
    seen = set()
    for _ in range(3):
        with ExitStack() as stack:
            connections = [stack.enter_context(Connection(server.http)) for _ in range(3)]
            for connection in connections:
                connection.send(encode_request("GET", f"/wait?gate={gate.path}"))
            visitors = [gate.wait() for _ in range(3)]
            seen |= {visitor.thread for visitor in visitors}
            for visitor in visitors:
                visitor.release()
            for connection in connections:
                assert connection.read_response().body == b"passed"
    for _ in range(50):
        seen.add(json.loads(fetch(server.http, "/who").body)["thread"])
    # N threads for the app and one to lead.
    assert len(seen) <= 4
    assert psutil.Process(pid).num_threads() <= 5


@pytest.mark.asan
def test_serves_one_connection_on_whichever_thread(penstock: StartPenstock, gate: Gate) -> None:
    """A connection goes on after a slow request, while others are slow."""
    server = _start(penstock, "--threads", "2")
    with Connection(server.http) as slow, Connection(server.http) as fast:
        for _ in range(20):
            slow.send(encode_request("GET", f"/wait?gate={gate.path}"))
            visitor = gate.wait()
            for _ in range(3):
                assert fast.get("/").body == b"hello"
            visitor.release()
            assert slow.read_response().body == b"passed"
            assert slow.get("/").body == b"hello"


def test_answers_pipelined_requests_in_order_whatever_they_take(
    penstock: StartPenstock, gate: Gate
) -> None:
    server = _start(penstock, "--threads", "4")
    with Connection(server.http) as connection:
        slow = encode_request("GET", f"/wait?gate={gate.path}")
        connection.send(slow + encode_request("GET", "/") + slow + encode_request("GET", "/"))
        gate.wait().release()
        bodies = [connection.read_response().body for _ in range(2)]
        gate.wait().release()
        bodies += [connection.read_response().body for _ in range(2)]
    assert bodies == [b"passed", b"hello", b"passed", b"hello"]


def test_drops_what_waits_for_a_client_that_left(penstock: StartPenstock, gate: Gate) -> None:
    """The app is not bothered with more than what was queued, and all descriptors come back."""
    server = _start(penstock, "--threads", "1")
    [pid] = server.worker_pids()
    assert fetch(server.http).body == b"hello"
    process = psutil.Process(pid)
    with Connection(server.http) as held:
        held.send(encode_request("GET", f"/wait?gate={gate.path}"))
        visitor = gate.wait()
        before = len(settled_files(pid))
        for _ in range(50):
            with Connection(server.http) as connection:
                connection.send(encode_request("GET", "/"))
                connection.reset()
        visitor.release()
        assert held.read_response().body == b"passed"
        assert held.get("/").body == b"hello"
        wait_until(lambda: process.num_fds() <= before, "descriptors of clients that left")


_APP_WITH_A_THREAD = """
import os, threading, time
def tick():
    for number in range(1 << 60):
        with open("tick", "w") as file:
            file.write(str(number))
        os.rename("tick", "ticks")
        time.sleep(0.001)
def stream():
    yield b"x" * (16 << 20)
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return stream() if environ["PATH_INFO"] == "/stream" else [b"hello"]
threading.Thread(target=tick, daemon=True).start()
"""


@pytest.mark.asan
@pytest.mark.parametrize("threads", ["1", "2"])
def test_lets_threads_of_the_application_run(
    penstock: StartPenstock, folder: Path, threads: str
) -> None:
    """Between requests, while readers take nothing, and under load."""
    (folder / "myapp.py").write_text(_APP_WITH_A_THREAD)
    server = penstock(
        *("--http-socket", "127.0.0.1:0", "-w", "myapp", "--lazy-apps", "--enable-threads"),
        *("--threads", threads, "--response-buffer", "64K"),
    )

    def ticks() -> int:
        file = folder / "ticks"
        return int(file.read_text()) if file.exists() else 0

    def runs_on() -> None:
        begin = ticks()
        wait_until(lambda: ticks() > begin + 5, "the thread runs")

    assert fetch(server.http).body == b"hello"
    runs_on()
    with Load(server.http, clients=4) as load:
        runs_on()
    assert not load.lost
    with Connection(server.http, receive_buffer=4096) as reader:
        reader.send(encode_request("GET", "/stream"))
        assert reader.read_head().status == 200
        runs_on()
    runs_on()
