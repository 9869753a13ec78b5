# SPDX-License-Identifier: MIT
"""Fixtures that all end-to-end tests share."""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness.daemon import StartDaemon, daemon_starter  # noqa: E402
from harness.gate import Gate  # noqa: E402
from harness.server import Penstock  # noqa: E402
from harness.start import APPS, StartPenstock, starter  # noqa: E402

# Some tests hold many connections; servers inherit the limit.
_, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (_most, _most))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A new folder with a short path, which other users may enter (UNIX sockets, Apache)."""
    path = Path(tempfile.mkdtemp(prefix="penstock-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def penstock(folder: Path) -> Iterator[StartPenstock]:
    """Starts servers for one test, in its folder."""
    with starter(folder) as start:
        yield start


@pytest.fixture
def daemon(folder: Path) -> Iterator[StartDaemon]:
    """Starts servers that go into the background, for one test."""
    with daemon_starter(folder) as start:
        yield start


@pytest.fixture
def gate(folder: Path) -> Iterator[Gate]:
    """Where apps wait for the test: give its path to the app."""
    with Gate(folder / "gate") as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_folder() -> Iterator[Path]:
    """The folder of what one module's tests share."""
    path = Path(tempfile.mkdtemp(prefix="penstock-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def shared_penstock(shared_folder: Path) -> Iterator[StartPenstock]:
    """Starts servers that all tests of a module share."""
    with starter(shared_folder) as start:
        yield start


@pytest.fixture(scope="module")
def probe(shared_penstock: StartPenstock) -> Penstock:
    """One server with the app apps/probe.py, on an HTTP and a uwsgi socket."""
    return shared_penstock(
        *("--http-socket", "127.0.0.1:0", "--socket", "127.0.0.1:0"),
        *("--pythonpath", APPS, "--module", "probe", "--threads", "4"),
    )
