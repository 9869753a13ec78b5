# SPDX-License-Identifier: MIT
"""Living among other services: users, modes, names in ps, signals, the service manager."""

from __future__ import annotations

import grp
import json
import os
import pwd
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness import build, machine
from harness.build import PATIENCE
from harness.daemon import StartDaemon
from harness.endpoint import Endpoint
from harness.http import Connection, fetch
from harness.log import FileLog
from harness.gate import Gate
from harness.run import run
from harness.server import Penstock
from harness.start import APPS, StartPenstock
from harness.wait import wait_until

pytestmark = pytest.mark.asan

_PROBE = ("--http-socket", "127.0.0.1:0", "--pythonpath", str(APPS), "-w", "probe")

_WHO = """
import json, os
imported_as = os.getuid()
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({
        "uid": os.getresuid(), "gid": os.getresgid(), "groups": sorted(os.getgroups()),
        "import": imported_as,
    }).encode()]
"""


# Users

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@needs_root
@pytest.mark.parametrize("user", ["nobody", str(pwd.getpwnam("nobody").pw_uid)])
def test_becomes_another_user_before_any_code_of_the_app_runs(
    penstock: StartPenstock, folder: Path, user: str
) -> None:
    (folder / "myapp.py").write_text(_WHO)
    nobody = pwd.getpwnam("nobody")
    server = penstock(
        *(
            "--http-socket",
            "127.0.0.1:0",
            "-w",
            "myapp",
            "--uid",
            user,
            "--add-gid",
            "daemon",
        )
    )
    who = json.loads(fetch(server.http).body)
    assert who["uid"] == [nobody.pw_uid] * 3
    assert who["gid"] == [nobody.pw_gid] * 3
    assert set(who["groups"]) == {nobody.pw_gid, grp.getgrnam("daemon").gr_gid}
    assert who["import"] == nobody.pw_uid
    for process in server.tree():
        assert set(process.uids()) == {nobody.pw_uid}
        assert set(process.gids()) == {nobody.pw_gid}
    assert "running as root" not in server.log.text


