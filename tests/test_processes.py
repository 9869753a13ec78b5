# SPDX-License-Identifier: MIT
"""Master, zygote and workers: who replaces whom, what ends with what, and what nobody inherits."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from harness.start import APPS, StartPenstock
from harness import build
from harness.gate import Gate
from harness.http import Connection, encode_request, fetch
from harness.processes import open_files, settled_files, wait_gone
from harness.run import run
from harness.server import Penstock
from harness.wait import wait_until

pytestmark = pytest.mark.asan

_HTTP = ("--http-socket", "127.0.0.1:0")
_PROBE = (*_HTTP, "--pythonpath", str(APPS), "-w", "probe")

_APP = """
import os
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""


def _zygote(server: Penstock, loaded: int = 1) -> int:
    """The process that has imported the app, for the `loaded`-th time."""
    line = r"^WSGI app 0 \(mountpoint=''\) ready in \d+ seconds on interpreter 0x[0-9a-f]+ pid: (\d+) "
    return int(server.log.wait_for(line, count=loaded)[1])


def _has_died(server: Penstock, number: int, pid: int, how: str = ", killed by signal 9") -> None:
    """Waits for uWSGI's line, byte for byte."""
    line = f"DAMN ! worker {number} (pid: {pid}) died{how} :( trying respawn ..."
    server.log.wait_for(f"^{re.escape(line)}$")


# Starting


def test_says_what_uwsgi_says_at_the_start(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, "-p", "2", "--threads", "3")
    first, second = server.worker_pids(2)
    assert _zygote(server) not in (first, second, server.pid)
    for line in (
        f"spawned uWSGI master process (pid: {server.pid})",
        f"spawned uWSGI worker 1 (pid: {first}, cores: 3)",
        f"spawned uWSGI worker 2 (pid: {second}, cores: 3)",
    ):
        assert server.log.lines.count(line) == 1


def test_makes_the_workers_children_of_the_master(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, "-p", "2")
    for pid in (*server.worker_pids(2), _zygote(server)):
        assert psutil.Process(pid).ppid() == server.pid
    wait_until(lambda: len(server.tree()) == 4, "nobody else is left")


