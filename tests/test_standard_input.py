# SPDX-License-Identifier: MIT
"""A server whose descriptor 0 is a listening socket, as FastCGI's process managers start it."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import build, processes, uwsgi
from harness.endpoint import Endpoint, free_port
from harness.http import fetch
from harness.nginx import Nginx
from harness.server import Penstock
from harness.spawner import REAL, Spawner
from harness.start import APPS, StartPenstock
from harness.wait import wait_until

_SERVES = r"^the new program \(pid: (\d+)\) serves: this one ends$"
_APP = ("--pythonpath", str(APPS), "--module", "probe")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """The socket."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        yield bound


def _start(
    penstock: StartPenstock, listener: socket.socket, *arguments: str, **options: Any
) -> Penstock:
    server = penstock(
        *("-c", f'exec "$@" <&{listener.fileno()}', "bash", build.program(), *_APP, *arguments),
        program=Path("/bin/bash"),
        pass_fds=[listener.fileno()],
        **options,
    )
    server.worker_pids()
    return server


def _behind_nginx(folder: Path, address: str, target: str = "/") -> int:
    location = f"location / {{ include /etc/nginx/fastcgi_params; fastcgi_pass {address}; }}"
    with Nginx(folder / "nginx", server=location) as nginx:
        return fetch(nginx.endpoint, target).status


def test_speaks_fastcgi(penstock: StartPenstock, listener: socket.socket, folder: Path) -> None:
    server = _start(penstock, listener)
    assert server.endpoint("fastcgi").text == Endpoint.of(listener).text
    assert _behind_nginx(folder, Endpoint.of(listener).text) == 200


@pytest.mark.parametrize("arguments", [["--protocol", "uwsgi"], ["--socket", "fd://0"]])
def test_speaks_uwsgi_where_that_is_said(
    penstock: StartPenstock, listener: socket.socket, arguments: list[str]
) -> None:
    _start(penstock, listener, *arguments)
    assert uwsgi.request(Endpoint.of(listener)).status == 200


def test_speaks_http_where_that_is_said(penstock: StartPenstock, listener: socket.socket) -> None:
    _start(penstock, listener, "--http-socket", "fd://0")
    assert fetch(Endpoint.of(listener)).status == 200


def test_serves_other_sockets_too(
    penstock: StartPenstock, listener: socket.socket, folder: Path
) -> None:
    server = _start(penstock, listener, "--http-socket", "127.0.0.1:0")
    assert fetch(server.http).status == 200
    assert _behind_nginx(folder, Endpoint.of(listener).text) == 200


def test_keeps_the_socket_through_a_reload(
    penstock: StartPenstock, listener: socket.socket, folder: Path
) -> None:
    server = _start(penstock, listener)
    before = server.worker_pids()
    server.send_signal(signal.SIGHUP)
    assert server.worker_pids(2) != before
    assert _behind_nginx(folder, Endpoint.of(listener).text) == 200


def test_keeps_the_socket_through_an_upgrade(
    penstock: StartPenstock, listener: socket.socket, folder: Path
) -> None:
    server = _start(penstock, listener)
    server.send_signal(signal.SIGUSR2)
    new = int(server.log.wait_for(_SERVES)[1])
    wait_until(lambda: not server.is_running, "the old master ends")
    assert _behind_nginx(folder, Endpoint.of(listener).text) == 200
    os.kill(new, signal.SIGTERM)
    processes.wait_gone([new])


def test_no_process_reads_from_the_socket(penstock: StartPenstock, listener: socket.socket) -> None:
    server = _start(penstock, listener)
    for process in server.tree():
        assert os.readlink(f"/proc/{process.pid}/fd/0") == "/dev/null"


@pytest.mark.parametrize(
    ("allowed", "status"), [("192.0.2.1, 127.0.0.1", 200), ("192.0.2.1", 502), ("", 502)]
)
def test_refuses_web_servers_that_are_not_listed(
    penstock: StartPenstock, listener: socket.socket, folder: Path, allowed: str, status: int
) -> None:
    server = _start(penstock, listener, environment={"FCGI_WEB_SERVER_ADDRS": allowed})
    assert _behind_nginx(folder, Endpoint.of(listener).text) == status
    if status != 200:
        server.log.wait_for(r"refused a connection from 127\.0\.0\.1:\d+: its address is not")


def test_web_servers_of_other_protocols_need_not_be_listed(
    penstock: StartPenstock, listener: socket.socket
) -> None:
    _start(
        penstock,
        listener,
        *("--http-socket", "fd://0"),
        environment={"FCGI_WEB_SERVER_ADDRS": "192.0.2.1"},
    )
    assert fetch(Endpoint.of(listener)).status == 200


def test_is_started_by_spawn_fcgi(folder: Path) -> None:
    port = free_port()
    spawn = Spawner(REAL, folder)
    try:
        started = spawn("-a", "127.0.0.1", "-p", str(port), "--", build.program(), *_APP)
        assert started.exit_code == 0, started
        assert _behind_nginx(folder, f"127.0.0.1:{port}") == 200
    finally:
        spawn.close()
