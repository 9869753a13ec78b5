# SPDX-License-Identifier: MIT
"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path


def _cpu_model() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _commit() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--tags"], capture_output=True, text=True
    )
    return described.stdout.strip()


def _congestion_control() -> str:
    """Some pace what they send, also over loopback, which answers of 10 KB and more show."""
    path = Path("/proc/sys/net/ipv4/tcp_congestion_control")
    return path.read_text().strip() if path.exists() else "?"


def _stolen() -> float:
    """The share of CPU time that the hypervisor has given to others since the machine's start."""
    ticks = [int(text) for text in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return ticks[7] / sum(ticks)


def describe() -> dict[str, str]:
    """Everything that makes figures comparable or not."""
    load = os.getloadavg()
    return {
        "cpu": f"{_cpu_model()}, {os.cpu_count()} CPUs",
        "kernel": platform.release(),
        "python": f"{platform.python_version()}, {os.path.realpath(sys.executable)}",
        "TCP congestion control": _congestion_control(),
        "commit": _commit(),
        "load average at the start": f"{load[0]:.1f}",
        "CPU time stolen since boot": f"{_stolen():.1%}",
    }
