# SPDX-License-Identifier: MIT
"""Listening sockets: every form of an address, several at once, and what goes wrong."""

from __future__ import annotations

import json
import os
import pwd
import signal
import socket
import stat
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness import uwsgi
from harness.build import program
from harness.endpoint import Endpoint, free_port
from harness.http import Connection, encode_request, fetch
from harness.processes import open_files
from harness.run import run
from harness.start import APPS, StartPenstock
from harness.wait import wait_until

pytestmark = pytest.mark.asan

_PROBE = ("--pythonpath", str(APPS), "-w", "probe")


@pytest.mark.parametrize("flag", ["--http-socket", "--http"])
def test_speaks_http(penstock: StartPenstock, flag: str) -> None:
    """Both of uWSGI's flags mean the same listener, with keep-alive."""
    server = penstock(flag, "127.0.0.1:0", *_PROBE)
    with Connection(server.http) as connection:
        assert connection.get("/").body == b"hello"
        assert connection.get("/").body == b"hello"


@pytest.mark.parametrize("flag", ["-s", "--socket", "--uwsgi-socket"])
def test_speaks_uwsgi(penstock: StartPenstock, flag: str) -> None:
    server = penstock(flag, "127.0.0.1:0", *_PROBE)
    assert uwsgi.request(server.uwsgi).body == b"hello"


def test_speaks_what_protocol_says(penstock: StartPenstock) -> None:
    server = penstock("--protocol", "http", "-s", "127.0.0.1:0", *_PROBE)
    assert fetch(server.http).body == b"hello"


def test_listens_on_several_sockets_of_each_kind(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(
        *("-s", "127.0.0.1:0", "-s", "one.sock", "-s", "127.0.0.1:0"),
        *("--http-socket", "127.0.0.1:0", "--http", "127.0.0.1:0", "--http-socket", "two.sock"),
        *(*_PROBE, "-p", "2"),
    )
    for index in range(2):
        assert uwsgi.request(server.endpoint("uwsgi", "TCP", index)).body == b"hello"
        assert fetch(server.endpoint("http", "TCP", index)).body == b"hello"
    assert uwsgi.request(server.endpoint("uwsgi", "UNIX")).body == b"hello"
    assert fetch(server.endpoint("http", "UNIX")).body == b"hello"


def test_takes_a_port_of_all_addresses(penstock: StartPenstock) -> None:
    port = free_port()
    server = penstock("--http-socket", f":{port}", *_PROBE)
    assert server.http.port == port
    for host in ("127.0.0.1", "127.0.0.2"):
        assert fetch(Endpoint(f"{host}:{port}")).body == b"hello"


def test_says_which_port_it_got(penstock: StartPenstock) -> None:
    server = penstock("--http-socket", "127.0.0.1:0", *_PROBE)
    assert server.http.port > 0
    assert fetch(server.http).body == b"hello"


def test_takes_ipv6(penstock: StartPenstock) -> None:
    server = penstock("--http-socket", "[::1]:0", "-s", "[::1]:0", *_PROBE)
    assert server.http.text.startswith("[::1]:")
    assert fetch(server.http, "/environ").status == 200
    assert uwsgi.request(server.uwsgi).body == b"hello"
    environ = fetch(server.http, "/environ").text
    assert '"REMOTE_ADDR": "::1"' in environ


def test_takes_a_host_name(penstock: StartPenstock) -> None:
    server = penstock("--http-socket", "localhost:0", *_PROBE)
    assert fetch(server.http).body == b"hello"


@pytest.mark.parametrize(
    "form", ["relative.sock", "./dotted.sock", "unix:prefixed.sock", "{}/absolute.sock"]
)
def test_takes_a_path(penstock: StartPenstock, folder: Path, form: str) -> None:
    address = form.format(folder)
    server = penstock("--http-socket", address, *_PROBE)
    assert fetch(server.http).body == b"hello"
    path = folder / address.removeprefix("unix:").removeprefix("./")
    assert stat.S_ISSOCK(path.stat().st_mode)


def test_takes_an_abstract_name(penstock: StartPenstock, folder: Path) -> None:
    server = penstock("--http-socket", f"@{folder.name}", *_PROBE)
    assert server.http.text == f"@{folder.name}"
    assert fetch(server.http).body == b"hello"
    assert not [path for path in folder.iterdir() if path.is_socket()]


@pytest.mark.parametrize(
    ("option", "mode"),
    [
        (["--chmod-socket=600"], 0o600),
        (["--chmod-socket=660"], 0o660),
        (["--chmod-socket"], 0o666),
        (["-C"], 0o666),
    ],
)
def test_sets_the_mode_of_a_path(
    penstock: StartPenstock, folder: Path, option: list[str], mode: int
) -> None:
    server = penstock("--http-socket", "x.sock", *option, *_PROBE)
    assert fetch(server.http).body == b"hello"
    assert stat.S_IMODE((folder / "x.sock").stat().st_mode) == mode


def test_sets_the_owner_of_a_path(penstock: StartPenstock, folder: Path) -> None:
    """To ourselves where we may not give files away."""
    user = pwd.getpwnam("www-data") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    server = penstock("--http-socket", "x.sock", "--chown-socket", user.pw_name, *_PROBE)
    assert fetch(server.http).body == b"hello"
    assert (folder / "x.sock").stat().st_uid == user.pw_uid


def test_replaces_the_path_of_a_dead_server(penstock: StartPenstock, folder: Path) -> None:
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(folder / "x.sock"))
    stale.close()
    server = penstock("--http-socket", "x.sock", *_PROBE)
    assert fetch(server.http).body == b"hello"


