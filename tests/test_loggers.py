# SPDX-License-Identifier: MIT
"""--logger and its kin: other places for the log, and what lines become on their way there."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness import build
from harness.daemon import StartDaemon
from harness.http import Connection, fetch
from harness.load import Load
from harness.log import FileLog
from harness.processes import wait_gone
from harness.run import run
from harness.server import Penstock
from harness.start import APPS, StartPenstock
from harness.wait import wait_until

pytestmark = pytest.mark.asan

_PROBE = ("--http-socket", "127.0.0.1:0", "--pythonpath", str(APPS), "-w", "probe")
# The socket is announced before the writer of the log works: on standard error.
_LINE = r"GET / => generated 5 bytes in \d+ msecs"


def _writer(server: Penstock) -> int:
    """The process that writes the log: the master's child that has the master's command line."""
    found = [
        process.pid
        for process in server.tree()
        if process.pid != server.pid and process.cmdline() == server.command
    ]
    assert len(found) == 1
    return found[0]


@pytest.fixture(name="receiver")
def fixture_receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(build.PATIENCE)
        yield bound


def _receive(receiver: socket.socket, pattern: str) -> str:
    """The first datagram that the pattern is found in."""
    while True:
        text = receiver.recv(65536).decode()
        if re.search(pattern, text):
            return text


def test_writes_messages_and_requests_to_files_of_their_own(
    penstock: StartPenstock, folder: Path
) -> None:
    """As uWSGI's documentation has it."""
    (folder / "site.ini").write_text(
        "[uwsgi]\nreq-logger = file:reqlog\nlogger = file:errlog\nprocesses = 2\n"
    )
    server = penstock("site.ini", *_PROBE)
    messages, requests = FileLog(folder / "errlog"), FileLog(folder / "reqlog")
    messages.wait_for("^spawned uWSGI worker 2 ")
    assert fetch(server.http).body == b"hello"
    assert fetch(server.http, "/fail").status == 500
    requests.wait_for(_LINE)
    requests.wait_for(r"GET /fail => .* 500\)")
    messages.wait_for("^error: GET /fail: the application failed:$")
    server.stop()
    assert messages.lines[-1] == "goodbye to uWSGI."
    assert all(line.startswith("[pid: ") for line in requests.lines)
    assert "=> generated" not in messages.text
    assert "spawned" not in server.log.text


def test_sends_every_line_to_every_logger(
    penstock: StartPenstock, folder: Path, receiver: socket.socket
) -> None:
    port = receiver.getsockname()[1]
    server = penstock(
        *(*_PROBE, "--logger", "stdio", "--logger", f"rsyslog:127.0.0.1:{port},blog,134"),
        *("--logger", f"other socket:127.0.0.1:{port}", "--log-encoder", "prefix:other <raw> "),
    )
    fetch(server.http)
    server.log.wait_for(rf"^\[pid: .*{_LINE}")
    line = _receive(receiver, rf"^<134>.*{_LINE}")
    assert re.match(rf"<134>[A-Z][a-z]{{2}} [ \d]\d [\d:]{{8}} blog\[{server.pid}\]: \[pid: ", line)
    fetch(server.http)
    _receive(receiver, rf"^<raw> \[pid: .*{_LINE}")


def test_makes_json_of_messages_and_what_the_app_prints(
    penstock: StartPenstock, folder: Path
) -> None:
    (folder / "talks.py").write_text(
        "print('say \"x\" \\\\ \\t')\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [b'hello']\n"
    )
    server = penstock(
        *("--http-socket", "127.0.0.1:0", "-w", "talks", "--log-master"),
        *("--log-encoder", 'json {"at":${unix},"message":"${msg}"}', "--log-encoder", "nl"),
        *("--log-req-encoder", "format request ${micros} ${strftime:%Y} ${msg}"),
    )
    fetch(server.http)
    server.log.wait_for(rf"^request \d{{16}} 20\d\d \[pid: .*{_LINE}")
    found = server.log.wait_for(r'^\{"at":\d{10},"message":"say.*$')
    assert json.loads(found[0])["message"] == 'say "x" \\ \t'
    server.stop()
    assert json.loads(server.log.lines[-1])["message"] == "goodbye to uWSGI."


