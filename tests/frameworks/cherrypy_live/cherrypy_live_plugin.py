# SPDX-License-Identifier: MIT
"""A pytest plugin that lets CherryPy's own test suite talk to a Penstock in another process.

CherryPy's test classes start their server through a supervisor, which is meant to be replaced:
its own suite has some for mod_wsgi and mod_fcgid. This one starts Penstock on cherrypy_live_app.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from cherrypy.test import helper

_TESTS = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(_TESTS))

from harness.server import Penstock  # noqa: E402

_current: dict[str, type] = {}


class PenstockSupervisor(helper.Supervisor):
    """Starts and stops one server for one test class."""

    using_apache = False
    using_wsgi = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._folder = Path(tempfile.mkdtemp(prefix="penstock-cherrypy-"))
        # The server takes this socket over, so that the port is ours from the beginning.
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._server: Penstock | None = None

    def start(self, modulename: str) -> None:
        """Serves what the class has set up."""
        case = _current["case"]
        self._server = Penstock(
            *("--http-socket", f"fd://{self._listener.fileno()}", "--lazy-apps", "--threads", "10"),
            *("--pythonpath", Path(__file__).parent, "-w", "cherrypy_live_app"),
            folder=self._folder,
            pass_fds=[self._listener.fileno()],
            environment={
                "CHERRYPY_CASE": f"{modulename}:{case.__qualname__}",
                "CHERRYPY_PORT": str(self.port),
            },
        )
        self._server.worker_pids()

    def stop(self) -> None:
        """Ends the server; its log goes to the output of the test that fails."""
        self._listener.close()
        if self._server is not None:
            print(self._server.log.text)
            self._server.close()


def pytest_configure(config: pytest.Config) -> None:
    """Puts our supervisor where the suite looks for one."""
    helper.CPWebCase.available_servers["wsgi"] = PenstockSupervisor
    original = helper.CPWebCase.setup_class.__func__  # type: ignore[attr-defined]

    def setup_class(cls: type) -> None:
        _current["case"] = cls
        original(cls)

    helper.CPWebCase.setup_class = classmethod(setup_class)  # type: ignore[assignment]
    # Nothing of the suite may ask the person at the terminal what to do about a failure.
    os.environ["WEBTEST_INTERACTIVE"] = "False"
