# SPDX-License-Identifier: MIT
"""The servers that are compared."""

from __future__ import annotations

from pathlib import Path

from .base import Launch, Place, Server
from .floor import Floor
from .ours import Penstock
from .python_peers import Bjoern, FastWsgi, Flup, Granian, Gunicorn, Waitress
from .system_peers import ModWsgi, Uwsgi, UwsgiKeepAlive

__all__ = ["Floor", "Launch", "Penstock", "Place", "Server", "all_servers"]


def all_servers(build: Path, others: dict[str, Path]) -> list[Server]:
    """The floor, ours (and other builds of it, by name), and the peers."""
    return [
        Floor(build),
        Penstock(build),
        *(Penstock(path, name) for name, path in others.items()),
        Bjoern(),
        FastWsgi(),
        Flup(),
        Granian(),
        Gunicorn(),
        ModWsgi(),
        Uwsgi(),
        UwsgiKeepAlive(),
        Waitress(),
    ]
