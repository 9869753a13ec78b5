# SPDX-License-Identifier: MIT
"""Flask's hello."""

from flask import Flask, Response

application = Flask(__name__)


@application.get("/")
def hello() -> Response:
    """10 bytes."""
    return Response(b"x" * 10, content_type="text/plain")
