# SPDX-License-Identifier: MIT
"""What is measured: one Case for each row of the bench."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

KILO, MEGA = 1_000, 1_000_000
CHUNKS, CHUNK_BYTES = 100, 100  # as apps/plain.py


@dataclass(frozen=True)
class Crowd:
    """Clients that take up room while the load runs."""

    idle: int = 0
    drip: int = 0
    sip: int = 0


@dataclass(frozen=True)
class Case:
    """One situation in which all servers are compared."""

    name: str
    title: str
    app: str = "plain:small"
    answer_bytes: int = 10
    method: str = "GET"
    body_bytes: int = 0
    connections: int = 64
    pipeline: int = 1
    close: bool = False
    processes: int = 1
    threads: int = 1
    log: bool = False
    protocol: Literal["http", "uwsgi"] = "http"
    nginx: bool = False
    crowd: Crowd | None = None
    #: Open loops, in requests a second.
    rates: tuple[int, ...] = ()
    #: What arithmetic allows, in requests a second, where the app waits.
    limit: float | None = None
    #: Only memory is of interest.
    memory_only: bool = False
    quick: bool = False


CASES: tuple[Case, ...] = (
    Case("hello", "10 B answer, 64 connections", rates=(1_000, 10_000), quick=True),
    Case("hello-log", "10 B answer, request log on", log=True),
    Case("1-kb", "1 KB answer", "plain:kilo", KILO),
    Case("10-kb", "10 KB answer", "plain:ten_kilo", 10 * KILO),
    Case("100-kb", "100 KB answer", "plain:hundred_kilo", 100 * KILO),
    Case("1-mb", "1 MB answer", "plain:mega", MEGA, connections=16),
    Case(
        "post-10-kb", "10 KB posted and sent back", "plain:echo", 10 * KILO,
        method="POST", body_bytes=10 * KILO, rates=(1_000,), quick=True,
    ),
    Case(
        "post-1-mb", "1 MB posted and sent back", "plain:echo", MEGA,
        method="POST", body_bytes=MEGA, connections=16,
    ),
    Case("chunks", "A generator of 100 parts of 100 B", "plain:chunks", CHUNKS * CHUNK_BYTES),
    Case(
        "sleep", "An app that waits 10 ms, 32 threads, 64 connections", "plain:sleep",
        threads=32, limit=3200.0,
    ),
    Case("flask", "Flask, 10 B", "flask_hello:application", rates=(500,), quick=True),
    Case("django", "Django, 10 B", "django_hello:application", rates=(500,)),
    Case("1-connection", "10 B answer, 1 connection", connections=1),
    Case("512-connections", "10 B answer, 512 connections", connections=512),
    Case("close", "10 B answer, a connection for each request", close=True),
    Case("pipelined", "10 B answer, 16 requests pipelined", pipeline=16),
    Case(
        "slow-clients", "10 B answer, 1000 slow clients attached", "plain:small_and_large",
        crowd=Crowd(drip=500, sip=500), rates=(1_000,),
    ),
    Case(
        "idle-connections", "10 B answer, 10,000 idle connections attached",
        crowd=Crowd(idle=10_000),
    ),
    Case("2-processes", "10 B answer, 2 processes on one CPU", processes=2),
    Case("uwsgi", "10 B answer over the uwsgi protocol, UNIX socket", protocol="uwsgi"),
    Case("nginx", "10 B answer behind nginx", nginx=True),
    Case(
        "django-memory", "Django in 4 processes: memory", "django_hello:application",
        processes=4, memory_only=True,
    ),
)


def by_name(names: list[str]) -> list[Case]:
    """The cases of these names, in the order of CASES. KeyError names an unknown one."""
    known = {case.name: case for case in CASES}
    for name in names:
        if name not in known:
            raise KeyError(name)
    return [case for case in CASES if case.name in names]
