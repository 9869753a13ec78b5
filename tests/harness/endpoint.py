# SPDX-License-Identifier: MIT
"""The address of a listening socket, and how to reach it."""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass
from pathlib import Path

from .build import PATIENCE


@dataclass(frozen=True)
class Endpoint:
    """A bound address as logs and configuration spell it: 127.0.0.1:80, [::1]:80, /path, @name."""

    text: str

    @classmethod
    def of(cls, bound: socket.socket) -> Endpoint:
        """The address that a socket of the test is bound to."""
        name = bound.getsockname()
        if isinstance(name, tuple):
            host, port = name[:2]
            return cls(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        if isinstance(name, bytes):
            return cls("@" + name[1:].decode())
        return cls(name)

    @property
    def is_unix(self) -> bool:
        """A path or an abstract name."""
        return self.text.startswith(("/", "@"))

    @property
    def host(self) -> str:
        """The host to connect to, without brackets; the loopback for a wildcard."""
        host = self.text.rpartition(":")[0].strip("[]")
        return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self.text.rpartition(":")[2])

    def connect(
        self, *, timeout: float = PATIENCE, receive_buffer: int | None = None, source: str = ""
    ) -> socket.socket:
        """A connected stream socket; each of its calls is bounded by `timeout`."""
        if self.is_unix:
            peer: str | tuple[str, int] = self.text
            if self.text.startswith("@"):
                peer = "\0" + self.text[1:]
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        else:
            peer = (self.host, self.port)
            family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
            connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            if receive_buffer is not None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            if source:
                connection.bind((source, 0))
            connection.settimeout(timeout)
            connection.connect(peer)
        except BaseException:
            connection.close()
            raise
        return connection

    def is_listening(self) -> bool:
        """Whether someone takes connections there. A socket's file alone is there before that."""
        try:
            self.connect().close()
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        return True


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free now, for programs that cannot be told to choose one. It is none of those
    that the system hands out by itself, so it does not go to somebody's next connection."""
    most = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        port = random.SystemRandom().randrange(2000, most)
        with socket.socket(family, socket.SOCK_STREAM) as found:
            try:
                found.bind((host, port))
            except OSError:
                continue
            return port
