# SPDX-License-Identifier: MIT
"""Counts the system calls of processes: with perf's tracepoint, else with strace."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_PERF_EVENT = "raw_syscalls:sys_enter"
_PERF_LINE = re.compile(r"^\s*([\d,.]+)\s+raw_syscalls:sys_enter", re.MULTILINE)
# % time, seconds, usecs/call, calls, errors (or nothing), the name
_STRACE_LINE = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d*\s+(\d+)\s+(?:\d+\s+)?(\w+)$", re.MULTILINE)


@dataclass
class Count:
    """What was counted; complete when the counting has ended."""

    total: int | None = None
    by_name: dict[str, int] = field(default_factory=dict)


def parse_perf(output: str) -> int | None:
    """The count in what `perf stat` prints; nothing if it did not count."""
    found = _PERF_LINE.search(output)
    return int(re.sub(r"\D", "", found[1])) if found else None


def parse_strace(output: str) -> dict[str, int]:
    """Calls by name in what `strace -c` prints."""
    return {name: int(calls) for calls, name in _STRACE_LINE.findall(output) if name != "total"}


def perf_works() -> bool:
    """Whether perf may count system calls here."""
    if not shutil.which("perf"):
        return False
    probe = subprocess.run(
        ["perf", "stat", "-e", _PERF_EVENT, "true"], capture_output=True, text=True
    )
    return probe.returncode == 0 and parse_perf(probe.stderr) is not None


@contextmanager
def counting(processes: list[int], *, with_perf: bool) -> Iterator[Count]:
    """Counts while the body runs."""
    count = Count()
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "counts"
        attach = ",".join(map(str, processes))
        if with_perf:
            command = ["perf", "stat", "-e", _PERF_EVENT, "-o", str(output), "-p", attach]
        else:
            command = ["strace", "-c", "-f", "-o", str(output), *(f"-p{pid}" for pid in processes)]
        program = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(0.3)  # neither says when it has attached to all threads
        try:
            yield count
        finally:
            program.send_signal(signal.SIGINT)
            program.wait(30)
        text = output.read_text() if output.exists() else ""
    if with_perf:
        count.total = parse_perf(text)
    else:
        count.by_name = parse_strace(text)
        count.total = sum(count.by_name.values()) or None
