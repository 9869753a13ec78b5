# SPDX-License-Identifier: MIT
"""A Pyramid site with its signed-cookie session."""

from __future__ import annotations

import hashlib
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.session import SignedCookieSessionFactory


def index(request: Request) -> Response:
    """A page."""
    return Response("pyramid")


def login(request: Request) -> HTTPFound:
    """Keeps the name in the session."""
    request.session["name"] = request.POST["name"]
    return HTTPFound("/me")


def me(request: Request) -> Response:
    """The name in the session."""
    return Response(request.session.get("name", "nobody"))


def upload(request: Request) -> dict[str, Any]:
    """What came in the form."""
    field = request.POST["file"]
    data = field.file.read()
    return {
        "note": request.POST["note"],
        "name": field.filename,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def stream(request: Request) -> Response:
    """A body of unknown length."""
    return Response(app_iter=(b"line %d\n" % number for number in range(1000)))


def fail(request: Request) -> Response:
    """Raises."""
    raise RuntimeError("the site fails on purpose")


def create() -> Any:
    """The WSGI app."""
    config = Configurator(session_factory=SignedCookieSessionFactory("of a test"))
    for view in (index, login, me, stream, fail):
        config.add_route(view.__name__, "/" + view.__name__.replace("index", ""))
        config.add_view(view, route_name=view.__name__)
    config.add_route("upload", "/upload")
    config.add_view(upload, route_name="upload", renderer="json")
    return config.make_wsgi_app()