def test_runs_pythons_fork_hooks_once(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text(
        "import gc, os\n"
        "def say(what): print(what, os.getpid(), gc.get_freeze_count() > 0, flush=True)\n"
        "os.register_at_fork(before=lambda: say('before'),\n"
        "    after_in_parent=lambda: say('parent'), after_in_child=lambda: say('child'))\n" + _APP
    )
    server = penstock(*_HTTP, "-w", "myapp")
    [worker] = server.worker_pids()
    assert fetch(server.http).status == 200
    zygote = _zygote(server)
    said = [found[0] for found in server.log.matches(r"^(before|parent|child) .*$")]
    assert sorted(said) == [f"before {zygote} True", f"child {worker} True", f"parent {zygote} True"]


def test_warns_of_threads_that_a_fork_loses(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text(
        "import threading\n"
        "threading.Thread(target=threading.Event().wait, name='poller', daemon=True).start()\n"
        + _APP
    )
    server = penstock(*_HTTP, "-w", "myapp")
    assert fetch(server.http).status == 200
    warning = server.log.wait_for(r"^warning: .*started 1 threads.*$")[0]
    assert "poller" in warning
    assert "--lazy-apps" in warning


def test_shows_what_the_app_prints_at_once(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text("print('printed without flush')\n" + _APP)
    server = penstock(*_HTTP, "-w", "myapp")
    server.log.wait_for("^printed without flush$")


def test_tells_the_service_manager(penstock: StartPenstock, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(folder / "notify"))
        manager.settimeout(build.PATIENCE)
        server = penstock(*_PROBE, environment={"NOTIFY_SOCKET": str(folder / "notify")})
        assert manager.recv(100).startswith(b"READY=1\n")
        assert fetch(server.http).status == 200
        environ = Path(f"/proc/{server.worker_pids()[0]}/environ").read_bytes()
        assert b"NOTIFY_SOCKET" not in environ
        server.stop()
        assert manager.recv(100).startswith(b"STOPPING=1\n")


def test_says_that_the_interpreter_needs_its_own_extension_module(folder: Path) -> None:
    package = build.build_folder() / "python" / "penstock"
    (folder / "penstock").mkdir()
    for file in package.glob("*.py"):
        (folder / "penstock" / file.name).write_bytes(file.read_bytes())
    (folder / "penstock" / "_core.cpython-37m-other.so").write_bytes(b"")
    outcome = run(*_PROBE, folder=folder, environment={"PENSTOCK_PACKAGE_PATH": str(folder)})
    assert outcome.code == 1
    version = ".".join(str(part) for part in sys.version_info[:3])
    for word in (sys.executable, f"Python {version}", "_core.cpython-37m-other.so", "pip install"):
        assert word in outcome.text


def test_starts_as_a_module_of_python(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "penstock", "--version"],
        env={**build.environment(), "PYTHONPATH": str(build.build_folder() / "python")},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=build.PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == run("--version", folder=folder).output


# Dying


def test_replaces_a_dead_worker(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, "-p", "2")
    first, second = server.worker_pids(2)
    os.kill(first, signal.SIGKILL)
    _has_died(server, 1, first)
    replacement, other = server.worker_pids(3)
    assert other == second
    assert replacement != first
    assert f"Respawned uWSGI worker 1 (new pid: {replacement})" in server.log.lines
    assert psutil.Process(replacement).ppid() == server.pid
    # It serves as well as the other one.
    os.kill(second, signal.SIGKILL)
    _has_died(server, 2, second)
    assert fetch(server.http).body == b"hello"


def test_loses_no_connection_that_waits_while_the_only_worker_is_replaced(
    penstock: StartPenstock,
) -> None:
    server = penstock(*_PROBE)
    [worker] = server.worker_pids()
    os.kill(worker, signal.SIGSTOP)
    wait_until(lambda: psutil.Process(worker).status() == psutil.STATUS_STOPPED, "it has stopped")
    with Connection(server.http) as connection:
        connection.send(encode_request("GET", "/"))
        os.kill(worker, signal.SIGKILL)
        assert connection.read_response().body == b"hello"


def test_waits_longer_with_each_worker_that_dies_at_its_start(
    penstock: StartPenstock, folder: Path
) -> None:
    (folder / "myapp.py").write_text(
        "import os\nos.register_at_fork(after_in_child=lambda: os._exit(3))\n" + _APP
    )
    server = penstock(*_HTTP, "-w", "myapp")
    for delay in (100, 200, 400):
        server.log.wait_for(f"worker 1: no new start for {delay} ms")
    assert server.stop() == 0


def test_serves_on_without_its_zygote_and_starts_another(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, "-p", "2")
    workers = server.worker_pids(2)
    os.kill(_zygote(server), signal.SIGKILL)
    zygote = _zygote(server, loaded=2)
    assert psutil.Process(zygote).ppid() == server.pid
    assert server.worker_pids(2) == workers
    assert fetch(server.http).body == b"hello"

    os.kill(workers[0], signal.SIGKILL)
    replacement, _ = server.worker_pids(3)
    assert replacement != workers[0]
    assert fetch(server.http).body == b"hello"


def test_serves_on_when_the_app_can_no_longer_be_imported(
    penstock: StartPenstock, folder: Path
) -> None:
    (folder / "myapp.py").write_text(_APP)
    server = penstock(*_HTTP, "-w", "myapp")
    [worker] = server.worker_pids()
    (folder / "myapp.py").write_text("raise RuntimeError('a bad edit')\n")
    os.kill(_zygote(server), signal.SIGKILL)
    server.log.wait_for("^RuntimeError: a bad edit$", count=2)
    assert int(fetch(server.http).body) == worker

    (folder / "myapp.py").write_text(_APP)
    _zygote(server, loaded=2)
    assert int(fetch(server.http).body) == worker


@pytest.mark.parametrize("lazy", [[], ["--lazy-apps"]])
def test_everything_dies_with_the_master(penstock: StartPenstock, lazy: list[str]) -> None:
    server = penstock(*_PROBE, "-p", "2", *lazy)
    server.worker_pids(2)
    assert fetch(server.http).body == b"hello"
    wait_until(lambda: len(server.tree()) == 4, "nobody else is left")
    family = [process.pid for process in server.tree()]
    server.send_signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL
    wait_gone(family)


def test_a_zygote_that_still_imports_dies_with_the_master(
    penstock: StartPenstock, folder: Path, gate: Gate
) -> None:
    (folder / "myapp.py").write_text(f"import gate\ngate.wait_at({str(gate.path)!r})\n" + _APP)
    server = penstock(*_HTTP, "--pythonpath", APPS, "-w", "myapp")
    zygote = gate.wait().pid
    server.send_signal(signal.SIGKILL)
    server.wait()
    wait_gone([zygote])


def test_ends_the_start_when_the_zygote_is_killed_during_the_import(
    penstock: StartPenstock, folder: Path, gate: Gate
) -> None:
    (folder / "myapp.py").write_text(f"import gate\ngate.wait_at({str(gate.path)!r})\n" + _APP)
    server = penstock(*_HTTP, "--pythonpath", APPS, "-w", "myapp")
    os.kill(gate.wait().pid, signal.SIGKILL)
    assert server.wait() == 22
    assert "killed by signal 9" in server.log.text


def test_reaps_orphans(penstock: StartPenstock, folder: Path) -> None:
    """A daemon that the app starts becomes the master's when its parent ends; and then ends."""
    (folder / "myapp.py").write_text(
        "import subprocess\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    shell = 'sleep 60 >/dev/null 2>&1 & echo $!'\n"
        "    return [subprocess.run(['sh', '-c', shell], capture_output=True).stdout]\n"
    )
    server = penstock(*_HTTP, "-w", "myapp")
    orphan = psutil.Process(int(fetch(server.http).body))
    assert orphan.ppid() == server.pid
    orphan.kill()
    wait_until(lambda: not psutil.pid_exists(orphan.pid), "the end of the zombie")
    assert fetch(server.http).status == 200
    for child in psutil.Process(server.pid).children():
        if child.name() == "sleep":
            child.kill()


# Stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT])
def test_stops_by_a_signal(penstock: StartPenstock, folder: Path, number: int) -> None:
    server = penstock("--http-socket", "x.sock", *_PROBE, "-p", "2")
    server.worker_pids(2)
    assert fetch(server.http).body == b"hello"
    family = [process.pid for process in server.tree()]
    assert server.stop(number) == 0
    wait_gone(family)
    assert server.log.lines[-1] == "goodbye to uWSGI."
    for worker in (1, 2):
        server.log.wait_for(rf"^worker {worker} buried after \d+ seconds$")
    assert "DAMN" not in server.log.text
    assert not (folder / "x.sock").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT])
def test_stops_in_order_when_the_whole_group_is_signalled(
    penstock: StartPenstock, gate: Gate, number: int
) -> None:
    """As a terminal's Ctrl-C does it, and systemd: the request that runs is answered."""
    server = penstock(*_PROBE, "-p", "2")
    server.worker_pids(2)
    with Connection(server.http) as connection:
        connection.send(encode_request("GET", f"/wait?gate={gate.path}"))
        visitor = gate.wait()
        os.killpg(os.getpgid(server.pid), number)
        server.log.wait_for("received...killing workers...")
        visitor.release()
        assert connection.read_response().status == 200
    assert server.wait() == 0
    assert "DAMN" not in server.log.text
    assert "KeyboardInterrupt" not in server.log.text


def test_answers_what_runs_before_it_stops_and_takes_nothing_new(
    penstock: StartPenstock, gate: Gate
) -> None:
    server = penstock(*_PROBE)
    with Connection(server.http) as connection:
        connection.send(encode_request("GET", f"/wait?gate={gate.path}"))
        visitor = gate.wait()
        server.send_signal(signal.SIGTERM)
        server.log.wait_for("received...killing workers...")

        def is_refused() -> bool:
            try:
                Connection(server.http).close()
            except ConnectionRefusedError:
                return True
            return False

        wait_until(is_refused, "the end of the listening socket")
        assert server.is_running
        visitor.release()
        assert connection.read_response().status == 200
    assert server.wait() == 0


def test_ends_requests_that_do_not_finish_in_time(penstock: StartPenstock, gate: Gate) -> None:
    server = penstock(*_PROBE, "--worker-reload-mercy", "1")
    with Connection(server.http) as connection:
        connection.send(encode_request("GET", f"/wait?gate={gate.path}"))
        gate.wait()
        assert server.stop() == 0
        assert connection.read_to_end() == b""


def test_kills_a_worker_that_does_not_hear(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, "--worker-reload-mercy", "1")
    [worker] = server.worker_pids()
    os.kill(worker, signal.SIGSTOP)
    assert server.stop() == 0
    line = f"worker 1 (pid: {worker}) is taking too much time to die...NO MERCY !!!"
    server.log.wait_for(re.escape(line))


def test_stops_at_once_when_asked_again(penstock: StartPenstock, gate: Gate) -> None:
    server = penstock(*_PROBE)
    with Connection(server.http) as connection:
        connection.send(encode_request("GET", f"/wait?gate={gate.path}"))
        gate.wait()
        server.send_signal(signal.SIGINT)
        server.log.wait_for("received...killing workers...")

        def has_ended() -> bool:
            server.send_signal(signal.SIGINT)
            return not server.is_running

        wait_until(has_ended, "the end")
    assert server.wait() == 0
    assert "stopping at once" in server.log.text


def test_stops_while_it_imports(penstock: StartPenstock, folder: Path, gate: Gate) -> None:
    (folder / "myapp.py").write_text(f"import gate\ngate.wait_at({str(gate.path)!r})\n" + _APP)
    server = penstock(*_HTTP, "--pythonpath", APPS, "-w", "myapp")
    gate.wait()
    assert server.stop() == 0


def test_runs_exit_functions_in_workers_only(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text(
        "import atexit, os\n"
        "atexit.register(lambda: os.write(1, b'exit function of %d\\n' % os.getpid()))\n" + _APP
    )
    server = penstock(*_HTTP, "-p", "2", "-w", "myapp")
    workers = server.worker_pids(2)
    server.wait_ready(2)
    assert server.stop() == 0
    ran_in = [int(found[1]) for found in server.log.matches(r"^exit function of (\d+)$")]
    assert sorted(ran_in) == sorted(workers)


# What is inherited


def test_gives_programs_of_the_app_ordinary_signals(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text(
        "import json, subprocess\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [subprocess.run(['cat', '/proc/self/status'], capture_output=True).stdout]\n"
    )
    server = penstock(*_HTTP, "-w", "myapp")
    status = dict(line.split(":\t", 1) for line in fetch(server.http).text.splitlines())
    assert int(status["SigBlk"], 16) == 0
    ignored = int(status["SigIgn"], 16)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGPIPE, signal.SIGCHLD):
        assert not ignored & (1 << (number - 1))


def test_opens_as_many_descriptors_as_are_allowed(penstock: StartPenstock) -> None:
    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 4096))

    server = penstock(*_PROBE, before_exec=limit)
    limits = Path(f"/proc/{server.worker_pids()[0]}/limits").read_text()
    [line] = [line for line in limits.splitlines() if line.startswith("Max open files")]
    assert line.split()[3:5] == ["4096", "4096"]


