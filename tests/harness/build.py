# SPDX-License-Identifier: MIT
"""Where the program under test is, and the environment that it needs."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Every bound on waiting. Far above what a slow machine needs; nothing waits for it to pass.
PATIENCE = 60.0


@functools.cache
def build_folder() -> Path:
    """The CMake build folder: $PENSTOCK_BUILD, relative to the checkout."""
    return ROOT / os.environ.get("PENSTOCK_BUILD", "build/dev")


@functools.cache
def program() -> Path:
    """The executable."""
    path = build_folder() / "bin" / "penstock"
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: build it, or set PENSTOCK_BUILD")
    return path


@functools.cache
def helper_program(name: str) -> Path:
    """A program that only builds with tests have: from there if the build under test is none."""
    path = build_folder() / "bin" / name
    return path if path.exists() else ROOT / "build" / "dev" / "bin" / name


@functools.cache
def has_address_sanitizer() -> bool:
    """Whether the build folder was configured with AddressSanitizer."""
    cache = build_folder() / "CMakeCache.txt"
    if not cache.exists():
        return False
    return any(
        line.startswith("PENSTOCK_SANITIZE") and "address" in line
        for line in cache.read_text().splitlines()
    )


@functools.cache
def _sanitizer_environment() -> dict[str, str]:
    """What lets a Python that knows nothing of ASan load an extension module that needs it."""
    if not has_address_sanitizer():
        return {}
    library = subprocess.run(
        ["gcc", "-print-file-name=libasan.so"], check=True, capture_output=True, text=True
    ).stdout.strip()
    return {
        "LD_PRELOAD": library,
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",
    }


def environment() -> dict[str, str]:
    """The environment of a child: `python3` on its PATH is the interpreter of the tests."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("UWSGI_", "PENSTOCK_", "PYTEST_", "LISTEN_"))
    }
    return {
        **inherited,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONDONTWRITEBYTECODE": "1",
        **_sanitizer_environment(),
    }
