# SPDX-License-Identifier: MIT
"""Reloading: new code, new settings and new sockets without one lost request."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from harness.endpoint import Endpoint
from harness.http import Connection, fetch
from harness.load import Load
from harness.processes import open_files, resident_bytes, wait_gone
from harness.server import Penstock
from harness.start import StartPenstock
from harness.wait import wait_until

pytestmark = pytest.mark.asan

_HTTP = ("--http-socket", "127.0.0.1:0")
_RELOADED = r"^reloaded: the new workers serve"

_APP = """
import os, time
ANSWER = {answer!r}
def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        open("slow-runs", "w").close()
        while not os.path.exists("go"):
            time.sleep(0.01)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [(str(os.getpid()) if environ["PATH_INFO"] == "/pid" else ANSWER).encode()]
"""


def _write_app(folder: Path, answer: str) -> None:
    """Replaces the app at once, and so that no compiled form of the last one is taken for it."""
    new = folder / "myapp.py.new"
    new.write_text(_APP.format(answer=answer) + "#" * len(os.listdir(folder)))
    new.replace(folder / "myapp.py")


def _serves(server: Penstock, answer: bytes) -> None:
    """Waits until it answers so: an old worker may still accept in the moment it is told to go."""
    wait_until(lambda: fetch(server.http).body == answer, f"{answer!r} is served")


def _reload(server: Penstock, times: int = 1) -> None:
    """Reloads, for the `times`-th time, and waits until the new workers serve."""
    server.worker_pids()
    server.send_signal(signal.SIGHUP)
    server.log.wait_for(_RELOADED, count=times)


@pytest.mark.parametrize("lazy", [(), ("--lazy-apps",)], ids=["preforked", "lazy"])
def test_serves_new_code_after_a_reload(
    penstock: StartPenstock, folder: Path, lazy: tuple[str, ...]
) -> None:
    _write_app(folder, "old")
    server = penstock(*_HTTP, "-w", "myapp", "-p", "2", *lazy)
    assert fetch(server.http).body == b"old"
    before = server.worker_pids(2)
    _write_app(folder, "new!")
    _reload(server)
    wait_gone(before)
    assert fetch(server.http).body == b"new!"
    assert server.is_running, "the master's process id stays"


def test_lets_the_old_workers_finish(penstock: StartPenstock, folder: Path) -> None:
    _write_app(folder, "old")
    server = penstock(*_HTTP, "-w", "myapp")
    with Connection(server.http) as slow:
        slow.send(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
        wait_until((folder / "slow-runs").exists, "the slow request runs")
        _write_app(folder, "new!")
        _reload(server)
        _serves(server, b"new!")
        (folder / "go").touch()
        assert slow.read_response().body == b"old"


def test_kills_old_workers_after_the_mercy(penstock: StartPenstock, folder: Path) -> None:
    _write_app(folder, "old")
    server = penstock(*_HTTP, "-w", "myapp", "--worker-reload-mercy", "500ms")
    [old] = server.worker_pids()
    with Connection(server.http) as slow:
        slow.send(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
        wait_until((folder / "slow-runs").exists, "the slow request runs")
        _reload(server)
        wait_gone([old])
        assert slow.drain() == b""
    assert fetch(server.http).body == b"old"


def test_gives_a_resting_connection_one_last_request(
    penstock: StartPenstock, folder: Path
) -> None:
    _write_app(folder, "old")
    server = penstock(*_HTTP, "-w", "myapp")
    with Connection(server.http) as resting:
        assert not resting.get("/").says_close
        _reload(server)
        wait_until(lambda: resting.get("/").says_close, "the last answer")
        assert resting.drain() == b""


@pytest.mark.parametrize("lazy", [(), ("--lazy-apps",)], ids=["preforked", "lazy"])
def test_keeps_the_old_workers_when_the_new_app_is_broken(
    penstock: StartPenstock, folder: Path, lazy: tuple[str, ...]
) -> None:
    _write_app(folder, "old")
    server = penstock(*_HTTP, "-w", "myapp", "-p", "2", *lazy)
    server.log.wait_for("^WSGI app 0", count=2 if lazy else 1)
    fetch(server.http)
    before = server.worker_pids(2)
    (folder / "myapp.py").write_text("import no_such_module_of_mine\n")
    server.send_signal(signal.SIGHUP)
    server.log.wait_for("^error: not reloaded: the workers that serve stay$")
    server.log.wait_for("ModuleNotFoundError: No module named 'no_such_module_of_mine'")
    assert int(fetch(server.http, "/pid").text) in before
    # And the next one, of a whole app, works.
    _write_app(folder, "mended")
    _reload(server)
    _serves(server, b"mended")


def test_changes_lazy_workers_one_after_the_other(penstock: StartPenstock, folder: Path) -> None:
    _write_app(folder, "old")
    server = penstock(*_HTTP, "-w", "myapp", "-p", "3", "--lazy-apps")
    server.log.wait_for("^WSGI app 0", count=3)
    with (folder / "myapp.py").open("a") as app:
        app.write("\nwhile not os.path.exists(f'start-{os.getpid()}'): time.sleep(0.01)\n")
    server.send_signal(signal.SIGHUP)
    for number in (1, 2, 3):
        newest = server.worker_pids(3 + number)[number - 1]
        others = [pid for pid in server.worker_pids(3 + number) if pid != newest]
        assert all(psutil.pid_exists(pid) for pid in others)
        assert len(list(server.log.matches(r"^spawned uWSGI worker"))) == 3 + number
        (folder / f"start-{newest}").touch()
    server.log.wait_for(_RELOADED)


def test_loses_nothing_when_it_is_asked_while_lazy_workers_change_over(
    penstock: StartPenstock, folder: Path
) -> None:
    _write_app(folder, "old")
    server = penstock(*_HTTP, "-w", "myapp", "-p", "2", "--lazy-apps", "--disable-logging")
    server.wait_ready(2)
    with (folder / "myapp.py").open("a") as app:
        app.write("\nwhile not os.path.exists(f'start-{os.getpid()}'): time.sleep(0.01)\n")

    def let_start(started: int, number: int) -> None:
        (folder / f"start-{server.worker_pids(started)[number - 1]}").touch()

    with Load(server.http) as load:
        server.send_signal(signal.SIGHUP)
        let_start(3, 1)
        server.worker_pids(4)  # so the first one serves
        server.send_signal(signal.SIGHUP)
        server.log.wait_for("^the reload follows the one that is under way$")
        let_start(4, 2)
        server.log.wait_for(_RELOADED)
        let_start(5, 1)
        let_start(6, 2)
        server.log.wait_for(_RELOADED, count=2)
    assert not load.lost, f"{len(load.lost)} lost, such as {load.lost[:3]}"
    assert set(load.statuses) == {200}


def test_reads_the_configuration_again(penstock: StartPenstock, folder: Path) -> None:
    _write_app(folder, "old")
    ini = folder / "site.ini"
    ini.write_text(
        "[uwsgi]\nhttp-socket = 127.0.0.1:0\nsocket = a.sock\nmodule = myapp\nprocesses = 1\n"
    )
    server = penstock("site.ini")
    assert fetch(server.http).body == b"old"
    ini.write_text(
        "[uwsgi]\nhttp-socket = 127.0.0.1:0\nhttp-socket = b.sock\nmodule = other\nprocesses = 2\n"
    )
    (folder / "other.py").write_text(_APP.format(answer="other"))
    old = server.worker_pids()
    _reload(server)
    wait_gone(old)
    assert len(server.worker_pids(3)) == 2
    assert fetch(server.http).body == b"other"
    assert fetch(Endpoint(str(folder / "b.sock"))).body == b"other"
    wait_until(lambda: not (folder / "a.sock").exists(), "a socket that is no longer named goes")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[uwsgi]\nmodule = myapp\nhttp-socket = 127.0.0.1:0\nprocesses = many\n", "site.ini:4"),
        ("[uwsgi]\nmodule = myapp\nhttp-socket = /no/such/folder/x.sock\n", "/no/such/folder"),
    ],
    ids=["a bad value", "a socket that cannot be opened"],
)
def test_stays_as_it_was_when_the_new_configuration_is_bad(
    penstock: StartPenstock, folder: Path, text: str, complaint: str
) -> None:
    _write_app(folder, "old")
    ini = folder / "site.ini"
    ini.write_text("[uwsgi]\nhttp-socket = 127.0.0.1:0\nmodule = myapp\n")
    server = penstock("site.ini")
    [worker] = server.worker_pids()
    ini.write_text(text)
    server.send_signal(signal.SIGHUP)
    server.log.wait_for("^error: not reloaded: everything stays as it was$")
    assert complaint in server.log.text
    assert int(fetch(server.http, "/pid").text) == worker


def test_is_refused_where_the_configuration_was_standard_input(
    penstock: StartPenstock, folder: Path
) -> None:
    _write_app(folder, "old")
    (folder / "site.ini").write_text("[uwsgi]\nhttp-socket = 127.0.0.1:0\nmodule = myapp\n")

    def read_it() -> None:
        os.dup2(os.open(folder / "site.ini", os.O_RDONLY), 0)

    server = penstock("--ini", "-", before_exec=read_it)
    assert fetch(server.http).body == b"old"
    server.send_signal(signal.SIGHUP)
    server.log.wait_for("^error: not reloaded: everything stays as it was$")
    said = "--ini: standard input was read at the start and cannot be read again"
    server.log.wait_for(f"^error: {said}")
    assert fetch(server.http).body == b"old"


@pytest.mark.parametrize("remove", [False, True], ids=["renamed", "removed"])
def test_serves_the_release_that_took_the_place_of_its_folder(
    penstock: StartPenstock, folder: Path, remove: bool
) -> None:
    site = folder / "site"
    site.mkdir()
    _write_app(site, "old")
    server = penstock(*_HTTP, "-w", "myapp", folder=site)
    assert fetch(server.http).body == b"old"
    site.rename(folder / "before")
    if remove:
        shutil.rmtree(folder / "before")
        server.send_signal(signal.SIGHUP)
        server.log.wait_for(
            f"^error: {site}: the folder that the server was started in is gone$"
        )
        server.log.wait_for("^error: not reloaded: everything stays as it was$")
        assert fetch(server.http).body == b"old"
    site.mkdir()
    _write_app(site, "new!")
    _reload(server)
    _serves(server, b"new!")


def test_imports_what_was_installed_into_the_virtualenv_since(
    penstock: StartPenstock, folder: Path
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    [packages] = (folder / "env/lib").glob("python*/site-packages")
    (packages / "library.py").write_text("VERSION = '1'\n")
    (folder / "myapp.py").write_text(
        "import library\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [library.VERSION.encode()]\n"
    )
    server = penstock(*_HTTP, "-w", "myapp", "-H", "env")
    assert fetch(server.http).body == b"1"
    (packages / "library.py").write_text("VERSION = '2.0'\n")
    _reload(server)
    _serves(server, b"2.0")


def test_begins_anew_when_it_is_asked_during_a_reload(
    penstock: StartPenstock, folder: Path
) -> None:
    _write_app(folder, "old")
    server = penstock(*_HTTP, "-w", "myapp")
    server.worker_pids()
    (folder / "myapp.py").write_text(
        "import time\nprint('importing for ever', flush=True)\ntime.sleep(1000)\n"
    )
    server.send_signal(signal.SIGHUP)
    server.log.wait_for("^importing for ever$")
    assert fetch(server.http).body == b"old"
    _write_app(folder, "new!")
    _reload(server)
    _serves(server, b"new!")


def test_stops_in_the_middle_of_a_reload(penstock: StartPenstock, folder: Path) -> None:
    _write_app(folder, "old")
    server = penstock(*_HTTP, "-w", "myapp")
    server.worker_pids()
    (folder / "myapp.py").write_text(
        "import time\nprint('importing for ever', flush=True)\ntime.sleep(1000)\n"
    )
    server.send_signal(signal.SIGHUP)
    server.log.wait_for("^importing for ever$")
    assert server.stop() == 0


def test_reloads_after_its_new_zygote_was_killed(penstock: StartPenstock, folder: Path) -> None:
    _write_app(folder, "old")
    server = penstock(*_HTTP, "-w", "myapp")
    server.worker_pids()
    serving = {process.pid for process in server.tree()}
    (folder / "myapp.py").write_text(
        "import time\nprint('importing for ever', flush=True)\ntime.sleep(1000)\n"
    )
    server.send_signal(signal.SIGHUP)
    server.log.wait_for("^importing for ever$")
    [zygote] = {process.pid for process in server.tree()} - serving
    os.kill(zygote, signal.SIGKILL)
    server.log.wait_for("^error: not reloaded: the workers that serve stay$")
    _write_app(folder, "new!")
    _reload(server)
    _serves(server, b"new!")


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_loses_no_request_in_a_hundred_reloads_under_load(
    penstock: StartPenstock, folder: Path
) -> None:
    _write_app(folder, "0")
    server = penstock(*_HTTP, "-w", "myapp", "-p", "2", "--threads", "2", "--disable-logging")
    fetch(server.http)
    warm: tuple[int, list[str]] = (0, [])
    with Load(server.http) as load:
        for number in range(1, 101):
            answered = load.answered
            _reload(server, number)
            wait_until(lambda: load.answered > answered + 20, "requests between two reloads")
            if number == 20:
                warm = (resident_bytes(server.pid), open_files(server.pid))
    assert not load.lost, f"{len(load.lost)} lost, such as {load.lost[:3]}"
    assert set(load.statuses) == {200}
    assert load.answered > 2000
    assert resident_bytes(server.pid) - warm[0] < 2 << 20
    wait_until(lambda: len(server.tree()) == 4, "the old processes are gone")
    assert len(open_files(server.pid)) <= len(warm[1])


def test_serves_from_the_old_workers_while_the_new_app_imports_slowly(
    penstock: StartPenstock, folder: Path
) -> None:
    _write_app(folder, "old")
    server = penstock(*_HTTP, "-w", "myapp")
    server.worker_pids()
    with (folder / "myapp.py").open("a") as app:
        app.write("\nprint('importing', flush=True)\n")
        app.write("while not os.path.exists('import-now'): time.sleep(0.01)\nANSWER = 'new!'\n")
    with Load(server.http, clients=2) as load:
        server.send_signal(signal.SIGHUP)
        server.log.wait_for("^importing$")
        before = load.answered
        wait_until(lambda: load.answered > before + 50, "answers during the import")
        (folder / "import-now").touch()
        wait_until(lambda: load.bodies[b"new!"] > 50, "answers of the new code")
    assert not load.lost
