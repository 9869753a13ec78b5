# SPDX-License-Identifier: MIT
"""A server for the tests of FastCGI and SCGI."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness.endpoint import Endpoint
from harness.server import Penstock
from harness.start import APPS, StartPenstock

_PROBE = ("--pythonpath", APPS, "--module", "probe", "--threads", "4")


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, shared_penstock: StartPenstock) -> Penstock:
    """One server with a TCP and a UNIX socket of the module's PROTOCOL."""
    option = f"--{request.module.PROTOCOL}-socket"
    return shared_penstock(option, "127.0.0.1:0", option, "x.sock", *_PROBE)


@pytest.fixture(scope="module", params=["TCP", "UNIX"])
def listening(request: pytest.FixtureRequest, server: Penstock) -> Iterator[Endpoint]:
    """Both of its sockets, one after the other."""
    yield server.endpoint(request.module.PROTOCOL, request.param)


@pytest.fixture
def endpoint(request: pytest.FixtureRequest, server: Penstock) -> Endpoint:
    """Its TCP socket."""
    return server.endpoint(request.module.PROTOCOL, "TCP")


@pytest.fixture
def start_fastcgi(penstock: StartPenstock) -> StartPenstock:
    """Starts servers with a FastCGI socket and further arguments, for one test."""

    def start(*arguments: str | Path, **options: Any) -> Penstock:
        return penstock("--fastcgi-socket", "127.0.0.1:0", *_PROBE, *arguments, **options)

    return start
