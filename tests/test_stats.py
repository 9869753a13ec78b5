# SPDX-License-Identifier: MIT
"""--stats: uWSGI's JSON, for uwsgitop and whoever else reads it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sys
from pathlib import Path

import psutil

from harness.gate import Gate
from harness.http import Connection, fetch
from harness.run import run
from harness.start import APPS, StartPenstock
from harness.stats import read_stats, stats_endpoint, wait_for_requests, worker
from harness.terminal import Terminal
from harness.uwsgi import encode_packet, request_variables
from harness.wait import wait_until

_PROBE = ("--http-socket", "127.0.0.1:0", "--pythonpath", str(APPS), "-w", "probe")
_STATS = ("--stats", "127.0.0.1:0")

#: What uwsgitop, Datadog's agent and uwsgi_exporter look for.
_TOP_KEYS = {
    *("version", "listen_queue", "listen_queue_errors", "signal_queue", "load", "pid", "uid"),
    *("gid", "cwd", "locks", "sockets", "workers"),
}
_WORKER_KEYS = {
    *("id", "pid", "accepting", "requests", "delta_requests", "exceptions", "harakiri_count"),
    *("signals", "signal_queue", "status", "rss", "vsz", "running_time", "last_spawn"),
    *("respawn_count", "tx", "avg_rt", "apps", "cores"),
}
_CORE_KEYS = {
    *("id", "requests", "static_requests", "routed_requests", "offloaded_requests"),
    *("write_errors", "read_errors", "in_request", "vars", "req_info"),
}


def test_has_every_key_of_uwsgi(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(*_PROBE, *_STATS, "-p", "2", "--threads", "3")
    server.worker_pids(2)
    stats = read_stats(server)
    assert stats.keys() >= _TOP_KEYS
    assert stats["pid"] == server.pid
    assert stats["cwd"] == str(folder)
    assert stats["uid"] == os.getuid()
    assert [one["id"] for one in stats["workers"]] == [1, 2]
    for one in stats["workers"]:
        assert one.keys() >= _WORKER_KEYS
        assert len(one["cores"]) == 3
        for core in one["cores"]:
            assert core.keys() >= _CORE_KEYS


def test_tells_what_workers_are(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, *_STATS)
    [pid] = server.worker_pids()
    wait_until(lambda: worker(read_stats(server))["accepting"] == 1, "the worker accepts")
    one = worker(read_stats(server))
    assert (one["pid"], one["status"], one["respawn_count"]) == (pid, "idle", 1)
    assert abs(one["last_spawn"] - psutil.Process(pid).create_time()) < 10

    def shows_its_memory() -> bool:
        memory = psutil.Process(pid).memory_info()
        shown = worker(read_stats(server))
        return (shown["rss"], shown["vsz"]) == (memory.rss, memory.vms)

    wait_until(shows_its_memory, "memory, at the most a second old")


def test_counts_requests(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, *_STATS)
    with Connection(server.http) as connection:
        for _ in range(5):
            assert connection.get("/").status == 200
        assert connection.get("/status?code=404").status == 404
    wait_for_requests(server, 6)
    one = worker(read_stats(server))
    assert one["delta_requests"] == 6
    assert (one["answers"]["2xx"], one["answers"]["4xx"]) == (5, 1)
    assert one["tx"] > 6 * 50
    assert one["running_time"] > 0
    assert sum(core["requests"] for core in one["cores"]) == 6


def test_shows_the_request_that_runs(penstock: StartPenstock, gate: Gate) -> None:
    server = penstock(*_PROBE, *_STATS, "--threads", "2")
    with Connection(server.http) as connection:
        fields = [("Host", "x"), ("Cookie", "session=secret"), ("Authorization", "Basic secret")]
        target = f"/wait?gate={gate.path}&x=%22%5C<&"
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        connection.send(f"GET {target} HTTP/1.1\r\n{head}\r\n".encode())
        visitor = gate.wait()
        stats = read_stats(server)
        one = worker(stats)
        assert one["status"] == "busy"
        [core] = [core for core in one["cores"] if core["in_request"]]
        assert core["vars"][:2] == ["REQUEST_METHOD=GET", f"REQUEST_URI={target}"]
        assert "REMOTE_ADDR=127.0.0.1" in core["vars"]
        assert core["vars"][-1] == ""
        assert core["req_info"]["request_start"] <= stats["now"]
        assert "secret" not in json.dumps(stats)
        visitor.release()
        assert connection.read_response().status == 200
    wait_until(lambda: worker(read_stats(server))["status"] == "idle", "the worker is idle")


def test_stays_json_whatever_peers_send(penstock: StartPenstock, gate: Gate) -> None:
    server = penstock(*_PROBE, "--socket", "127.0.0.1:0", *_STATS)
    variables: list[tuple[str | bytes, str | bytes]] = [
        *request_variables(target=f"/wait?gate={gate.path}"),
        ("REQUEST_URI", b"/wait?" + bytes([0x22, 0x5C, 0xC3, 0x28, 0xFF, 0x80]) + b"x" * 500),
    ]
    with Connection(server.uwsgi) as connection:
        connection.send(encode_packet(variables))
        visitor = gate.wait()
        [core] = worker(read_stats(server))["cores"]
        assert core["vars"][1].startswith('REQUEST_URI=/wait?"\\\N{REPLACEMENT CHARACTER}(')
        assert len(core["vars"][1]) < 250
        visitor.release()
        assert connection.read_response().status == 200


def test_never_counts_down_when_workers_are_replaced(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, *_STATS)
    [first] = server.worker_pids()
    for _ in range(3):
        assert fetch(server.http, "/").status == 200
    wait_for_requests(server, 3)
    os.kill(first, signal.SIGKILL)
    server.worker_pids(2)
    assert fetch(server.http, "/").status == 200
    wait_for_requests(server, 4)
    one = worker(read_stats(server))
    assert (one["requests"], one["delta_requests"]) == (4, 1)
    assert one["respawn_count"] == 2
    assert sum(core["requests"] for core in one["cores"]) == 4

    server.send_signal(signal.SIGHUP)
    server.worker_pids(3)
    server.log.wait_for("^reloaded: ")
    assert fetch(server.http, "/").status == 200
    wait_for_requests(server, 5)
    wait_until(lambda: "leaving" not in worker(read_stats(server)), "the old worker has gone")
    one = worker(read_stats(server))
    assert (one["requests"], one["respawn_count"]) == (5, 3)


def test_counts_exceptions(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, *_STATS)
    assert fetch(server.http, "/fail").status == 500
    wait_for_requests(server, 1)
    assert worker(read_stats(server))["exceptions"] == 1
    assert worker(read_stats(server))["answers"]["5xx"] == 1


def test_tells_who_waits_for_a_worker(penstock: StartPenstock, gate: Gate, folder: Path) -> None:
    server = penstock(
        *("--http-socket", str(folder / "http.sock"), "--pythonpath", str(APPS), "-w", "probe"),
        *("--stats", str(folder / "stats.sock"), "--max-connections", "1", "-l", "17"),
    )
    with Connection(server.http) as first, Connection(server.http) as second:
        first.send(f"GET /wait?gate={gate.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        visitor = gate.wait()
        second.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        wait_until(lambda: read_stats(server)["listen_queue"] == 1, "one connection waits")
        [listening] = read_stats(server)["sockets"]
        assert listening["name"] == str(folder / "http.sock")
        assert (listening["proto"], listening["queue"], listening["max_queue"]) == ("http", 1, 17)
        visitor.release()
        first.read_response()
        first.close()
        assert second.read_response().status == 200


def test_speaks_http_when_asked_to(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, *_STATS, "--stats-http", "--stats-min", "--stats-no-cores")
    answer = fetch(stats_endpoint(server), "/")
    assert answer.status == 200
    assert answer.get("Content-Type") == "application/json"
    assert answer.get("Access-Control-Allow-Origin") == "*"
    assert b"\n" not in answer.body
    assert "cores" not in json.loads(answer.body)["workers"][0]


def test_takes_every_form_of_address(penstock: StartPenstock, folder: Path) -> None:
    path = folder / "stats.sock"
    for address in (str(path), "127.0.0.1:0", "@" + folder.name):
        server = penstock(*_PROBE, "--stats-server", address)
        assert read_stats(server)["pid"] == server.pid
        server.close()
    assert not path.exists()


def test_answers_while_a_client_does_not_read(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, *_STATS, "--stats-http", "--threads", "200")
    endpoint = stats_endpoint(server)
    with (
        endpoint.connect(receive_buffer=1024) as silent,
        endpoint.connect(receive_buffer=1024) as slow,
    ):
        slow.sendall(b"GET / HTTP/1.0\r\n\r\n")
        silent.sendall(b"GET /")
        for _ in range(3):
            assert fetch(endpoint, "/").status == 200
        os.kill(server.worker_pids()[0], signal.SIGKILL)
        server.worker_pids(2)  # nor is the master held up
        parts = []
        while part := slow.recv(65536):
            parts.append(part)
        assert json.loads(b"".join(parts).partition(b"\r\n\r\n")[2])["pid"] == server.pid


def test_says_which_option_names_an_address_in_use(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = run(*_PROBE, "--stats", address, folder=folder)
    assert ended.code == 1
    assert re.search(rf"--stats: {address}", ended.errors)


def test_is_what_the_real_uwsgitop_reads(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, *_STATS, "-p", "2")
    pids = server.worker_pids(2)
    for _ in range(7):
        assert fetch(server.http, "/").status == 200
    program = Path(sys.executable).parent / "uwsgitop"
    with Terminal([program, stats_endpoint(server).text]) as terminal:
        terminal.wait_for(r"uwsgi-\S+ - .* req: 7 ")
        terminal.wait_for(r"WID\s+%\s+PID\s+REQ\s+RPS")
        for pid in pids:
            terminal.wait_for(rf"\s{pid}\s")
        terminal.wait_for("idle")
        terminal.press("a")  # with the threads
        terminal.press("a")
        terminal.wait_for(":0")
        terminal.press("q")
        assert terminal.wait() == 0
    assert "Traceback" not in terminal.text
