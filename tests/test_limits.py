# SPDX-License-Identifier: MIT
"""What the processes that run the app may take: --limit-as, --cpu-affinity."""

from __future__ import annotations

import os
import resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from harness.start import APPS, StartPenstock
from harness.http import fetch
from harness.run import run
from harness.server import Penstock
from harness.wait import wait_until

_HUNGRY = ("--http-socket", "127.0.0.1:0", "--pythonpath", str(APPS), "-w", "hungry")
_MEGABYTES = 1 << 20


def _limit(pid: int) -> int:
    return psutil.Process(pid).rlimit(psutil.RLIMIT_AS)[0]


def _start(penstock: StartPenstock, *options: str) -> Penstock:
    return penstock(*_HUNGRY, "--limit-as", "128", "--threads", "4", *options)


def test_limits_the_workers_and_the_import_but_not_the_master(penstock: StartPenstock) -> None:
    server = _start(penstock)
    assert fetch(server.http).status == 200
    wait_until(lambda: len(server.tree()) == 3, "master, zygote and worker")
    pids = {process.pid for process in server.tree()} - {server.pid}
    assert {_limit(pid) for pid in pids} == {128 * _MEGABYTES}
    assert _limit(server.pid) == resource.getrlimit(resource.RLIMIT_AS)[0]


def test_leaves_enough_for_a_small_app_with_threads(penstock: StartPenstock) -> None:
    server = _start(penstock)
    [worker] = server.worker_pids()
    with ThreadPoolExecutor(8) as pool:
        pages = ["/", "/recurse", "/thread"] * 20
        answers = list(pool.map(lambda page: fetch(server.http, page), pages))
    assert {answer.status for answer in answers} == {200}
    assert {answer.text for answer in answers} == {"hello", "deep"}
    assert fetch(server.http, "/who").text == str(worker)


def test_gives_the_app_a_memory_error_and_lives_on(penstock: StartPenstock) -> None:
    server = _start(penstock)
    [worker] = server.worker_pids()
    for _ in range(5):
        assert fetch(server.http, "/too-much").status == 500
        assert fetch(server.http, "/caught").text == "caught"
    server.log.wait_for("^MemoryError$", count=5)
    assert fetch(server.http, "/who").text == str(worker)


def test_ends_the_start_of_an_app_that_needs_more(folder: Path) -> None:
    (folder / "large.py").write_text("data = bytearray(1 << 30)\n")
    outcome = run("--http-socket", "127.0.0.1:0", "-w", "large", "--limit-as", "128", folder=folder)
    assert outcome.code == 22
    assert "MemoryError" in outcome.text


def test_keeps_each_worker_on_its_processors(penstock: StartPenstock) -> None:
    server = penstock(*_HUNGRY, "-p", "3", "--cpu-affinity", "1")
    usable = sorted(os.sched_getaffinity(0))
    for number, pid in enumerate(server.worker_pids(3), start=1):
        cpu = usable[(number - 1) % len(usable)]
        server.log.wait_for(f"^mapping worker {number} to CPUs: {cpu}$")
        assert os.sched_getaffinity(pid) == {cpu}
        for thread in psutil.Process(pid).threads():
            assert os.sched_getaffinity(thread.id) == {cpu}
    assert os.sched_getaffinity(server.pid) == set(usable)


def test_lets_a_worker_have_more_processors_than_there_are(penstock: StartPenstock) -> None:
    server = penstock(*_HUNGRY, "--cpu-affinity", "4096")
    [worker] = server.worker_pids()
    assert fetch(server.http).status == 200
    assert os.sched_getaffinity(worker) == os.sched_getaffinity(0)
