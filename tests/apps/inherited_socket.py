#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A program that a spawner starts: tells each client of descriptor 0 what it sees of itself."""

import contextlib
import json
import os
import signal
import socket
import sys


def about() -> dict:
    """What the spawner has made of this process."""
    return {
        "arguments": sys.argv[1:],
        "pid": os.getpid(),
        "parent": os.getppid(),
        "leads_session": os.getsid(0) == os.getpid(),
        "directory": os.getcwd(),
        "user": os.getuid(),
        "group": os.getgid(),
        "groups": sorted(os.getgroups()),
        "output": [os.readlink(f"/proc/self/fd/{number}") for number in (1, 2)],
        "blocks": os.get_blocking(0),
        "php_children": os.environ.get("PHP_FCGI_CHILDREN"),
        "python_path": os.environ.get("PYTHONPATH"),
        "signals": received,
    }


received: list[int] = []
for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(number, lambda signum, frame: received.append(signum))
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

listener = socket.socket(fileno=os.dup(0))
while True:
    connection, _ = listener.accept()
    with contextlib.suppress(OSError):  # a spawner that only looks whether somebody is here
        connection.sendall(json.dumps(about()).encode())
    connection.close()