def test_leaves_the_path_of_a_living_server_alone(penstock: StartPenstock, folder: Path) -> None:
    server = penstock("--http-socket", "x.sock", *_PROBE)
    assert fetch(server.http).body == b"hello"
    outcome = run("--http-socket", "x.sock", *_PROBE, folder=folder)
    assert outcome.code == 1
    assert "x.sock" in outcome.text
    assert fetch(server.http).body == b"hello"


def test_leaves_a_file_that_is_no_socket_alone(folder: Path) -> None:
    (folder / "x.sock").write_text("precious")
    outcome = run("--http-socket", "x.sock", *_PROBE, folder=folder)
    assert outcome.code == 1
    assert "x.sock" in outcome.text
    assert (folder / "x.sock").read_text() == "precious"


def test_names_an_address_in_use(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Endpoint.of(taken).text
        outcome = run("--http-socket", address, *_PROBE, folder=folder)
    assert outcome.code == 1
    assert address in outcome.text
    assert "spawned" not in outcome.text


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:port",
        "127.0.0.1:70000",
        "[::1:80",
        "192.0.2.1:0",
        "fd://x",
        "fd://999",
        "/missing/x.sock",
        "x" * 200 + ".sock/y",
    ],
)
def test_names_an_address_that_is_none(folder: Path, address: str) -> None:
    outcome = run("--http-socket", address, *_PROBE, folder=folder)
    assert outcome.code == 1
    assert address in outcome.text


