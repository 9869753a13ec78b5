# SPDX-License-Identifier: MIT
"""Log files: opened, opened anew, rotated; while every process writes to them."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections import Counter
from pathlib import Path

import pytest

from harness.daemon import StartDaemon
from harness.http import Connection, fetch
from harness.log import FileLog
from harness.processes import wait_moved
from harness.run import run
from harness.start import APPS, StartPenstock
from harness.wait import wait_until

pytestmark = pytest.mark.asan

_PROBE = ("--http-socket", "127.0.0.1:0", "--pythonpath", str(APPS), "-w", "probe")


def _touch_again(path: Path, count: int = 1) -> None:
    """Another time than before, however coarse the clock."""
    os.utime(path, (count, count))


@pytest.mark.parametrize("flag", ["--logto", "--logto2"])
def test_logs_to_a_file_in_the_foreground(penstock: StartPenstock, folder: Path, flag: str) -> None:
    server = penstock("--http-socket", "x.sock", *_PROBE[2:], flag, "x.log")
    log = FileLog(folder / "x.log")
    log.wait_for("spawned uWSGI worker 1")
    wait_moved(server, folder / "x.log")
    server.stop()
    assert "goodbye to uWSGI." in log.text
    assert stat.S_IMODE((folder / "x.log").stat().st_mode) == 0o640


def test_begins_with_an_empty_file_when_asked(daemon: StartDaemon, folder: Path) -> None:
    (folder / "x.log").write_text("old\n")
    daemon(*_PROBE, "-d", "x.log").close()
    assert (folder / "x.log").read_text().startswith("old\n")
    daemon(*_PROBE, "-d", "x.log", "--log-truncate").close()
    assert not (folder / "x.log").read_text().startswith("old\n")


def test_gives_the_file_the_mode_that_is_named(daemon: StartDaemon, folder: Path) -> None:
    daemon(*_PROBE, "-d", "x.log", "--logfile-chmod", "604")
    assert stat.S_IMODE((folder / "x.log").stat().st_mode) == 0o604


def test_opens_the_file_anew_when_a_file_is_touched(daemon: StartDaemon, folder: Path) -> None:
    """As logrotate does it: rename, then tell."""
    server = daemon(*_PROBE, "-p", "2", "-d", "x.log", "--touch-logreopen", "reopen")
    endpoint = server.http
    assert fetch(endpoint).status == 200
    (folder / "x.log").rename(folder / "x.log.1")
    (folder / "reopen").touch()
    wait_moved(server, folder / "x.log")
    assert fetch(endpoint).status == 200
    server.log.wait_for("^the log file was opened anew$")
    server.log.wait_for("GET / => generated 5 bytes")
    assert "spawned uWSGI worker 2" in (folder / "x.log.1").read_text()


def test_opens_the_file_anew_for_workers_that_come_later(daemon: StartDaemon, folder: Path) -> None:
    server = daemon(*_PROBE, "-d", "x.log", "--touch-logreopen", "reopen")
    [worker] = server.worker_pids()
    (folder / "x.log").rename(folder / "x.log.1")
    (folder / "reopen").touch()
    wait_moved(server, folder / "x.log")
    os.kill(worker, 9)
    server.log.wait_for("Respawned uWSGI worker 1")
    wait_moved(server, folder / "x.log")


def test_keeps_the_old_file_when_it_cannot_open_it_anew(daemon: StartDaemon, folder: Path) -> None:
    (folder / "logs").mkdir()
    server = daemon(
        *(*_PROBE, "-d", "logs/x.log", "--touch-logreopen", "reopen"),
        log=folder / "logs" / "x.log",
    )
    endpoint = server.http
    (folder / "logs").rename(folder / "gone")
    (folder / "reopen").touch()
    log = FileLog(folder / "gone" / "x.log")
    log.wait_for("^error: .*logs/x.log: cannot open the log file: .*; the log stays where it is$")
    assert fetch(endpoint).status == 200
    log.wait_for("GET / => generated 5 bytes")
    server.log.path = log.path


def test_rotates_when_a_file_is_touched(daemon: StartDaemon, folder: Path) -> None:
    server = daemon(*_PROBE, "-d", "x.log", "--touch-logrotate", "rotate")
    (folder / "rotate").touch()
    found = server.log.wait_for(r"^the log was rotated, what was before is in (\S+)$")
    assert re.fullmatch(re.escape(str(folder / "x.log")) + r"\.\d{10}", found[1])
    assert "spawned uWSGI worker 1" in Path(found[1]).read_text()
    wait_moved(server, folder / "x.log")


def test_rotates_to_the_name_that_is_given(daemon: StartDaemon, folder: Path) -> None:
    server = daemon(
        *(*_PROBE, "-d", "x.log", "--touch-logrotate", "rotate"),
        *("--log-backupname", "before.log"),
    )
    (folder / "rotate").touch()
    server.log.wait_for("rotated, what was before is in .*/before.log$")
    assert "spawned uWSGI worker 1" in (folder / "before.log").read_text()


def test_says_that_there_is_no_log_file(penstock: StartPenstock, folder: Path) -> None:
    server = penstock(*_PROBE, "--touch-logreopen", "reopen", "--touch-logrotate", "rotate")
    server.worker_pids()
    (folder / "reopen").touch()
    server.log.wait_for("^warning: there is no log file to open anew$")
    (folder / "rotate").touch()
    server.log.wait_for("^warning: there is no log file to rotate$")


_NUMBERED = """
import itertools, os
numbers = itertools.count(1)
def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "0")])
    print(f"<{os.getpid()} {next(numbers)} {'x' * 300}>")
    return [b""]
