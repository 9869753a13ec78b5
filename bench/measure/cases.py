# SPDX-License-Identifier: MIT
"""What is measured: one Case for each row of the bench."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

KILO, MEGA = 1_000, 1_000_000
CHUNKS, CHUNK_BYTES = 100, 100  # as apps/plain.py


Protocol = Literal["http", "uwsgi", "fastcgi", "scgi"]
#: Those in which a connection can carry several requests, one after the other.
_KEEPING: tuple[Protocol, ...] = ("http", "fastcgi")


@dataclass(frozen=True)
class Way:
    """How requests come to a server."""

    protocol: Protocol
    #: A connection for each of them.
    close: bool = False

    @property
    def name(self) -> str:
        """Such as "fastcgi closed"."""
        return self.protocol + (" closed" if self.close and self.protocol in _KEEPING else "")


HTTP = frozenset({Way("http")})
WAYS: tuple[Way, ...] = (
    Way("uwsgi", close=True),
    Way("fastcgi"),
    Way("fastcgi", close=True),
    Way("scgi", close=True),
    Way("http"),
    Way("http", close=True),
)


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
    protocol: Protocol = "http"
    #: All of these: a server takes part once for each that it knows.
    ways: tuple[Way, ...] = ()
    #: The server listens at a UNIX socket.
    unix: bool = False
    nginx: bool = False
    crowd: Crowd | None = None
    #: Open loops, in requests a second.
    rates: tuple[int, ...] = ()
    #: What arithmetic allows, in requests a second, where the app waits.
    limit: float | None = None
    #: Only memory is of interest.
    memory_only: bool = False
    quick: bool = False

    def over(self, way: Way) -> Case:
        """The same with this way alone."""
        return replace(self, protocol=way.protocol, close=way.close, ways=())

    @property
    def client_protocol(self) -> Protocol:
        """What the load speaks."""
        return "http" if self.nginx else self.protocol


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
    Case("protocols", "10 B answer over each protocol, UNIX socket", ways=WAYS, unix=True),
    Case("nginx", "10 B answer behind nginx over each protocol", ways=WAYS, nginx=True),
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
