# SPDX-License-Identifier: MIT
"""`penstock spawn-fcgi -n`: programs that are watched, started again, and ended with it."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness import processes
from harness.child import Child
from harness.endpoint import Endpoint
from harness.spawner import ask, ours
from harness.start import APPS
from harness.wait import wait_until

APP = str(APPS / "inherited_socket.py")
_STARTED = r"^spawn-fcgi: child spawned successfully: PID: (\d+)$"

Start = Callable[..., Child]


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Starts `penstock spawn-fcgi -n` with further arguments."""
    children: list[Child] = []

    def run(*arguments: str, ready: str | None = _STARTED) -> Child:
        children.append(Child([*ours(), "-n", *arguments], folder=folder, ready=ready))
        return children[-1]

    yield run
    for child in children:
        child.close()


def test_stays_and_runs_the_program_as_its_child(start: Start, folder: Path) -> None:
    child = start("-s", "x.sock", "-P", "pid", "--", APP, "word")
    found = ask(Endpoint(str(folder / "x.sock")))
    assert found["parent"] == child.pid
    assert found["arguments"] == ["word"]
    assert found["output"] == [os.readlink(f"/proc/{child.pid}/fd/{number}") for number in (1, 2)]
    assert not (folder / "pid").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_ends_its_children_and_removes_the_socket(start: Start, folder: Path, number: int) -> None:
    child = start("-s", "x.sock", "-F", "3", "--", APP)
    child.log.wait_for(_STARTED, count=3)
    assert child.stop(number) == 0
    assert child.tree() == []
    assert not (folder / "x.sock").exists()


def test_starts_a_dead_program_again_on_the_same_socket(start: Start, folder: Path) -> None:
    child = start("-s", "x.sock", "--", APP)
    endpoint = Endpoint(str(folder / "x.sock"))
    first = ask(endpoint)["pid"]
    os.kill(first, signal.SIGKILL)
    child.log.wait_for(rf"child signaled: 9 \(PID: {first}\); starting another in \d+ ms")
    second = ask(endpoint)["pid"]  # it waits in the queue of the socket
    assert first != second
    child.log.wait_for(rf"child spawned successfully: PID: {second}")


def test_waits_longer_from_one_quick_death_to_the_next(start: Start) -> None:
    child = start("-s", "x.sock", "--", "/bin/sh", "-c", "exit 3")
    child.log.wait_for("starting another", count=4)
    delays = re.findall(
        r"child exited with: 3 \(PID: \d+\); starting another in (\d+) ms",
        child.log.text,
    )
    assert delays[:4] == ["100", "200", "400", "800"]


def test_watches_programs_on_several_sockets(start: Start, folder: Path) -> None:
    child = start("-s", "a.sock", "-s", "b.sock", "-F", "2", "--", APP)
    child.log.wait_for(_STARTED, count=4)
    found = {ask(Endpoint(str(folder / name)))["pid"] for name in ("a.sock", "b.sock")}
    assert len(found) == 2
    assert {process.pid for process in child.tree()} > found


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2])
def test_passes_other_signals_on(start: Start, folder: Path, number: int) -> None:
    child = start("-s", "x.sock", "--", APP)
    endpoint = Endpoint(str(folder / "x.sock"))
    assert ask(endpoint)["signals"] == []  # it runs, and so has its handlers
    child.send_signal(number)
    wait_until(lambda: ask(endpoint)["signals"] == [number], "the signal arrives")


def test_a_second_signal_ends_a_program_that_does_not_listen(start: Start, folder: Path) -> None:
    child = start("-s", "x.sock", "--", APP, "stubborn")
    ask(Endpoint(str(folder / "x.sock")))
    child.send_signal(signal.SIGTERM)
    child.log.wait_for("signal 15: ending the children")
    assert child.is_running
    assert child.stop(signal.SIGTERM) == 0


def test_its_own_death_ends_the_programs(start: Start, folder: Path) -> None:
    child = start("-s", "x.sock", "--", APP)
    pid = ask(Endpoint(str(folder / "x.sock")))["pid"]
    assert child.stop(signal.SIGKILL) == -signal.SIGKILL
    processes.wait_gone([pid])


def test_a_program_that_vanishes_later_is_waited_for(start: Start, folder: Path) -> None:
    script = folder / "program"
    script.write_text("#!/bin/sh\nrm program\nexit 0\n")
    script.chmod(0o755)
    child = start("-s", "x.sock", "--", str(script))
    child.log.wait_for(r"exec failed: .*: No such file or directory")
    script.write_text(f"#!/bin/sh\nexec {APP} back\n")
    script.chmod(0o755)
    assert ask(Endpoint(str(folder / "x.sock")))["arguments"] == ["back"]