"""


def test_loses_and_tears_no_line_while_it_rotates(daemon: StartDaemon, folder: Path) -> None:
    """Two workers write all the time; the file is rotated by its size and by hand, again and
    again; in the end every line of each worker is there once, and whole."""
    (folder / "myapp.py").write_text(_NUMBERED)
    server = daemon(
        *("--http-socket", "127.0.0.1:0", "-w", "myapp", "-p", "2", "-d", "x.log"),
        *("--log-maxsize", "100000", "--touch-logrotate", "rotate"),
    )
    endpoint = server.http
    (folder / "rotate").touch()
    stop = threading.Event()
    answered = Counter[str]()

    def load(name: str) -> None:
        while not stop.is_set():
            with Connection(endpoint) as connection:
                for _ in range(50):
                    assert connection.get("/").status == 200
                    answered[name] += 1

    threads = [threading.Thread(target=load, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    try:
        for count in range(1, 11):
            before = len(list(folder.glob("x.log.*")))
            _touch_again(folder / "rotate", count)
            wait_until(lambda: len(list(folder.glob("x.log.*"))) > before, "a rotation")  # noqa: B023
        wait_until(
            lambda: any(file.stat().st_size >= 100_000 for file in folder.glob("x.log.*")),
            "a rotation by size",
        )
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    server.close()

    text = "".join(file.read_text() for file in folder.glob("x.log*"))
    assert text.endswith("\n") or not text
    lines = [line for line in text.split("\n") if line.startswith("<")]
    whole = [re.fullmatch(r"<(\d+) (\d+) x{300}>", line) for line in lines]
    assert None not in whole
    seen = Counter((found[1], int(found[2])) for found in whole if found)
    assert max(seen.values()) == 1
    assert len(seen) == answered.total()
    assert len(re.findall(r"^\[pid: .* => generated 0 bytes .*$", text, re.M)) == answered.total()
    assert text.count("x" * 300) == answered.total()


@pytest.mark.parametrize("flag", ["--logto", "--logto2"])
def test_does_not_start_without_its_log(folder: Path, flag: str) -> None:
    outcome = run(*_PROBE, flag, "missing/x.log", folder=folder)
    assert outcome.code == 1
    assert "missing/x.log: cannot open the log file: No such file" in outcome.errors
