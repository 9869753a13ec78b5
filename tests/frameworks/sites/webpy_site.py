# SPDX-License-Identifier: MIT
"""A web.py site with sessions on disk."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator

import web

urls = (
    "/", "Index",
    "/login", "Login",
    "/me", "Me",
    "/upload", "Upload",
    "/stream", "Stream",
    "/fail", "Fail",
)  # fmt: skip


class Index:
    """A page."""

    def GET(self) -> str:
        return "web.py"


class Login:
    """Keeps the name in the session."""

    def POST(self) -> None:
        session.name = web.input().name
        raise web.seeother("/me")


class Me:
    """The name in the session."""

    def GET(self) -> str:
        return str(session.get("name", "nobody"))


class Upload:
    """What came in the form."""

    def POST(self) -> str:
        form = web.input(file={})
        data = form["file"].file.read()
        return json.dumps(
            {
                "note": form.note,
                "name": form["file"].filename,
                "size": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
            }
        )


class Stream:
    """A body of unknown length."""

    def GET(self) -> Iterator[str]:
        for number in range(1000):
            yield f"line {number}\n"


class Fail:
    """Raises."""

    def GET(self) -> str:
        raise RuntimeError("the site fails on purpose")


web.config.debug = False
app = web.application(urls, globals())
session = web.session.Session(app, web.session.DiskStore(os.environ["SITE_FOLDER"]))
application = app.wsgifunc()
