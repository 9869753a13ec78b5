# SPDX-License-Identifier: MIT
"""penstock.fcgi and penstock.scgi beside the real flup: sockets, signals, and CGI."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from harness import build
from harness.apache import unused_endpoint
from harness.endpoint import Endpoint
from harness.gate import Gate
from harness.gateway import (
    COMPAT,
    PROGRAM,
    Program,
    environ_of,
    every_package,
    every_protocol,
    is_bound,
    module_of,
    read_all,
)
from harness.http import fetch
from harness.wait import wait_until


@every_package
@every_protocol
@pytest.mark.parametrize(
    ("number", "returned"),
    [(signal.SIGTERM, False), (signal.SIGINT, False), (signal.SIGHUP, True)],
)
@pytest.mark.parametrize("variant", ["", "_single", "_fork"])
def test_returns_at_a_signal(
    start: Any,
    front: Any,
    package: str,
    protocol: str,
    number: int,
    returned: bool,
    variant: str,
) -> None:
    if package == "flup" and (variant == "_fork" or protocol == "scgi"):
        variant = ""  # it has no scgi_single, and its forking servers may miss the signal
    program = start(module_of(protocol, variant), package=package)
    environ_of(fetch(front(protocol)))  # it has its handlers
    assert program.stop(number) == 0
    assert program.log.matches(rf"^returned {returned}$"), program.log.text


def test_finishes_what_runs_before_it_returns(start: Any, front: Any, gate: Gate) -> None:
    program = start()
    with front().connect() as connection:
        connection.sendall(f"GET /gate?{gate.path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        visitor = gate.wait()
        program.send_signal(signal.SIGTERM)
        wait_until(lambda: not is_bound(program.folder / "gw.sock"), "it accepts no more")
        visitor.release()
        answer = read_all(connection)
    assert answer.endswith(b"through")
    assert program.wait() == 0


@every_package
@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o700), (0o007, 0o770)])
def test_sets_the_mode_of_its_socket(
    start: Any, folder: Path, package: str, umask: int, mode: int
) -> None:
    start(package=package, umask=umask)
    wait_until((folder / "gw.sock").exists, "the socket is there")
    assert stat.S_IMODE((folder / "gw.sock").stat().st_mode) == mode


@every_package
def test_takes_the_socket_that_is_descriptor_0(start: Any, front: Any, package: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = Endpoint.of(listener).text
        program = start(package=package, descriptor=listener)
    assert environ_of(fetch(front(address=address)))["pid"] == program.pid


@every_package
def test_binds_to_a_tcp_address(start: Any, front: Any, package: str) -> None:
    free = unused_endpoint()
    start(package=package, bindAddress=[free.host, free.port])
    assert environ_of(fetch(front(address=free.text)))["PATH_INFO"] == "/"


@every_package
@pytest.mark.parametrize(
    ("allowed", "status"),
    [("192.0.2.1, 127.0.0.1", 200), ("127.0.0.1", 200), ("192.0.2.1,127.0.0.11", 502), ("", 502)],
)
def test_refuses_web_servers_that_are_not_listed(
    start: Any, front: Any, package: str, allowed: str, status: int
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = Endpoint.of(listener).text
        start(
            package=package,
            descriptor=listener,
            environment={"FCGI_WEB_SERVER_ADDRS": allowed},
        )
    assert fetch(front(address=address)).status == status


@every_package
@pytest.mark.parametrize(("allowed", "status"), [(["127.0.0.1"], 200), (["192.0.2.1"], 502)])
def test_scgi_refuses_servers_that_are_not_allowed(
    start: Any, front: Any, package: str, allowed: list[str], status: int
) -> None:
    free = unused_endpoint()
    start(
        "flup.server.scgi",
        package=package,
        bindAddress=[free.host, free.port],
        allowedServers=allowed,
    )
    assert fetch(front("scgi", free.text)).status == status


def _run_as_cgi(package: str, folder: Path, path: str, **variables: str) -> str:
    """What the program writes when a web server starts it for one request."""
    environment = {
        **build.environment(),
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        **variables,
    }
    if package == "penstock":
        environment["PYTHONPATH"] = str(COMPAT)
    return subprocess.run(
        [sys.executable, PROGRAM, "flup.server.fcgi", "{}"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def test_is_a_cgi_program_where_descriptor_0_is_no_socket(folder: Path) -> None:
    output = _run_as_cgi("penstock", folder, "/x")
    head, _, body = output.partition("ready")[2].partition("\n")[2].partition("\n\n")
    assert head.startswith("Status: 200 OK")
    environ = json.loads(body)
    assert (environ["PATH_INFO"], environ["wsgi.run_once"]) == ("/x", "True")
    assert environ["wsgi.multiprocess"] == "True"


def test_a_cgi_program_may_be_forced(folder: Path) -> None:
    output = _run_as_cgi("penstock", folder, "/error", FCGI_FORCE_CGI="y")
    assert "Status: 500 Internal Server Error" in output
    assert "<h1>Unhandled Exception</h1>" in output


def test_says_what_is_wrong_with_descriptor_0(folder: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        program = Program(folder, "flup.server.fcgi", descriptor=theirs)
        assert program.wait() == 1
    assert "descriptor 0 is a socket that does not listen" in program.log.text


def test_keeps_a_file_that_is_no_socket(folder: Path) -> None:
    (folder / "gw.sock").write_text("precious")
    program = Program(folder, "flup.server.fcgi", bindAddress="gw.sock")
    assert program.wait() == 1
    assert (folder / "gw.sock").read_text() == "precious"
    assert "is no socket" in program.log.text


def test_replaces_the_socket_of_a_dead_server(start: Any, front: Any, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / "gw.sock"))
    start()
    assert fetch(front()).status == 200


def test_serves_responders_only(folder: Path) -> None:
    program = subprocess.run(
        [sys.executable, "-c",
         "from flup.server.fcgi import WSGIServer as S; S(None, roles=(2,))"],
        env={**build.environment(), "PYTHONPATH": str(COMPAT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "only the role of the Responder is served" in program.stderr


def test_takes_settings_of_the_server(start: Any, front: Any) -> None:
    start(settings={"limit-post": "10"})
    assert fetch(front(), "/echo", method="POST", body=b"0123456789").body == b"0123456789"
    assert _status_of_post(front(), b"01234567890") == 413


def _status_of_post(endpoint: Endpoint, body: bytes) -> int:
    return fetch(endpoint, "/echo", method="POST", body=body).status
