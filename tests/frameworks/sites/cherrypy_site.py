# SPDX-License-Identifier: MIT
"""A CherryPy site with sessions in files, embedded in a WSGI server as its documentation says."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from typing import Any

import cherrypy


class Site:
    """The pages."""

    @cherrypy.expose
    def index(self) -> str:
        """A page."""
        return "cherrypy"

    @cherrypy.expose
    def login(self, name: str) -> None:
        """Keeps the name in the session."""
        cherrypy.session["name"] = name
        raise cherrypy.HTTPRedirect("/me")

    @cherrypy.expose
    def me(self) -> str:
        """The name in the session."""
        return str(cherrypy.session.get("name", "nobody"))

    @cherrypy.expose
    @cherrypy.tools.json_out()
    def upload(self, note: str, file: Any) -> dict[str, Any]:
        """What came in the form."""
        data = file.file.read()
        return {
            "note": note,
            "name": file.filename,
            "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }

    @cherrypy.expose
    def stream(self) -> Iterator[bytes]:
        """A body of unknown length."""
        return (b"line %d\n" % number for number in range(1000))

    stream._cp_config = {"response.stream": True}

    @cherrypy.expose
    def fail(self) -> str:
        """Raises."""
        raise RuntimeError("the site fails on purpose")


cherrypy.config.update({"environment": "embedded", "log.screen": True})
application = cherrypy.Application(
    Site(),
    "",
    {
        "/": {
            "tools.sessions.on": True,
            "tools.sessions.storage_class": cherrypy.lib.sessions.FileSession,
            "tools.sessions.storage_path": os.environ["SITE_FOLDER"],
        }
    },
)
