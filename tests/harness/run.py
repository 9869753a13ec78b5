# SPDX-License-Identifier: MIT
"""Runs the program to its end, for tests of the command line."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import build, processes
from .build import PATIENCE


@dataclass(frozen=True)
class Outcome:
    """How a run of the program ended."""

    code: int
    output: str
    errors: str

    @property
    def text(self) -> str:
        """Everything that it said."""
        return self.output + self.errors


def run_marked(
    *arguments: str, folder: Path, environment: Mapping[str, str], umask: int = -1
) -> Outcome:
    """Runs `penstock arguments…`, which must end by itself; what it leaves behind runs on."""
    done = subprocess.run(
        [str(build.program()), *arguments],
        cwd=folder,
        env={**build.environment(), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        umask=umask,
    )
    return Outcome(
        done.returncode,
        done.stdout.decode("utf-8", "surrogateescape"),
        done.stderr.decode("utf-8", "surrogateescape"),
    )


def run(*arguments: str, folder: Path, environment: Mapping[str, str] | None = None) -> Outcome:
    """Runs `penstock arguments…`, which must end by itself and leave no process behind."""
    mark = processes.new_mark()
    try:
        outcome = run_marked(*arguments, folder=folder, environment={**mark, **(environment or {})})
    finally:
        left = processes.kill_marked(mark)
    assert not left, f"left behind: {left}"
    return outcome