def test_reopens_and_rotates_its_files(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(
        *(*_PROBE, "--logger", "file:x.log", "--req-logger", "file:x.log"),
        *("--touch-logreopen", "reopen", "--touch-logrotate", "rotate"),
    )
    log = FileLog(folder / "x.log")
    log.wait_for("^spawned uWSGI worker 1 ")
    (folder / "x.log").rename(folder / "first")
    (folder / "reopen").touch()
    wait_until((folder / "x.log").exists, "the file is there anew")
    fetch(server.http)
    log.wait_for(_LINE)
    (folder / "rotate").touch()
    wait_until(lambda: len(list(folder.glob("x.log.*"))) == 1, "the file was rotated")
    [rotated] = folder.glob("x.log.*")
    assert re.search(_LINE, rotated.read_text())
    wait_until((folder / "x.log").exists, "the file is there anew")
    fetch(server.http)
    log.wait_for(_LINE)
    assert "spawned uWSGI worker 1 " in (folder / "first").read_text()


def test_rotates_by_size_without_losing_a_line(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(
        *(*_PROBE, "-p", "2", "--req-logger", "file:x.log", "--log-maxsize", "20000")
    )
    with Connection(server.http) as one, Connection(server.http) as other:
        for _ in range(300):
            assert one.get("/").status == other.get("/").status == 200
    server.stop()
    files = list(folder.glob("x.log*"))
    assert len(files) > 2
    assert sum(len(re.findall(_LINE, file.read_text())) for file in files) == 600


def test_a_daemon_encodes_what_goes_to_its_file(daemon: StartDaemon, folder: Path) -> None:
    server = daemon(*_PROBE, "-d", "x.log", "--log-encoder", "prefix [blog] ")
    assert server.start.text == ""
    fetch(server.http)
    server.log.wait_for(rf"^\[blog\] \[pid: .*{_LINE}")
    server.send_signal(signal.SIGTERM)
    server.wait_end()
    assert server.log.lines[-1] == "[blog] goodbye to uWSGI."


def test_replaces_the_writer_when_it_dies_and_serves_on(
    penstock: StartPenstock, folder: Path
) -> None:
    server = penstock(*_PROBE, "--logger", "file:x.log")
    log = FileLog(folder / "x.log")
    log.wait_for("^spawned uWSGI worker 1 ")
    with Load(server.http, clients=2) as load:
        for number in range(1, 4):
            writer = _writer(server)
            os.kill(writer, signal.SIGKILL)
            log.wait_for(r"^warning: the process that writes the log .* has died", count=number)
            answered = load.answered
            wait_until(lambda: load.answered > answered + 20, "answers go on")  # noqa: B023
    assert not load.lost
    assert set(load.statuses) == {200}
    server.stop()
    assert log.lines[-1] == "goodbye to uWSGI."


def test_keeps_its_places_over_reloads_and_upgrades(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(*_PROBE, "--log-encoder", "prefix <", "--req-logger", "file:requests")
    requests = FileLog(folder / "requests")
    endpoint = server.http
    fetch(endpoint)
    requests.wait_for(_LINE)
    server.send_signal(signal.SIGHUP)
    server.log.wait_for("^<reloaded: ")
    fetch(endpoint)
    requests.wait_for(_LINE, count=2)
    server.send_signal(signal.SIGUSR2)
    new = int(server.log.wait_for(r"^<the new program \(pid: (\d+)\) serves: ")[1])
    wait_until(lambda: not server.is_running, "the old master ends")
    fetch(endpoint)
    requests.wait_for(_LINE, count=3)
    os.kill(new, signal.SIGHUP)
    server.log.wait_for("^<reloaded: ", count=2)
    os.kill(new, signal.SIGTERM)
    wait_gone([new])
    wait_until(lambda: not server.tree(), "nothing is left")
    assert "<<" not in server.log.text


def test_ends_with_the_master(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(*_PROBE, "--logger", "file:x.log")
    FileLog(folder / "x.log").wait_for("^spawned uWSGI worker 1 ")
    family = [process.pid for process in server.tree()]
    assert _writer(server) in family
    server.send_signal(signal.SIGKILL)
    server.wait()
    wait_gone(family)


def test_holds_none_of_the_servers_sockets(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(*_PROBE, "--logger", "file:x.log", "--stats", "127.0.0.1:0")
    FileLog(folder / "x.log").wait_for("^spawned uWSGI worker 1 ")
    wait_until(
        lambda: not psutil.Process(_writer(server)).net_connections(), "it has closed the sockets"
    )


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        (["--logger", "file:missing/x.log"], 1, "missing/x.log: cannot open the log file"),
        (["--logger", "redislog:127.0.0.1:6379"], 1, "--logger: expected stdio, file:PATH"),
        (["--log-encoder", "gzip"], 1, "--log-encoder: expected prefix TEXT"),
        (["--log-route", "x y"], 1, "every logger gets every line"),
        (["--logger", "stdio", "--daemonize2", "x.log"], 1, "give --daemonize"),
    ],
)
def test_refuses_what_it_cannot_do(
    folder: Path, options: list[str], code: int, complaint: str
) -> None:
    outcome = run(*_PROBE, *options, folder=folder)
    assert outcome.code == code
    assert complaint in outcome.errors
