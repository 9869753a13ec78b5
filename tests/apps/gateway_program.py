# SPDX-License-Identifier: MIT
"""A program with a server of its own: the module that has WSGIServer, and its arguments as JSON.

Runs with the real flup and with ours. Says what run() returned.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from gate import wait_at


def environ_of(environ):
    """What an app can see, as JSON."""
    seen = {
        name: value if isinstance(value, str) else repr(value) for name, value in environ.items()
    }
    seen["pid"] = os.getpid()
    seen["thread"] = threading.current_thread() is threading.main_thread()
    seen["handler"] = repr(signal.getsignal(signal.SIGHUP))
    return json.dumps(seen).encode()


def broken():
    """An answer that fails before its first part."""
    raise LookupError("the reason <b>")
    yield b""


def too_late(start_response):
    """An answer that fails after its first part."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"a part"
    raise LookupError("too late")


class Closing:
    """An answer that tells when it is closed."""

    def __init__(self, parts, path):
        self._parts = iter(parts)
        self._path = path

    def __iter__(self):
        return self._parts

    def close(self):
        Path(self._path).write_text("closed")


def application(environ, start_response):
    path = environ["PATH_INFO"]
    query = environ["QUERY_STRING"]
    plain = [("Content-Type", "text/plain; charset=latin-1")]
    if path == "/error":
        raise ZeroDivisionError("the reason <b>")
    if path == "/error-after-start":
        start_response("200 OK", plain)
        raise ZeroDivisionError("the reason <b>")
    if path == "/error-in-parts":
        start_response("200 OK", plain)
        return broken()
    if path == "/too-late":
        return too_late(start_response)
    if path == "/spin":
        while True:
            time.sleep(0.01)
    if path == "/stderr":
        environ["wsgi.errors"].write("a line for the log\n")
    start_response("200 OK", plain)
    if path == "/echo":
        return [environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))]
    if path == "/text":
        return ["gr\xfcn", " is text"]
    if path == "/parts":
        return Closing([b"one ", b"", b"two"], query)
    if path == "/gate":
        wait_at(query)
        return [b"through"]
    return [environ_of(environ)]


def main():
    module = importlib.import_module(sys.argv[1])
    arguments = json.loads(sys.argv[2])
    if isinstance(arguments.get("bindAddress"), list):
        arguments["bindAddress"] = tuple(arguments["bindAddress"])
    server_type = module.WSGIServer
    if arguments.pop("own_error", False):

        class Own(server_type):
            def error(self, request):
                what = repr(sys.exc_info()[1]).encode()
                request.stdout.write(
                    b"Status: 503 Later\r\nX-Own: yes\r\nContent-Type: text/plain\r\n\r\n" + what
                )

        server_type = Own
    server = server_type(application, **arguments)
    print("ready", module.__file__, flush=True)
    print("returned", server.run(), flush=True)


if __name__ == "__main__":
    main()
