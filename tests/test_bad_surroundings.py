# SPDX-License-Identifier: MIT
"""A machine that gives the server less than it wants: descriptors, disk, memory, a log."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from harness.start import APPS, StartPenstock
from harness import build, processes
from harness.endpoint import Endpoint
from harness.http import Connection, encode_request, fetch
from harness.wait import wait_until

_PROBE = ("--pythonpath", str(APPS), "-w", "probe")


# Not against sanitizers: to look at memory they open a pipe, which is just what fails here.
def test_serves_on_when_it_runs_out_of_descriptors(penstock: StartPenstock) -> None:
    """Connections wait in the backlog; the worker neither dies nor spins."""
    server = penstock(
        *("--http-socket", "127.0.0.1:0", *_PROBE),
        before_exec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
    )
    [pid] = server.worker_pids()
    assert fetch(server.http).body == b"hello"
    worker = psutil.Process(pid)
    with ExitStack() as stack:
        held = [stack.enter_context(Connection(server.http)) for _ in range(200)]
        for connection in held:
            connection.send(encode_request("GET", "/"))
        assert held[0].read_response().body == b"hello"
        used = sum(worker.cpu_times()[:2])
        # Time in which a loop that cannot accept would burn the processor.
        with pytest.raises(psutil.TimeoutExpired):
            worker.wait(1)
        assert sum(worker.cpu_times()[:2]) - used < 0.5
        held[0].close()
        for connection in held[1:]:
            assert connection.read_response().body == b"hello"
            connection.close()
    assert fetch(server.http).body == b"hello"
    assert server.worker_pids() == [pid]


@pytest.mark.asan
def test_answers_500_when_a_body_cannot_be_stored(penstock: StartPenstock) -> None:
    """As on a full disk: other requests are served."""
    server = penstock(
        *("--http-socket", "127.0.0.1:0", *_PROBE),
        before_exec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000)),
    )
    [pid] = server.worker_pids()
    assert fetch(server.http, "/digest", method="POST", body=bytes(400_000)).status == 200
    with Connection(server.http) as connection:
        connection.send_lenient(encode_request("POST", "/digest", body=bytes(2_000_000)))
        assert connection.read_response().status in (500, 507)
    server.log.wait_for("(?i)body.*(store|spool|write|file)")
    assert fetch(server.http).body == b"hello"
    assert server.worker_pids() == [pid]


@pytest.mark.asan
def test_cuts_an_answer_that_cannot_be_buffered(penstock: StartPenstock) -> None:
    """Of a reader that is slow while the disk is full; whoever reads at once is served."""
    server = penstock(
        *("--http-socket", "127.0.0.1:0", *_PROBE, "--threads", "2"),
        before_exec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000)),
    )
    [pid] = server.worker_pids()
    with Connection(server.http, receive_buffer=4096) as slow:
        slow.send(encode_request("GET", "/sized?size=65536&count=200"))
        assert slow.read_head().status == 200
        server.log.wait_for("(?i)(response|answer|buffer).*")
        wait_until(lambda: fetch(server.http).body == b"hello", "another request")
    assert fetch(server.http).body == b"hello"
    assert server.worker_pids() == [pid]


@pytest.mark.asan
def test_says_that_there_is_no_folder_for_bodies(penstock: StartPenstock) -> None:
    server = penstock(
        *("--http-socket", "127.0.0.1:0", *_PROBE, "--spool-directory", "/nonexistent/folder")
    )
    with Connection(server.http) as connection:
        connection.send_lenient(encode_request("POST", "/digest", body=bytes(3_000_000)))
        assert connection.read_response().status == 500
    server.log.wait_for("/nonexistent/folder")
    assert fetch(server.http).body == b"hello"


@pytest.mark.parametrize("closed", [[0], [0, 1], [0, 1, 2]])
@pytest.mark.asan
def test_starts_with_closed_standard_streams(
    penstock: StartPenstock, folder: Path, closed: list[int]
) -> None:
    """As some supervisors start their children: no socket may become a standard stream."""

    def close() -> None:
        for number in closed:
            os.close(number)

    server = penstock("--http-socket", "x.sock", *_PROBE, before_exec=close)
    endpoint = Endpoint(str(folder / "x.sock"))
    wait_until(lambda: endpoint.is_listening() or not server.is_running, "the socket")
    assert fetch(endpoint).body == b"hello"
    assert fetch(endpoint, "/fail").status == 500
    assert fetch(endpoint).body == b"hello"


@contextlib.contextmanager
def _logging_into_the_void(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server whose log is a pipe that nobody reads any more."""
    reader, writer = os.pipe()
    mark = processes.new_mark()
    server = subprocess.Popen(
        [build.program(), "--http-socket", "x.sock", *_PROBE],
        cwd=folder,
        env={**build.environment(), **mark},
        stdout=writer,
        stderr=writer,
    )
    os.close(writer)
    os.close(reader)
    try:
        yield server
    finally:
        server.terminate()
        code = server.wait(build.PATIENCE)
        left = processes.kill_marked(mark)
    assert (code, left) == (0, [])


@pytest.mark.asan
def test_serves_on_when_nobody_reads_its_log(folder: Path) -> None:
    with _logging_into_the_void(folder) as server:
        endpoint = Endpoint(str(folder / "x.sock"))
        wait_until(lambda: (folder / "x.sock").exists() or server.poll() is not None, "the socket")
        for _ in range(10):
            assert fetch(endpoint).body == b"hello"
            assert fetch(endpoint, "/fail").status == 500
        assert server.poll() is None
