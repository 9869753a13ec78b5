# SPDX-License-Identifier: MIT
"""The app's side of harness/gate.py."""

from __future__ import annotations

import json
import os
import socket
import threading


def wait_at(path: str, name: str = "") -> None:
    """Reports this thread at the gate, and waits until the test lets it go on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        about = {"pid": os.getpid(), "thread": threading.get_ident(), "name": name}
        connection.sendall(json.dumps(about).encode() + b"\n")
        connection.recv(1)
