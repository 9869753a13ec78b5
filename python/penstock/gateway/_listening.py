# SPDX-License-Identifier: MIT
"""The listening socket of a gateway: given as descriptor 0, or bound by itself."""

from __future__ import annotations

import os
import socket
import stat

Address = str | tuple[str, int] | tuple[str, int, int, int]


def inherited() -> socket.socket | None:
    """Descriptor 0, if it is a socket; None where the process was started as a CGI program."""
    try:
        if not stat.S_ISSOCK(os.fstat(0).st_mode):
            return None
    except OSError:
        return None
    sock = socket.socket(fileno=os.dup(0))
    if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return sock
    sock.close()
    raise ValueError(
        "descriptor 0 is a socket that does not listen: give a bindAddress, or let a program such"
        " as spawn-fcgi start this one"
    )


def bound(address: Address, umask: int | None) -> socket.socket:
    """A new listening socket. A dead UNIX socket's file is replaced; no other file is."""
    if isinstance(address, str):
        return _bound_unix(address, umask)
    family = socket.AF_INET6 if len(address) > 2 else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(socket.SOMAXCONN)
    except BaseException:
        sock.close()
        raise
    return sock


def _bound_unix(path: str, umask: int | None) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = None
    try:
        _remove_dead_socket(path)
        if umask is not None:
            before = os.umask(umask)
        sock.bind(path)
        sock.listen(socket.SOMAXCONN)
    except BaseException:
        sock.close()
        raise
    finally:
        if before is not None:
            os.umask(before)
    return sock


def _remove_dead_socket(path: str) -> None:
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise FileExistsError(f"{path} is no socket: remove it or choose another path")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
        else:
            raise OSError(f"{path} is in use by a running server")
