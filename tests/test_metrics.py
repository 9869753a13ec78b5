# SPDX-License-Identifier: MIT
"""--metrics: what Prometheus scrapes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from harness import build
from harness.endpoint import Endpoint
from harness.gate import Gate
from harness.http import Connection, fetch
from harness.server import Penstock
from harness.start import APPS, StartPenstock
from harness.stats import read_to_end, stats_endpoint
from harness.wait import wait_until

_PROBE = ("--http-socket", "127.0.0.1:0", "--pythonpath", str(APPS), "-w", "probe")
_METRICS = ("--metrics", "127.0.0.1:0")

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def _endpoint(server: Penstock) -> Endpoint:
    return stats_endpoint(server, "Metrics")


def _samples(server: Penstock) -> Samples:
    """What the official parser makes of the page."""
    answer = fetch(_endpoint(server), "/metrics")
    assert answer.status == 200
    assert (answer.get("Content-Type") or "").startswith("text/plain; version=0.0.4")
    samples: Samples = {}
    for family in text_string_to_metric_families(answer.body.decode()):
        assert family.documentation
        assert family.type in {"counter", "gauge", "histogram"}
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in samples
            samples[key] = sample.value
    return samples


def _value(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"penstock_{name}", frozenset(labels.items())]


def _wait_for_requests(server: Penstock, count: int) -> Samples:
    """The samples once so many are counted: that is a moment after their answers."""
    samples: Samples = {}

    def all_are_counted() -> bool:
        samples.clear()
        samples.update(_samples(server))
        answered = sum(
            value for (name, _), value in samples.items() if name == "penstock_requests_total"
        )
        timed = _value(samples, "request_duration_seconds_count")
        assert max(answered, timed) <= count
        return answered == timed == count

    wait_until(all_are_counted, f"{count} requests are counted")
    return samples


def test_counts_requests_by_status(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, *_METRICS)
    with Connection(server.http) as connection:
        for code in (200, 201, 304, 404, 404, 503):
            assert connection.get(f"/status?code={code}").status == code
        assert connection.get("/fail").status == 500
    samples = _wait_for_requests(server, 7)
    for status, count in {"2xx": 2, "3xx": 1, "4xx": 2, "5xx": 2, "1xx": 0}.items():
        assert _value(samples, "requests_total", worker="1", status=status) == count
    assert _value(samples, "exceptions_total", worker="1") == 1
    assert _value(samples, "sent_bytes_total", worker="1") > 500
    assert _value(samples, "respawns_total", worker="1") == 0
    assert _value(samples, "workers", state="ready") == 1
    assert _value(samples, "listen_queue_limit", socket=server.http.text, protocol="http") > 0
    assert _value(samples, "worker_resident_memory_bytes", worker="1") > 1_000_000


def test_measures_how_long_requests_take(penstock: StartPenstock, gate: Gate) -> None:
    server = penstock(*_PROBE, *_METRICS, "--threads", "2")
    for _ in range(4):
        assert fetch(server.http, "/").status == 200
    with Connection(server.http) as connection:
        connection.send(f"GET /wait?gate={gate.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        visitor = gate.wait()
        _wait_for_requests(server, 4)
        wait_until(lambda: _value(_samples(server), "requests_running") == 1, "it is seen to run")
        wait_until(lambda: _value(_samples(server), "oldest_request_seconds") > 0.2, "it gets old")
        wait_until(lambda: _value(_samples(server), "connections") == 1, "one is left")
        visitor.release()
        assert connection.read_response().status == 200
    samples = _wait_for_requests(server, 5)
    assert _value(samples, "request_duration_seconds_bucket", le="+Inf") == 5
    assert _value(samples, "request_duration_seconds_bucket", le="0.1") < 5
    assert _value(samples, "request_duration_seconds_sum") > 0.2
    bounds = [
        (float(dict(labels)["le"]), value)
        for (name, labels), value in samples.items()
        if name == "penstock_request_duration_seconds_bucket"
    ]
    counts = [value for _, value in sorted(bounds)]
    assert counts == sorted(counts)


def test_never_counts_down_when_workers_are_replaced(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, *_METRICS, "-p", "2")
    for _ in range(6):
        assert fetch(server.http).status == 200
    _wait_for_requests(server, 6)
    for started, pid in enumerate(server.worker_pids(2), start=3):
        os.kill(pid, signal.SIGKILL)
        server.worker_pids(started)
    samples = _wait_for_requests(server, 6)
    assert _value(samples, "respawns_total", worker="1") == 1
    assert _value(samples, "respawns_total", worker="2") == 1


def test_passes_promtool(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(*_PROBE, *_METRICS, "--stats", str(folder / 'a "quoted\\ name.sock'))
    assert fetch(server.http, "/").status == 200
    page = fetch(_endpoint(server), "/metrics").body
    program = shutil.which("promtool")
    assert program, "Debian's package prometheus has promtool"
    checked = subprocess.run(
        [program, "check", "metrics"], input=page, capture_output=True, timeout=build.PATIENCE
    )
    assert checked.returncode == 0, (checked.stdout + checked.stderr).decode()
    assert checked.stdout + checked.stderr == b""


def test_escapes_the_names_of_sockets(penstock: StartPenstock, folder: Path) -> None:
    path = folder / 'a "quoted" \\ name.sock'
    server = penstock("--http-socket", str(path), *_PROBE, *_METRICS)
    assert _value(_samples(server), "listen_queue", socket=str(path), protocol="http") == 0


def test_answers_only_what_it_has(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, *_METRICS)
    endpoint = _endpoint(server)
    assert fetch(endpoint, "/").status == 404
    assert fetch(endpoint, "/metrics/x").status == 404
    with Connection(endpoint) as connection:
        answer = connection.post("/metrics", b"")
        assert (answer.status, answer.get("Allow")) == (405, "GET, HEAD")
    head = read_to_end(endpoint, b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert head.endswith(b"\r\n\r\n")
    assert read_to_end(endpoint, b"\x16\x03\x01\x02\n\n").startswith(b"HTTP/1.1 400 ")
    too_long = read_to_end(endpoint, b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 9000)
    assert too_long.startswith(b"HTTP/1.1 431 ")


def test_answers_many_at_once_and_lets_go_of_who_says_nothing(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, *_METRICS)
    endpoint = _endpoint(server)
    silent = [endpoint.connect() for _ in range(100)]  # more than it keeps
    many = [endpoint.connect() for _ in range(20)]
    for connection in many:
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    for connection in many:
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
    assert silent[0].recv(1) == b""
    for connection in (*silent, *many):
        connection.close()


def test_has_a_help_and_a_type_for_everything_in_the_documentation(
    penstock: StartPenstock,
) -> None:
    server = penstock(*_PROBE, *_METRICS)
    page = fetch(_endpoint(server), "/metrics").body.decode()
    there = set(re.findall(r"^# TYPE (\S+)", page, re.MULTILINE))
    text = (build.ROOT / "docs" / "stats.md").read_text()
    documented = set(re.findall(r"^\| `(penstock_\w+)", text, re.MULTILINE))
    assert documented == there
