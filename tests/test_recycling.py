# SPDX-License-Identifier: MIT
"""Workers that are replaced, and workers that come and go with the load."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

import psutil
import pytest

from harness.http import Connection, fetch
from harness.load import Load
from harness.processes import wait_gone
from harness.run import run
from harness.start import StartPenstock
from harness.wait import wait_until

pytestmark = pytest.mark.asan

_HTTP = ("--http-socket", "127.0.0.1:0")
_APP = """
import mmap, os, time
memory = []
def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/slow":
        while not os.path.exists("go"):
            time.sleep(0.01)
    if path == "/grow":
        memory.append(bytearray(b"x") * (64 << 20))
        memory.append(mmap.mmap(-1, 1 << 30))  # address space that takes no memory
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""
_NO_MINIMUM = ("--min-worker-lifetime", "0")


@pytest.fixture(name="app")
def fixture_app(folder: Path) -> tuple[str, ...]:
    (folder / "myapp.py").write_text(_APP)
    return (*_HTTP, "-w", "myapp")


def test_replaces_a_worker_after_so_many_requests(
    penstock: StartPenstock, app: tuple[str, ...]
) -> None:
    server = penstock(*app, "-R", "10", *_NO_MINIMUM)
    [old] = server.worker_pids()
    for _ in range(9):
        assert int(fetch(server.http).text) == old
    assert "is replaced" not in server.log.text
    assert int(fetch(server.http).text) == old
    server.log.wait_for(
        rf"^worker 1 \(pid: {old}\) is replaced: it has answered as many requests as "
        "--max-requests says$"
    )
    wait_gone([old])
    assert int(fetch(server.http).text) == server.worker_pids(2)[0]


def test_keeps_a_worker_for_its_least_lifetime(
    penstock: StartPenstock, app: tuple[str, ...]
) -> None:
    began = time.monotonic()
    server = penstock(*app, "-R", "5", "--min-worker-lifetime", "1500ms")
    [old] = server.worker_pids()
    while not server.log.matches("is replaced"):
        fetch(server.http)
    assert time.monotonic() - began >= 1.5
    wait_gone([old])


def test_gives_each_further_worker_more_requests(
    penstock: StartPenstock, app: tuple[str, ...]
) -> None:
    server = penstock(
        *app, "-p", "2", "-R", "5", "--max-requests-delta", "1000000", *_NO_MINIMUM
    )
    first, second = server.worker_pids(2)
    with Load(server.http):  # of one client, the kernel may give every connection to one worker
        wait_gone([first])
    assert server.worker_pids(3)[1] == second


def test_replaces_a_worker_by_age(penstock: StartPenstock, app: tuple[str, ...]) -> None:
    server = penstock(*app, *_NO_MINIMUM, "--max-worker-lifetime", "1")
    [old] = server.worker_pids()
    server.log.wait_for(r"is replaced: it has lived as long as --max-worker-lifetime says$")
    wait_gone([old])
    fetch(server.http)


@pytest.mark.parametrize(
    "option", ["--reload-on-rss", "--evil-reload-on-rss", "--reload-on-as", "--evil-reload-on-as"]
)
def test_replaces_a_worker_that_has_grown(
    penstock: StartPenstock, folder: Path, app: tuple[str, ...], option: str
) -> None:
    server = penstock(*app, *_NO_MINIMUM)
    fetch(server.http)  # all of its threads run then
    memory = psutil.Process(server.worker_pids()[0]).memory_info()
    server.stop()
    # The C library reserves 64 MiB of addresses at once, sometimes sooner, sometimes later.
    allowed = memory.rss + (40 << 20) if "rss" in option else memory.vms + (512 << 20)
    limit = f"{allowed >> 20}M"
    server = penstock(*app, *_NO_MINIMUM, option, limit)
    [old] = server.worker_pids()
    assert int(fetch(server.http, "/grow").text) == old
    server.log.wait_for(rf"^worker 1 \(pid: {old}\) is replaced: its .* is above {option}$")
    wait_gone([old])
    fetch(server.http)


def test_has_the_successor_serve_before_the_old_worker_stops(
    penstock: StartPenstock, folder: Path
) -> None:
    (folder / "myapp.py").write_text(
        _APP + "while os.path.exists('wait'): time.sleep(0.01)\n"
    )
    server = penstock(*_HTTP, "-w", "myapp", "--lazy-apps", "-R", "3", *_NO_MINIMUM)
    server.log.wait_for("^WSGI app 0")
    [old] = server.worker_pids()
    (folder / "wait").touch()
    for _ in range(30):
        assert int(fetch(server.http).text) == old
    server.worker_pids(2)
    assert int(fetch(server.http).text) == old, "its successor still imports"
    (folder / "wait").unlink()
    wait_gone([old])