def test_passes_on_no_descriptor_that_it_was_given(penstock: StartPenstock, folder: Path) -> None:
    with (folder / "secret").open("w") as secret:
        server = penstock(*_PROBE, "-p", "2", pass_fds=[secret.fileno()])
        pids = [*server.worker_pids(2), _zygote(server)]
    assert fetch(server.http).status == 200
    for pid in pids:
        assert str(folder / "secret") not in open_files(pid)


def test_keeps_no_descriptors_of_workers_that_came_and_went(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, "-p", "2")
    workers = server.worker_pids(2)
    server.wait_ready(2)
    holders = (server.pid, _zygote(server))
    before = [len(settled_files(pid)) for pid in holders]
    for count in range(6):
        os.kill(workers[0], signal.SIGKILL)
        workers = server.worker_pids(3 + count)

    def has_no_more() -> bool:
        return all(len(open_files(pid)) <= count for pid, count in zip(holders, before))

    wait_until(has_no_more, f"no more than {before} descriptors")


def test_gives_the_app_no_variable_of_its_own(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text(
        "import json, os, sys\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'application/json')])\n"
        "    main = vars(sys.modules['__main__'])\n"
        "    return [json.dumps([sorted(os.environ), sys.argv, sys.path, '__file__' in main]).encode()]\n"
    )
    server = penstock(*_HTTP, "-w", "myapp")
    names, arguments, path, has_file = json.loads(fetch(server.http).body)
    known = set(build.environment()) | {"PENSTOCK_TEST_PROCESS", "LC_CTYPE"}
    assert set(names) <= known
    assert arguments == ["penstock"]
    assert path[0] == str(folder)
    assert not [entry for entry in path if "penstock/" in entry or entry.endswith("build")]
    assert str(build.build_folder() / "python") not in path
    assert not has_file


def test_obeys_a_signal_that_comes_at_any_moment_of_the_start(
    penstock: StartPenstock, folder: Path
) -> None:
    (folder / "myapp.py").write_text(_APP)
    for _ in range(5):
        server = penstock("--http-socket", "x.sock", "-w", "myapp", "--pidfile", "pid")
        wait_until(lambda: (folder / "pid").exists(), "the pid file is there")
        assert server.stop(signal.SIGTERM) == 0
        assert not (folder / "pid").exists()
        assert not (folder / "x.sock").exists()
