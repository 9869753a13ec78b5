# SPDX-License-Identifier: MIT
"""What Penstock serves for one class of CherryPy's test suite."""

from __future__ import annotations

import importlib
import os

import cherrypy
from cherrypy.lib import gctools
from cherrypy.test import helper

_module, _, _name = os.environ["CHERRYPY_CASE"].partition(":")

cherrypy.config.update(
    {
        "server.socket_host": "127.0.0.1",
        "server.socket_port": int(os.environ["CHERRYPY_PORT"]),
        "server.protocol_version": "HTTP/1.1",
        "environment": "test_suite",
    }
)
_case: type[helper.CPWebCase] = getattr(importlib.import_module(_module), _name)
_case.setup_server()
cherrypy.tree.mount(gctools.GCRoot(), "/gc")

# The HTTP server is ours; everything else of the engine runs.
cherrypy.server.unsubscribe()
cherrypy.engine.start()

application = cherrypy.tree
