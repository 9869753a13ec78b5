# SPDX-License-Identifier: MIT
"""A machine of a test's own: its files over the host's, and a network of its own."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from .endpoint import Endpoint

T = TypeVar("T")

_CLONE_NEWNS = 0x00020000
_CLONE_NEWNET = 0x40000000
_MS_BIND = 4096
_MS_REC = 16384
_MS_PRIVATE = 1 << 18
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1

_libc = ctypes.CDLL(None, use_errno=True)


def may_be_made() -> bool:
    """Whether this process may have mounts and a network of its own: CAP_SYS_ADMIN."""
    done = subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True)
    return done.returncode == 0


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _mount(source: Path | None, target: Path, flags: int) -> None:
    _check(
        _libc.mount(os.fsencode(source) if source else None, os.fsencode(target), None, flags, None),
        f"mount {source} on {target}",
    )


def _bind(source: Path, target: Path) -> None:
    _mount(source, target, _MS_BIND | _MS_REC)


def _merge(host: Path, own: Path, target: Path) -> None:
    """Fills `target` with what is in `own`, and with what only `host` has. Folders that both have
    become new ones, so that nothing that is written there reaches the host."""
    names = {*os.listdir(host), *os.listdir(own)}
    # /tmp first: it holds the target itself, and nothing shall be mounted in there yet.
    for name in sorted(names, key=lambda name: (name != "tmp", name)):
        of_host, of_own, to = host / name, own / name, target / name
        if of_own.is_symlink():
            to.symlink_to(os.readlink(of_own))
        elif of_own.is_file():
            shutil.copy(of_own, to)
        elif of_own.is_dir() and of_host.is_dir():
            to.mkdir()
            shutil.copystat(of_host, to)
            _merge(of_host, of_own, to)
        elif of_own.is_dir():
            to.mkdir()
            _bind(of_own, to)
        elif of_host.is_symlink():
            to.symlink_to(os.readlink(of_host))
        elif of_host.is_dir():
            to.mkdir()
            _bind(of_host, to)
        else:
            to.touch()
            _bind(of_host, to)


class Machine:
    """Paths are absolute, as a program on the machine sees them."""

    def __init__(self, folder: Path) -> None:
        self._own = folder / "own"
        self._root = folder / "root"
        self._own.mkdir()
        self._root.mkdir()

    def folder(self, path: str) -> Path:
        """A folder that the machine shall have; where the test finds it."""
        place = self._own / path.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        return place

    def write(self, path: str, text: str) -> None:
        """A file that the machine shall have."""
        (self.folder(os.path.dirname(path)) / os.path.basename(path)).write_text(text)

    def add_virtualenv(self, path: str) -> None:
        """The virtualenv of the tests, under another name."""
        (self.folder(os.path.dirname(path)) / os.path.basename(path)).symlink_to(sys.prefix)

    def entering(self, folder: str) -> Callable[[], None]:
        """What a child calls before it executes a program, to be in `folder` on the machine."""

        def enter() -> None:
            _check(_libc.unshare(_CLONE_NEWNS | _CLONE_NEWNET), "unshare")
            _mount(None, Path("/"), _MS_REC | _MS_PRIVATE)
            with socket.socket() as any_socket:
                request = struct.pack("16sh14x", b"lo", _IFF_UP)
                fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)
            _merge(Path("/"), self._own, self._root)
            os.chroot(self._root)
            os.chdir(folder)

        return enter


def endpoint_of(pid: int, address: str) -> Endpoint:
    """The address on the machine of process `pid`, for a client inside_network_of() it."""
    return Endpoint(f"/proc/{pid}/root{address}" if address.startswith("/") else address)


def inside_network_of(pid: int, work: Callable[[], T]) -> T:
    """What `work` gives when it runs in the network of process `pid`."""

    def run() -> T:
        with open(f"/proc/{pid}/ns/net") as network:
            _check(_libc.setns(network.fileno(), _CLONE_NEWNET), "setns")
        return work()

    # Only this thread enters the network; it ends with the work.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()
