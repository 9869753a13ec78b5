# SPDX-License-Identifier: MIT
"""Going into the background: -d, what the exit code says, pid files, --stop."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import psutil
import pytest

from harness.daemon import StartDaemon
from harness.endpoint import Endpoint
from harness.http import fetch
from harness.processes import wait_moved
from harness.run import run
from harness.start import APPS, StartPenstock

pytestmark = pytest.mark.asan

_PROBE = ("--http-socket", "127.0.0.1:0", "--pythonpath", str(APPS), "-w", "probe")

_APP = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"""


@pytest.mark.parametrize("flag", ["-d", "--daemonize", "--daemonize2"])
def test_serves_when_the_command_returns(daemon: StartDaemon, folder: Path, flag: str) -> None:
    server = daemon(*_PROBE, "-p", "2", "--http-socket", "x.sock", flag, "x.log")
    log = server.start.text + server.log.text
    assert "spawned uWSGI worker 2" in log
    assert fetch(Endpoint(str(folder / "x.sock"))).body == b"hello"
    process = psutil.Process(server.pid)
    assert os.getsid(server.pid) != os.getsid(0)
    assert process.terminal() is None
    assert os.readlink(f"/proc/{server.pid}/fd/0") == "/dev/null"
    assert os.readlink(f"/proc/{server.pid}/fd/1") == str(folder / "x.log")
    assert os.readlink(f"/proc/{server.pid}/fd/2") == str(folder / "x.log")
    server.send_signal(signal.SIGTERM)
    server.wait_end()
    assert server.log.lines[-1] == "goodbye to uWSGI."
    assert not (folder / "x.sock").exists()


def test_logs_everything_to_the_file(daemon: StartDaemon, folder: Path) -> None:
    (folder / "myapp.py").write_text("print('imported')\n" + _APP)
    server = daemon("--http-socket", "127.0.0.1:0", "-w", "myapp", "-d", "x.log")
    assert server.start.text == ""
    assert fetch(server.http).body == b"hello"
    server.log.wait_for("^imported$")
    server.log.wait_for(r"GET / => generated 5 bytes")


def test_shows_the_start_on_the_terminal_and_the_rest_in_the_file(
    daemon: StartDaemon, folder: Path
) -> None:
    (folder / "myapp.py").write_text("print('imported')\n" + _APP)
    server = daemon("--http-socket", "x.sock", "-w", "myapp", "--daemonize2", "x.log")
    assert "imported" in server.start.text
    assert "spawned uWSGI worker 1" in server.start.text
    assert fetch(Endpoint(str(folder / "x.sock"))).body == b"hello"
    server.log.wait_for(r"GET / => generated 5 bytes")
    assert "imported" not in server.log.text
    wait_moved(server, folder / "x.log")


def test_says_by_its_exit_code_that_the_app_does_not_import(folder: Path) -> None:
    (folder / "broken.py").write_text("import no_such_module\n")
    broken = ("--http-socket", "127.0.0.1:0", "-w", "broken")
    outcome = run(*broken, "-d", "x.log", folder=folder)
    assert outcome.code == 22
    assert outcome.text == f"error: the server did not start: see {folder / 'x.log'}\n"
    assert "No module named 'no_such_module'" in (folder / "x.log").read_text()

    outcome = run(*broken, "--daemonize2", "x.log", folder=folder)
    assert outcome.code == 22
    assert "No module named 'no_such_module'" in outcome.errors


def test_says_by_its_exit_code_that_an_address_is_in_use(
    penstock: StartPenstock, folder: Path
) -> None:
    penstock("--http-socket", "x.sock", *_PROBE[2:]).worker_pids()
    outcome = run("--http-socket", "x.sock", *_PROBE[2:], "-d", "x.log", folder=folder)
    assert outcome.code == 1
    assert "in use by a running server" in (folder / "x.log").read_text()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("127.0.0.1:1717", "the log cannot go to a network address"),
        ("missing/x.log", "cannot open the log file"),
    ],
)
def test_refuses_a_log_on_the_terminal(folder: Path, value: str, reason: str) -> None:
    outcome = run(*_PROBE, "-d", value, folder=folder)
    assert outcome.code == 1
    assert reason in outcome.errors


