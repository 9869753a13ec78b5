# SPDX-License-Identifier: MIT
"""Looks at process trees, and proves that nothing of one is left."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psutil

from .build import PATIENCE
from .wait import wait_until

_MARK = "PENSTOCK_TEST_PROCESS"


def new_mark() -> dict[str, str]:
    """A variable for a child's environment. Descendants inherit it, wherever they hide."""
    return {_MARK: secrets.token_hex(16)}


def marked(mark: dict[str, str]) -> list[psutil.Process]:
    """All living processes that carry the mark."""
    wanted = f"{_MARK}={mark[_MARK]}".encode()
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                if wanted in file.read().split(b"\0"):
                    found.append(psutil.Process(int(name)))
        except (OSError, psutil.NoSuchProcess):
            continue  # gone, or not ours to read
    return found


def kill_marked(mark: dict[str, str]) -> list[str]:
    """Ends all processes with the mark; says which there were."""
    killed = []
    for process in marked(mark):
        with contextlib.suppress(psutil.NoSuchProcess):
            killed.append(f"{process.pid} {' '.join(process.cmdline())}")
            process.kill()
            process.wait(PATIENCE)
    return killed


def wait_gone(pids: list[int], timeout: float = PATIENCE) -> None:
    """Waits for the end of processes that need not be our children."""
    processes = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            processes.append(psutil.Process(pid))
    _, alive = psutil.wait_procs(processes, timeout=timeout)
    alive = [process for process in alive if _runs(process)]
    assert not alive, f"still alive: {alive}"


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class HasProcesses(Protocol):
    """A server, in the foreground or not."""

    def tree(self) -> list[psutil.Process]:
        """All its living processes."""


def wait_moved(server: HasProcesses, path: Path) -> None:
    """Waits until every process, the zygote too, writes what it says to the file."""

    def all_write_there() -> bool:
        outputs = set()
        for process in server.tree():
            with contextlib.suppress(FileNotFoundError):  # it has ended
                outputs |= {os.readlink(f"/proc/{process.pid}/fd/{number}") for number in (1, 2)}
        return outputs == {str(path)}

    wait_until(all_write_there, f"all processes write to {path}")


def open_files(pid: int) -> list[str]:
    """What the descriptors of a process refer to, sorted."""
    return sorted(_links(f"/proc/{pid}/fd"))


def settled_files(pid: int) -> list[str]:
    """The same, once a process that starts or ends connections has come to rest."""
    seen: list[list[str]] = []

    def at_rest() -> bool:
        seen.append(open_files(pid))
        return len(seen) >= 10 and all(files == seen[-1] for files in seen[-10:])

    wait_until(at_rest, f"the descriptors of process {pid} come to rest")
    return seen[-1]


def _links(folder: str) -> Iterator[str]:
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            yield os.readlink(f"{folder}/{name}")


def resident_bytes(pid: int) -> int:
    """Resident memory, without pages of files and shared memory."""
    return _status_bytes(pid, "RssAnon")


def reset_peak(pid: int) -> int:
    """Lets peak_bytes() begin anew; gives what is resident now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return _status_bytes(pid, "VmRSS")


def peak_bytes(pid: int) -> int:
    """The most memory that was ever resident since reset_peak()."""
    return _status_bytes(pid, "VmHWM")


def _status_bytes(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"/proc/{pid}/status names no {name}")