@needs_root
def test_takes_the_group_that_is_named(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text(_WHO)
    server = penstock(
        *(
            "--http-socket",
            "127.0.0.1:0",
            "-w",
            "myapp",
            "--uid",
            "nobody",
            "--gid",
            "daemon",
        )
    )
    assert json.loads(fetch(server.http).body)["gid"] == [grp.getgrnam("daemon").gr_gid] * 3


@needs_root
def test_binds_and_logs_as_root_and_serves_as_another(daemon: StartDaemon, folder: Path) -> None:
    """A socket, a log and a pid file in folders that the user may not write to."""
    (folder / "run").mkdir()
    server = daemon(
        *("-s", "run/x.sock", *_PROBE, "--uid", "nobody", "-d", "run/x.log"),
        *(
            "--pidfile",
            "run/x.pid",
            "--chmod-socket",
            "660",
            "--chown-socket",
            "nobody:daemon",
        ),
        log=folder / "run" / "x.log",
    )
    assert fetch(server.http).status == 200
    about = (folder / "run" / "x.sock").stat()
    assert (about.st_uid, about.st_gid) == (
        pwd.getpwnam("nobody").pw_uid,
        grp.getgrnam("daemon").gr_gid,
    )
    assert stat.S_IMODE(about.st_mode) == 0o660
    assert (folder / "run" / "x.log").stat().st_uid == 0
    assert (folder / "run" / "x.pid").stat().st_uid == 0


@needs_root
def test_writes_the_second_pid_file_and_log_as_the_user(daemon: StartDaemon, folder: Path) -> None:
    folder.chmod(0o777)
    daemon(
        *(*_PROBE, "--uid", "nobody", "-d", "first.log", "--logto2", "x.log"),
        *("--pidfile", "first.pid", "--pidfile2", "x.pid"),
    )
    nobody = pwd.getpwnam("nobody").pw_uid
    owners = {
        name: (folder / name).stat().st_uid for name in ("first.log", "x.log", "first.pid", "x.pid")
    }
    assert owners == {"first.log": 0, "x.log": nobody, "first.pid": 0, "x.pid": nobody}


@needs_root
def test_lets_the_user_open_its_log_anew(daemon: StartDaemon, folder: Path) -> None:
    (folder / "logs").mkdir()
    os.chown(folder / "logs", pwd.getpwnam("nobody").pw_uid, -1)
    server = daemon(
        *(*_PROBE, "--uid", "nobody", "-d", "logs/x.log", "--logfile-chown"),
        *("--touch-logrotate", "rotate"),
        log=folder / "logs" / "x.log",
    )
    assert (folder / "logs" / "x.log").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    (folder / "rotate").touch()
    server.log.wait_for("the log was rotated")


@needs_root
def test_warns_of_running_as_root(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE)
    server.log.wait_for("^warning: running as root: let --uid name another user$")
    server.worker_pids()


@needs_root
def test_refuses_what_only_root_can(folder: Path) -> None:
    """Started by another user, as uWSGI: asking for oneself is fine, for others an error."""
    command = [str(build.program()), *_PROBE]
    nobody = pwd.getpwnam("nobody")
    for arguments, reason in (
        (["--uid", "root"], "only root can become the user 0 (--uid)"),
        (["--gid", "daemon"], "only root can become a member of the group"),
    ):
        done = subprocess.run(
            [*command, *arguments],
            cwd=folder,
            env=build.environment(),
            capture_output=True,
            text=True,
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            timeout=PATIENCE,
        )
        assert done.returncode == 1
        assert reason in done.stderr


def test_names_the_user_that_does_not_exist(folder: Path) -> None:
    outcome = run(*_PROBE, "--uid", "nobody here", folder=folder)
    assert outcome.code == 1
    assert "--uid: there is no user 'nobody here'" in outcome.errors


def test_sets_the_umask(penstock: StartPenstock, folder: Path) -> None:
    (folder / "myapp.py").write_text("open('made', 'w').close()\n" + _WHO)
    penstock("-s", "x.sock", "-w", "myapp", "--umask", "007").worker_pids()
    assert stat.S_IMODE((folder / "made").stat().st_mode) == 0o660
    assert stat.S_IMODE((folder / "x.sock").stat().st_mode) == 0o770


# Names in ps


def _titles(server: Penstock) -> set[str]:
    """The command lines of all processes, as ps shows them."""
    shown = subprocess.run(
        [
            "ps",
            "-ww",
            "-o",
            "args=",
            "-p",
            ",".join(str(process.pid) for process in server.tree()),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {line.strip() for line in shown.splitlines()}


def test_names_its_processes(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, "-p", "2", "--auto-procname")
    fetch(server.http)
    server.worker_pids(2)
    names = {
        "penstock master",
        "penstock zygote",
        "penstock worker 1",
        "penstock worker 2",
    }
    wait_until(lambda: _titles(server) == names, "the names")
    assert psutil.Process(server.pid).name().startswith("penstock master"[:15])


def test_names_its_processes_as_it_is_told(penstock: StartPenstock) -> None:
    server = penstock(
        *(*_PROBE, "--procname-prefix-spaced", "blog", "--procname-append", " (test)"),
        *("--procname-master", "the boss"),
    )
    names = {
        "blog the boss (test)",
        "blog penstock zygote (test)",
        "blog penstock worker 1 (test)",
    }
    wait_until(lambda: _titles(server) == names, "the names")


def test_leaves_the_names_alone_otherwise(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE)
    fetch(server.http)
    assert " ".join(server.command) in _titles(server)


# Signals


def test_logs_what_its_workers_did(penstock: StartPenstock) -> None:
    server = penstock(*_PROBE, "-p", "2")
    workers = server.worker_pids(2)
    with Connection(server.http) as connection:
        for _ in range(3):
            assert connection.get("/").status == 200
        wait_until(lambda: _counted(server) == 3, "the count")

        def are_listed() -> bool:
            pattern = r"^worker (\d) \(pid: (\d+), ready\) requests: \d+ exceptions: 0 .*$"
            _counted(server)  # asks once more: not all may have been ready
            found = {(int(line[1]), int(line[2])) for line in server.log.matches(pattern)}
            return found == set(enumerate(workers, 1))

        wait_until(are_listed, "a line for each worker")


def _counted(server: Penstock) -> int:
    start = server.log.size
    server.send_signal(signal.SIGUSR1)
    found = server.log.wait_for(r"^workers total requests: (\d+)$", start=start)
    return int(found[1])


@pytest.mark.parametrize("number", [signal.SIGWINCH, signal.SIGCHLD, signal.SIGPIPE])
def test_does_not_mind_other_signals(penstock: StartPenstock, number: int) -> None:
    server = penstock(*_PROBE)
    server.worker_pids()
    server.send_signal(number)
    assert fetch(server.http).status == 200


# The service manager


@pytest.fixture
def manager(folder: Path) -> Iterator[socket.socket]:
    """What systemd listens with."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(folder / "notify"))
        listener.settimeout(PATIENCE)
        yield listener


def _said(manager: socket.socket) -> dict[str, str]:
    return dict(line.split("=", 1) for line in manager.recv(1000).decode().splitlines())


def test_tells_the_service_manager_how_it_is(
    penstock: StartPenstock, folder: Path, manager: socket.socket
) -> None:
    server = penstock(*_PROBE, environment={"NOTIFY_SOCKET": str(folder / "notify")})
    ready = _said(manager)
    assert ready == {
        "READY": "1",
        "MAINPID": str(server.pid),
        "STATUS": "Serving requests",
    }
    server.stop()
    assert _said(manager) == {"STOPPING": "1", "STATUS": "Finishing requests"}


def test_tells_the_service_manager_that_it_reloads(
    penstock: StartPenstock, folder: Path, manager: socket.socket
) -> None:
    """What Type=notify-reload wants: when it began, by the clock that the manager has too."""
    server = penstock(*_PROBE, environment={"NOTIFY_SOCKET": str(folder / "notify")})
    assert _said(manager)["READY"] == "1"
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    server.send_signal(signal.SIGHUP)
    said = _said(manager)
    assert said["RELOADING"] == "1"
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert before <= int(said["MONOTONIC_USEC"]) <= after
    assert _said(manager)["READY"] == "1"


def test_tells_the_service_manager_which_process_the_daemon_is(
    daemon: StartDaemon, folder: Path, manager: socket.socket
) -> None:
    server = daemon(*_PROBE, "-d", "x.log", environment={"NOTIFY_SOCKET": str(folder / "notify")})
    assert _said(manager)["MAINPID"] == str(server.pid)


def test_feeds_the_watchdog_while_a_worker_serves(
    penstock: StartPenstock, folder: Path, manager: socket.socket
) -> None:
    server = penstock(
        *_PROBE,
        environment={
            "NOTIFY_SOCKET": str(folder / "notify"),
            "WATCHDOG_USEC": "100000",
        },
    )
    assert _said(manager)["READY"] == "1"
    for _ in range(3):
        assert _said(manager) == {"WATCHDOG": "1"}
    environ = Path(f"/proc/{server.worker_pids()[0]}/environ").read_bytes()
    assert b"WATCHDOG_USEC" not in environ


def test_feeds_no_watchdog_while_nothing_serves(
    penstock: StartPenstock, folder: Path, manager: socket.socket, gate: Gate
) -> None:
    """What it says first is that it is ready, however long the import takes."""
    (folder / "myapp.py").write_text(f"import gate\ngate.wait_at({str(gate.path)!r})\n" + _WHO)
    penstock(
        *("--http-socket", "127.0.0.1:0", "--pythonpath", APPS, "-w", "myapp"),
        environment={"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "4000"},
    )
    visitor = gate.wait()
    manager.settimeout(0.5)  # a hundred times the watchdog's interval
    with pytest.raises(TimeoutError):
        manager.recv(1000)
    manager.settimeout(PATIENCE)
    visitor.release()
    assert "READY" in _said(manager) or "READY" in _said(manager)


def test_feeds_only_its_own_watchdog(
    penstock: StartPenstock, folder: Path, manager: socket.socket
) -> None:
    server = penstock(
        *_PROBE,
        environment={
            "NOTIFY_SOCKET": str(folder / "notify"),
            "WATCHDOG_USEC": "4000",
            "WATCHDOG_PID": "1",
        },
    )
    assert _said(manager)["READY"] == "1"
    fetch(server.http)
    server.stop()
    assert _said(manager)["STOPPING"] == "1"


# In a container


@pytest.mark.skipif(not machine.may_be_made(), reason="needs CAP_SYS_ADMIN for namespaces")
def test_reaps_orphans_as_process_1_and_stops_by_sigterm(folder: Path) -> None:
    """As a container's first process: also of children that are not its own."""
    (folder / "myapp.py").write_text(
        "import os, subprocess\n"
        "def application(environ, start_response):\n"
        "    subprocess.run(['sh', '-c', 'sleep 0.01 & exit 0'])\n"
        "    states = [open(f'/proc/{p}/stat').read().rsplit(')')[1].split()[0]\n"
        "              for p in os.listdir('/proc') if p.isdigit()]\n"
        "    start_response('200 OK', [])\n"
        "    return [' '.join(states).encode()]\n"
    )
    with subprocess.Popen(
        [
            "unshare",
            "--pid",
            "--fork",
            "--mount-proc",
            "--kill-child",
            build.program(),
            "--http-socket",
            "x.sock",
            "-w",
            "myapp",
            "--logto",
            "x.log",
        ],
        cwd=folder,
        env=build.environment(),
    ) as container:
        log = FileLog(folder / "x.log")
        log.wait_for(r"spawned uWSGI master process \(pid: 1\)")
        log.wait_for("spawned uWSGI worker 1")
        endpoint = Endpoint(str(folder / "x.sock"))
        fetch(endpoint)
        wait_until(
            lambda: "Z" not in fetch(endpoint).text.split(),
            "no process waits to be reaped",
        )
        [first] = psutil.Process(container.pid).children()
        first.send_signal(signal.SIGTERM)
        assert container.wait(PATIENCE) == 0
        assert log.lines[-1] == "goodbye to uWSGI."
