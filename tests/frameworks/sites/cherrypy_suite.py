# SPDX-License-Identifier: MIT
"""CherryPy's own test suite, run inside the worker that it tests.

Its tests look at and change CherryPy's state in their own process while they talk to the server
over HTTP; so they run in a thread of the worker, and the worker serves whatever they have set up.
The suite's server is a replaceable "supervisor"; ours leaves the HTTP to Penstock.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import cherrypy
import pytest
from cherrypy.test import helper


class PenstockSupervisor(helper.LocalWSGISupervisor):  # type: ignore[misc]
    """Sets CherryPy up for a test class; the HTTP server is there already."""

    def __init__(self, **options: Any) -> None:
        helper.Supervisor.__init__(self, **options)
        self.port = int(os.environ["CHERRYPY_PORT"])
        cherrypy.config.update({"log.screen": False})

    def start(self, modulename: str | None = None) -> None:
        """Starts CherryPy's engine without its HTTP server."""
        cherrypy.server.unsubscribe()
        # What handlers of the suite ask their server for; our options say the same.
        cherrypy.server.httpserver = SimpleNamespace(timeout=1)
        path = cherrypy.server.socket_file
        if path and not os.path.exists(path):
            os.symlink(os.environ["CHERRYPY_SOCKET"], path)
        cherrypy.engine.start()


def _run() -> None:
    """Runs the suite, and says in the log how it ended."""
    helper.CPWebCase.available_servers["wsgi"] = PenstockSupervisor
    # The clients' sockets: a test whose answer does not come fails, and the next one begins.
    socket.setdefaulttimeout(30)
    code = pytest.main(os.environ["CHERRYPY_PYTEST"].split("\n"))
    print(f"cherrypy suite ended with {int(code)}", file=sys.stderr, flush=True)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """What the present test class has set up."""
    found: Iterable[bytes] = cherrypy.tree(environ, start_response)
    return found


# Nothing of the suite may ask the person at the terminal what to do about a failure.
os.environ["WEBTEST_INTERACTIVE"] = "False"
threading.Thread(target=_run, daemon=True).start()
