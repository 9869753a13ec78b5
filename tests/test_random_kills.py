# SPDX-License-Identifier: MIT
"""SIGKILL at random moments: of workers, the zygote, and at last the master."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from harness.http import fetch
from harness.load import Load
from harness.processes import settled_files, wait_gone
from harness.server import Penstock
from harness.start import StartPenstock
from harness.wait import wait_until

_APP = """
import time
def application(environ, start_response):
    time.sleep(0.001)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"""
_CLIENTS = 6
_KILLS = 12


def _victims(server: Penstock) -> list[int]:
    return [process.pid for process in server.tree() if process.pid != server.pid]


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(4))
def test_serves_on_until_the_master_dies_and_leaves_nothing_then(
    penstock: StartPenstock, folder: Path, seed: int
) -> None:
    chance = random.Random(seed)
    (folder / "myapp.py").write_text(_APP)
    server = penstock(
        *("--http-socket", "127.0.0.1:0", "-w", "myapp", "-p", "3", "--threads", "2"),
        *("-R", "200", "--min-worker-lifetime", "0", "--disable-logging"),
    )
    assert fetch(server.http).body == b"hello"
    before = len(settled_files(server.pid))
    with Load(server.http, clients=_CLIENTS) as load:
        for number in range(_KILLS):
            answered = load.answered
            time.sleep(chance.random() / 2)  # the moment is what is random
            if number % 4 == 3:
                server.send_signal(signal.SIGHUP)
            while not (victims := _victims(server)):  # there may be none just after a kill
                time.sleep(0.01)
            victim = chance.choice(victims)
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                continue  # it ended by itself
            wait_until(lambda: load.answered > answered + 20, "answers after the kill")
    # No kill costs more than what every client had under way.
    assert len(load.lost) <= _KILLS * _CLIENTS
    assert set(load.statuses) == {200}
    wait_until(lambda: fetch(server.http).body == b"hello", "an answer at the end")
    wait_until(lambda: len(server.tree()) == 5, "as many processes as at the start")
    wait_until(lambda: len(settled_files(server.pid)) <= before, "as many descriptors")

    everybody = [process.pid for process in server.tree()]
    server.send_signal(signal.SIGKILL)
    assert server.wait() == -signal.SIGKILL
    wait_gone(everybody)
