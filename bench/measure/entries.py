# SPDX-License-Identifier: MIT
"""Who takes part in a case: each server, or each with every way that it knows. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .cases import Case
from .servers import Server


@dataclass(frozen=True)
class Entry:
    """A server in a case, by one way."""

    name: str
    #: The end of the name, where the case has several ways.
    way: str
    server: Server
    #: With that way alone.
    case: Case

    @property
    def client_closes(self) -> bool:
        """Whether the load makes a connection for each request. nginx keeps those of its clients
        whatever comes behind it."""
        if self.case.nginx:
            return False
        return self.case.close or self.server.closes(self.case.protocol)


def entries(case: Case, servers: list[Server]) -> Iterator[Entry]:
    """A server that does not speak the protocol, or not at the kind of socket, is none."""
    for server in servers:
        if case.unix and not server.unix:
            continue
        if not case.ways:
            if server.speaks(case.protocol):
                yield Entry(server.name, "", server, case)
            continue
        for way in case.ways:
            if way in server.ways:
                yield Entry(f"{server.name} {way.name}", way.name, server, case.over(way))
