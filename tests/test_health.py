# SPDX-License-Identifier: MIT
"""--health: a path that the server answers itself."""

from __future__ import annotations

import signal
from contextlib import ExitStack

from harness.start import APPS, StartPenstock
from harness.gate import Gate
from harness.http import Connection, encode_request, fetch

_PROBE = ("--http-socket", "127.0.0.1:0", "--pythonpath", str(APPS), "-w", "probe")


def test_is_answered_while_everything_is_busy_and_the_queue_is_full(
    penstock: StartPenstock, gate: Gate
) -> None:
    server = penstock(*_PROBE, "--threads", "1", "--max-queue", "0", "--health", "/healthz")
    with ExitStack() as stack:
        busy = stack.enter_context(Connection(server.http))
        busy.send(encode_request("GET", f"/wait?gate={gate.path}"))
        visitor = gate.wait()
        assert fetch(server.http).status == 503
        probe = stack.enter_context(Connection(server.http))
        for _ in range(3):
            response = probe.get("/healthz?from=balancer")
            assert (response.status, response.body) == (200, b"ok\n")
            assert response.get("Cache-Control") == "no-store"
        head = probe.request("HEAD", "/healthz")
        assert (head.status, head.get("Content-Length")) == (200, "3")
        visitor.release()
        assert busy.read_response().body == b"passed"


def test_is_neither_logged_nor_counted(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, "--health", "/healthz", "-R", "3", "--min-worker-lifetime", "0")
    for _ in range(5):
        assert fetch(server.http, "/healthz").status == 200
    assert fetch(server.http).status == 200
    assert "|req: 1/1]" in server.log.wait_for(r"^\[pid: .* GET / => .*$")[0]
    assert "/healthz" not in server.log.text
    assert "is replaced" not in server.log.text


def test_leaves_other_methods_and_paths_to_the_app(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, "--health", "/echo")
    assert fetch(server.http, "/echo", method="POST", body=b"mine").body == b"mine"
    assert fetch(server.http, "/").body == b"hello"


def test_is_503_while_the_server_stops(penstock: StartPenstock, gate: Gate) -> None:
    server = penstock(*_PROBE, "--threads", "2", "--health", "/healthz")
    with ExitStack() as stack:
        busy, probe, idle = (stack.enter_context(Connection(server.http)) for _ in range(3))
        busy.send(encode_request("GET", f"/wait?gate={gate.path}"))
        visitor = gate.wait()
        probe.send(b"GET /healthz HTTP/1.1\r\nHost: h\r\n")
        assert idle.get("/healthz").status == 200  # so the other one was read, too
        server.send_signal(signal.SIGTERM)
        assert idle.read_to_end() == b""
        probe.send(b"\r\n")
        assert probe.read_response().status == 503
        visitor.release()
        assert busy.read_response().body == b"passed"
    assert server.wait() == 0