def test_serves_on_when_the_successor_cannot_start(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text(_APP)
    server = penstock(*_HTTP, "-w", "myapp", "--lazy-apps", "-R", "3", *_NO_MINIMUM)
    server.log.wait_for("^WSGI app 0")
    [old] = server.worker_pids()
    (folder / "myapp.py").write_text("raise RuntimeError('broken')\n")
    for _ in range(10):
        assert int(fetch(server.http).text) == old
    server.log.wait_for("RuntimeError: broken", count=2)
    assert int(fetch(server.http).text) == old
    (folder / "myapp.py").write_text(_APP + "# whole again\n")
    wait_gone([old])
    fetch(server.http)


def test_never_replaces_all_workers_at_once(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text(_APP)
    server = penstock(
        *_HTTP, "-w", "myapp", "--lazy-apps", "-p", "3", "-R", "5", *_NO_MINIMUM
    )
    server.log.wait_for("^WSGI app 0", count=3)
    (folder / "myapp.py").write_text(_APP + "while os.path.exists('wait'): time.sleep(0.01)\n")
    (folder / "wait").touch()
    with Load(server.http):
        server.log.wait_for("is replaced")
        starting = server.worker_pids(4)
        before = list(server.log.matches("is replaced"))
        # However long that takes: no second one begins while the first is not ready.
        assert len(before) == 1
        fetch(server.http)
        assert len(list(server.log.matches("is replaced"))) == 1
        assert starting
        (folder / "wait").unlink()
        server.log.wait_for("is replaced", count=4)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_loses_no_request_in_a_hundred_recycles_under_load(
    penstock: StartPenstock, app: tuple[str, ...]
) -> None:
    server = penstock(
        *app, "-p", "2", "--threads", "2", "-R", "40", *_NO_MINIMUM, "--disable-logging"
    )
    with Load(server.http) as load:
        server.log.wait_for("is replaced", count=100)
    assert not load.lost, f"{len(load.lost)} lost, such as {load.lost[:3]}"
    assert set(load.statuses) == {200}
    # A worker in service, a successor, and those that finish what they have.
    wait_until(lambda: len(server.tree()) <= 6, "the replaced workers are gone")


# As many workers as are needed


def test_adds_workers_when_all_are_busy_and_takes_them_away_after_quiet(
    penstock: StartPenstock, folder: Path, app: tuple[str, ...]
) -> None:
    server = penstock(*app, "-p", "4", "--cheaper", "1", "--cheaper-overload", "1")
    assert len(server.worker_pids(1)) == 1
    with Connection(server.http) as first, Connection(server.http) as second:
        for connection in (first, second):
            connection.send(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
        server.log.wait_for("^all workers are busy: 1 more$")
        server.worker_pids(2)
        # The second request may wait in the first worker's queue, which is why it is busy.
        fetch(server.http)
        (folder / "go").touch()
        first.read_response()
        second.read_response()
    server.log.wait_for("^workers have nothing to do: 1 fewer$")
    wait_until(lambda: len(server.tree()) == 3, "one worker is left")
    fetch(server.http)


def test_adds_workers_for_many_quick_requests(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text(
        _APP + "import hashlib\n"
        "def application(environ, start_response, answer=application):\n"
        "    hashlib.pbkdf2_hmac('sha256', b'', b'', 3000)\n"
        "    return answer(environ, start_response)\n"
    )
    server = penstock(*_HTTP, "-w", "myapp", "-p", "2", "--cheaper", "1", "--disable-logging")
    with Load(server.http):
        server.worker_pids(2)


def test_starts_with_the_initial_number(penstock: StartPenstock, app: tuple[str, ...]) -> None:
    server = penstock(*app, "-p", "4", "--cheaper", "1", "--cheaper-initial", "3")
    assert len(server.worker_pids(3)) == 3


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("-p", "2", "--cheaper", "2"), "cheaper 2 must be below the number of processes, 2"),
        (("--max-worker-lifetime", "5"), "min-worker-lifetime must be shorter"),
    ],
)
def test_refuses_numbers_that_contradict_each_other(
    folder: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    outcome = run(*_HTTP, "-w", "myapp", *arguments, folder=folder)
    assert outcome.code == 1
    assert complaint in outcome.text


def test_ends_all_workers_when_idle_and_starts_them_with_the_next_connection(
    penstock: StartPenstock, app: tuple[str, ...]
) -> None:
    server = penstock(*app, "-p", "2", "--idle", "1")
    old = server.worker_pids(2)
    fetch(server.http)
    server.log.wait_for("until somebody connects$")
    wait_gone(old)
    assert int(fetch(server.http).text) not in old


def test_starts_workers_with_the_first_connection_when_cheap(
    penstock: StartPenstock, app: tuple[str, ...]
) -> None:
    server = penstock(*app, "-p", "2", "--cheap")
    server.log.wait_for(r"^WSGI app 0")
    assert not re.search("spawned uWSGI worker ", server.log.text)
    assert int(fetch(server.http).text) in server.worker_pids(2)


def test_ends_when_idle_if_asked_to(penstock: StartPenstock, app: tuple[str, ...]) -> None:
    server = penstock(*app, "--idle", "2", "--die-on-idle")
    fetch(server.http)
    assert server.wait() == 0


def test_stops_and_reloads_while_asleep(penstock: StartPenstock, app: tuple[str, ...]) -> None:
    server = penstock(*app, "--cheap")
    server.log.wait_for(r"^WSGI app 0")
    server.send_signal(signal.SIGHUP)
    server.log.wait_for("^reloaded: ")
    assert fetch(server.http).status == 200
