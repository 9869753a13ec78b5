# SPDX-License-Identifier: MIT
"""What a server says of itself."""

from __future__ import annotations

import json
from typing import Any

from .endpoint import Endpoint
from .server import Penstock
from .wait import wait_until

_ENABLED = r"^\*\*\* {} server enabled on (?P<address>\S+) fd: \d+ \*\*\*$"


def stats_endpoint(server: Penstock, kind: str = "Stats") -> Endpoint:
    """Where its statistics (or "Metrics") are, from the log."""
    return Endpoint(server.log.wait_for(_ENABLED.format(kind))["address"])


def read_to_end(endpoint: Endpoint, request: bytes = b"") -> bytes:
    """All that a server sends until it closes."""
    with endpoint.connect() as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def read_stats(server: Penstock) -> dict[str, Any]:
    """Its statistics, from --stats without HTTP."""
    found: dict[str, Any] = json.loads(read_to_end(stats_endpoint(server)))
    return found


def wait_for_requests(server: Penstock, count: int) -> None:
    """Waits until so many are counted, in all and everywhere: that is a moment after their answers,
    and not for all counters the same one."""

    def are_counted() -> bool:
        workers = read_stats(server)["workers"]
        counts = (
            sum(one["requests"] for one in workers),
            sum(sum(one["answers"].values()) for one in workers),
            sum(core["requests"] for one in workers for core in one["cores"]),
        )
        return counts == (count,) * len(counts)

    wait_until(are_counted, f"{count} requests are counted")


def worker(stats: dict[str, Any], number: int = 1) -> dict[str, Any]:
    """One worker's part of them."""
    found: dict[str, Any] = next(one for one in stats["workers"] if one["id"] == number)
    return found
