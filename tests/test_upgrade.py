# SPDX-License-Identifier: MIT
"""Replacing the running program by its newer self, with the sockets and without a lost request."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
from pathlib import Path

import psutil
import pytest

from harness import build
from harness.daemon import StartDaemon
from harness.endpoint import Endpoint
from harness.http import fetch
from harness.load import Load
from harness.processes import wait_gone
from harness.run import run
from harness.server import Penstock
from harness.start import StartPenstock
from harness.stats import read_to_end
from harness.wait import wait_until

pytestmark = pytest.mark.asan

_APP = """
import os
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getppid()).encode()]
"""
_SERVES = r"^the new program \(pid: (\d+)\) serves: this one ends$"


@pytest.fixture(name="app")
def fixture_app(folder: Path) -> tuple[str, ...]:
    (folder / "myapp.py").write_text(_APP)
    return ("--http-socket", "127.0.0.1:0", "-w", "myapp", "-p", "2")


def _upgrade(server: Penstock) -> int:
    """Lets a new process take over; its number."""
    server.send_signal(signal.SIGUSR2)
    return int(server.log.wait_for(_SERVES)[1])


def _end(master: int) -> None:
    os.kill(master, signal.SIGTERM)
    wait_gone([master])


def test_hands_over_to_a_new_process(penstock: StartPenstock, app: tuple[str, ...]) -> None:
    server = penstock(*app)
    _answers(server.http, server.pid)
    before = [process.pid for process in server.tree()]
    new = _upgrade(server)
    wait_gone([pid for pid in before if pid != server.pid])
    wait_until(lambda: not server.is_running, "the old master ends")
    _answers(server.http, new)
    # The new one obeys as the old one did.
    os.kill(new, signal.SIGHUP)
    server.log.wait_for("^reloaded: ")
    _end(new)


def test_loses_no_request(penstock: StartPenstock, app: tuple[str, ...]) -> None:
    server = penstock(*app, "--threads", "2", "--disable-logging")
    fetch(server.http)
    master = server.pid
    with Load(server.http) as load:
        for number in range(1, 6):
            os.kill(master, signal.SIGUSR2)
            old, master = master, int(server.log.wait_for(_SERVES, count=number)[1])
            wait_until(lambda: not psutil.pid_exists(old) or _is_zombie(old), "the old one ends")
            wait_until(lambda: load.bodies[str(master).encode()] > 5, "the new one answers")
    assert not load.lost, f"{len(load.lost)} lost, such as {load.lost[:3]}"
    assert set(load.statuses) == {200}
    os.kill(master, signal.SIGTERM)
    wait_gone([master])


def _answers(endpoint: Endpoint, master: int) -> None:
    """Waits for an answer of a worker of the master: at first its parent is a process between."""
    wait_until(lambda: int(fetch(endpoint).text) == master, f"a worker of {master} answers")


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_keeps_unix_sockets_and_statistics(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text(_APP)
    server = penstock("--http-socket", "web.sock", "-w", "myapp", "--stats", "stats.sock")
    server.worker_pids()
    web = Endpoint(str(folder / "web.sock"))
    _answers(web, server.pid)
    new = _upgrade(server)
    wait_until(lambda: not server.is_running, "the old master ends")
    _answers(web, new)
    stats = read_to_end(Endpoint(str(folder / "stats.sock")))
    assert json.loads(stats)["pid"] == new
    _end(new)
    assert not (folder / "web.sock").exists()


def test_goes_on_when_the_new_program_does_not_start(
    penstock: StartPenstock, folder: Path, app: tuple[str, ...]
) -> None:
    server = penstock(*app)
    fetch(server.http)
    (folder / "myapp.py").write_text("raise RuntimeError('broken')\n")
    server.send_signal(signal.SIGUSR2)
    server.log.wait_for("^error: the new program does not serve: this one goes on$")
    _answers(server.http, server.pid)
    (folder / "myapp.py").write_text(_APP + "# whole again\n")
    new = _upgrade(server)
    wait_until(lambda: not server.is_running, "the old master ends")
    _end(new)


def test_runs_what_was_installed_over_the_program(
    penstock: StartPenstock, folder: Path, app: tuple[str, ...]
) -> None:
    copy = folder / "bin" / "penstock"
    copy.parent.mkdir()
    shutil.copy2(build.program(), copy)
    package = {"PENSTOCK_PACKAGE_PATH": str(build.build_folder() / "python")}
    server = penstock(*app, program=copy, environment=package)
    fetch(server.http)
    shutil.copy2(build.program(), copy.with_name("new"))
    copy.with_name("new").replace(copy)
    new = _upgrade(server)
    assert os.readlink(f"/proc/{new}/exe") == str(copy)
    wait_until(lambda: not server.is_running, "the old master ends")
    _end(new)


def test_starts_in_the_folder_that_has_the_name_now(penstock: StartPenstock, folder: Path) -> None:
    site = folder / "site"
    site.mkdir()
    (site / "myapp.py").write_text(_APP)
    server = penstock("--http-socket", "127.0.0.1:0", "-w", "myapp", folder=site)
    _answers(server.http, server.pid)
    site.rename(folder / "before")
    site.mkdir()
    (site / "myapp.py").write_text(_APP)
    new = _upgrade(server)
    assert os.readlink(f"/proc/{new}/cwd") == str(site)
    wait_until(lambda: not server.is_running, "the old master ends")
    _end(new)


def test_tells_the_service_manager(
    penstock: StartPenstock, folder: Path, app: tuple[str, ...]
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(folder / "notify"))
        manager.settimeout(build.PATIENCE)
        server = penstock(*app, environment={"NOTIFY_SOCKET": str(folder / "notify")})
        assert manager.recv(200).startswith(f"READY=1\nMAINPID={server.pid}\n".encode())
        new = _upgrade(server)
        said = sorted([manager.recv(200), manager.recv(200)])
        # What the old one says is what the manager heeds: it asks only the main process.
        assert said[0] == f"MAINPID={new}".encode()
        assert said[1].startswith(f"READY=1\nMAINPID={new}\n".encode())
        os.kill(new, signal.SIGTERM)
        wait_gone([new])


def test_takes_pid_file_and_log_over_in_the_background(daemon: StartDaemon, folder: Path) -> None:
    (folder / "myapp.py").write_text(_APP)
    server = daemon("--http-socket", "web.sock", "-w", "myapp", "--pidfile", "pid", "-d", "x.log")
    old = int((folder / "pid").read_text())
    os.kill(old, signal.SIGUSR2)
    new = int(server.log.wait_for(_SERVES)[1])
    wait_gone([old])
    assert int((folder / "pid").read_text()) == new
    _answers(Endpoint(str(folder / "web.sock")), new)
    assert os.readlink(f"/proc/{new}/fd/2") == str(folder / "x.log")
    assert run("--stop", "pid", folder=folder).code == 0
    wait_gone([new])
    assert not (folder / "pid").exists()
