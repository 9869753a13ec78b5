# SPDX-License-Identifier: MIT
"""`penstock top` on a terminal, and `penstock status`."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

import pytest

from harness import build
from harness.gate import Gate
from harness.http import Connection, fetch
from harness.run import run
from harness.start import APPS, StartPenstock
from harness.stats import stats_endpoint, wait_for_requests
from harness.terminal import Terminal
from harness.uwsgi import encode_packet, request_variables
from harness.wait import wait_until

_PROBE = ("--http-socket", "127.0.0.1:0", "--pythonpath", str(APPS), "-w", "probe")
_STATS = ("--stats", "127.0.0.1:0")


def test_top_shows_a_running_server(penstock: StartPenstock, gate: Gate) -> None:
    server = penstock(*_PROBE, *_STATS, "-p", "2", "--threads", "2")
    first, second = server.worker_pids(2)
    for _ in range(9):
        assert fetch(server.http).status == 200
    with (
        Connection(server.http) as connection,
        Terminal([build.program(), "top", stats_endpoint(server).text]) as terminal,
    ):
        terminal.wait_for(rf"penstock \S+  pid {server.pid}  up ")
        terminal.wait_for(r"requests 9  0\.0/s")
        terminal.wait_for(rf"1\s+{first}\s")
        terminal.wait_for(rf"2\s+{second}\s")
        connection.send(f"GET /wait?gate={gate.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        visitor = gate.wait()
        terminal.wait_for(rf"{visitor.pid}\s+\S+s 127\.0\.0\.1\s+GET /wait\?gate=")
        visitor.release()
        assert connection.read_response().status == 200
        terminal.wait_for("requests 10 ", after=terminal.mark())
        terminal.press("q")
        assert terminal.wait() == 0
        assert terminal.is_restored
        assert terminal.raw.endswith("\x1b[?25h\x1b[?1049l")


def test_top_obeys_its_keys(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, *_STATS)
    with Terminal([build.program(), "top", stats_endpoint(server).text]) as terminal:
        terminal.wait_for("s sorted by worker")
        for name in ("requests", "requests/s", "latency", "memory", "worker"):
            mark = terminal.mark()
            terminal.press("s")
            terminal.wait_for(rf"s sorted by {name}\s+WORKER", after=mark)
        assert not terminal.is_restored
        terminal.resize(rows=3, columns=20)
        mark = terminal.mark()
        terminal.press(" ")
        terminal.wait_for(r"penstock", after=mark)
        terminal.press("\x1b")
        assert terminal.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_top_restores_the_terminal_after_a_signal(penstock: StartPenstock, number: int) -> None:
    server = penstock(*_PROBE, *_STATS)
    with Terminal([build.program(), "top", stats_endpoint(server).text]) as terminal:
        terminal.wait_for("q quit")
        assert not terminal.is_restored
        terminal.send_signal(number)
        assert terminal.wait() == 0
        assert terminal.is_restored


def test_top_waits_for_a_server_that_restarts(penstock: StartPenstock, folder: Path) -> None:
    arguments = (*_PROBE, "--stats", str(folder / "stats.sock"))
    first = penstock(*arguments)
    assert fetch(first.http).status == 200
    with Terminal([build.program(), "top", str(folder / "stats.sock")]) as terminal:
        terminal.wait_for("requests 1 ")
        first.close()
        terminal.wait_for("stats.sock: connect: No such file")
        second = penstock(*arguments)
        terminal.wait_for(rf"pid {second.pid} ")
        terminal.wait_for("requests 0 ")
        terminal.press("q")
        assert terminal.wait() == 0


def test_top_lets_no_peer_write_to_the_terminal(penstock: StartPenstock, gate: Gate) -> None:
    server = penstock("--socket", "127.0.0.1:0", *_PROBE, *_STATS)
    with Connection(server.uwsgi) as connection:
        variables: list[tuple[str | bytes, str | bytes]] = [
            *request_variables(target=f"/wait?gate={gate.path}"),
            ("REQUEST_URI", b"/wait?\xc2\x9b2J\xff"),
        ]
        connection.send(encode_packet(variables))
        visitor = gate.wait()
        with Terminal([build.program(), "top", stats_endpoint(server).text]) as terminal:
            terminal.wait_for("GET /wait")
            assert "\x9b" not in terminal.raw
            terminal.press("q")
            assert terminal.wait() == 0
        visitor.release()
        connection.read_response()


def test_top_needs_a_terminal_and_a_server(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(*_PROBE, *_STATS)
    ended = run("top", stats_endpoint(server).text, folder=folder)
    assert ended.code == 1
    assert "needs a terminal" in ended.errors
    ended = run("top", str(folder / "nobody.sock"), folder=folder)
    assert ended.code == 1
    assert "nobody.sock" in ended.errors
    ended = run("top", folder=folder)
    assert ended.code == 1
    assert "usage: penstock top" in ended.errors


def test_status_tells_what_a_server_does(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(*_PROBE, *_STATS)
    assert fetch(server.http).status == 200
    wait_for_requests(server, 1)
    address = stats_endpoint(server).text
    ended = run("status", address, folder=folder)
    assert ended.code == 0
    assert f"pid {server.pid}" in ended.output
    assert f"http {server.http.text}  queue 0 of " in ended.output
    assert "workers 1 of 1 accept  requests 1 " in ended.output
    ended = run("status", "--json", address, folder=folder)
    assert ended.code == 0
    assert json.loads(ended.output)["pid"] == server.pid


def test_status_reads_what_needs_http(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(*_PROBE, *_STATS, "--stats-http")
    address = stats_endpoint(server).text
    for spelled in (address, f"http://{address}", f"http://{address}/x"):
        assert run("status", spelled, folder=folder).code == 0


def test_status_fails_without_a_server(folder: Path) -> None:
    with socket.socket() as nobody:  # keeps the port for itself, and does not listen
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        ended = run("status", address, folder=folder)
    assert ended.code == 1
    assert address in ended.errors
    assert run("status", folder=folder).code == 1
    assert run("status", "--wrong", folder=folder).code == 1


def test_status_fails_while_no_worker_accepts(penstock: StartPenstock, folder: Path) -> None:
    (folder / "never.py").write_text(
        "import time\nwhile True: time.sleep(1)\ndef application(e, s): ...\n"
    )
    server = penstock("--http-socket", "127.0.0.1:0", "-w", "never", *_STATS)
    assert run("status", stats_endpoint(server).text, folder=folder).code == 1


def test_status_looks_after_a_pid_file(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(*_PROBE)
    server.worker_pids()
    pid_file = folder / "penstock.pid"
    pid_file.write_text(f"{server.pid}\n")
    ended = run("status", str(pid_file), folder=folder)
    assert (ended.code, ended.output) == (0, f"penstock runs (pid {server.pid})\n")
    ended = run("status", "--json", str(pid_file), folder=folder)
    assert json.loads(ended.output) == {"running": True, "pid": server.pid}
    server.close()
    wait_until(lambda: not Path(f"/proc/{server.pid}").exists(), "the master is gone")
    assert run("status", str(pid_file), folder=folder).code == 1
    pid_file.write_text(f"{os.getpid()}\n")  # by now another program's
    assert run("status", str(pid_file), folder=folder).code == 1
    pid_file.write_text("nonsense\n")
    ended = run("status", str(pid_file), folder=folder)
    assert ended.code == 1
    assert "no pid file" in ended.errors
