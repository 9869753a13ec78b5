# SPDX-License-Identifier: MIT
"""A Paste site: paste.deploy reads the ini file, paste.urlmap mounts, paste.session remembers."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from paste.deploy import loadapp
from paste.httpexceptions import HTTPFound, HTTPNotFound
from paste.request import construct_url, parse_formvars
from paste.session import SessionMiddleware

TEXT = [("Content-Type", "text/plain; charset=utf-8")]


def _save_session(environ: dict[str, Any]) -> None:
    """Now: Paste itself does it after the answer, and so races with the client's next request."""
    factory = environ["paste.session.factory"]
    factory.close()
    factory.used = False


def index(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """A page, and all paths that have none."""
    if environ["PATH_INFO"] != "/":
        raise HTTPNotFound()
    start_response("200 OK", [*TEXT])
    return [b"paste"]


def login(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Keeps the name in the session."""
    environ["paste.session.factory"]()["name"] = parse_formvars(environ)["name"]
    _save_session(environ)
    raise HTTPFound(
        construct_url(environ, script_name="", path_info="/me", with_query_string=False)
    )


def me(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The name in the session."""
    name = environ["paste.session.factory"]().get("name", "nobody")
    _save_session(environ)
    start_response("200 OK", [*TEXT])
    return [name.encode()]


def upload(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """What came in the form."""
    form = parse_formvars(environ)
    data = form["file"].file.read()
    found = {
        "note": form["note"],
        "name": form["file"].filename,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(found).encode()]


def stream(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """A body of unknown length."""
    start_response("200 OK", [*TEXT])
    return (b"line %d\n" % number for number in range(1000))


def fail(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Raises."""
    raise RuntimeError("the site fails on purpose")


def page_factory(global_config: dict[str, str], page: str) -> Any:
    """An app of the ini file: one page."""
    return globals()[page]


def session_factory(app: Any, global_config: dict[str, str]) -> Any:
    """The filter of the ini file."""
    return SessionMiddleware(app, session_file_path=os.environ["SITE_FOLDER"])


application = loadapp(f"config:{Path(__file__).with_suffix('.ini')}")