def test_takes_over_an_open_descriptor(penstock: StartPenstock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = Endpoint.of(listener)
        server = penstock(
            "--http-socket", f"fd://{listener.fileno()}", *_PROBE, pass_fds=[listener.fileno()]
        )
    assert fetch(endpoint).body == b"hello"
    assert server.http == endpoint


def test_takes_over_the_sockets_of_systemd(penstock: StartPenstock, folder: Path) -> None:
    """As systemd-socket-activate does it: descriptors from 3 on, and two variables."""
    with (
        socket.create_server(("127.0.0.1", 0)) as first,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as second,
    ):
        script = folder / "activate"
        script.write_text(
            "#!/bin/bash\n"
            f"exec 3<&{first.fileno()} 4<&{second.fileno()}\n"
            f'LISTEN_PID=$$ LISTEN_FDS=2 exec {program()} "$@"\n'
        )
        script.chmod(0o755)
        server = penstock(
            *("--protocol", "http", *_PROBE),
            program=script,
            pass_fds=[first.fileno(), second.fileno()],
        )
        endpoints = [Endpoint.of(first), Endpoint.of(second)]
    for endpoint in endpoints:
        assert fetch(endpoint).body == b"hello"
    environ = Path(f"/proc/{server.worker_pids()[0]}/environ").read_bytes()
    assert b"LISTEN_FDS" not in environ


def test_clamps_the_backlog_with_a_warning(penstock: StartPenstock) -> None:
    longest = int(Path("/proc/sys/net/core/somaxconn").read_text())
    server = penstock("--http-socket", "127.0.0.1:0", "-l", str(longest + 1), *_PROBE)
    assert fetch(server.http).body == b"hello"
    found = server.log.wait_for(r"^.*somaxconn.*$")
    assert str(longest) in found[0]


def test_has_a_long_backlog_by_default(penstock: StartPenstock) -> None:
    """1024 connections may wait, where uWSGI takes 100."""
    server = penstock("--http-socket", "127.0.0.1:0", *_PROBE)
    [worker] = server.worker_pids()
    longest = int(Path("/proc/sys/net/core/somaxconn").read_text())
    os.kill(worker, signal.SIGSTOP)
    try:
        with ExitStack() as stack:
            waiting = [
                stack.enter_context(Connection(server.http)) for _ in range(min(1024, longest))
            ]
            for connection in waiting:
                connection.send(encode_request("GET", "/"))
            os.kill(worker, signal.SIGCONT)
            for connection in waiting:
                assert connection.read_response().body == b"hello"
    finally:
        os.kill(worker, signal.SIGCONT)
    if longest >= 1024:
        assert "somaxconn" not in server.log.text


def test_gives_the_apps_children_no_socket(penstock: StartPenstock, folder: Path) -> None:
    """Descriptors are close-on-exec: what the app starts inherits no connection."""
    (folder / "starts.py").write_text(
        "import subprocess\n"
        "def application(environ, start_response):\n"
        "    out = subprocess.run(['ls', '-l', '/proc/self/fd'], capture_output=True,\n"
        "                         close_fds=False).stdout\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [out]\n"
    )
    server = penstock("--http-socket", "127.0.0.1:0", "-s", "x.sock", "-w", "starts")
    assert "socket:" not in fetch(server.http).text
    assert "socket:" not in fetch(server.http).text


def test_holds_no_more_descriptors_after_many_connections(penstock: StartPenstock) -> None:
    server = penstock("--http-socket", "127.0.0.1:0", "-s", "127.0.0.1:0", *_PROBE)
    [pid] = server.worker_pids()
    assert fetch(server.http).body == b"hello"
    assert uwsgi.request(server.uwsgi).body == b"hello"
    before = open_files(pid)
    for _ in range(100):
        assert fetch(server.http).body == b"hello"
        assert (
            uwsgi.request(server.uwsgi, "/echo", method="POST", body=bytes(200_000)).status == 200
        )
    with Connection(server.http) as last:
        assert last.get("/").body == b"hello"
        assert len(open_files(pid)) <= len(before) + 3


def test_connections_are_spread_over_the_workers(penstock: StartPenstock) -> None:
    """Also where each comes while all workers are idle, and only later has much to do."""
    server = penstock("--http-socket", "127.0.0.1:0", *_PROBE, "-p", "4")
    workers = set(server.worker_pids(4))
    seen: set[int] = set()

    def all_answer() -> bool:
        seen.add(json.loads(fetch(server.http, "/who").body)["pid"])
        return seen == workers

    wait_until(all_answer, "each worker answers")
    with ExitStack() as stack:
        held: Counter[int] = Counter()
        for _ in range(40):
            connection = stack.enter_context(Connection(server.http))
            held[json.loads(connection.get("/who").body)["pid"]] += 1
    assert min(held[pid] for pid in workers) >= 5, held
