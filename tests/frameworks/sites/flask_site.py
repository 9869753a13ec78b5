# SPDX-License-Identifier: MIT
"""A Flask site with its signed-cookie session."""

from __future__ import annotations

import hashlib

from flask import Flask, Response, jsonify, redirect, request, session

app = Flask(__name__)
app.secret_key = "of a test"


@app.get("/")
def index() -> str:
    """A page."""
    return "flask"


@app.post("/login")
def login() -> Response:
    """Keeps the name in the session."""
    session["name"] = request.form["name"]
    return redirect("/me")  # type: ignore[return-value]


@app.get("/me")
def me() -> str:
    """The name in the session."""
    return session.get("name", "nobody")


@app.post("/upload")
def upload() -> Response:
    """What came in the form."""
    file = request.files["file"]
    data = file.read()
    return jsonify(
        note=request.form["note"],
        name=file.filename,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


@app.get("/stream")
def stream() -> Response:
    """A body of unknown length."""
    return Response(f"line {number}\n" for number in range(1000))


@app.get("/fail")
def fail() -> str:
    """Raises."""
    raise RuntimeError("the site fails on purpose")
