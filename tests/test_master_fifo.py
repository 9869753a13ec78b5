# SPDX-License-Identifier: MIT
"""Commands to the master: letters to its named pipe, touched files, --reload, pause."""

from __future__ import annotations

import os
import re
import select
import signal
import stat
from pathlib import Path

import pytest

from harness.daemon import StartDaemon
from harness.endpoint import Endpoint
from harness.gate import Gate
from harness.http import Connection, encode_request, fetch
from harness.processes import wait_gone
from harness.run import run
from harness.server import Penstock
from harness.start import APPS, StartPenstock
from harness.wait import wait_until

pytestmark = pytest.mark.asan

_PROBE = ("--http-socket", "127.0.0.1:0", "--pythonpath", str(APPS), "-w", "probe")


def _versioned(folder: Path, version: int) -> None:
    """An app that says which version it is."""
    (folder / "myapp.py").write_text(
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        f"    return [b'version {version}']\n"
    )


def _command(folder: Path, letters: str) -> None:
    """What `echo letters > fifo` does; fails where nobody reads."""
    fd = os.open(folder / "fifo", os.O_WRONLY | os.O_NONBLOCK)
    os.write(fd, letters.encode())
    os.close(fd)


def _with_fifo(penstock: StartPenstock, *arguments: str) -> Penstock:
    server = penstock(*_PROBE, "--master-fifo", "fifo", *arguments)
    server.wait_ready()
    return server


def test_makes_a_pipe_for_its_user_alone(penstock: StartPenstock, folder: Path) -> None:
    server = _with_fifo(penstock)
    about = (folder / "fifo").stat()
    assert stat.S_ISFIFO(about.st_mode)
    assert stat.S_IMODE(about.st_mode) == 0o600
    server.stop()
    assert not (folder / "fifo").exists()


def test_does_not_start_where_another_file_is(folder: Path) -> None:
    (folder / "fifo").write_text("precious")
    outcome = run(*_PROBE, "--master-fifo", "fifo", folder=folder)
    assert outcome.code == 1
    assert "fifo: not a named pipe" in outcome.errors
    assert (folder / "fifo").read_text() == "precious"


@pytest.mark.parametrize("letter", ["q", "Q"])
def test_stops(penstock: StartPenstock, folder: Path, letter: str) -> None:
    server = _with_fifo(penstock)
    _command(folder, letter)
    assert server.wait() == 0


def test_finishes_requests_at_q_but_not_at_capital_q(
    penstock: StartPenstock, folder: Path, gate: Gate
) -> None:
    for letter, answer in (("q", 200), ("Q", None)):
        server = _with_fifo(penstock)
        with Connection(server.http) as connection:
            connection.send(encode_request("GET", f"/wait?gate={gate.path}"))
            visitor = gate.wait()
            _command(folder, letter)
            if answer is None:
                assert connection.read_to_end() == b""
            else:
                server.log.wait_for("^master FIFO: command 'q'$")
                visitor.release()
                assert connection.read_response().status == answer
        assert server.wait() == 0


@pytest.mark.parametrize("letter", ["r", "R"])
def test_reloads(penstock: StartPenstock, folder: Path, letter: str) -> None:
    _versioned(folder, 1)
    server = penstock("--http-socket", "127.0.0.1:0", "-w", "myapp", "--master-fifo", "fifo")
    assert fetch(server.http).text == "version 1"
    _versioned(folder, 2)
    _command(folder, letter)
    wait_until(lambda: fetch(server.http).text == "version 2", "the new version")


@pytest.mark.parametrize("letter", ["w", "W", "c"])
def test_replaces_workers(penstock: StartPenstock, folder: Path, letter: str) -> None:
    server = _with_fifo(penstock, "-p", "2")
    before = server.worker_pids(2)
    server.wait_ready(2)
    _command(folder, letter)
    wait_gone(before)
    assert fetch(server.http).status == 200
    assert server.is_running


def test_logs_stats(penstock: StartPenstock, folder: Path) -> None:
    server = _with_fifo(penstock)
    _command(folder, "s")
    server.log.wait_for(r"^worker 1 \(pid: \d+, ready\) requests: 0 ")


def test_opens_and_rotates_the_log(daemon: StartDaemon, folder: Path) -> None:
    server = daemon(*_PROBE, "-d", "x.log", "--master-fifo", "fifo")
    (folder / "x.log").rename(folder / "old.log")
    _command(folder, "l")
    server.log.wait_for("^the log file was opened anew$")
    _command(folder, "L")
    server.log.wait_for("^the log was rotated, ")
    assert len(list(folder.glob("x.log.*"))) == 1


def test_writes_pid_files_anew(penstock: StartPenstock, folder: Path) -> None:
    server = _with_fifo(penstock, "--pidfile", "x.pid")
    (folder / "x.pid").unlink()
    _command(folder, "P")
    wait_until((folder / "x.pid").exists, "the pid file")
    assert (folder / "x.pid").read_text() == f"{server.pid}\n"


