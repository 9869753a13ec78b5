# SPDX-License-Identifier: MIT
"""Gateway programs, and nginx in front of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.endpoint import Endpoint
from harness.gateway import PARAMETERS, Program, location
from harness.nginx import Nginx


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Program]]:
    """Starts programs on the socket gw.sock, for one test."""
    programs: list[Program] = []

    def run(module: str = "flup.server.fcgi", **arguments: Any) -> Program:
        if "descriptor" not in arguments:
            arguments.setdefault("bindAddress", "gw.sock")
            arguments.setdefault("is_to_bind", True)
        programs.append(Program(folder, module, **arguments))
        return programs[-1]

    yield run
    for program in programs:
        program.close()


@pytest.fixture
def front(folder: Path) -> Iterator[Callable[..., Endpoint]]:
    """Starts nginx in front of the socket gw.sock, or of another address."""
    servers: list[Nginx] = []

    def run(
        protocol: str = "fastcgi",
        address: str = "",
        more: str = "",
        parameters: str = PARAMETERS,
    ) -> Endpoint:
        address = address or f"unix:{folder}/gw.sock"
        server = location(protocol, address, parameters, more)
        servers.append(Nginx(folder / f"nginx{len(servers)}", server=server))
        return servers[-1].endpoint

    yield run
    for server in servers:
        server.close()