def test_keeps_the_umask_but_lets_web_servers_connect(daemon: StartDaemon, folder: Path) -> None:
    (folder / "myapp.py").write_text("open('made', 'w').close()\n" + _APP)
    daemon("-s", "x.sock", "-w", "myapp", "-d", "x.log", umask=0o027)
    assert stat.S_IMODE((folder / "x.sock").stat().st_mode) == 0o666
    assert stat.S_IMODE((folder / "made").stat().st_mode) == 0o640
    assert stat.S_IMODE((folder / "x.log").stat().st_mode) == 0o640


def test_opens_the_log_in_the_folder_that_it_was_started_in(
    daemon: StartDaemon, folder: Path
) -> None:
    (folder / "app").mkdir()
    (folder / "app" / "myapp.py").write_text(_APP)
    server = daemon(
        *(
            "-s",
            "x.sock",
            "-w",
            "myapp",
            "--chdir",
            "app",
            "-d",
            "x.log",
            "--pidfile",
            "x.pid",
        )
    )
    assert (folder / "app" / "x.sock").exists()
    assert (folder / "x.pid").read_text() == f"{server.pid}\n"


# Pid files


@pytest.mark.parametrize("option", ["pidfile", "pidfile2", "safe-pidfile", "safe-pidfile2"])
def test_keeps_a_pid_file_while_it_runs(daemon: StartDaemon, folder: Path, option: str) -> None:
    server = daemon(*_PROBE, "-d", "x.log", f"--{option}", "x.pid")
    assert (folder / "x.pid").read_text() == f"{server.pid}\n"
    assert stat.S_IMODE((folder / "x.pid").stat().st_mode) == 0o644
    server.send_signal(signal.SIGTERM)
    server.wait_end()
    assert not (folder / "x.pid").exists()


def test_refuses_the_pid_file_of_a_running_server(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(*_PROBE, "--pidfile", "x.pid")
    server.worker_pids()
    outcome = run(*_PROBE, "--pidfile", "x.pid", folder=folder)
    assert outcome.code == 1
    assert f"x.pid: the pid file of a running server (pid: {server.pid})" in outcome.errors
    assert (folder / "x.pid").read_text() == f"{server.pid}\n"


def test_replaces_the_pid_file_of_a_server_that_was_killed(
    penstock: StartPenstock, folder: Path
) -> None:
    first = penstock(*_PROBE, "--pidfile", "x.pid")
    first.worker_pids()
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert (folder / "x.pid").read_text() == f"{first.pid}\n"
    second = penstock(*_PROBE, "--pidfile", "x.pid")
    second.worker_pids()
    assert (folder / "x.pid").read_text() == f"{second.pid}\n"


def test_leaves_no_pid_file_after_a_start_that_failed(folder: Path) -> None:
    (folder / "broken.py").write_text("import no_such_module\n")
    outcome = run("-s", "x.sock", "-w", "broken", "--pidfile", "x.pid", folder=folder)
    assert outcome.code == 22
    assert not (folder / "x.pid").exists()
    assert not (folder / "x.sock").exists()


def test_stops_the_server_of_a_pid_file(daemon: StartDaemon, folder: Path) -> None:
    server = daemon(*_PROBE, "-d", "x.log", "--pidfile", "x.pid")
    outcome = run("--stop", "x.pid", folder=folder)
    assert (outcome.code, outcome.text) == (0, "")
    server.wait_end()
    assert not (folder / "x.pid").exists()


def test_says_why_there_is_nothing_to_stop(folder: Path) -> None:
    (folder / "old.pid").write_text(f"{os.getpid()}\n")
    for name, reason in (
        ("old.pid", "does not run any more"),
        ("none.pid", "No such file"),
    ):
        outcome = run("--stop", name, folder=folder)
        assert outcome.code == 1
        assert reason in outcome.errors
