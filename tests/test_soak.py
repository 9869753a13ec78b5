# SPDX-License-Identifier: MIT
"""A hundred thousand mixed requests with garbage among them, while workers are killed."""

from __future__ import annotations

import os
import signal
from collections import Counter

import pytest

from harness.start import APPS, StartPenstock
from harness.http import fetch
from harness.processes import open_files, resident_bytes, settled_files
from harness.soak import Client, Kills
from harness.wait import wait_until

_REQUESTS = 100_000
_CLIENTS = 16
_KILLS = 10
#: Growth that is no leak: 80,000 requests that lose a hundred bytes each would show.
_FLAT = 8 << 20


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_loses_no_request_but_those_of_killed_workers(penstock: StartPenstock) -> None:
    server = penstock(
        *("--http-socket", "127.0.0.1:0", "--socket", "127.0.0.1:0", "--disable-logging"),
        *("--pythonpath", APPS, "-w", "probe", "-M", "-p", "3", "--threads", "2"),
        *("--post-buffering", "65536"),
    )
    # The first worker lives through all of it, and is looked at; the others are killed.
    survivor, *victims = server.worker_pids(3)
    assert fetch(server.http).body == b"hello"
    idle = settled_files(survivor)
    kills = Kills()
    clients = [
        Client(number, _REQUESTS // _CLIENTS, server.http, server.uwsgi, kills)
        for number in range(_CLIENTS)
    ]
    for client in clients:
        client.start()
    warm: dict[int, int] = {}
    for killed in range(_KILLS):
        _wait_for_progress(clients, (killed + 1) / (_KILLS + 1))
        if killed == 1:
            warm = {pid: resident_bytes(pid) for pid in (survivor, server.pid)}
        victim = victims[killed % len(victims)]
        kills.add(victim)
        os.kill(victim, signal.SIGKILL)
        _, *victims = server.worker_pids(3 + killed + 1)
    for client in clients:
        client.join()

    answered: Counter[str] = sum((client.account.answered for client in clients), Counter())
    excused = sum(client.account.excused for client in clients)
    lost = [line for client in clients for line in client.account.lost]
    assert not lost, f"{len(lost)} lost, such as {lost[:5]}"
    assert answered.total() + excused == _REQUESTS // _CLIENTS * _CLIENTS
    # At the most what every client had under way at each kill.
    assert excused <= _KILLS * _CLIENTS

    for pid, before in warm.items():
        grown = resident_bytes(pid) - before
        assert grown < _FLAT, f"process {pid} grew by {grown >> 10} KiB"
    wait_until(lambda: open_files(survivor) == idle, "the survivor's descriptors are back")
    for pid in server.worker_pids(3 + _KILLS)[1:]:
        assert len(open_files(pid)) <= len(idle) + _CLIENTS, "a new worker has no more"
    assert server.worker_pids(3 + _KILLS)[0] == survivor
    assert fetch(server.http).body == b"hello"


def _wait_for_progress(clients: list[Client], share: float) -> None:
    """Waits until the clients have made this share of their requests."""

    def made() -> int:
        return sum(client.account.answered.total() + client.account.excused for client in clients)

    wait_until(
        lambda: made() >= share * _REQUESTS or not any(client.is_alive() for client in clients),
        f"{share:.0%} of the requests",
        timeout=300,
    )
