# SPDX-License-Identifier: MIT
"""Programs that start FastCGI programs: the real spawn-fcgi and ours, to be compared."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import build, processes
from .build import PATIENCE
from .endpoint import Endpoint

REAL = ["/usr/bin/spawn-fcgi"]


def ours() -> list[str]:
    """The command of our own."""
    return [str(build.program()), "spawn-fcgi"]


@dataclass
class Spawned:
    """How one run of a spawner ended."""

    exit_code: int
    output: str
    errors: str


class Spawner:
    """Runs a spawner in a folder; ends at last what it left behind."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.command = command
        self.folder = folder
        self._mark = processes.new_mark()

    def __call__(self, *arguments: str | Path, **options: Any) -> Spawned:
        """One run in which the spawner itself ends. `options`: subprocess.run's."""
        environment = {**build.environment(), **self._mark, **options.pop("env", {})}
        done = subprocess.run(
            [*self.command, *map(str, arguments)],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE,
            **options,
        )
        return Spawned(done.returncode, done.stdout, done.stderr)

    def quick_death(self, *arguments: str | Path) -> Spawned:
        """A run whose program ends at once. A spawner looks at it for a tenth of a second; on a
        busy machine that may be too early, and then it is repeated."""
        spawned = self(*arguments)
        for _ in range(50):
            if "child spawned successfully" not in spawned.output:
                break
            self.close()  # else its socket might still be in use
            spawned = self(*arguments)
        return spawned

    def close(self) -> None:
        """Ends everything that was started."""
        processes.kill_marked(self._mark)


def ask(endpoint: Endpoint) -> dict[str, Any]:
    """What the program apps/inherited_socket.py behind a socket says of itself."""
    answer = bytearray()
    with endpoint.connect() as connection:
        while chunk := connection.recv(65536):
            answer += chunk
    return json.loads(answer)
