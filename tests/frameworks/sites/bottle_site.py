# SPDX-License-Identifier: MIT
"""A Bottle site that keeps its session in a signed cookie."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from bottle import Bottle, redirect, request, response

app = Bottle()
SECRET = "of a test"


@app.get("/")
def index() -> str:
    """A page."""
    return "bottle"


@app.post("/login")
def login() -> None:
    """Keeps the name in the session."""
    response.set_cookie("name", request.forms.name, secret=SECRET)
    redirect("/me")


@app.get("/me")
def me() -> str:
    """The name in the session."""
    return str(request.get_cookie("name", "nobody", secret=SECRET))


@app.post("/upload")
def upload() -> dict[str, Any]:
    """What came in the form."""
    file = request.files["file"]
    data = file.file.read()
    return {
        "note": request.forms.note,
        "name": file.raw_filename,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


@app.get("/stream")
def stream() -> Iterator[str]:
    """A body of unknown length."""
    for number in range(1000):
        yield f"line {number}\n"


@app.get("/fail")
def fail() -> str:
    """Raises."""
    raise RuntimeError("the site fails on purpose")
