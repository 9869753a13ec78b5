# SPDX-License-Identifier: MIT
"""The line that people start uWSGI with, in full; without sanitizers, which 128 MB do not hold."""

from __future__ import annotations

import signal
from pathlib import Path

from harness import uwsgi
from harness.daemon import StartDaemon


def test_understands_the_long_line_that_people_write(daemon: StartDaemon, folder: Path) -> None:
    """Every word of it, but for a port that is free."""
    (folder / "myapp.py").write_text(
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [b'hello']\n"
    )
    server = daemon(
        *"-s :0 -w myapp -M -p 4 -t 30 --limit-as 128 -R 10000 -d uwsgi.log".split(),
        log=folder / "uwsgi.log",
    )
    assert server.start.text == ""
    assert len(server.worker_pids(4)) == 4
    assert uwsgi.request(server.uwsgi).body == b"hello"
    server.log.wait_for("GET / => generated 5 bytes")
    server.send_signal(signal.SIGTERM)
    server.wait_end()
    assert server.log.lines[-1] == "goodbye to uWSGI."