def test_changes_the_number_of_workers(penstock: StartPenstock, folder: Path) -> None:
    server = _with_fifo(penstock, "-p", "3", "--cheaper", "1", "--cheaper-initial", "1")
    [first] = server.worker_pids()
    _command(folder, "+")
    second = server.worker_pids(2)[1]
    _command(folder, "-")
    wait_gone([second])
    assert fetch(server.http).status == 200
    assert first in [process.pid for process in server.tree()]


def test_names_letters_that_mean_nothing(penstock: StartPenstock, folder: Path) -> None:
    server = _with_fifo(penstock)
    _command(folder, "E!\n")
    server.log.wait_for("^warning: no command has the letter 'E'$")
    server.log.wait_for("^warning: no command has the letter '!'$")
    assert fetch(server.http).status == 200


def test_reads_several_pipes(penstock: StartPenstock, folder: Path) -> None:
    server = _with_fifo(penstock, "--master-fifo", "second")
    _command(folder, "s")
    server.log.wait_for("^workers total requests: 0$")
    with (folder / "second").open("w") as pipe:
        pipe.write("q")
    assert server.wait() == 0


# Touched files


def test_reloads_when_a_file_is_touched(penstock: StartPenstock, folder: Path) -> None:
    _versioned(folder, 1)
    (folder / "reload").touch()
    server = penstock(
        *("--http-socket", "127.0.0.1:0", "-w", "myapp"),
        *("--touch-reload", "reload", "--touch-reload", "later/also"),
    )
    assert fetch(server.http).text == "version 1"
    _versioned(folder, 2)
    os.utime(folder / "reload", (1, 1))
    wait_until(lambda: fetch(server.http).text == "version 2", "the new version")
    server.log.wait_for(f"^{re.escape(str(folder / 'reload'))} was touched$")
    _versioned(folder, 3)
    (folder / "later").mkdir()
    (folder / "later" / "also").touch()
    wait_until(lambda: fetch(server.http).text == "version 3", "the next version")


@pytest.mark.parametrize("option", ["--touch-workers-reload", "--touch-chain-reload"])
def test_replaces_workers_when_a_file_is_touched(
    penstock: StartPenstock, folder: Path, option: str
) -> None:
    server = penstock(*_PROBE, "-p", "2", option, "touched")
    before = server.worker_pids(2)
    server.wait_ready(2)
    (folder / "touched").touch()
    wait_gone(before)
    assert fetch(server.http).status == 200


# Commands by pid file


def test_reloads_the_server_of_a_pid_file(daemon: StartDaemon, folder: Path) -> None:
    _versioned(folder, 1)
    server = daemon(
        *("--http-socket", "x.sock", "-w", "myapp", "-d", "x.log", "--pidfile", "x.pid")
    )
    endpoint = Endpoint(str(folder / "x.sock"))
    assert fetch(endpoint).text == "version 1"
    _versioned(folder, 2)
    outcome = run("--reload", "x.pid", folder=folder)
    assert (outcome.code, outcome.text) == (0, "")
    wait_until(lambda: fetch(endpoint).text == "version 2", "the new version")
    assert (folder / "x.pid").read_text() == f"{server.pid}\n"


def test_opens_the_log_anew_at_a_reload_when_asked(daemon: StartDaemon, folder: Path) -> None:
    server = daemon(*_PROBE, "-d", "x.log", "--log-reopen")
    (folder / "x.log").rename(folder / "old.log")
    server.send_signal(signal.SIGHUP)
    server.log.wait_for("^reloaded: ")


# Pause


def _is_answered(connection: Connection) -> bool:
    """Whether it answers soon: half a second is a thousand times what it takes."""
    return bool(select.select([connection.socket], [], [], 0.5)[0])


def _one_that_waits(endpoint: Endpoint) -> Connection:
    """A request that nobody takes; the first ones may still find a worker that has not heard."""
    while True:
        connection = Connection(endpoint)
        connection.send(encode_request("GET", "/"))
        if not _is_answered(connection):
            return connection
        connection.close()


@pytest.mark.parametrize("how", ["signal", "fifo"])
def test_pauses_and_goes_on(penstock: StartPenstock, folder: Path, how: str) -> None:
    server = _with_fifo(penstock, "-p", "2")
    endpoint = server.http
    [first, _] = server.worker_pids(2)

    def toggle() -> None:
        if how == "signal":
            server.send_signal(signal.SIGTSTP)
        else:
            _command(folder, "p")

    with Connection(endpoint) as known:
        assert known.get("/").status == 200
        toggle()
        server.log.wait_for(r"^\*\*\* PAUSE")
        with _one_that_waits(endpoint) as waiting:
            assert known.get("/").status == 200
            os.kill(first, signal.SIGKILL)
            server.log.wait_for("Respawned uWSGI worker 1")
            toggle()
            server.log.wait_for(r"^\*\*\* RESUME")
            assert waiting.read_response().status == 200
    assert fetch(endpoint).status == 200
