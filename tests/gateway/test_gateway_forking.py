# SPDX-License-Identifier: MIT
"""The forking servers of penstock.fcgi and penstock.scgi."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from harness import processes
from harness.endpoint import Endpoint
from harness.gate import Gate
from harness.gateway import (
    Program,
    environ_of,
    every_package,
    every_protocol,
    module_of,
    read_all,
)
from harness.http import fetch
from harness.wait import wait_until


def _pids(endpoint: Endpoint, count: int) -> list[int]:
    return [environ_of(fetch(endpoint))["pid"] for _ in range(count)]


@every_protocol
def test_forks_as_many_children_as_may_be_idle(start: Any, front: Any, protocol: str) -> None:
    program = start(module_of(protocol, "_fork"), minSpare=2, maxSpare=3)
    wait_until(lambda: len(program.tree()) == 4, "three children")
    environ = environ_of(fetch(front(protocol)))
    assert environ["pid"] in {process.pid for process in program.tree()} - {program.pid}
    assert (environ["wsgi.multithread"], environ["wsgi.multiprocess"]) == ("False", "True")


def test_forks_more_children_while_they_are_busy(start: Any, front: Any, gate: Gate) -> None:
    program = start(module_of("fastcgi", "_fork"), minSpare=1, maxSpare=1, maxChildren=3)
    endpoint = front()
    connections = [endpoint.connect() for _ in range(3)]
    for connection in connections:
        connection.sendall(f"GET /gate?{gate.path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
    visitors = [gate.wait() for _ in connections]
    assert len({visitor.pid for visitor in visitors}) == 3
    for visitor in visitors:
        visitor.release()
    for connection in connections:
        with connection:
            assert read_all(connection).endswith(b"through")
    wait_until(lambda: len(program.tree()) == 2, "the children that are not needed end")


def test_a_child_ends_after_its_requests(start: Any, front: Any) -> None:
    start(module_of("fastcgi", "_fork"), maxSpare=1, maxRequests=2)
    pids = _pids(front(), 6)
    # A connection that is there when the last request ends is served, too.
    assert len(set(pids)) >= 2
    assert max(pids.count(pid) for pid in pids) <= 3


def test_a_child_that_dies_is_replaced(start: Any, front: Any) -> None:
    start(module_of("fastcgi", "_fork"), maxSpare=1)
    endpoint = front()
    first = environ_of(fetch(endpoint))["pid"]
    os.kill(first, signal.SIGKILL)
    statuses: list[int] = []

    def answers() -> bool:
        response = fetch(endpoint)
        statuses.append(response.status)
        return response.status == 200 and environ_of(response)["pid"] != first

    wait_until(answers, "another child answers")


def test_children_end_with_a_parent_that_is_killed(start: Any, front: Any) -> None:
    program = start(module_of("fastcgi", "_fork"), maxSpare=2)
    child = environ_of(fetch(front()))["pid"]
    assert program.stop(signal.SIGKILL) == -signal.SIGKILL
    processes.wait_gone([child])


@every_protocol
def test_interrupts_a_request_that_takes_too_long(start: Any, front: Any, protocol: str) -> None:
    program = start(module_of(protocol, "_fork"), maxSpare=1, timeout=1)
    endpoint = front(protocol)
    assert fetch(endpoint, "/spin").status == 500
    program.log.wait_for("TimeoutException")
    assert fetch(endpoint, "/text").status == 200


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"minSpare": 0}, "minSpare must be at least 1!"),
        ({"minSpare": 6}, "maxSpare must be greater than, or equal to, minSpare!"),
        ({"sockTimeout": -1}, "sockTimeout must be an int or float"),
    ],
)
@every_package
def test_refuses_numbers_that_make_no_sense(
    folder: Path, package: str, arguments: dict[str, int], message: str
) -> None:
    with pytest.raises(AssertionError, match=message):
        Program(folder, module_of("fastcgi", "_fork"), package=package, **arguments)
